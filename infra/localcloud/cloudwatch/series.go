package cloudwatch

import (
	"math"
	"slices"
	"time"
)

// Metric names a series: CloudWatch's namespace, name, and one dimension ("" for none).
type Metric struct{ Namespace, Name, Dimension, Value string }

// bucket is what one metric had in one minute.
type bucket struct {
	Count uint64
	Sum   float64
	Min   float64
	Max   float64
	Bins  []bin // by Index
}

// bin counts values between growth^(Index-1) and growth^Index.
type bin struct {
	Index int
	Count uint64
}

// growth is how much wider each bin is than the one before: the middle of a bin is
// within 1 % of its values.
const growth = 1.02

// lowest is the bin of zero and of what is below it.
const lowest = math.MinInt32

func indexOf(v float64) int {
	if v <= 0 {
		return lowest
	}
	return int(math.Ceil(math.Log(v) / math.Log(growth)))
}

func (b *bucket) add(v float64) {
	if b.Count == 0 {
		b.Min, b.Max = v, v
	}
	b.Count, b.Sum, b.Min, b.Max = b.Count+1, b.Sum+v, min(b.Min, v), max(b.Max, v)
	b.count(indexOf(v), 1)
}

func (b *bucket) count(index int, n uint64) {
	at, found := slices.BinarySearchFunc(b.Bins, index, func(x bin, i int) int { return x.Index - i })
	if !found {
		b.Bins = slices.Insert(b.Bins, at, bin{Index: index})
	}
	b.Bins[at].Count += n
}

func (b *bucket) merge(o *bucket) {
	if b.Count == 0 {
		b.Min, b.Max = o.Min, o.Max
	}
	b.Count, b.Sum, b.Min, b.Max = b.Count+o.Count, b.Sum+o.Sum, min(b.Min, o.Min), max(b.Max, o.Max)
	for _, x := range o.Bins {
		b.count(x.Index, x.Count)
	}
}

// percentile is the value below which a part (0 to 1) of the values lie.
func (b *bucket) percentile(part float64) float64 {
	rank := uint64(math.Ceil(part * float64(b.Count)))
	for _, x := range b.Bins {
		if x.Count < rank {
			rank -= x.Count
			continue
		}
		if x.Index == lowest {
			return b.Min
		}
		middle := 2 * math.Pow(growth, float64(x.Index)) / (1 + growth)
		return min(max(middle, b.Min), b.Max)
	}
	return b.Max
}

// series are a metric's buckets by minute since 1970.
type series map[int64]*bucket

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// sum joins the buckets of the minutes from (inclusive) to (exclusive); nil if none has values.
func (s series) sum(from, to int64) *bucket {
	var all *bucket
	for m := from; m < to; m++ {
		b, ok := s[m]
		if !ok {
			continue
		}
		if all == nil {
			all = &bucket{}
		}
		all.merge(b)
	}
	return all
}

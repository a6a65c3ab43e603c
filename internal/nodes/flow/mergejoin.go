package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func (j *join) run(ctx context.Context, a, b []workflow.Item) ([][]workflow.Item, error) {
	if len(j.pairs) == 0 {
		if j.mode == "keepMatches" || j.mode == "keepEverything" || j.mode == "enrichInput2" {
			return [][]workflow.Item{{}}, nil
		}
		return [][]workflow.Item{a}, nil
	}
	matched, rest1, hit, err := j.matches(ctx, a, b)
	if err != nil {
		return nil, err
	}
	matched2, rest2 := []workflow.Item{}, []workflow.Item{}
	for i, it := range b {
		if hit[i] {
			matched2 = append(matched2, it)
		} else {
			rest2 = append(rest2, it)
		}
	}
	return [][]workflow.Item{j.output(matched, matched2, rest1, rest2)}, nil
}

// matches finds for each item of the first input those of the second; hit tells
// which of the second were found.
func (j *join) matches(ctx context.Context, a, b []workflow.Item) (matched []match, rest []workflow.Item, hit []bool, err error) {
	rest, hit = []workflow.Item{}, make([]bool, len(b))
	find := j.finder(b)
	single := j.from == "both" || j.mode == "enrichInput1" || j.mode == "enrichInput2"
	for _, x := range a {
		if ctx.Err() != nil {
			return nil, nil, nil, node.TimedOut(ctx)
		}
		var with []workflow.Item
		for _, i := range find.candidates(x) {
			if j.fits(x, b[i]) {
				hit[i] = true
				with = append(with, b[i])
				if j.first {
					break
				}
			}
		}
		switch {
		case len(with) == 0:
			rest = append(rest, x)
		case single:
			for _, y := range with {
				matched = append(matched, match{x, []workflow.Item{y}})
			}
		default:
			matched = append(matched, match{x, with})
		}
	}
	return matched, rest, hit, nil
}

// finder knows by the first pair of fields which items of the second input may fit.
type finder struct {
	j     *join
	all   []int
	byKey map[any][]int // nil: any item may fit
	rest  []int         // those with a list or an object in the field
}

func (j *join) finder(items []workflow.Item) finder {
	f := finder{j: j, all: make([]int, len(items))}
	for i := range items {
		f.all[i] = i
	}
	if !j.exact || len(j.pairs) == 0 {
		return f
	}
	f.byKey = make(map[any][]int, len(items))
	for i, it := range items {
		v, ok := j.get(it.JSON, j.pairs[0].field2)
		switch {
		case ok && isScalar(v):
			f.byKey[v] = append(f.byKey[v], i)
		case ok:
			f.rest = append(f.rest, i)
		}
	}
	return f
}

// candidates are the indexes of the items that may fit x, in order.
func (f finder) candidates(x workflow.Item) []int {
	if f.byKey == nil {
		return f.all
	}
	v, _ := f.j.get(x.JSON, f.j.pairs[0].field1)
	if isScalar(v) {
		return f.byKey[v]
	}
	return f.rest
}

func isScalar(v any) bool {
	switch v.(type) {
	case nil, bool, float64, string:
		return true
	}
	return false
}

func (j *join) fits(x, y workflow.Item) bool {
	for _, p := range j.pairs {
		a, ok := j.get(x.JSON, p.field1)
		if !ok {
			return false
		}
		b, ok := j.get(y.JSON, p.field2)
		if !ok {
			b = missingField
		}
		if !j.same(a, b) {
			return false
		}
	}
	return true
}

func (j *join) output(matched []match, matched2, rest1, rest2 []workflow.Item) []workflow.Item {
	suffix := j.merger.clash.resolve == "addSuffix"
	if j.mode == "keepNonMatches" {
		switch j.from {
		case "input1":
			return rest1
		case "input2":
			return rest2
		}
		return append(sourced(rest1, "input1"), sourced(rest2, "input2")...)
	}
	if suffix {
		rest1, rest2 = suffixed(rest1, "1"), suffixed(rest2, "2")
	}
	switch j.mode {
	case "enrichInput1":
		return append(j.merged(matched), rest1...)
	case "enrichInput2":
		return append(j.merged(matched), rest2...)
	}
	out := []workflow.Item{}
	switch j.from {
	case "input1":
		for _, m := range matched {
			out = append(out, m.entry)
		}
	case "input2":
		out = append(out, matched2...)
	default:
		out = j.merged(matched)
	}
	if j.mode == "keepEverything" {
		out = append(append(out, rest1...), rest2...)
	}
	return out
}

// merged merges each match into one item. The second input wins, or the first
// where it is enriched or preferred.
func (j *join) merged(matched []match) []workflow.Item {
	c := j.merger.clash
	last := "preferInput2"
	if j.merger.c.Node.TypeVersion >= 3 {
		last = "preferLast"
	}
	resolve := c.resolve
	if !c.given {
		if resolve = last; j.mode == "enrichInput2" {
			resolve = "preferInput1"
		}
	}
	out := make([]workflow.Item, 0, len(matched))
	for _, m := range matched {
		switch resolve {
		case "addSuffix":
			plain := clash{shallow: c.shallow, keepFull: c.keepFull}
			out = append(out, plain.items(suffixed([]workflow.Item{m.entry}, "1")[0], suffixed(m.with, "2")...))
		case "preferInput1":
			out = append(out, c.items(m.with[0], append(append([]workflow.Item{}, m.with[1:]...), m.entry)...))
		case last:
			out = append(out, c.items(m.entry, m.with...))
		default:
			out = append(out, workflow.Item{JSON: value.NewObject(0)}) // n8n gives nothing for a way it does not know
		}
	}
	return out
}

// sourced notes in each item which input it came from.
func sourced(items []workflow.Item, name string) []workflow.Item {
	out := append([]workflow.Item{}, items...)
	for i := range out {
		out[i].JSON = out[i].JSON.Shallow()
		out[i].JSON.Set("_source", name)
	}
	return out
}

package lexical

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// What a word of the query may match besides itself, and what that is worth.
const (
	maxExpansions  = 3
	prefixWorth    = 0.8
	oneErrorWorth  = 0.7
	twoErrorsWorth = 0.45
	minPrefix      = 3
)

// Query is an analysed query, bound to the collections it runs over.
type Query struct {
	words   []queryWord
	mean    [fieldCount]float64 // mean length of each field
	ideal   float64
	indexes []*Index
}

type queryWord struct {
	Word
	matches []match
}

// match is a term of the index that a word of the query stands for.
type match struct {
	stem  string
	worth float64 // idf times what the likeness is worth
}

// Prepare analyses text for a search over the indexes.
func Prepare(text string, maxWords int, indexes ...*Index) *Query {
	q := &Query{indexes: indexes}
	total := 0
	for _, x := range indexes {
		total += x.Len()
		for f, n := range x.length {
			q.mean[f] += float64(n)
		}
	}
	for f := range q.mean {
		q.mean[f] = max(q.mean[f]/max(float64(total), 1), 1)
	}
	words := Analyze(text, maxWords)
	seen := map[string]bool{}
	for i, w := range words {
		if seen[w.Stem] {
			continue
		}
		seen[w.Stem] = true
		qw := queryWord{Word: w, matches: q.expand(w, i == len(words)-1)}
		best := idf(0, total) // a word that is nowhere still counts as asked for
		if len(qw.matches) > 0 {
			best = 0
		}
		for i := range qw.matches {
			m := &qw.matches[i]
			weight := idf(q.frequency(m.stem), total)
			best = max(best, weight)
			m.worth *= weight
		}
		q.ideal += best
		q.words = append(q.words, qw)
	}
	return q
}

// idf is BM25's: rare words count more.
func idf(frequency, total int) float64 {
	return math.Log(1 + (float64(total-frequency)+0.5)/(float64(frequency)+0.5))
}

func (q *Query) frequency(stem string) int {
	n := 0
	for _, x := range q.indexes {
		if t := x.terms[stem]; t != nil {
			n += len(t.postings)
		}
	}
	return n
}

// expand finds the terms that w stands for: itself; else, for the last word,
// what it begins; else what it may have been before the typing errors.
func (q *Query) expand(w Word, last bool) []match {
	if q.frequency(w.Stem) > 0 {
		return []match{{stem: w.Stem, worth: 1}}
	}
	if last && len(w.Surface) >= minPrefix {
		if found := q.prefixed(w.Surface); len(found) > 0 {
			return found
		}
	}
	return q.misspelt(w.Stem)
}

func (q *Query) prefixed(prefix string) []match {
	var found []string
	for _, x := range q.indexes {
		for _, t := range x.list {
			if strings.HasPrefix(t.stem, prefix) {
				found = append(found, t.stem)
			}
		}
	}
	return q.pick(found, func(string) float64 { return prefixWorth })
}

func (q *Query) misspelt(stem string) []match {
	limit := Tolerance(stem)
	if limit == 0 {
		return nil
	}
	set := Letters(stem)
	distance := map[string]int{}
	var found []string
	for _, x := range q.indexes {
		for _, t := range x.list {
			if bits.OnesCount32(set^t.letters) > 2*limit {
				continue
			}
			most := min(limit, Tolerance(t.stem))
			if d := Distance(stem, t.stem, most); d <= most {
				distance[t.stem] = d
				found = append(found, t.stem)
			}
		}
	}
	return q.pick(found, func(other string) float64 {
		if distance[other] == 1 {
			return oneErrorWorth
		}
		return twoErrorsWorth
	})
}

// pick keeps the best expansions: most alike, then most frequent.
func (q *Query) pick(found []string, worth func(string) float64) []match {
	slices.Sort(found)
	found = slices.Compact(found)
	slices.SortStableFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(worth(b), worth(a)), cmp.Compare(q.frequency(b), q.frequency(a)))
	})
	var out []match
	for _, stem := range found[:min(len(found), maxExpansions)] {
		out = append(out, match{stem: stem, worth: worth(stem)})
	}
	return out
}

// Empty reports whether no word of the query is in any document.
func (q *Query) Empty() bool {
	for _, w := range q.words {
		if len(w.matches) > 0 {
			return false
		}
	}
	return true
}

// Scores sets, for each slot of one of the indexes, the share of the query that
// the document covers: 0 to 1. It is BM25F divided by what a document would get
// that has every word without end. out is grown to the number of slots.
func (q *Query) Scores(x *Index, out []float32) []float32 {
	out = slices.Grow(out[:0], len(x.docs))[:len(x.docs)]
	clear(out)
	if q.ideal == 0 {
		return out
	}
	for _, w := range q.words {
		if len(w.matches) == 1 {
			q.add(x, w.matches[0], func(slot int32, s float32) { out[slot] += s })
			continue
		}
		// A document that has several of the terms is worth the best one.
		best := map[int32]float32{}
		for _, m := range w.matches {
			q.add(x, m, func(slot int32, s float32) { best[slot] = max(best[slot], s) })
		}
		for slot, s := range best {
			out[slot] += s
		}
	}
	return out
}

// add gives the part that one term contributes to each document's score.
func (q *Query) add(x *Index, m match, each func(slot int32, s float32)) {
	t := x.terms[m.stem]
	if t == nil {
		return
	}
	for _, p := range t.postings {
		each(p.slot, float32(m.worth*q.saturation(x, p)/q.ideal))
	}
}

// saturation is BM25F's term weight without idf: 0 to 1.
func (q *Query) saturation(x *Index, p posting) float64 {
	length := &x.docs[p.slot].length
	var tf float64
	for f, n := range p.count {
		if n > 0 {
			tf += weight[f] * float64(n) / (1 - b[f] + b[f]*float64(length[f])/q.mean[f])
		}
	}
	return tf / (k1 + tf)
}

// Matched returns the words of the query, as they were written, that a document
// with these stems has.
func (q *Query) Matched(has func(stem string) bool) []string {
	var out []string
	for _, w := range q.words {
		if slices.ContainsFunc(w.matches, func(m match) bool { return has(m.stem) }) {
			out = append(out, w.Surface)
		}
	}
	return out
}

// Has reports whether the document at slot has the stem.
func (x *Index) Has(slot int32, stem string) bool {
	return slices.Contains(x.docs[slot].stems, stem)
}

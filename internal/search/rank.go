package search

import (
	"cmp"
	"slices"
	"sync"

	"github.com/automatelanka/automatelanka/internal/search/lexical"
)

// Rule says how meaning and words combine:
//
//	score = cosine + UseCase·(gain of the nearest use case) + Words·(share of the query's words)
//
// All three parts are between 0 and 1.
type Rule struct {
	Words   float32
	UseCase float32
	// Floor is the cosine below which a document without a word of the query is no
	// hit at all: that far apart nothing has to do with the other.
	Floor float32
}

// Measured is the rule in use. `make eval-search` prints what it does; with -tune
// cmd/eval-search chooses one on half of the queries (over 180 templates and over
// one-line documents, each query as written and mistyped) and tries it on the other
// half. On the half for choosing many rules are equal to within a query: with 110
// templates it took Words 0.2 and UseCase 0.25, with 180 Words 0.6 and UseCase 0.
// On the half that had no part in it this rule has a right answer among the first
// five for 98.8 %, those for 98.6 and 97.8 %, so it stayed. Words 0.2 leaves some
// say to names that the model cannot know, such as those of a tenant's workflows. A
// floor of 0.1 cost no query its answer, 0.15 did one; nonsense reaches 0.19, so the
// floor stops only some of it.
var Measured = Rule{Words: 0.2, UseCase: 0.5, Floor: 0.1}

// recheck is the number of best documents whose use cases are looked at.
const recheck = 24

// Hit is one result and why it is one.
type Hit struct {
	Document Document
	Owner    Owner
	Score    float64 // 0 to 1, comparable within one answer
	Meaning  float64 // cosine of query and document
	Share    float64 // of the query's words, by weight
	// Words are those of the query that the document has, as they were written.
	Words []string
	// UseCases are the document's use cases that are nearest to the query.
	UseCases []string
}

// From which score a hit that has a word of the query fits it, and from which
// cosine one that has none. Of 365 judged queries each has such a hit, mistyped or
// not; of 30 that are nonsense, about something else or in another language, 7 have.
const (
	fitScore  = 0.2
	fitCosine = 0.3
)

// fits reports whether the hit is about what the query asks.
func (h Hit) fits() bool {
	return len(h.Words) > 0 && h.Score >= fitScore || h.Meaning >= fitCosine
}

// candidate is a document on its way into the answer.
type candidate struct {
	index  *Index
	entry  *entry
	cosine float32
	share  float32
	score  float32
	cases  []float32 // cosine of each use case, once it was looked at
}

// Rank returns the best documents of the indexes for a query, whose text has
// vector; without a vector words alone decide. The query must have been checked.
func Rank(q Query, vector []float32, rule Rule, indexes ...*Index) []Hit {
	if vector == nil {
		q.Mode = WordsOnly
	}
	lexicons := make([]*lexical.Index, len(indexes))
	for i, x := range indexes {
		if q.Mode != MeaningOnly {
			lexicons[i] = x.lexicon()
		}
		x.mu.RLock()
		defer x.mu.RUnlock()
	}
	var words *lexical.Query
	if q.Mode != MeaningOnly {
		words = lexical.Prepare(q.Text, maxQueryWords, lexicons...)
	}
	keep := best{limit: max(q.Limit, recheck)}
	f := q.filter()
	for i, x := range indexes {
		x.collect(&keep, collection{mode: q.Mode, vector: vector, rule: rule, words: words, lexicon: lexicons[i], filter: &f})
	}
	list := keep.list
	if q.Mode != WordsOnly {
		recheckUseCases(list, vector, rule)
	}
	list = list[:min(len(list), q.Limit)]
	hits := make([]Hit, len(list))
	for i := range list {
		hits[i] = list[i].hit(q, rule, words)
	}
	return hits
}

// collection is what collect needs to know of a query.
type collection struct {
	mode    Mode
	vector  []float32
	rule    Rule
	words   *lexical.Query
	lexicon *lexical.Index
	filter  *filter
}

// scratch are the scores of all slots, used again from query to query.
type scratch struct{ cosines, shares []float32 }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// collect offers the documents of one index. The caller holds its lock.
func (x *Index) collect(keep *best, c collection) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.cosines = slices.Grow(s.cosines[:0], len(x.slots))[:len(x.slots)]
	if c.mode == WordsOnly {
		clear(s.cosines)
	} else {
		dots(c.vector, x.matrix, s.cosines)
	}
	if c.words == nil {
		s.shares = s.shares[:0]
	} else {
		s.shares = c.words.Scores(c.lexicon, s.shares)
	}
	for slot, e := range x.slots {
		cand := candidate{index: x, entry: e, cosine: s.cosines[slot]}
		if slot < len(s.shares) {
			cand.share = s.shares[slot]
		}
		if e == nil || cand.share == 0 && (c.mode == WordsOnly || cand.cosine < c.rule.Floor) {
			continue
		}
		cand.score = cand.share
		if c.mode != WordsOnly {
			cand.score = cand.cosine + c.rule.Words*cand.share
		}
		if keep.accepts(cand.score) && c.filter.passes(&e.doc) {
			keep.add(cand)
		}
	}
}

// recheckUseCases moves documents up that have a use case nearer to the query
// than their whole text is.
func recheckUseCases(list []candidate, vector []float32, rule Rule) {
	for i := range list {
		c := &list[i]
		c.cases = make([]float32, len(c.entry.cases))
		dots(vector, c.entry.rows, c.cases)
		var gain float32
		for _, cosine := range c.cases {
			gain = max(gain, cosine-c.cosine)
		}
		c.score += rule.UseCase * gain
	}
	slices.SortFunc(list, order)
}

// best keeps the highest scores, in order.
type best struct {
	limit int
	list  []candidate
}

func (b *best) accepts(score float32) bool {
	return len(b.list) < b.limit || score >= b.list[len(b.list)-1].score
}

func (b *best) add(c candidate) {
	at, _ := slices.BinarySearchFunc(b.list, c, order)
	if at == b.limit {
		return
	}
	if len(b.list) == b.limit {
		b.list = b.list[:b.limit-1]
	}
	b.list = slices.Insert(b.list, at, c)
}

// order puts higher scores first; the rest makes it the same each time.
func order(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.score, a.score),
		cmp.Compare(a.index.owner, b.index.owner), cmp.Compare(a.entry.doc.ID, b.entry.doc.ID))
}

// Which use cases explain a hit: those at least this near, and not much less
// near than the nearest.
const (
	nearUseCase   = 0.4
	nearUseCases  = 0.08
	shownUseCases = 2
)

func (c *candidate) hit(q Query, rule Rule, words *lexical.Query) Hit {
	h := Hit{
		Document: c.entry.doc, Owner: c.index.owner,
		Meaning: float64(max(c.cosine, 0)), Share: float64(c.share), Score: float64(c.score),
	}
	switch q.Mode {
	case Both:
		h.Score /= float64(1 + rule.Words)
	case MeaningOnly, WordsOnly:
	}
	h.Score = min(max(h.Score, 0), 1)
	if words != nil {
		h.Words = words.Matched(func(stem string) bool { return c.index.words.Has(c.entry.slot, stem) })
	}
	if q.Mode != WordsOnly {
		h.UseCases = c.nearest()
	}
	return h
}

// nearest returns the use cases that explain the hit, nearest first.
func (c *candidate) nearest() []string {
	var near []int
	for i, cosine := range c.cases {
		if cosine >= nearUseCase {
			near = append(near, i)
		}
	}
	slices.SortStableFunc(near, func(a, b int) int { return cmp.Compare(c.cases[b], c.cases[a]) })
	var out []string
	for _, i := range near[:min(len(near), shownUseCases)] {
		if c.cases[i] >= c.cases[near[0]]-nearUseCases {
			out = append(out, c.entry.doc.UseCases[i])
		}
	}
	return out
}

// Similar returns the documents of an index that are nearest to one of it, best
// first, itself left out; none if the index does not have it.
func (x *Index) Similar(id string, limit int) []Hit {
	vector, ok := x.Vector(id)
	if !ok {
		return nil
	}
	hits := Rank(Query{Limit: limit + 1, Mode: MeaningOnly}, vector, Measured, x)
	out := make([]Hit, 0, limit)
	for _, h := range hits {
		if h.Document.ID != id && len(out) < limit {
			out = append(out, h)
		}
	}
	return out
}

package eval

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/search"
)

// Bench is a set made ready: its index, and its queries with their vectors.
type Bench struct {
	set     *Set
	index   *search.Index
	texts   []string
	vectors [][]float32
}

// Prepare embeds the queries of a set, mended by the speller as a search would
// (nil: as they are). index holds what is searched.
func Prepare(ctx context.Context, set *Set, index *search.Index, embedder search.Embedder, speller *search.Speller) (*Bench, error) {
	b := &Bench{set: set, index: index}
	for _, q := range set.Queries {
		asked, err := ask(ctx, embedder, speller, q.Text)
		if err != nil {
			return nil, err
		}
		b.texts = append(b.texts, asked.Text)
		b.vectors = append(b.vectors, asked.Vector)
	}
	return b, nil
}

func ask(ctx context.Context, embedder search.Embedder, speller *search.Speller, text string) (search.Asked, error) {
	if speller != nil {
		return speller.Ask(ctx, embedder, text)
	}
	vectors, err := embedder.Embed(ctx, text)
	if err != nil {
		return search.Asked{}, err
	}
	return search.Asked{Text: text, Vector: vectors[0]}, nil
}

// NewIndex embeds the documents of a set that brings its own.
func NewIndex(ctx context.Context, set *Set, embedder search.Embedder) (*search.Index, error) {
	x := search.NewIndex(search.Everybody, embedder.Model())
	_, err := x.Apply(ctx, embedder, time.Unix(0, 0), set.Changes()...)
	return x, err
}

// Mistyped is the set with typing errors in its queries.
func (s *Set) Mistyped(probability float64, seed uint64) *Set {
	out := *s
	out.Queries = make([]Query, len(s.Queries))
	for i, q := range s.Queries {
		q.Text = Mistype(q.Text, probability, seed+uint64(i))
		out.Queries[i] = q
	}
	return &out
}

// Halves are the queries in two: every other one to choose the rule by, and the
// rest to report on, which had no part in choosing.
func (b *Bench) Halves() (dev, held *Bench) {
	var sets [2]Set
	halves := [2]*Bench{{set: &sets[0], index: b.index}, {set: &sets[1], index: b.index}}
	for i, q := range b.set.Queries {
		h := halves[i%2]
		h.set.Queries = append(h.set.Queries, q)
		h.texts, h.vectors = append(h.texts, b.texts[i]), append(h.vectors, b.vectors[i])
	}
	return halves[0], halves[1]
}

// RunAll gives the means over all queries of some benches.
func RunAll(rule search.Rule, benches ...*Bench) Figures {
	var all []Figures
	for _, b := range benches {
		f, _ := b.Run(search.Both, rule)
		all = append(all, f)
	}
	return mean(all)
}

// Miss is a query whose relevant documents are not among the first 5.
type Miss struct {
	Query Query
	Got   []string
}

// Run searches all queries and gives the means, and the queries that failed.
func (b *Bench) Run(mode search.Mode, rule search.Rule) (Figures, []Miss) {
	var misses []Miss
	all := make([]Figures, len(b.set.Queries))
	for i := range b.set.Queries {
		var ids []string
		all[i], ids = b.one(i, mode, rule)
		if all[i].Hit == 0 {
			misses = append(misses, Miss{b.set.Queries[i], ids[:min(len(ids), cutoff)]})
		}
	}
	return mean(all), misses
}

func (b *Bench) one(i int, mode search.Mode, rule search.Rule) (Figures, []string) {
	hits := search.Rank(search.Query{Text: b.texts[i], Limit: search.DefaultLimit, Mode: mode}, b.vectors[i], rule, b.index)
	ids := make([]string, len(hits))
	for j, h := range hits {
		ids[j] = h.Document.ID
	}
	return judge(&b.set.Queries[i], ids), ids
}

// folds is the number of parts in cross-validation.
const folds = 5

// Choice is the outcome of cross-validation.
type Choice struct {
	Rule search.Rule // best over all queries
	// Unseen are the figures of queries that had no part in choosing the rule that
	// they were searched with.
	Unseen Figures
	Seen   Figures
}

// Tune chooses among rules: for each fifth of the queries the rule that does best
// on the other four is tried on it. Several benches (with and without typing
// errors, say) count together.
func Tune(rules []search.Rule, benches ...*Bench) Choice {
	results := make([][]Figures, len(rules)) // by rule and query
	// A query is in the same fold in all benches: with typing errors it is still
	// the same query, and would tell on itself.
	var fold []int
	for _, b := range benches {
		for i := range b.set.Queries {
			fold = append(fold, i%folds)
		}
	}
	for r, rule := range rules {
		for _, b := range benches {
			for i := range b.set.Queries {
				f, _ := b.one(i, search.Both, rule)
				results[r] = append(results[r], f)
			}
		}
	}
	pick := func(use func(query int) bool) int {
		best, bestGoodness := 0, -1.0
		for r := range rules {
			var part []Figures
			for i, f := range results[r] {
				if use(i) {
					part = append(part, f)
				}
			}
			if g := goodness(mean(part)); g > bestGoodness {
				best, bestGoodness = r, g
			}
		}
		return best
	}
	var unseen []Figures
	for f := range folds {
		chosen := results[pick(func(i int) bool { return fold[i] != f })]
		for i := range chosen {
			if fold[i] == f {
				unseen = append(unseen, chosen[i])
			}
		}
	}
	overall := pick(func(int) bool { return true })
	return Choice{Rule: rules[overall], Unseen: mean(unseen), Seen: mean(results[overall])}
}

// goodness is what rules are chosen by: a right document among the first five
// first of all, then as far up as possible.
func goodness(f Figures) float64 { return f.Hit + f.Recall + f.MRR }

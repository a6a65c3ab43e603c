package search

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// What a Searcher keeps in memory by default.
const (
	defaultQueries = 1024 // vectors of queries, 1.5 KB each
	defaultOwners  = 64   // indexes of tenants
	// defaultRefresh is how old an index may be before its version is asked for
	// again. A change must be found within 2 seconds, which includes the stream.
	defaultRefresh = time.Second
)

// Config is what a Searcher works with.
type Config struct {
	Embedder Embedder
	Blobs    Blobs
	Clock    clock.Clock
	// Builtin are the templates that come with the program; its vectors must be of
	// the embedder's model.
	Builtin *Index
	// Vocabulary gives English words by frequency, for mending typing errors; it is
	// asked when the first query comes.
	Vocabulary func() []string
	// Previous are the models whose indexes may still be around, newest first.
	Previous []string
	Refresh  time.Duration // 0 for a second
	Queries  int           // 0 for 1,024
	Owners   int           // 0 for 64
}

// Searcher answers queries over the built-in templates and a tenant's own
// workflows. It is safe for concurrent use.
type Searcher struct {
	config  Config
	speller func() *Speller
	vectors *lru.Cache[string, Asked]
	owners  *lru.Cache[Owner, *held]
}

// New makes a Searcher. It reads nothing yet.
func New(c Config) (*Searcher, error) {
	if c.Builtin.Model() != c.Embedder.Model() {
		return nil, fmt.Errorf("%w: the built-in templates have %.12s, the embedder %.12s; run `make templates`",
			ErrOtherModel, c.Builtin.Model(), c.Embedder.Model())
	}
	c.Refresh, c.Queries, c.Owners = orDefault(c.Refresh, defaultRefresh), orDefault(c.Queries, defaultQueries), orDefault(c.Owners, defaultOwners)
	vectors, err := lru.New[string, Asked](c.Queries)
	if err != nil {
		return nil, err
	}
	owners, err := lru.New[Owner, *held](c.Owners)
	if err != nil {
		return nil, err
	}
	return &Searcher{
		config: c, vectors: vectors, owners: owners,
		// Made when the first query comes: it takes some milliseconds of a cold start.
		speller: sync.OnceValue(func() *Speller { return NewSpeller(c.Builtin.Documents(), c.Vocabulary()) }),
	}, nil
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Result is the answer to a query.
type Result struct {
	Hits []Hit // best first
	// Corrected is the query without typing errors, "" if there were none.
	Corrected string
	// Weak says that nothing fits the query well: what was found is merely the least far.
	Weak bool
	// WordsOnly is why only words were compared and no meaning, where the embedder
	// failed; nil otherwise.
	WordsOnly error
}

// Search returns what fits the query best among the templates and the tenant's own
// workflows. Errors are fault.Invalid for a query that cannot be answered.
func (s *Searcher) Search(ctx context.Context, tenant ident.Tenant, q Query) (Result, error) {
	if err := q.check(); err != nil {
		return Result{}, err
	}
	indexes, err := s.indexes(ctx, tenant, q.Kind)
	if err != nil {
		return Result{}, err
	}
	var r Result
	asked, err := s.embed(ctx, q.Text)
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	r.WordsOnly = err
	q.Text = asked.Text
	r.Hits = s.rank(q, asked.Vector, indexes)
	r.Weak = !slices.ContainsFunc(r.Hits, Hit.fits)
	if asked.Mended {
		r.Corrected = asked.Text
	}
	return r, nil
}

// rank searches indexes that may be of different models: those of a previous one
// have no vectors for this query, so words alone decide there.
func (s *Searcher) rank(q Query, vector []float32, indexes []*Index) []Hit {
	var current, older []*Index
	for _, x := range indexes {
		if x.model == s.config.Embedder.Model() {
			current = append(current, x)
		} else {
			older = append(older, x)
		}
	}
	hits := Rank(q, vector, Measured, current...)
	if len(older) > 0 {
		hits = merge(hits, Rank(q, nil, Measured, older...), q.Limit)
	}
	return hits
}

// merge joins two answers by score.
func merge(a, b []Hit, limit int) []Hit {
	var out []Hit
	for len(out) < limit && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Score >= b[0].Score {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}

// embed returns the vector of a query, from memory if it was asked before. If the
// embedder fails, the text without typing errors is there all the same.
func (s *Searcher) embed(ctx context.Context, text string) (Asked, error) {
	if known, ok := s.vectors.Get(text); ok {
		return known, nil
	}
	asked, err := s.speller().Ask(ctx, s.config.Embedder, text)
	if err == nil {
		s.vectors.Add(text, asked)
	}
	return asked, err
}

// indexes returns what a tenant may see of a kind: the templates, its own, or both.
func (s *Searcher) indexes(ctx context.Context, tenant ident.Tenant, kind Kind) ([]*Index, error) {
	owner, err := OwnerOf(tenant)
	if err != nil {
		return nil, err
	}
	if kind == Template {
		return []*Index{s.config.Builtin}, nil
	}
	mine := &held{owner: owner}
	if known, ok, _ := s.owners.PeekOrAdd(owner, mine); ok {
		s.owners.Get(owner) // counts as used
		mine = known
	}
	own, err := mine.current(ctx, s)
	if err != nil {
		return nil, err
	}
	if kind == Workflow {
		return []*Index{own}, nil
	}
	return []*Index{s.config.Builtin, own}, nil
}

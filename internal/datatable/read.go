package datatable

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// maxSelected bounds the rows that are held at once, in bytes: more would fit no
// node's output.
const maxSelected = 64 << 20

// Query asks for rows of a table.
type Query struct {
	Filter Filter
	Limit  int // 0: all
	// OrderBy is a column; "": by the rows' numbers.
	OrderBy    string
	Descending bool
}

// Select answers several queries in one pass over the table.
func (d *Desk) Select(ctx context.Context, t Table, queries []Query) ([][]Row, error) {
	picks := make([]*pick, len(queries))
	for i, q := range queries {
		p, err := t.pick(q)
		if err != nil {
			return nil, &QueryError{i, err}
		}
		picks[i] = p
	}
	rest, err := d.byID(ctx, t, picks)
	if err != nil {
		return nil, err
	}
	held := int64(0)
	if len(rest) > 0 {
		err = d.Rows.Scan(ctx, t.Ref, 0, func(r Row) bool {
			open := false
			for _, p := range rest {
				before := p.bytes
				p.take(r)
				held += p.bytes - before
				open = open || !p.full()
			}
			return open && held <= maxSelected
		})
	}
	switch {
	case err != nil:
		return nil, err
	case held > maxSelected:
		return nil, fault.New(fault.LimitExceeded, fault.CodeRunLimit, "More than %d MB of rows are selected; set a limit, or narrower conditions.", maxSelected>>20)
	}
	out := make([][]Row, len(picks))
	for i, p := range picks {
		out[i] = p.rows()
	}
	return out, nil
}

// QueryError is an error of one query of several.
type QueryError struct {
	Index int
	Err   error
}

func (e *QueryError) Error() string { return e.Err.Error() }

// Unwrap gives the error itself.
func (e *QueryError) Unwrap() error { return e.Err }

// byID answers the queries that name a row by its number; the rest needs a pass.
func (d *Desk) byID(ctx context.Context, t Table, picks []*pick) (rest []*pick, err error) {
	for _, p := range picks {
		id, ok := p.matcher.id()
		if !ok {
			rest = append(rest, p)
			continue
		}
		r, err := d.Rows.Row(ctx, t.Ref, id)
		if err == nil {
			p.take(r)
		} else if !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	return rest, nil
}

// pick collects the rows of one query.
type pick struct {
	matcher matcher
	query   Query
	order   *Column
	found   []Row
	bytes   int64 // of these
}

func (t Table) pick(q Query) (*pick, error) {
	m, err := t.compile(q.Filter)
	if err != nil {
		return nil, err
	}
	p := &pick{matcher: m, query: q}
	if q.OrderBy != "" {
		c, err := t.named(q.OrderBy)
		if err != nil {
			return nil, err
		}
		p.order = &c
	}
	return p, nil
}

// full reports whether no further row can count.
func (p *pick) full() bool {
	return p.order == nil && p.query.Limit > 0 && len(p.found) >= p.query.Limit
}

// take keeps a row that the query selects. Of many that are ordered only those are
// kept that can be among the first.
func (p *pick) take(r Row) {
	if p.full() || !p.matcher.matches(r) {
		return
	}
	p.found = append(p.found, r)
	p.bytes += r.Bytes()
	if most := p.query.Limit; p.order != nil && most > 0 && len(p.found) >= 2*most+1000 {
		p.sort()
		p.found, p.bytes = slices.Clone(p.found[:most]), 0
		for _, kept := range p.found {
			p.bytes += kept.Bytes()
		}
	}
}

func (p *pick) sort() {
	slices.SortStableFunc(p.found, func(a, b Row) int {
		n := compare(a.get(*p.order), b.get(*p.order))
		if p.query.Descending {
			n = -n
		}
		return n
	})
}

func (p *pick) rows() []Row {
	if p.order != nil {
		p.sort()
	}
	if p.query.Limit > 0 && len(p.found) > p.query.Limit {
		return p.found[:p.query.Limit]
	}
	return p.found
}

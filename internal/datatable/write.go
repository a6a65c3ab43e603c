package datatable

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/anew"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
)

// writeTries bounds how often one operation is begun anew because other writers
// were faster.
const writeTries = 10

// Insert adds rows; op names the operation where it may be repeated, and is "" where it
// is not. The rows come back as they are stored, in order.
func (d *Desk) Insert(ctx context.Context, t Table, op string, objects []*value.Object) ([]Row, error) {
	rows := make([]Row, len(objects))
	now := d.Clock.Now().UTC().Truncate(time.Millisecond)
	total := int64(0)
	for i, o := range objects {
		cells, err := t.cells(o)
		if err != nil {
			return nil, &QueryError{i, err}
		}
		rows[i] = t.with(Row{CreatedAt: now}, cells, now)
		n, err := rows[i].checkSize()
		if err != nil {
			return nil, &QueryError{i, err}
		}
		total += n
	}
	if total > MaxBytes {
		return nil, Full()
	}
	if op == "" {
		op = ident.Token()
	}
	return d.insert(ctx, t, op, rows)
}

// Full is the error of a tenant whose rows would have more than MaxBytes.
func Full() error {
	return fault.New(fault.LimitExceeded, fault.CodePayloadTooLarge,
		"Your data tables hold the %d MB of rows that they may have. Delete rows or tables that are not needed, then run this again.", MaxBytes>>20)
}

// insert writes the rows that earlier attempts have not.
func (d *Desk) insert(ctx context.Context, t Table, op string, rows []Row) ([]Row, error) {
	for done, n := 0, 0; done < len(rows); n++ {
		b := batchOf(rows[done:])
		b.Entry = Entry{Op: op, N: n, Kind: Inserted, At: rows[done].CreatedAt}
		first, err := d.Rows.Allocate(ctx, t.Ref, len(b.Puts))
		if err != nil {
			return nil, err
		}
		for i := range b.Puts {
			b.Puts[i].Row.ID = first + int64(i)
			b.Entry.IDs = append(b.Entry.IDs, b.Puts[i].Row.ID)
		}
		err = d.Rows.Write(ctx, t.Ref, b)
		if errors.Is(err, ErrTold) { // by an earlier attempt: its numbers and times hold
			entries, err := d.Rows.Entries(ctx, t.Ref, op)
			if err != nil {
				return nil, err
			}
			done, n = d.taken(rows, entries)
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, p := range b.Puts {
			rows[done+i] = stored(p.Row)
		}
		done += len(b.Puts)
	}
	return rows, nil
}

// taken gives the first rows the numbers and times under which an earlier attempt
// wrote them; it returns how many rows and batches those are, less the one batch
// that the caller counts itself.
func (d *Desk) taken(rows []Row, entries []Entry) (done, last int) {
	for _, e := range entries {
		for _, id := range e.IDs {
			if done == len(rows) {
				break
			}
			rows[done].ID, rows[done].CreatedAt, rows[done].UpdatedAt = id, e.At, e.At
			rows[done] = stored(rows[done])
			done++
		}
	}
	return done, len(entries) - 1
}

// stored is a row after it was written.
func stored(r Row) Row {
	r.Rev++
	return r
}

// batchOf takes as many rows as one batch may have.
func batchOf(rows []Row) Batch {
	b := Batch{IfVersion: -1}
	total := int64(0)
	for _, r := range rows {
		n := r.Bytes()
		if len(b.Puts) == MaxBatch || len(b.Puts) > 0 && total+n > MaxBatchBytes {
			break
		}
		total += n
		b.Puts = append(b.Puts, Put{Row: r, Delta: n})
	}
	return b
}

// Change is one update, upsert or deletion.
type Change struct {
	// Op names it where it may be repeated; "": it is not.
	Op     string
	Filter Filter
	Set    *value.Object // columns by name
	// DryRun changes nothing: see Changed.
	DryRun bool
}

// Changed is a row that a Change changed. Of a dry run it has what the row was and
// would be; a nil side is a row that is not there.
type Changed struct {
	Row           Row
	Before, After *Row
}

// prepared is a Change made ready for a table.
type prepared struct {
	Change
	matcher matcher
	cells   map[string]any
	now     time.Time
}

func (d *Desk) prepare(t Table, c Change, sets bool) (prepared, error) {
	p := prepared{Change: c, now: d.Clock.Now().UTC().Truncate(time.Millisecond)}
	if p.Op == "" {
		p.Op = ident.Token()
	}
	if len(c.Filter.Conditions) == 0 {
		return p, invalid("At least one condition is required.")
	}
	var err error
	if p.matcher, err = t.compile(c.Filter); err != nil || !sets {
		return p, err
	}
	if c.Set.Len() == 0 {
		return p, invalid("At least one column must get a value.")
	}
	p.cells, err = t.cells(c.Set)
	return p, err
}

// Update changes the rows that the filter selects.
func (s *Session) Update(ctx context.Context, c Change) ([]Changed, error) {
	p, err := s.desk.prepare(s.table, c, true)
	if err != nil {
		return nil, err
	}
	return s.again(ctx, func() ([]Changed, error) { return s.update(ctx, p, nil) })
}

// Upsert changes the rows that the filter selects, or inserts one if it selects none.
func (s *Session) Upsert(ctx context.Context, c Change) ([]Changed, error) {
	p, err := s.desk.prepare(s.table, c, true)
	if err != nil {
		return nil, err
	}
	return s.again(ctx, func() ([]Changed, error) {
		return s.update(ctx, p, func(version int64, entries []Entry) ([]Changed, error) { return s.insertOne(ctx, p, version, entries) })
	})
}

// Delete removes the rows that the filter selects; it gives what they were.
func (s *Session) Delete(ctx context.Context, c Change) ([]Changed, error) {
	p, err := s.desk.prepare(s.table, c, false)
	if err != nil {
		return nil, err
	}
	return s.again(ctx, func() ([]Changed, error) { return s.remove(ctx, p) })
}

// Clear removes all rows; it returns how many there were.
func (s *Session) Clear(ctx context.Context, op string) (int, error) {
	p := prepared{Change: Change{Op: op}, now: s.desk.Clock.Now().UTC().Truncate(time.Millisecond)}
	removed, err := s.again(ctx, func() ([]Changed, error) { return s.remove(ctx, p) })
	return len(removed), err
}

// again repeats an operation that other writers have overtaken.
func (s *Session) again(ctx context.Context, do func() ([]Changed, error)) ([]Changed, error) {
	return anew.Do(ctx, anew.Rule{
		Clock: s.desk.Clock, Tries: writeTries, Crowded: "Too much is written to the data table at this moment; try again in a second.",
		Overtaken: func(err error) bool { return errors.Is(err, ErrOvertaken) || errors.Is(err, ErrTold) },
	}, do)
}

// update changes what is selected; otherwise says what is done if that is nothing.
func (s *Session) update(ctx context.Context, p prepared, otherwise func(version int64, entries []Entry) ([]Changed, error)) ([]Changed, error) {
	entries, err := s.entries(ctx, p)
	if err != nil {
		return nil, err
	}
	version, found, err := s.find(ctx, p.matcher)
	if err != nil {
		return nil, err
	}
	done := doneBy(entries)
	found = slices.DeleteFunc(found, func(r Row) bool { return slices.Contains(done, r.ID) })
	if otherwise != nil && (len(found)+len(done) == 0 || len(entries) > 0 && entries[0].Kind == Inserted) {
		return otherwise(version, entries)
	}
	var out []Changed
	for _, id := range done {
		r, err := s.desk.Rows.Row(ctx, s.table.Ref, id)
		if fault.Is(err, fault.NotFound) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Changed{Row: r})
	}
	for n := len(entries); len(found) > 0; n++ {
		some, err := s.rewrite(ctx, p, n, found)
		if err != nil {
			return nil, err
		}
		out, found = append(out, some...), found[len(some):]
	}
	slices.SortFunc(out, func(a, b Changed) int { return int(a.Row.ID - b.Row.ID) })
	return out, nil
}

// rewrite changes the first rows, as many as one batch may have.
func (s *Session) rewrite(ctx context.Context, p prepared, n int, rows []Row) ([]Changed, error) {
	b := Batch{Entry: Entry{Op: p.Op, N: n, Kind: Updated, At: p.now}, IfVersion: -1}
	var out []Changed
	total := int64(0)
	for _, r := range rows {
		next := s.table.with(r, p.cells, p.now)
		bytes, err := next.checkSize()
		if err != nil {
			return nil, err
		}
		if len(out) == MaxBatch || len(out) > 0 && total+bytes > MaxBatchBytes {
			break
		}
		total += bytes
		out = append(out, Changed{Row: stored(next), Before: &r, After: &next})
		b.Puts = append(b.Puts, Put{Row: next, Delta: bytes - r.Bytes()})
		b.Entry.IDs = append(b.Entry.IDs, r.ID)
	}
	if p.DryRun {
		return out, nil
	}
	return out, s.write(ctx, b)
}

// insertOne inserts an upsert's row, if nothing was written since the table was
// read, unless an earlier attempt did.
func (s *Session) insertOne(ctx context.Context, p prepared, version int64, entries []Entry) ([]Changed, error) {
	r := s.table.with(Row{CreatedAt: p.now}, p.cells, p.now)
	bytes, err := r.checkSize()
	if err != nil {
		return nil, err
	}
	if p.DryRun {
		return []Changed{{Row: r, After: &r}}, nil
	}
	if len(entries) > 0 {
		rows := []Row{r}
		s.desk.taken(rows, entries)
		return []Changed{{Row: rows[0]}}, nil
	}
	if r.ID, err = s.desk.Rows.Allocate(ctx, s.table.Ref, 1); err != nil {
		return nil, err
	}
	err = s.write(ctx, Batch{
		Entry: Entry{Op: p.Op, Kind: Inserted, At: p.now, IDs: []int64{r.ID}}, Puts: []Put{{Row: r, Delta: bytes}}, IfVersion: version,
	})
	return []Changed{{Row: stored(r)}}, err
}

// remove deletes what is selected. What earlier attempts deleted is in their entries.
func (s *Session) remove(ctx context.Context, p prepared) ([]Changed, error) {
	entries, err := s.entries(ctx, p)
	if err != nil {
		return nil, err
	}
	_, found, err := s.find(ctx, p.matcher)
	if err != nil {
		return nil, err
	}
	var out []Changed
	for _, e := range entries {
		for _, r := range e.Rows {
			out = append(out, Changed{Row: r})
		}
	}
	for n := len(entries); len(found) > 0; n++ {
		b := Batch{Entry: Entry{Op: p.Op, N: n, Kind: Deleted, At: p.now}, IfVersion: -1}
		total := int64(0)
		for _, r := range found {
			// The rows are in the entry, which is one item of the store.
			if bytes := r.Bytes(); len(b.Drops) == MaxBatch || len(b.Drops) > 0 && total+bytes > MaxRowBytes {
				break
			}
			total += r.Bytes()
			b.Drops = append(b.Drops, r)
			out = append(out, Changed{Row: r, Before: &r})
		}
		b.Entry.Rows, found = b.Drops, found[len(b.Drops):]
		if p.DryRun {
			continue
		}
		if err := s.write(ctx, b); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b Changed) int { return int(a.Row.ID - b.Row.ID) })
	return out, nil
}

// doneBy are the rows of an operation's entries.
func doneBy(entries []Entry) (ids []int64) {
	for _, e := range entries {
		ids = append(ids, e.IDs...)
	}
	return ids
}

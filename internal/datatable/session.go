package datatable

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// maxHeld is how many bytes of rows a Session keeps: a table that is larger is read
// anew for each of its operations.
const maxHeld = 2 << 20

// Session is some operations on one table, one after the other. It keeps what it has
// read of a small table, as long as nobody else writes to it. It is not safe for
// concurrent use.
type Session struct {
	desk  *Desk
	table Table
	rows  []Row // all, if held
	held  bool
}

// Session begins operations on a table.
func (d *Desk) Session(t Table) *Session { return &Session{desk: d, table: t} }

// find reads the rows that a filter selects, and the version of the table that they
// are of, or an older one.
func (s *Session) find(ctx context.Context, m matcher) (version int64, found []Row, err error) {
	now, err := s.desk.Tables.Table(ctx, s.table.Ref)
	if err != nil {
		return 0, nil, err
	}
	if s.held && now.Version != s.table.Version {
		s.held, s.rows = false, nil
	}
	s.table.Stats = now.Stats
	if id, ok := m.id(); ok {
		r, err := s.desk.Rows.Row(ctx, s.table.Ref, id)
		if fault.Is(err, fault.NotFound) {
			return now.Version, nil, nil
		}
		if err == nil && m.matches(r) {
			found = []Row{r}
		}
		return now.Version, found, err
	}
	if s.held || now.Bytes <= maxHeld {
		err = s.hold(ctx)
		for _, r := range s.rows {
			if m.matches(r) {
				found = append(found, r)
			}
		}
		return now.Version, found, err
	}
	p := &pick{matcher: m}
	err = s.desk.Rows.Scan(ctx, s.table.Ref, 0, func(r Row) bool {
		p.take(r)
		return p.bytes <= maxSelected
	})
	if p.bytes > maxSelected {
		err = fault.New(fault.LimitExceeded, fault.CodeRunLimit, "More than %d MB of rows are selected; set narrower conditions.", maxSelected>>20)
	}
	return now.Version, p.found, err
}

// hold reads the whole table, if that is not done.
func (s *Session) hold(ctx context.Context) error {
	if s.held {
		return nil
	}
	s.rows = nil
	err := s.desk.Rows.Scan(ctx, s.table.Ref, 0, func(r Row) bool {
		s.rows = append(s.rows, r)
		return true
	})
	s.held = err == nil
	return err
}

// write applies a batch, and keeps up with it what is held.
func (s *Session) write(ctx context.Context, b Batch) error {
	if err := s.desk.Rows.Write(ctx, s.table.Ref, b); err != nil {
		s.held, s.rows = false, nil
		return err
	}
	s.table.Version++ // if others wrote too, the next reading shows it
	if !s.held {
		return nil
	}
	for _, p := range b.Puts {
		r := stored(p.Row)
		i, there := slices.BinarySearchFunc(s.rows, r.ID, byNumber)
		if there {
			s.rows[i] = r
		} else {
			s.rows = slices.Insert(s.rows, i, r)
		}
	}
	for _, r := range b.Drops {
		if i, there := slices.BinarySearchFunc(s.rows, r.ID, byNumber); there {
			s.rows = slices.Delete(s.rows, i, i+1)
		}
	}
	return nil
}

func byNumber(r Row, id int64) int { return int(r.ID - id) }

// entries are what earlier attempts of an operation wrote.
func (s *Session) entries(ctx context.Context, p prepared) ([]Entry, error) {
	if p.DryRun {
		return nil, nil
	}
	return s.desk.Rows.Entries(ctx, s.table.Ref, p.Op)
}

package datatable

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Desk is where tables are made, changed, read and written.
type Desk struct {
	Tables Tables
	Rows   Rows
	Clock  clock.Clock
}

// NewTable asks for a table.
type NewTable struct {
	Tenant ident.Tenant
	// ID is set by callers that may be repeated; "": a new one.
	ID      ident.DataTable
	Name    string
	Columns []Column // without ids
}

// Create makes a table.
func (d *Desk) Create(ctx context.Context, n NewTable) (Table, error) {
	if err := checkName(n.Name); err != nil {
		return Table{}, err
	}
	now := d.Clock.Now().UTC()
	if n.ID == "" {
		n.ID = ident.DataTable(ident.New(ident.PrefixDataTable, now))
	}
	t := Table{Ref: Ref{n.Tenant, n.ID}, Name: n.Name, CreatedAt: now, UpdatedAt: now}
	for _, c := range n.Columns {
		if err := t.addColumn(c); err != nil {
			return Table{}, err
		}
	}
	if err := d.Tables.MakeTable(ctx, t); err != nil {
		return Table{}, err
	}
	return d.Tables.Table(ctx, t.Ref)
}

func (t *Table) addColumn(c Column) error {
	if err := t.checkColumn(c); err != nil {
		return err
	}
	t.Made++
	c.ID = "c" + strconv.Itoa(t.Made)
	t.Columns = append(slices.Clone(t.Columns), c)
	return nil
}

// Rename gives a table another name.
func (d *Desk) Rename(ctx context.Context, ref Ref, name string) (before, after Table, err error) {
	if err := checkName(name); err != nil {
		return Table{}, Table{}, err
	}
	return d.change(ctx, ref, func(t *Table) error {
		t.Name = name
		return nil
	})
}

// AddColumn adds a column, empty in all rows.
func (d *Desk) AddColumn(ctx context.Context, ref Ref, c Column) (before, after Table, err error) {
	return d.change(ctx, ref, func(t *Table) error { return t.addColumn(c) })
}

// DropColumn takes a column away, with its cells.
func (d *Desk) DropColumn(ctx context.Context, ref Ref, name string) (before, after Table, err error) {
	return d.change(ctx, ref, func(t *Table) error {
		if _, ok := t.column(name); !ok {
			return fault.New(fault.NotFound, fault.CodeNotFound, "The data table has no column %q.", fault.Shorten(name, 80))
		}
		t.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool { return c.Name == name })
		return nil
	})
}

func (d *Desk) change(ctx context.Context, ref Ref, do func(*Table) error) (before, after Table, err error) {
	if before, err = d.Tables.Table(ctx, ref); err != nil {
		return before, after, err
	}
	after = before
	if err := do(&after); err != nil {
		return before, after, err
	}
	after.UpdatedAt = d.Clock.Now().UTC()
	return before, after, d.Tables.ChangeTable(ctx, before, after)
}

// Drop removes a table with its rows; it returns what it was.
func (d *Desk) Drop(ctx context.Context, ref Ref) (Table, error) {
	t, err := d.Tables.Table(ctx, ref)
	if err != nil {
		return t, err
	}
	return t, d.Tables.DropTable(ctx, t)
}

// Named finds a table by its name, by its case too if two differ in that alone.
func (d *Desk) Named(ctx context.Context, tenant ident.Tenant, name string) (Table, error) {
	all, err := d.Tables.Tables(ctx, tenant)
	if err != nil {
		return Table{}, err
	}
	i := slices.IndexFunc(all, func(t Table) bool { return t.Name == name })
	if i < 0 {
		i = slices.IndexFunc(all, func(t Table) bool { return strings.EqualFold(t.Name, name) })
	}
	if i < 0 {
		return Table{}, fault.New(fault.NotFound, fault.CodeNotFound, "There is no data table with the name %q. Make one, or choose one of the list.", fault.Shorten(name, 200))
	}
	return d.Tables.Table(ctx, all[i].Ref)
}

// Page reads rows in the order of their numbers: at most so many that the filter
// selects, after one; next is where to go on, 0 at the end.
func (d *Desk) Page(ctx context.Context, t Table, f Filter, after int64, limit int) (rows []Row, next int64, err error) {
	m, err := t.compile(f)
	if err != nil {
		return nil, 0, err
	}
	bytes := int64(0)
	err = d.Rows.Scan(ctx, t.Ref, after, func(r Row) bool {
		if !m.matches(r) {
			return true
		}
		n := r.Bytes()
		if len(rows) == limit || len(rows) > 0 && bytes+n > MaxBatchBytes {
			next = rows[len(rows)-1].ID
			return false
		}
		bytes += n
		rows = append(rows, r)
		return true
	})
	return rows, next, err
}

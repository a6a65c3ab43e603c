package datatable

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// convert brings a value to the form in which a column of a type keeps it; nil
// stays nil. What n8n converts is converted: numbers and booleans from text, dates
// from all usual forms.
func convert(name string, typ Type, v any) (any, error) {
	switch v.(type) {
	case nil:
		return nil, nil
	case []any, *value.Object:
		return nil, invalid("The column %q takes one value (text, a number, true or false, a date), not an %s. Turn it into text first: .toJsonString().",
			name, value.KindOf(v))
	}
	out, ok := v, false
	switch typ {
	case String:
		out, ok = text(v), true
	case Number:
		n := number(v)
		out, ok = n, !math.IsNaN(n) && !math.IsInf(n, 0)
	case Boolean:
		out, ok = boolean(v)
	case Date:
		var at time.Time
		at, ok = moment.Parse(text(v), time.UTC)
		out = moment.JS(at)
	}
	if !ok {
		return nil, invalid("The value '%s' does not fit the column %q, which has the type %s.", fault.Shorten(text(v), 100), name, typ)
	}
	return out, nil
}

// text writes a plain value as a string column keeps it.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return value.FormatNumber(v)
	}
	return ""
}

func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	case string:
		return value.ToNumber(v)
	}
	return math.NaN()
}

// boolean reads true and false in any case, and what is 0 or 1 as a number.
func boolean(v any) (bool, bool) {
	if s, ok := v.(string); ok {
		switch strings.ToLower(s) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		if strings.TrimSpace(s) == "" {
			return false, false
		}
	}
	if b, ok := v.(bool); ok {
		return b, true
	}
	n := number(v)
	return n == 1, n == 0 || n == 1
}

// cells are the cells of an object whose members are named as columns; nil ones are
// there, so that an update empties them.
func (t Table) cells(o *value.Object) (map[string]any, error) {
	out := make(map[string]any, o.Len())
	for name, v := range o.All() {
		c, ok := t.column(name)
		if !ok {
			return nil, invalid("The data table %q has no column %q; it has %s.", t.Name, fault.Shorten(name, 80), t.names())
		}
		cell, err := convert(name, c.Type, v)
		if err != nil {
			return nil, err
		}
		out[c.ID] = cell
	}
	return out, nil
}

func (t Table) names() string {
	if len(t.Columns) == 0 {
		return "none yet"
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// with is the row with other cells; what is empty, and what belongs to columns that
// are gone, is not kept.
func (t Table) with(r Row, cells map[string]any, now time.Time) Row {
	merged := make(map[string]any, len(t.Columns))
	for _, c := range t.Columns {
		v := r.Cells[c.ID]
		if set, ok := cells[c.ID]; ok {
			v = set
		}
		if v != nil {
			merged[c.ID] = v
		}
	}
	r.Cells, r.UpdatedAt = merged, now
	return r
}

// rowOverhead is what a row takes beside its cells: keys, times, counters.
const rowOverhead = 100

// Bytes is what the row counts for.
func (r Row) Bytes() int64 {
	b, err := json.Marshal(r.Cells)
	if err != nil { // cells are plain values
		panic(err)
	}
	return int64(len(b)) + rowOverhead
}

// checkSize refuses a row that is too large for one item of the store.
func (r Row) checkSize() (int64, error) {
	n := r.Bytes()
	if n > MaxRowBytes {
		return n, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "A row has %d KB; at most %d are allowed. Keep large texts as files, and their names in the table.", n>>10, MaxRowBytes>>10)
	}
	return n, nil
}

// Object is the row as items and answers have it.
func (t Table) Object(r Row) *value.Object {
	o := value.NewObject(len(t.Columns) + 3)
	o.Set(ColumnID, float64(r.ID))
	o.Set(ColumnCreatedAt, moment.JS(r.CreatedAt))
	o.Set(ColumnUpdatedAt, moment.JS(r.UpdatedAt))
	for _, c := range t.Columns {
		o.Set(c.Name, r.Cells[c.ID])
	}
	return o
}

// get reads a cell, or a column that every table has.
func (r Row) get(c Column) any {
	switch c.ID {
	case ColumnID:
		return float64(r.ID)
	case ColumnCreatedAt:
		return moment.JS(r.CreatedAt)
	case ColumnUpdatedAt:
		return moment.JS(r.UpdatedAt)
	}
	return r.Cells[c.ID]
}

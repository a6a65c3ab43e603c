package datatable

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// The bounds. A tenant's rows may have as many bytes as those of all tables of one
// n8n instance by default.
const (
	MaxBytes    = 50 << 20  // of all rows of a tenant
	MaxRowBytes = 256 << 10 // of one row
	MaxTables   = 200
	MaxColumns  = 200
	maxName     = 128 // characters of a table's name
)

// Type is what a column holds.
type Type string

// The types, as n8n's. A date is kept as text: ISO 8601, UTC, with milliseconds.
const (
	String  Type = "string"
	Number  Type = "number"
	Boolean Type = "boolean"
	Date    Type = "date"
)

// Column is one column. Cells are kept under its ID, which no other column of the
// table ever has: a name may be given anew.
type Column struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Ref names a table.
type Ref struct {
	Tenant ident.Tenant
	ID     ident.DataTable
}

// Table is a table without its rows.
type Table struct {
	Ref
	Name      string
	Columns   []Column
	CreatedAt time.Time
	UpdatedAt time.Time // of name or columns, not of rows
	// Made counts the columns that the table ever had: it gives their IDs.
	Made int
	Rev  int64 // counts changes of name and columns
	Stats
}

// Stats are what rows a table has.
type Stats struct {
	Rows, Bytes int64
	// Version counts the writes of rows.
	Version int64
}

// Row is one row. Cells are by the columns' IDs: text, numbers and booleans; what is
// empty is not there.
type Row struct {
	ID        int64
	Cells     map[string]any
	CreatedAt time.Time
	UpdatedAt time.Time
	Rev       int64 // counts its changes; 0 if it is not stored yet
}

// The columns that every table has, by name.
const (
	ColumnID        = "id"
	ColumnCreatedAt = "createdAt"
	ColumnUpdatedAt = "updatedAt"
)

var system = map[string]Type{ColumnID: Number, ColumnCreatedAt: Date, ColumnUpdatedAt: Date}

// IsSystem reports whether a column is one that every table has.
func IsSystem(name string) bool { return system[name] != "" }

// column finds one by name.
func (t Table) column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

var columnName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,62}$`)

// checkName refuses names that no table may have.
func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.TrimSpace(name) != name {
		return invalid("The name of a data table has 1 to %d characters, and no space at its ends.", maxName)
	}
	return nil
}

// checkColumn refuses columns that a table may not have.
func (t Table) checkColumn(c Column) error {
	switch {
	case !columnName.MatchString(c.Name):
		return invalid("The column name %q is not possible: a letter, then letters, digits and _, at most 63 in all.", fault.Shorten(c.Name, 80))
	case IsSystem(c.Name):
		return invalid("Every data table has the column %q; give this one another name.", c.Name)
	case c.Type != String && c.Type != Number && c.Type != Boolean && c.Type != Date:
		return invalid("The column %q has the type %q; there are string, number, boolean and date.", c.Name, c.Type)
	case len(t.Columns) >= MaxColumns:
		return invalid("A data table has at most %d columns.", MaxColumns)
	}
	if _, there := t.column(c.Name); there {
		return fault.New(fault.Conflict, fault.CodeConflict, "The data table has a column %q already.", c.Name)
	}
	return nil
}

func invalid(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, fault.CodeValidation, format, args...)
}

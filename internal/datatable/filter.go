package datatable

import (
	"cmp"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Condition compares a column with a value. The operators are n8n's: eq, neq, gt,
// gte, lt, lte, like and ilike, in which % stands for any text; and isEmpty and
// isNotEmpty, which take no value, and for which a text without characters is empty.
type Condition struct {
	Column   string
	Operator string
	Value    any
}

// Filter selects the rows that fulfil all conditions, or any of them. Without
// conditions it selects every row.
type Filter struct {
	Any        bool
	Conditions []Condition
}

// matcher is a filter made ready for a table.
type matcher struct {
	any   bool
	tests []test
}

type test struct {
	column   Column
	operator string
	value    any
	pattern  []string // of like and ilike: the texts between the %
}

// compile checks a filter against the table's columns.
func (t Table) compile(f Filter) (matcher, error) {
	m := matcher{any: f.Any}
	for _, c := range f.Conditions {
		x, err := t.test(c)
		if err != nil {
			return m, err
		}
		m.tests = append(m.tests, x)
	}
	return m, nil
}

// named finds a column by name, those that every table has too.
func (t Table) named(name string) (Column, error) {
	if typ := system[name]; typ != "" {
		return Column{ID: name, Name: name, Type: typ}, nil
	}
	c, ok := t.column(name)
	if !ok {
		return c, invalid("The data table %q has no column %q, which a condition or an order names; it has %s, and id, createdAt, updatedAt.", t.Name, fault.Shorten(name, 80), t.names())
	}
	return c, nil
}

// Operators are those of conditions.
var Operators = []string{"eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", isEmpty, isNotEmpty}

const (
	isEmpty    = "isEmpty"
	isNotEmpty = "isNotEmpty"
)

func (t Table) test(c Condition) (test, error) {
	column, err := t.named(c.Column)
	if err != nil {
		return test{}, err
	}
	if !slices.Contains(Operators, c.Operator) {
		return test{}, invalid("The condition %q is not known; there are %s.", fault.Shorten(c.Operator, 80), strings.Join(Operators, ", "))
	}
	if c.Operator == isEmpty || c.Operator == isNotEmpty {
		return test{column: column, operator: c.Operator}, nil
	}
	v, err := convert(c.Column, column.Type, c.Value)
	if err != nil {
		return test{}, err
	}
	x := test{column: column, operator: c.Operator, value: v}
	if v == nil && c.Operator != "eq" && c.Operator != "neq" {
		return x, invalid("The condition %q on the column %q needs a value.", c.Operator, c.Column)
	}
	if c.Operator == "like" || c.Operator == "ilike" {
		pattern, ok := v.(string)
		if !ok || column.Type != String {
			return x, invalid("The condition %q is for columns of text, and %q has the type %s.", c.Operator, c.Column, column.Type)
		}
		if !strings.Contains(pattern, "%") {
			pattern = "%" + pattern + "%"
		}
		if c.Operator == "ilike" {
			pattern = strings.ToUpper(pattern)
		}
		x.pattern = strings.Split(pattern, "%")
	}
	return x, nil
}

// matches reports whether the filter selects a row.
func (m matcher) matches(r Row) bool {
	if len(m.tests) == 0 {
		return true
	}
	for _, t := range m.tests {
		if t.holds(r.get(t.column)) == m.any {
			return m.any
		}
	}
	return !m.any
}

// id is the one row that the filter can select by its number; false if it may be
// any row.
func (m matcher) id() (int64, bool) {
	if m.any && len(m.tests) > 1 {
		return 0, false
	}
	for _, t := range m.tests {
		if n, ok := t.value.(float64); ok && t.column.ID == ColumnID && t.operator == "eq" {
			return int64(n), true
		}
	}
	return 0, false
}

// holds compares as SQL does, where nothing is true of an empty cell but that it is
// empty; as in n8n, an empty cell differs from every value.
func (t test) holds(cell any) bool {
	switch t.operator {
	case isEmpty, isNotEmpty:
		return (cell == nil || cell == "") == (t.operator == isEmpty)
	}
	if t.value == nil || cell == nil {
		same := t.value == nil && cell == nil
		return t.operator == "eq" && same || t.operator == "neq" && !same
	}
	switch t.operator {
	case "like":
		return like(cell.(string), t.pattern)
	case "ilike":
		return like(strings.ToUpper(cell.(string)), t.pattern)
	}
	n := compare(cell, t.value)
	switch t.operator {
	case "eq":
		return n == 0
	case "neq":
		return n != 0
	case "gt":
		return n > 0
	case "gte":
		return n >= 0
	case "lt":
		return n < 0
	}
	return n <= 0
}

// compare orders two values of one type; empty ones come first.
func compare(a, b any) int {
	switch a := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return -1
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case float64:
		if b, ok := b.(float64); ok {
			return cmp.Compare(a, b)
		}
	case bool:
		if b, ok := b.(bool); ok {
			return cmp.Compare(number(a), number(b))
		}
	}
	return 1
}

// like reports whether text is the parts of a pattern with any text between them.
func like(text string, parts []string) bool {
	last := len(parts) - 1
	if last == 0 {
		return text == parts[0]
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:last] {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return strings.HasSuffix(text, parts[last])
}

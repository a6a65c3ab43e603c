package datatable

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sample() Table {
	return Table{Name: "t", Columns: []Column{{"c1", "text", String}, {"c2", "n", Number}, {"c3", "yes", Boolean}, {"c4", "day", Date}}}
}

func TestFiltersSelectAsN8nsDo(t *testing.T) {
	tb := sample()
	full := Row{ID: 7, CreatedAt: at, UpdatedAt: at, Cells: map[string]any{"c1": "Hello World", "c2": 5.0, "c3": true, "c4": "2026-01-02T00:00:00.000Z"}}
	empty := Row{ID: 8, CreatedAt: at, UpdatedAt: at, Cells: map[string]any{}}
	blank := Row{ID: 9, CreatedAt: at, UpdatedAt: at, Cells: map[string]any{"c1": ""}}
	c := func(column, operator string, v any) Condition { return Condition{column, operator, v} }
	for _, x := range []struct {
		any  bool
		of   []Condition
		want string // the ids that are selected
	}{
		{false, nil, "789"},
		{false, []Condition{c("text", "eq", "Hello World")}, "7"}, {false, []Condition{c("text", "eq", "hello world")}, ""},
		{false, []Condition{c("text", "neq", "x")}, "789"}, {false, []Condition{c("text", "neq", nil)}, "79"}, {false, []Condition{c("text", "eq", nil)}, "8"},
		{false, []Condition{c("text", "isEmpty", nil)}, "89"}, {false, []Condition{c("text", "isNotEmpty", "ignored")}, "7"},
		{false, []Condition{c("text", "like", "World")}, "7"}, {false, []Condition{c("text", "like", "world")}, ""}, {false, []Condition{c("text", "ilike", "WORLD")}, "7"},
		{false, []Condition{c("text", "like", "Hello%")}, "7"}, {false, []Condition{c("text", "like", "%Hello")}, ""}, {false, []Condition{c("text", "like", "H_llo%")}, ""},
		{false, []Condition{c("n", "gt", 4.0)}, "7"}, {false, []Condition{c("n", "gte", "5")}, "7"}, {false, []Condition{c("n", "lt", 5.0)}, ""}, {false, []Condition{c("n", "lte", 5.0)}, "7"},
		{false, []Condition{c("yes", "eq", "TRUE")}, "7"}, {false, []Condition{c("yes", "neq", true)}, "89"},
		{false, []Condition{c("day", "lt", "2026-01-03")}, "7"}, {false, []Condition{c("day", "eq", "2026-01-02T01:00:00+01:00")}, "7"},
		{false, []Condition{c("id", "gte", 8.0)}, "89"}, {false, []Condition{c("createdAt", "eq", "2026-03-01T12:00:00Z")}, "789"},
		{false, []Condition{c("n", "eq", 5.0), c("id", "eq", 8.0)}, ""}, {true, []Condition{c("n", "eq", 5.0), c("id", "eq", 8.0)}, "78"},
	} {
		m, err := tb.compile(Filter{x.any, x.of})
		if err != nil {
			t.Errorf("%+v: %v", x.of, err)
			continue
		}
		got := ""
		for _, r := range []Row{full, empty, blank} {
			if m.matches(r) {
				got += value.FormatNumber(float64(r.ID))
			}
		}
		if got != x.want {
			t.Errorf("%+v (any: %v) selects %q, want %q", x.of, x.any, got, x.want)
		}
	}
}

func TestWrongConditionsAreRefused(t *testing.T) {
	for _, c := range []Condition{
		{"nowhere", "eq", 1.0}, {"text", "resembles", "x"}, {"text", "gt", nil}, {"n", "like", "5"}, {"n", "eq", "five"}, {"yes", "eq", "perhaps"},
		{"day", "eq", "soon"}, {"text", "eq", []any{}}, {"text", "like", nil},
	} {
		if _, err := sample().compile(Filter{Conditions: []Condition{c}}); fault.Of(err) == nil || fault.Of(err).Kind != fault.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// What like finds is what the parts between % say, whatever they are.
func TestLikeFindsWhatItsPartsMake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[ab_?]{0,3}`), 1, 4).Draw(t, "parts")
		between := rapid.SliceOfN(rapid.StringMatching(`[abc]{0,3}`), len(parts)-1, len(parts)-1).Draw(t, "between")
		text := parts[0]
		for i, b := range between {
			text += b + parts[i+1]
		}
		if !like(text, parts) {
			t.Fatalf("%q is not like %q", text, strings.Join(parts, "%"))
		}
		if like(text+"z", parts) && parts[len(parts)-1] != "" {
			t.Fatalf("%q is like %q", text+"z", strings.Join(parts, "%"))
		}
	})
}

func TestCellsTakeTheTypeOfTheirColumn(t *testing.T) {
	for _, x := range []struct {
		typ  Type
		v    any
		want string // JSON, "" for a refusal
	}{
		{String, 5.0, `"5"`}, {String, true, `"true"`}, {String, nil, `null`}, {String, value.NewObject(0), ``}, {String, []any{1.0}, ``},
		{Number, "1e3", `1000`}, {Number, " 7 ", `7`}, {Number, "x", ``}, {Number, true, `1`}, {Number, "Infinity", ``},
		{Boolean, "False", `false`}, {Boolean, 1.0, `true`}, {Boolean, 2.0, ``}, {Boolean, " ", ``},
		{Date, "2026-01-02T03:04:05+02:00", `"2026-01-02T01:04:05.000Z"`}, {Date, "2026-01-02", `"2026-01-02T00:00:00.000Z"`}, {Date, "soon", ``},
	} {
		got, err := convert("c", x.typ, x.v)
		text := string(value.JSON(got))
		if err != nil {
			text = ""
		}
		if text != x.want {
			t.Errorf("%v as %s gives %s (%v), want %s", x.v, x.typ, text, err, x.want)
		}
	}
}

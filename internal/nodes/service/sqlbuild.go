package service

import (
	"regexp"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// writer writes one statement: text by the program, names quoted, values as
// placeholders.
type writer struct {
	lex  *lexicon
	text strings.Builder
	args []any
}

func (w *writer) add(parts ...string) *writer {
	for _, p := range parts {
		w.text.WriteString(p)
	}
	return w
}

func (w *writer) name(s string) *writer { return w.add(w.lex.name(s)) }

func (w *writer) arg(v any) *writer {
	w.args = append(w.args, v)
	return w.add(w.lex.placeholder(len(w.args)))
}

// values writes (a, b) VALUES (?, ?).
func (w *writer) values(fields *value.Object) *writer {
	w.add(" (", w.lex.names(fields.Keys()), ") VALUES ")
	return w.tuple(fields, fields.Keys())
}

// tuple writes the values of the columns in brackets; missing ones are NULL.
func (w *writer) tuple(fields *value.Object, columns []string) *writer {
	w.add("(")
	for i, c := range columns {
		if i > 0 {
			w.add(", ")
		}
		v, _ := fields.Get(c)
		w.arg(v)
	}
	return w.add(")")
}

// assign writes a = ?, b = ? for the fields that are not excluded.
func (w *writer) assign(fields *value.Object, separator string, except ...string) *writer {
	first := true
	for k, v := range fields.All() {
		if slices.Contains(except, k) {
			continue
		}
		if !first {
			w.add(separator)
		}
		first = false
		w.name(k).add(" = ").arg(v)
	}
	return w
}

func (w *writer) query(item int) query {
	return query{item: item, parts: []statement{{w.text.String(), w.args}}}
}

// conditions are the operators of "Select Rows".
var conditions = map[string]string{
	"": "=", "equal": "=", "=": "=", "!=": "!=", "LIKE": "LIKE", ">": ">", "<": "<", ">=": ">=", "<=": "<=",
	"IS NULL": "IS NULL", "IS NOT NULL": "IS NOT NULL",
}

// where writes the author's conditions.
func (w *writer) where(r *node.Reader) error {
	joiner := " AND "
	if r.String("combineConditions", "AND") == "OR" {
		joiner = " OR "
	}
	for i, o := range r.Objects("where.values") {
		lead := " WHERE "
		if i > 0 {
			lead = joiner
		}
		operator, ok := conditions[node.Get(o, "condition", "")]
		if !ok {
			return node.Errorf("The condition %q is not known.", node.Get(o, "condition", ""))
		}
		w.add(lead).name(node.Get(o, "column", "")).add(" ", operator)
		if strings.HasPrefix(operator, "IS") {
			continue
		}
		v, _ := o.Get("value")
		if operator[0] == '<' || operator[0] == '>' {
			if n := node.ToNumber(v); n != n {
				return node.Errorf("Operator in entry %d of 'Select Rows' works with numbers, but value %s is not a number", i+1, node.Text(v))
			}
			v = node.ToNumber(v)
		}
		w.add(" ").arg(v)
	}
	return r.Err()
}

// selects writes the whole of a SELECT from the table that from names.
func (w *writer) selects(r *node.Reader, from string) error {
	w.add("SELECT ")
	if r.Bool("options.selectDistinct", false) {
		w.add("DISTINCT ")
	}
	w.add(w.columns(r), " FROM ", from)
	if err := w.where(r); err != nil {
		return err
	}
	for i, o := range r.Objects("sort.values") {
		separator := ", "
		if i == 0 {
			separator = " ORDER BY "
		}
		direction := " ASC"
		if node.Get(o, "direction", "ASC") == "DESC" {
			direction = " DESC"
		}
		w.add(separator).name(node.Get(o, "column", "")).add(direction)
	}
	if !r.Bool("returnAll", false) {
		w.add(" LIMIT ").arg(float64(max(r.Int("limit", 50), 0)))
	}
	return r.Err()
}

// columns are those that the author wants back, all if none is named.
func (w *writer) columns(r *node.Reader) string {
	list := r.Names("options.outputColumns")
	if len(list) == 0 || slices.Contains(list, "*") {
		return "*"
	}
	return w.lex.names(list)
}

// table is a name in a resource locator or plain.
func table(r *node.Reader, name, def string) string {
	if s := node.Text(r.Locator(name)); s != "" {
		return s
	}
	return def
}

// mapped are the columns that an item sets: its own fields, or those that the
// author maps. mode and list are the parameters that say so.
func mapped(r *node.Reader, it workflow.Item) *value.Object {
	fields := it.JSON
	switch {
	case r.Value("columns") != nil:
		if r.String("columns.mappingMode", "defineBelow") == "defineBelow" {
			fields = r.Object("columns.value")
		}
	case r.String("dataMode", "autoMapInputData") == "defineBelow":
		fields = value.NewObject(8)
		for _, o := range r.Objects("valuesToSend.values") {
			v, _ := o.Get("value")
			fields.Set(node.Get(o, "column", ""), v)
		}
	}
	return emptied(r, fields)
}

// emptied gives null for empty texts where the author asks for it.
func emptied(r *node.Reader, fields *value.Object) *value.Object {
	if !r.Bool("options.replaceEmptyStrings", false) {
		return fields
	}
	out := fields.Shallow()
	for k, v := range fields.All() {
		if v == "" {
			out.Set(k, nil)
		}
	}
	return out
}

// written are an author's {{ }} in a text that is no expression as a whole.
var written = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// queryText is the statement that the author wrote, with its {{ }} evaluated,
// once, also where the parameter does not begin with "=": n8n has it so.
func queryText(c *node.Call, r *node.Reader) (string, error) {
	raw, _ := c.Raw("query")
	text, ok := raw.(string)
	if !ok || strings.HasPrefix(text, "=") {
		return r.String("query", ""), r.Err()
	}
	var failed error
	text = written.ReplaceAllStringFunc(text, func(code string) string {
		v, defined, err := c.Evaluate(code, r.Item())
		switch {
		case err != nil && failed == nil:
			failed = err
		case !defined:
			return ""
		case v == nil:
			return "null"
		}
		return node.Text(v)
	})
	return text, failed
}

// queryValues are the query parameters: a list, or text with commas, in which
// each {{ }} is one value of its own type.
func queryValues(c *node.Call, r *node.Reader) ([]any, error) {
	const name = "options.queryReplacement"
	raw, _ := c.Raw(name)
	text, ok := raw.(string)
	if !ok {
		switch v := r.Value(name).(type) {
		case nil:
			return nil, r.Err()
		case []any:
			return v, r.Err()
		}
		return nil, node.Errorf("Query Parameters must be a string of comma-separated values or an array of values")
	}
	if v, isList := r.Value(name).([]any); isList || r.Err() != nil {
		return v, r.Err()
	}
	var out []any
	for _, part := range parameters(strings.TrimLeft(text, "=")) {
		codes := written.FindAllString(part, -1)
		if len(codes) == 0 {
			out = append(out, part)
		}
		for _, code := range codes {
			v, _, err := c.Evaluate(code, r.Item())
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// parameters splits text at the commas outside of {{ }}; empty parts are left out.
func parameters(text string) []string {
	var out []string
	start := 0
	cut := func(end int) {
		if part := text[start:end]; part != "" {
			out = append(out, strings.TrimSpace(part))
		}
		start = end + 1
	}
	codes := written.FindAllStringIndex(text, -1)
	for i := range len(text) {
		inside := slices.ContainsFunc(codes, func(c []int) bool { return c[0] <= i && i < c[1] })
		if text[i] == ',' && !inside {
			cut(i)
		}
	}
	if start < len(text) {
		cut(len(text))
	}
	return out
}

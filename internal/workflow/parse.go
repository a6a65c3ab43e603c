package workflow

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// The limits of a workflow's JSON.
const (
	MaxNodes = 2000
	MaxDepth = 200 // nesting of objects and arrays
	// MaxName is the most bytes of names, ids and types: they stand in keys, in each
	// claim and in each task, whose sizes the services limit. n8n's names are shorter.
	MaxName = 512
)

// Parse reads one workflow in n8n's JSON format. It is as tolerant as n8n:
// missing fields take n8n's defaults, null output slots are empty ones, unknown
// fields are kept in Raw. Only what cannot be a workflow at all is refused, with
// a fault.Invalid that has the places in Fields. What would fail when the run
// reaches it (doubled names, connections that lead nowhere) is in Problems.
func Parse(raw []byte) (*Workflow, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return nil, err
	}
	return FromValue(v)
}

// FromValue is Parse for JSON that has been read already.
func FromValue(v any) (*Workflow, error) {
	raw, ok := v.(*value.Object)
	if !ok {
		return nil, invalid("", "A workflow is a JSON object with nodes and connections; this is "+article(v)+".")
	}
	list, ok := field[[]any](raw, "nodes")
	if !ok {
		return nil, invalid("nodes", "A workflow needs a list of nodes: \"nodes\": […].")
	}
	if len(list) > MaxNodes {
		return nil, invalid("nodes", "A workflow has at most "+strconv.Itoa(MaxNodes)+" nodes; this one has "+strconv.Itoa(len(list))+". Split it and call the parts as sub-workflows.")
	}
	w := &Workflow{
		Name: text(raw, "name"), ID: text(raw, "id"), Active: flag(raw, "active"), Raw: raw,
		byName: make(map[string]*Node, len(list)),
	}
	err := checkNames("", raw, "name", "id")
	if err != nil {
		return nil, err
	}
	if w.Settings, err = parseSettings(raw); err != nil {
		return nil, err
	}
	w.StaticData, _ = field[*value.Object](raw, "staticData")
	for i, x := range list {
		n, err := parseNode(x, i)
		if err != nil {
			return nil, err
		}
		w.Nodes = append(w.Nodes, n)
	}
	if err := w.parseConnections(raw); err != nil {
		return nil, err
	}
	if err := w.parsePinData(raw); err != nil {
		return nil, err
	}
	w.indexNames()
	w.problems = w.check()
	return w, nil
}

// parseJSON reads raw within the depth limit; errors name line and column.
func parseJSON(raw []byte) (any, error) {
	if at := tooDeep(raw, MaxDepth); at >= 0 {
		return nil, invalid(lineColumn(raw, at), "The JSON is nested deeper than "+strconv.Itoa(MaxDepth)+" levels.")
	}
	v, err := value.Parse(raw)
	if err == nil {
		return v, nil
	}
	at := int64(len(raw))
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	e := invalid(lineColumn(raw, int(at)), "The text is not valid JSON here; check for a missing comma, quote or bracket.")
	e.Cause = err
	return nil, e
}

// tooDeep returns where the text is nested deeper than limit, or -1.
func tooDeep(raw []byte, limit int) int {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return i
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}

func lineColumn(raw []byte, at int) string {
	at = max(min(at, len(raw)), 0)
	line := 1 + bytes.Count(raw[:at], []byte{'\n'})
	col := at - bytes.LastIndexByte(raw[:at], '\n')
	return "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(col)
}

func invalid(location, message string) *fault.Error {
	text := message
	if location != "" {
		text = location + ": " + message
	}
	e := fault.New(fault.Invalid, fault.CodeValidation, "%s", text)
	e.Fields = []fault.Field{{Location: location, Message: message}}
	return e
}

func article(v any) string {
	switch kind := value.KindOf(v); kind {
	case "null":
		return kind
	case "array", "object":
		return "an " + kind
	default:
		return "a " + kind
	}
}

// field returns the value of key if it has the type T.
func field[T any](o *value.Object, key string) (T, bool) {
	v, _ := o.Get(key)
	t, ok := v.(T)
	return t, ok
}

// text reads a string; numbers (ids of old exports) are written out.
func text(o *value.Object, key string) string {
	v, _ := o.Get(key)
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return value.FormatNumber(v)
	}
	return ""
}

func flag(o *value.Object, key string) bool {
	b, _ := field[bool](o, key)
	return b
}

// number reads a number, also one written as a string.
func number(o *value.Object, key string) (float64, bool) {
	v, _ := o.Get(key)
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil
	}
	return 0, false
}

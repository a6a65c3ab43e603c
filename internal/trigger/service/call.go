package service

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Call is one call of a service.
type Call struct {
	Method  string
	URL     string                   // as the service knows it, with the query
	Header  func(name string) string // "" if there is none
	Headers *value.Object            // all, as an item shows them
	Query   *value.Object
	Raw     []byte // the body as it was sent
	Body    any    // the body as it was read
}

// at is the value at a path of member names with dots; false if there is none.
func at(v any, path string) (any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		o, ok := v.(*value.Object)
		if !ok {
			return nil, false
		}
		if v, ok = o.Get(name); !ok {
			return nil, false
		}
	}
	return v, true
}

// text is the value at a path as text; false for what is no text and no number.
func text(v any, path string) (string, bool) {
	found, _ := at(v, path)
	return scalar(found)
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		return value.FormatNumber(v), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// spread is all values at a path that goes through lists.
func spread(v any, path string) []any {
	if list, ok := v.([]any); ok {
		var out []any
		for _, x := range list {
			out = append(out, spread(x, path)...)
		}
		return out
	}
	if path == "" {
		return []any{v}
	}
	name, rest, _ := strings.Cut(path, ".")
	o, ok := v.(*value.Object)
	if !ok {
		return nil
	}
	inner, ok := o.Get(name)
	if !ok {
		return nil
	}
	return spread(inner, rest)
}

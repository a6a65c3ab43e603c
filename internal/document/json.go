package document

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Strings are the texts in a JSON value, in their order; numbers and truth values
// are no texts. With pointers (RFC 6901: "/text") only what they lead to, seen from
// the value or, where that has none of them, from the values in it.
//
// LangChain gives texts of nested values several times if there are no pointers;
// here each comes once, because each would be embedded and paid for.
func Strings(v any, pointers []string) []string {
	if len(pointers) == 0 {
		return all(nil, v)
	}
	return pointed(nil, v, pointers, false)
}

func all(out []string, v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			out = append(out, v)
		}
	case []any:
		for _, x := range v {
			out = all(out, x)
		}
	case *value.Object:
		for _, x := range v.All() {
			out = all(out, x)
		}
	}
	return out
}

func pointed(out []string, v any, pointers []string, found bool) []string {
	members := value.Members(v)
	if members == nil {
		return out
	}
	hit := false
	var targets []any
	for _, p := range pointers {
		if x, ok := at(v, p); ok && x != nil {
			hit, targets, out = true, append(targets, x), all(out, x)
		}
	}
	if !hit && found {
		return out
	}
	for _, x := range members {
		if !targeted(x, targets) {
			out = pointed(out, x, pointers, found || hit)
		}
	}
	return out
}

func targeted(x any, targets []any) bool {
	o, ok := x.(*value.Object)
	for _, t := range targets {
		if p, isObject := t.(*value.Object); ok && isObject && o == p {
			return true
		}
	}
	return false
}

// at follows a JSON pointer.
func at(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	steps := strings.Split(pointer[1:], "/")
	for i, step := range steps {
		steps[i] = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
	}
	return value.Reach(v, steps...)
}

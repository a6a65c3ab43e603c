package condition

import (
	"math"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/jsregex"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// TypesV1 are the data types of version 1 conditions, in the order in which n8n
// looks at them.
var TypesV1 = []string{"boolean", "dateTime", "number", "string"}

// V1 decides one comparison of the first versions of If, Filter and Switch by
// JavaScript's rules. Values that are not there are given as Missing.
func V1(operation string, a, b any) (bool, error) {
	not := false
	if rest, ok := strings.CutPrefix(operation, "not"); ok && rest != "" {
		operation, not = strings.ToLower(rest[:1])+rest[1:], true
	} else if operation == "isNotEmpty" {
		operation, not = "isEmpty", true
	}
	ok, err := v1(operation, a, b)
	return ok != not && err == nil, err
}

// Missing stands for undefined.
var Missing any = missing{}

func v1(operation string, a, b any) (bool, error) {
	switch operation {
	case "equal":
		return identical(a, b), nil
	case "contains":
		return strings.Contains(orEmpty(a), orEmpty(b)), nil
	case "larger", "after":
		return less(orZero(b), orZero(a)), nil
	case "smaller", "before":
		return less(orZero(a), orZero(b)), nil
	case "largerEqual":
		return less(orZero(b), orZero(a)) || equalOrder(orZero(a), orZero(b)), nil
	case "smallerEqual":
		return less(orZero(a), orZero(b)) || equalOrder(orZero(a), orZero(b)), nil
	case "isEmpty":
		return emptyV1(a), nil
	case "regex":
		return matches(a, b)
	case "startsWith", "endsWith":
		s, ok := a.(string)
		if !ok {
			return false, node.Errorf("The operation %q needs a text, not %s.", operation, describe(a))
		}
		if operation == "startsWith" {
			return strings.HasPrefix(s, jsText(b)), nil
		}
		return strings.HasSuffix(s, jsText(b)), nil
	}
	return false, node.Errorf("The operation %q is not known.", operation)
}

func describe(v any) string {
	if absent(v) {
		return "undefined"
	}
	return value.KindOf(v)
}

func jsText(v any) string {
	if _, gone := v.(missing); gone {
		return "undefined"
	}
	return node.JSString(v)
}

// orEmpty is (v || ”).toString().
func orEmpty(v any) string {
	if absent(v) || !node.Truthy(v) {
		return ""
	}
	return node.JSString(v)
}

// orZero is v || 0.
func orZero(v any) any {
	if absent(v) || !node.Truthy(v) {
		return 0.0
	}
	return v
}

// less is JavaScript's <: texts by their characters, all else as numbers; lists
// and objects count as their text.
func less(a, b any) bool {
	a, b = primitive(a), primitive(b)
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return s < t
		}
	}
	return node.ToNumber(a) < node.ToNumber(b)
}

// Less is less for values that may be Missing, which nothing is less than.
func Less(a, b any) bool {
	if a == Missing || b == Missing {
		return false
	}
	return less(a, b)
}

func primitive(v any) any {
	switch v.(type) {
	case []any, *value.Object:
		return node.JSString(v)
	}
	return v
}

func equalOrder(a, b any) bool {
	a, b = primitive(a), primitive(b)
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return s == t
		}
	}
	return node.ToNumber(a) == node.ToNumber(b)
}

func emptyV1(v any) bool {
	switch v := v.(type) {
	case missing, nil:
		return true
	case string:
		return v == ""
	case float64:
		return math.IsNaN(v)
	case []any:
		return len(v) == 0
	case *value.Object:
		return v.Len() == 0
	}
	return false
}

// matches reads the pattern as "/pattern/flags", or as it is.
func matches(a, b any) (bool, error) {
	re, err := jsregex.Literal(orEmpty(b))
	if err != nil {
		return false, err
	}
	return re.Match(orEmpty(a))
}

// DateV1 turns a value into milliseconds, as version 1 compares dates.
func DateV1(v any) (any, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case string:
		if t, ok := moment.ParseJS(v); ok {
			return float64(t.UnixMilli()), nil
		}
	}
	return nil, node.Errorf("The value %q is not a valid DateTime.", jsText(v))
}

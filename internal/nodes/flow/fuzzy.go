package flow

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
)

// missingField stands for a field that an item does not have.
var missingField = condition.Missing

// sameValue returns how two fields are compared: deeply, or by n8n's fuzzy rules
// ("1" and 1, "true" and true, "" and null are the same; from rules 2 on null and
// 0 too).
func sameValue(fuzzy bool, rules int) func(a, b any) bool {
	if !fuzzy {
		return value.Equal
	}
	return func(a, b any) bool { return fuzzyEqual(a, b, rules) }
}

func fuzzyEqual(a, b any, rules int) bool {
	if a != nil && b != nil && jsType(a) == jsType(b) {
		return value.Equal(a, b)
	}
	if rules >= 2 && (nullish0(a, b) || nullish0(b, a)) {
		return true
	}
	if blank(a) && (blank(b) || b == missingField) || a == missingField && blank(b) {
		return true
	}
	return fuzzyPair(a, b) || fuzzyPair(b, a)
}

// jsType is JavaScript's typeof.
func jsType(v any) string {
	switch v.(type) {
	case float64:
		return "number"
	case string:
		return "string"
	case bool:
		return "boolean"
	case nil, []any, *value.Object:
		return "object"
	}
	return "undefined"
}

func nullish0(a, b any) bool { return a == nil && (b == nil || b == 0.0 || b == "0") }

// blank is null, an empty text or an empty list.
func blank(v any) bool {
	list, ok := v.([]any)
	return v == nil || v == "" || ok && len(list) == 0
}

// fuzzyPair compares values of different types, a's being the one it asks about.
func fuzzyPair(a, b any) bool {
	s, isText := b.(string)
	switch a := a.(type) {
	case float64:
		return isText && value.FormatNumber(a) == s
	case bool:
		if isText {
			return strings.EqualFold(s, map[bool]string{true: "true", false: "false"}[a]) || s == map[bool]string{true: "1", false: "0"}[a]
		}
		return b == map[bool]float64{true: 1, false: 0}[a]
	case []any, *value.Object:
		if !isText {
			return false
		}
		parsed, err := value.Parse([]byte(s))
		return err == nil && value.Equal(parsed, a)
	}
	return false
}

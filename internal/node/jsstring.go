package node

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// JSString is JavaScript's String(v): lists joined by commas, objects as
// [object Object].
func JSString(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			if x != nil {
				parts[i] = JSString(x)
			}
		}
		return strings.Join(parts, ",")
	case *value.Object:
		return "[object Object]"
	default:
		return Text(v)
	}
}

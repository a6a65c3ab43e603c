package node

import (
	"math"

	"github.com/automatelanka/automatelanka/internal/value"
)

// ToNumber is JavaScript's Number(v): NaN for what is no number.
func ToNumber(v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		return value.ToNumber(v)
	case []any:
		switch len(v) {
		case 0:
			return 0
		case 1:
			return ToNumber(JSString(v[0]))
		}
	}
	return math.NaN()
}

package flow

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
)

func summarized(e entry, how string, list []any, keepEmpty bool) any {
	switch how {
	case "average", "sum":
		return added(list, how == "average")
	case "min", "max":
		return extreme(list, how == "min")
	}
	if !keepEmpty {
		kept := list[:0:0]
		for _, v := range list {
			if v != condition.Missing && v != nil && v != "" {
				kept = append(kept, v)
			}
		}
		list = kept
	}
	switch how {
	case "append":
		out := make([]any, len(list))
		for i, v := range list {
			if v != condition.Missing {
				out[i] = v
			}
		}
		return out
	case "concatenate":
		return joined(list, e)
	case "countUnique":
		return float64(distinct(list))
	}
	return float64(len(list))
}

func added(list []any, mean bool) any {
	sum, n := 0.0, 0
	for _, v := range list {
		if x, ok := v.(float64); ok {
			sum += x
			n++
		}
	}
	if mean {
		return sum / float64(n)
	}
	return sum
}

func extreme(list []any, smallest bool) any {
	var best any = condition.Missing
	for _, v := range list {
		if v == condition.Missing || v == nil || v == "" {
			continue
		}
		if best == condition.Missing || (smallest && condition.Less(v, best)) || (!smallest && condition.Less(best, v)) {
			best = v
		}
	}
	if best == condition.Missing {
		return nil
	}
	return best
}

func joined(list []any, e entry) string {
	by := e.text("separateBy")
	if by == "other" {
		by = e.text("customSeparator")
	}
	parts := make([]string, len(list))
	for i, v := range list {
		switch {
		case isContainer(v):
			parts[i] = string(value.JSON(v))
		case v == nil:
			parts[i] = "null"
		default:
			parts[i] = keyText(v)
		}
	}
	return strings.Join(parts, by)
}

// distinct counts as a JavaScript Set does: each list and object is its own.
func distinct(list []any) int {
	seen := map[any]bool{}
	n := 0
	for _, v := range list {
		if isContainer(v) {
			n++
			continue
		}
		if !seen[v] {
			seen[v] = true
			n++
		}
	}
	return n
}

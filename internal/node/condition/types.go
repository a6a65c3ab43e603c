package condition

import (
	"math"
	"strings"
	"time"
	"unsafe"

	"github.com/automatelanka/automatelanka/internal/node/jsregex"
	"github.com/automatelanka/automatelanka/internal/value"
)

func compareStrings(c comparison) (bool, error) {
	left, _ := c.left.(string)
	right, _ := c.right.(string)
	pattern := right
	if c.opt.IgnoreCase {
		left, right = strings.ToLower(left), strings.ToLower(right)
	}
	switch c.operation {
	case "empty":
		return left == "", nil
	case "notEmpty":
		return left != "", nil
	case "equals":
		return left == right, nil
	case "notEquals":
		return left != right, nil
	case "contains":
		return strings.Contains(left, right), nil
	case "notContains":
		return !strings.Contains(left, right), nil
	case "startsWith":
		return strings.HasPrefix(left, right), nil
	case "notStartsWith":
		return !strings.HasPrefix(left, right), nil
	case "endsWith":
		return strings.HasSuffix(left, right), nil
	case "notEndsWith":
		return !strings.HasSuffix(left, right), nil
	case "regex", "notRegex":
		re, err := jsregex.Literal(pattern)
		if err != nil {
			return false, err
		}
		ok, err := re.Match(left)
		return ok == (c.operation == "regex"), err
	}
	return false, c.unknown("string")
}

func compareNumbers(c comparison) (bool, error) {
	left, right := asNumber(c.left), asNumber(c.right)
	switch c.operation {
	case "empty":
		return !c.exists, nil
	case "notEmpty":
		return c.exists, nil
	case "equals":
		return identical(c.left, c.right), nil
	case "notEquals":
		return !identical(c.left, c.right), nil
	case "gt":
		return left > right, nil
	case "lt":
		return left < right, nil
	case "gte":
		return left >= right, nil
	case "lte":
		return left <= right, nil
	}
	return false, c.unknown("number")
}

// asNumber is how JavaScript compares: null is 0, what is missing is nothing.
func asNumber(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case nil:
		return 0
	}
	return math.NaN()
}

// identical is JavaScript's ===: lists and objects are only the same as themselves.
func identical(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && len(x) > 0 && len(x) == len(y) && unsafe.SliceData(x) == unsafe.SliceData(y)
	case *value.Object:
		y, ok := b.(*value.Object)
		return ok && x == y
	}
	switch b.(type) {
	case []any:
		return false
	}
	return a == b
}

func compareDates(c comparison) (bool, error) {
	switch c.operation {
	case "empty":
		return !c.exists, nil
	case "notEmpty":
		return c.exists, nil
	}
	left, ok := c.left.(time.Time)
	right, ok2 := c.right.(time.Time)
	if !ok || !ok2 {
		return false, nil
	}
	order := left.UnixMilli() - right.UnixMilli()
	switch c.operation {
	case "equals":
		return order == 0, nil
	case "notEquals":
		return order != 0, nil
	case "after":
		return order > 0, nil
	case "before":
		return order < 0, nil
	case "afterOrEquals":
		return order >= 0, nil
	case "beforeOrEquals":
		return order <= 0, nil
	}
	return false, c.unknown("dateTime")
}

func compareBooleans(c comparison) (bool, error) {
	left, _ := c.left.(bool)
	switch c.operation {
	case "empty":
		return !c.exists, nil
	case "notEmpty":
		return c.exists, nil
	case "true":
		return left, nil
	case "false":
		return !left, nil
	case "equals":
		return identical(c.left, c.right), nil
	case "notEquals":
		return !identical(c.left, c.right), nil
	}
	return false, c.unknown("boolean")
}

func compareArrays(c comparison) (bool, error) {
	left, _ := c.left.([]any)
	length, right := float64(len(left)), asNumber(c.right)
	switch c.operation {
	case "empty":
		return length == 0, nil
	case "notEmpty":
		return length != 0, nil
	case "contains":
		return contains(left, c.right, c.opt.IgnoreCase), nil
	case "notContains":
		return !contains(left, c.right, c.opt.IgnoreCase), nil
	case "lengthEquals":
		return length == right, nil
	case "lengthNotEquals":
		return length != right, nil
	case "lengthGt":
		return length > right, nil
	case "lengthLt":
		return length < right, nil
	case "lengthGte":
		return length >= right, nil
	case "lengthLte":
		return length <= right, nil
	}
	return false, c.unknown("array")
}

func contains(list []any, v any, ignoreCase bool) bool {
	text, isText := v.(string)
	for _, x := range list {
		if s, ok := x.(string); ok && isText && ignoreCase {
			if strings.EqualFold(s, text) {
				return true
			}
			continue
		}
		if identical(x, v) {
			return true
		}
	}
	return false
}

func compareObjects(c comparison) (bool, error) {
	left, _ := c.left.(*value.Object)
	switch c.operation {
	case "empty":
		return left.Len() == 0, nil
	case "notEmpty":
		return left.Len() != 0, nil
	}
	return false, c.unknown("object")
}

package expr

import (
	"errors"
	"strconv"
	"unicode/utf16"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// fastNode is an expression that is evaluated without JavaScript. It gives
// exactly what the program would give, or errSlow.
type fastNode interface {
	eval(e *Evaluator, item int) (any, error)
}

// undefinedType is the type of undefined among values.
type undefinedType struct{}

var undefined = undefinedType{}

var (
	// errSlow leaves the expression to the program: something about the data is
	// beyond plain property paths.
	errSlow = errors.New("needs JavaScript")
	// errShort ends an optional chain at ?.
	errShort = errors.New("short circuit")
)

// literal is a constant.
type literal struct{ v any }

func (n literal) eval(*Evaluator, int) (any, error) { return n.v, nil }

// variable is one of n8n's variables.
type variable func(e *Evaluator, item int) (any, error)

func (n variable) eval(e *Evaluator, item int) (any, error) { return n(e, item) }

// itemJSON is the json of an item that a function finds.
type itemJSON struct {
	find     func(s *Scope, item int) (*workflow.Item, error)
	optional bool
}

func (n itemJSON) eval(e *Evaluator, item int) (any, error) {
	it, err := n.find(e.scope, item)
	switch {
	case err != nil:
		return nil, err
	case it == nil && n.optional:
		return nil, errShort
	case it == nil:
		return nil, errUndefined
	case it.JSON == nil:
		return undefined, nil
	}
	return it.JSON, nil
}

// member is o.key, o["key"] or o[7].
type member struct {
	of       fastNode
	key      string
	index    int // -1: not an index
	optional bool
}

func (n *member) eval(e *Evaluator, item int) (any, error) {
	of, err := n.of.eval(e, item)
	if err != nil {
		return nil, err
	}
	switch o := of.(type) {
	case *value.Object:
		if v, ok := o.Get(n.key); ok {
			return v, nil
		}
		if objectMembers[n.key] {
			return nil, errSlow
		}
		return undefined, nil
	case []any:
		return n.element(o)
	case string:
		if n.key == "length" {
			return float64(utf16Length(o)), nil
		}
		return nil, errSlow
	case nil, undefinedType:
		if n.optional {
			return nil, errShort
		}
		return nil, errUndefined
	default:
		return nil, errSlow
	}
}

func (n *member) element(list []any) (any, error) {
	switch {
	case n.index >= 0 && n.index < len(list):
		return list[n.index], nil
	case n.index >= 0:
		return undefined, nil
	case n.key == "length":
		return float64(len(list)), nil
	}
	return nil, errSlow
}

// objectMembers are what every object has by its prototype.
var objectMembers = set(
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
	"__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
)

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// chain is an optional chain: ?. on nothing makes all of it undefined.
type chain struct{ of fastNode }

func (n chain) eval(e *Evaluator, item int) (any, error) {
	v, err := n.of.eval(e, item)
	if err != nil && errors.Is(err, errShort) {
		return undefined, nil
	}
	return v, err
}

// arrayIndex returns key as an index, -1 if it is none.
func arrayIndex(key string) int {
	if key == "" || len(key) > 9 || key[0] < '0' || key[0] > '9' || key[0] == '0' && len(key) > 1 {
		return -1
	}
	n, err := strconv.Atoi(key)
	if err != nil {
		return -1
	}
	return n
}

// truthy is JavaScript's.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil, undefinedType:
		return false
	case bool:
		return v
	case float64:
		return v != 0 && v == v //nolint:gocritic // false for NaN
	case string:
		return v != ""
	default:
		return true
	}
}

// text is what a template prints for v: nothing for null, undefined and NaN.
func text(v any) (string, error) {
	if f, ok := v.(float64); ok && f != f { //nolint:gocritic // NaN
		return "", nil
	}
	if o, ok := v.(*value.Object); ok && o == nil {
		return "", nil
	}
	return stringOf(v)
}

// stringOf is String(v) of a value within a list or template.
func stringOf(v any) (string, error) {
	switch v := v.(type) {
	case nil, undefinedType:
		return "", nil
	case string:
		return v, nil
	case float64:
		return value.FormatNumber(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case *value.Object:
		_, own := v.Get("toString")
		if _, ownValue := v.Get("valueOf"); own || ownValue {
			return "", errSlow
		}
		return "[object Object]", nil
	case []any:
		return joined(v)
	default:
		return "", errSlow
	}
}

func joined(list []any) (string, error) {
	var out []byte
	for i, x := range list {
		if i > 0 {
			out = append(out, ',')
		}
		s, err := stringOf(x)
		if err != nil {
			return "", err
		}
		out = append(out, s...)
	}
	return string(out), nil
}

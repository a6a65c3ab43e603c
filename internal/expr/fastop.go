package expr

import (
	"math"

	"github.com/automatelanka/automatelanka/internal/value"
)

// logical is && || and ??.
type logical struct {
	op          string
	left, right fastNode
}

func (n *logical) eval(e *Evaluator, item int) (any, error) {
	l, err := n.left.eval(e, item)
	if err != nil {
		return nil, err
	}
	var done bool
	switch n.op {
	case "&&":
		done = !truthy(l)
	case "||":
		done = truthy(l)
	default:
		done = l != nil && l != any(undefined)
	}
	if done {
		return l, nil
	}
	return n.right.eval(e, item)
}

// choice is test ? yes : no.
type choice struct{ test, yes, no fastNode }

func (n *choice) eval(e *Evaluator, item int) (any, error) {
	t, err := n.test.eval(e, item)
	if err != nil {
		return nil, err
	}
	if truthy(t) {
		return n.yes.eval(e, item)
	}
	return n.no.eval(e, item)
}

// not is !x.
type not struct{ of fastNode }

func (n not) eval(e *Evaluator, item int) (any, error) {
	v, err := n.of.eval(e, item)
	return !truthy(v), err
}

// operation is an operator on two values, done here for plain numbers and texts.
type operation struct {
	op          string
	left, right fastNode
}

func (n *operation) eval(e *Evaluator, item int) (any, error) {
	l, err := n.left.eval(e, item)
	if err != nil {
		return nil, err
	}
	r, err := n.right.eval(e, item)
	if err != nil {
		return nil, err
	}
	switch n.op {
	case "===":
		return strictEqual(l, r)
	case "!==":
		eq, err := strictEqual(l, r)
		return !eq, err
	case "==":
		return looseEqual(l, r)
	case "!=":
		eq, err := looseEqual(l, r)
		return !eq, err
	case "+":
		return sum(l, r)
	}
	return arithmetic(n.op, l, r)
}

// fastBinary are the operators of operation.
var fastBinary = set("===", "!==", "==", "!=", "+", "-", "*", "/", "%", "<", ">", "<=", ">=")

func isContainer(v any) bool {
	switch v.(type) {
	case *value.Object, []any:
		return true
	}
	return false
}

func strictEqual(l, r any) (bool, error) {
	if isContainer(l) && isContainer(r) {
		return false, errSlow
	}
	if isContainer(l) || isContainer(r) {
		return false, nil
	}
	return l == r, nil
}

func looseEqual(l, r any) (bool, error) {
	nothing := func(v any) bool { return v == nil || v == any(undefined) }
	switch {
	case nothing(l) || nothing(r):
		return nothing(l) && nothing(r), nil
	case isContainer(l) || isContainer(r):
		return false, errSlow
	}
	switch l.(type) {
	case string:
		if _, same := r.(string); same {
			return l == r, nil
		}
	case float64:
		if _, same := r.(float64); same {
			return l == r, nil
		}
	case bool:
		if _, same := r.(bool); same {
			return l == r, nil
		}
	}
	return false, errSlow
}

// sum is l + r.
func sum(l, r any) (any, error) {
	if a, ok := l.(float64); ok {
		if b, ok := r.(float64); ok {
			return a + b, nil
		}
	}
	_, left := l.(string)
	_, right := r.(string)
	if !left && !right || isContainer(l) || isContainer(r) {
		return nil, errSlow
	}
	a, b := concatenated(l), concatenated(r)
	if len(a)+len(b) > maxFastText {
		return nil, errSlow // accounted there
	}
	return a + b, nil
}

// maxFastText is the longest text that is put together without being accounted.
const maxFastText = 1 << 20

func concatenated(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case undefinedType:
		return "undefined"
	case float64:
		return value.FormatNumber(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	default:
		return v.(string)
	}
}

func arithmetic(op string, l, r any) (any, error) {
	if a, ok := l.(string); ok {
		b, ok := r.(string)
		if !ok || !isASCII(a) || !isASCII(b) {
			return nil, errSlow // other texts are compared by UTF-16 units
		}
		return compare(op, a, b)
	}
	a, ok1 := l.(float64)
	b, ok2 := r.(float64)
	if !ok1 || !ok2 {
		return nil, errSlow
	}
	switch op {
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "/":
		return a / b, nil
	case "%":
		return math.Mod(a, b), nil
	}
	return compare(op, a, b)
}

func compare[T string | float64](op string, a, b T) (any, error) {
	switch op {
	case "<":
		return a < b, nil
	case ">":
		return a > b, nil
	case "<=":
		return a <= b, nil
	case ">=":
		return a >= b, nil
	}
	return nil, errSlow
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

package asl

import (
	"encoding/json"
	"strings"
	"time"
)

// rule is a compiled choice rule or a part of one.
type rule interface {
	holds(s *scope) (bool, *Failure)
}

type (
	allOf []rule
	anyOf []rule
	notOf struct{ r rule }
	// comparison compares the value at variable with a constant or with the value at path.
	comparison struct {
		variable *Path
		name     string // the operator, for errors
		holds2   func(v, operand any) bool
		operand  any
		path     *Path
	}
	// presence is IsPresent, the only test that bears a missing variable.
	presence struct {
		variable *Path
		want     bool
	}
)

func (rs allOf) holds(s *scope) (bool, *Failure) {
	for _, r := range rs {
		if ok, f := r.holds(s); f != nil || !ok {
			return false, f
		}
	}
	return true, nil
}

func (rs anyOf) holds(s *scope) (bool, *Failure) {
	for _, r := range rs {
		if ok, f := r.holds(s); f != nil || ok {
			return ok, f
		}
	}
	return false, nil
}

func (n notOf) holds(s *scope) (bool, *Failure) {
	ok, f := n.r.holds(s)
	return !ok && f == nil, f
}

func (p presence) holds(s *scope) (bool, *Failure) {
	_, ok := p.variable.Find(s.root(p.variable))
	return ok == p.want, nil
}

func (c *comparison) holds(s *scope) (bool, *Failure) {
	v, ok := c.variable.Find(s.root(c.variable))
	if !ok {
		return false, runtimeFailure("Invalid path '%s': The choice state's condition path references an invalid value.", c.variable)
	}
	operand := c.operand
	if c.path != nil {
		if operand, ok = c.path.Find(s.root(c.path)); !ok {
			return false, runtimeFailure("Invalid path '%s': The choice state's condition path references an invalid value.", c.path)
		}
	}
	return c.holds2(v, operand), nil
}

// operators are the comparisons of choice rules; each also has a form with Path at
// the end of its name, except StringMatches and the Is tests.
var operators = map[string]func(v, operand any) bool{
	"BooleanEquals":              func(v, o any) bool { b, ok := v.(bool); return ok && b == o },
	"StringEquals":               strings2(func(c int) bool { return c == 0 }),
	"StringLessThan":             strings2(func(c int) bool { return c < 0 }),
	"StringGreaterThan":          strings2(func(c int) bool { return c > 0 }),
	"StringLessThanEquals":       strings2(func(c int) bool { return c <= 0 }),
	"StringGreaterThanEquals":    strings2(func(c int) bool { return c >= 0 }),
	"NumericEquals":              numbers2(func(c int) bool { return c == 0 }),
	"NumericLessThan":            numbers2(func(c int) bool { return c < 0 }),
	"NumericGreaterThan":         numbers2(func(c int) bool { return c > 0 }),
	"NumericLessThanEquals":      numbers2(func(c int) bool { return c <= 0 }),
	"NumericGreaterThanEquals":   numbers2(func(c int) bool { return c >= 0 }),
	"TimestampEquals":            times2(func(c int) bool { return c == 0 }),
	"TimestampLessThan":          times2(func(c int) bool { return c < 0 }),
	"TimestampGreaterThan":       times2(func(c int) bool { return c > 0 }),
	"TimestampLessThanEquals":    times2(func(c int) bool { return c <= 0 }),
	"TimestampGreaterThanEquals": times2(func(c int) bool { return c >= 0 }),
	"StringMatches": func(v, o any) bool {
		s, ok := v.(string)
		return ok && globMatch(o.(string), s)
	},
	"IsNull":    is(func(v any) bool { return v == nil }),
	"IsString":  is(func(v any) bool { _, ok := v.(string); return ok }),
	"IsNumeric": is(func(v any) bool { _, ok := v.(json.Number); return ok }),
	"IsBoolean": is(func(v any) bool { _, ok := v.(bool); return ok }),
	"IsTimestamp": is(func(v any) bool {
		_, ok := parseTimestamp(v)
		return ok
	}),
}

func is(test func(any) bool) func(v, o any) bool {
	return func(v, o any) bool { return test(v) == o }
}

func strings2(want func(int) bool) func(v, o any) bool {
	return func(v, o any) bool {
		a, ok1 := v.(string)
		b, ok2 := o.(string)
		return ok1 && ok2 && want(strings.Compare(a, b))
	}
}

func numbers2(want func(int) bool) func(v, o any) bool {
	return func(v, o any) bool {
		a, ok1 := v.(json.Number)
		b, ok2 := o.(json.Number)
		if !ok1 || !ok2 {
			return false
		}
		x, y := float(a), float(b)
		switch {
		case x < y:
			return want(-1)
		case x > y:
			return want(1)
		}
		return want(0)
	}
}

func times2(want func(int) bool) func(v, o any) bool {
	return func(v, o any) bool {
		a, ok1 := parseTimestamp(v)
		b, ok2 := parseTimestamp(o)
		return ok1 && ok2 && want(a.Compare(b))
	}
}

// parseTimestamp reads the language's profile of RFC 3339: an upper case T, and an
// upper case Z or a numeric offset.
func parseTimestamp(v any) (time.Time, bool) {
	s, ok := v.(string)
	if !ok || len(s) < 20 || s[10] != 'T' || strings.ContainsAny(s, "tz") {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

// globMatch matches StringMatches patterns: * is any number of characters, \* a
// star and \\ a backslash.
func globMatch(pattern, s string) bool {
	var parts []string // the texts between stars
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern) && (pattern[i+1] == '*' || pattern[i+1] == '\\'):
			i++
			b.WriteByte(pattern[i])
		case c == '*':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	last := b.String()
	if len(parts) == 0 {
		return s == last
	}
	if len(s) < len(parts[0])+len(last) || !strings.HasPrefix(s, parts[0]) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(parts[0]) : len(s)-len(last)]
	for _, p := range parts[1:] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return true
}

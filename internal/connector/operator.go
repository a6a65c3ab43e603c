package connector

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// operator is an object of templates whose keys begin with "$".
type operator struct {
	keys []string // that it has beside the one that names it
	make func(o *operands) part
}

// operators are all there are, by the key that names them.
func operators() map[string]operator {
	return map[string]operator{
		"$if":      {[]string{"$then", "$else"}, makeChoice},
		"$each":    {[]string{"$do", "$key", "$when"}, makeEach},
		"$concat":  {nil, func(o *operands) part { return &concat{o.part("$concat")} }},
		"$first":   {nil, func(o *operands) part { return &first{o.part("$first")} }},
		"$mail":    {nil, func(o *operands) part { return &message{o.part("$mail")} }},
		"$message": {nil, func(o *operands) part { return &received{o.part("$message")} }},
		"$use":     {nil, func(o *operands) part { return use(o.text("$use")) }},
		"$table":   {[]string{"rows", "header", "first", "detect", "until", "numbers", "short", "filters", "all", "any", "records", "columns", "paths", "key", "sheet", "from"}, makeTable},
		"$file": {[]string{"as", "name", "mime"}, func(o *operands) part {
			return &file{o.part("$file"), o.text("as"), o.part("name"), o.part("mime")}
		}},
	}
}

// operatorKeys make an object an operator; other keys may begin with "$" too.
var operatorKeys = map[string]bool{
	"$if": true, "$then": true, "$else": true, "$each": true, "$do": true, "$key": true, "$when": true,
	"$concat": true, "$first": true, "$use": true, "$file": true, "$table": true, "$mail": true, "$message": true,
}

// operands reads the members of an operator and keeps the first error.
type operands struct {
	o   *value.Object
	err error
}

func compileOperator(o *value.Object) (part, error) {
	for name, op := range operators() {
		if _, ok := o.Get(name); !ok {
			continue
		}
		for k := range o.All() {
			if k != name && !slices.Contains(op.keys, k) {
				return nil, fmt.Errorf("%s: it has no member %q", name, k)
			}
		}
		args := &operands{o: o}
		p := op.make(args)
		return p, args.err
	}
	return nil, fmt.Errorf("there is no operator among %s; there are %s",
		strings.Join(o.Keys(), ", "), strings.Join(slices.Sorted(maps.Keys(operators())), ", "))
}

// part compiles a member; nil if it is not there.
func (a *operands) part(name string) part {
	v, ok := a.o.Get(name)
	if !ok {
		return nil
	}
	p, err := compile(v)
	if err != nil && a.err == nil {
		a.err = fmt.Errorf("%s: %w", name, err)
	}
	return p
}

func (a *operands) text(name string) string {
	v, ok := a.o.Get(name)
	s, isText := v.(string)
	if ok && !isText && a.err == nil {
		a.err = fmt.Errorf("%s must be a text", name)
	}
	return s
}

func (a *operands) condition(name string) *Condition {
	v, ok := a.o.Get(name)
	if !ok {
		return nil
	}
	c, err := newCondition(v)
	if err != nil && a.err == nil {
		a.err = fmt.Errorf("%s: %w", name, err)
	}
	return &c
}

func evalOr(p part, s *scope) (any, bool, error) {
	if p == nil {
		return nil, false, nil
	}
	return p.eval(s)
}

func visitAll(f func(part), parts ...part) {
	for _, p := range parts {
		if p != nil {
			p.visit(f)
		}
	}
}

// choice is {"$if": condition, "$then": …, "$else": …}.
type choice struct {
	test    *Condition
	yes, no part
}

func makeChoice(a *operands) part {
	return &choice{a.condition("$if"), a.part("$then"), a.part("$else")}
}

func (c *choice) eval(s *scope) (any, bool, error) {
	ok, err := c.test.holds(s)
	switch {
	case err != nil:
		return nil, false, err
	case ok:
		return evalOr(c.yes, s)
	default:
		return evalOr(c.no, s)
	}
}

func (c *choice) visit(f func(part)) {
	f(c)
	c.test.visit(f)
	visitAll(f, c.yes, c.no)
}

// each is {"$each": list, "$do": template}: a list of what the template gives
// for each element ($value, $index), or with "$key" an object.
type each struct {
	of, do, key part
	when        *Condition
}

func makeEach(a *operands) part {
	return &each{a.part("$each"), a.part("$do"), a.part("$key"), a.condition("$when")}
}

func (e *each) eval(s *scope) (any, bool, error) {
	v, ok, err := e.of.eval(s)
	if err != nil || !ok {
		return nil, false, err
	}
	defer s.with("$value", s.vars["$value"], "$index", s.vars["$index"])
	out, object := []any{}, value.NewObject(4)
	for i, x := range elements(v) {
		s.with("$value", x, "$index", float64(i))
		if wanted, err := e.when.holds(s); err != nil || !wanted {
			if err != nil {
				return nil, false, err
			}
			continue
		}
		made, ok := x, true
		if e.do != nil {
			if made, ok, err = e.do.eval(s); err != nil {
				return nil, false, err
			}
		}
		if !ok {
			continue
		}
		if e.key == nil {
			out = append(out, made)
			continue
		}
		k, ok, err := e.key.eval(s)
		if err != nil {
			return nil, false, err
		}
		if ok {
			object.Set(textOf(k), made)
		}
	}
	if e.key != nil {
		return object, true, nil
	}
	return out, true, nil
}

// elements are those of a list; the members of an object as {key, value}; any
// other value is a list of itself.
func elements(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	case *value.Object:
		out := make([]any, 0, v.Len())
		for k, x := range v.All() {
			out = append(out, value.Obj("key", k, "value", x))
		}
		return out
	}
	return []any{v}
}

func (e *each) visit(f func(part)) {
	f(e)
	e.when.visit(f)
	visitAll(f, e.of, e.do, e.key)
}

// concat is {"$concat": [lists]}: one list of all elements.
type concat struct{ of part }

func (c *concat) eval(s *scope) (any, bool, error) {
	v, ok, err := c.of.eval(s)
	out := []any{}
	if l, isList := v.([]any); isList {
		for _, x := range l {
			if inner, isList := x.([]any); isList {
				out = append(out, inner...)
			} else {
				out = append(out, x)
			}
		}
	}
	return out, ok, err
}

func (c *concat) visit(f func(part)) { f(c); c.of.visit(f) }

// first is {"$first": [templates]}: the first that is something.
type first struct{ of part }

func (c *first) eval(s *scope) (any, bool, error) {
	l, ok := c.of.(list)
	if !ok {
		return c.of.eval(s)
	}
	for _, p := range l {
		if v, ok, err := p.eval(s); ok || err != nil {
			return v, ok, err
		}
	}
	return nil, false, nil
}

func (c *first) visit(f func(part)) { f(c); c.of.visit(f) }

// use is {"$use": "name"}: a defined value.
type use string

func (u use) eval(s *scope) (any, bool, error) {
	t, ok := s.op.file.Define.Values[string(u)]
	if !ok {
		return nil, false, node.Errorf("The connector has no value %q.", string(u))
	}
	return t.part.eval(s)
}

func (u use) visit(f func(part)) { f(u) }

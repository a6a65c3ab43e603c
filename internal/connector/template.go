package connector

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Template is JSON in which texts may hold placeholders and expressions, and
// objects may be operators: see FORMAT.md.
type Template struct {
	raw  any
	part part
}

// part is a compiled piece of a template. eval's second result is false where
// there is nothing: the key that it would fill is left out.
type part interface {
	eval(s *scope) (any, bool, error)
	visit(f func(part))
}

// UnmarshalJSONFrom reads and compiles a template.
func (t *Template) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := readValue(dec)
	if err != nil {
		return err
	}
	t.raw = v
	t.part, err = compile(v)
	return err
}

func readValue(dec *jsontext.Decoder) (any, error) {
	text, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	return value.Parse(text)
}

// value fills the template in; nil gives nothing.
func (t *Template) value(s *scope) (any, bool, error) {
	if t == nil {
		return nil, false, nil
	}
	return t.part.eval(s)
}

// of is value for templates that may be plain paths into v: "data.items".
func (t *Template) of(s *scope, v any) (any, bool, error) {
	if t == nil {
		return v, true, nil
	}
	if path, ok := t.path(); ok {
		v, ok = value.Reach(v, path...)
		return v, ok, nil
	}
	return t.part.eval(s)
}

// path is the template as a path: a text without placeholder or expression.
func (t *Template) path() ([]string, bool) {
	s, ok := t.raw.(string)
	if !ok {
		return nil, false
	}
	if l, plain := t.part.(literal); !plain || l.v != s {
		return nil, false
	}
	if s == "" {
		return nil, true
	}
	return strings.Split(s, "."), true
}

// literal is a constant.
type literal struct{ v any }

func (l literal) eval(*scope) (any, bool, error) { return l.v, true, nil }
func (l literal) visit(f func(part))             { f(l) }

func compile(v any) (part, error) {
	switch v := v.(type) {
	case string:
		return compileText(v)
	case []any:
		return compileList(v)
	case *value.Object:
		for k := range v.All() {
			if operatorKeys[k] {
				return compileOperator(v)
			}
		}
		return compileObject(v)
	}
	return literal{v}, nil
}

// list is a list of templates; elements that are nothing are left out, and a
// list of nothing else is nothing.
type list []part

func compileList(v []any) (part, error) {
	out := make(list, len(v))
	for i, x := range v {
		var err error
		if out[i], err = compile(x); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return out, nil
}

func (l list) eval(s *scope) (any, bool, error) {
	out := make([]any, 0, len(l))
	for _, p := range l {
		v, ok, err := p.eval(s)
		if err != nil {
			return nil, false, err
		}
		if ok {
			out = append(out, v)
		}
	}
	return out, len(out) > 0 || len(l) == 0, nil
}

func (l list) visit(f func(part)) {
	f(l)
	for _, p := range l {
		p.visit(f)
	}
}

// object is an object of templates. The key "..." spreads objects into it. Keys
// whose value is nothing are left out, and an object of nothing else is nothing.
type object []entry

type entry struct {
	key    part
	spread bool
	value  part
}

func compileObject(o *value.Object) (part, error) {
	out := make(object, 0, o.Len())
	for k, v := range o.All() {
		key, err := compileText(k)
		if err != nil {
			return nil, err
		}
		p, err := compile(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out = append(out, entry{key: key, spread: strings.HasPrefix(k, "..."), value: p})
	}
	return out, nil
}

func (o object) eval(s *scope) (any, bool, error) {
	out := value.NewObject(len(o))
	for _, e := range o {
		v, ok, err := e.value.eval(s)
		if err != nil {
			return nil, false, err
		}
		switch {
		case !ok:
		case e.spread:
			spread(out, v)
		default:
			k, ok, err := e.key.eval(s)
			if err != nil {
				return nil, false, err
			}
			if ok {
				out.Set(textOf(k), v)
			}
		}
	}
	return out, out.Len() > 0 || len(o) == 0, nil
}

// spread sets the members of v, an object or a list of objects, in out.
func spread(out *value.Object, v any) {
	switch v := v.(type) {
	case *value.Object:
		for k, x := range v.All() {
			out.Set(k, x)
		}
	case []any:
		for _, x := range v {
			spread(out, x)
		}
	}
}

func (o object) visit(f func(part)) {
	f(o)
	for _, e := range o {
		e.key.visit(f)
		e.value.visit(f)
	}
}

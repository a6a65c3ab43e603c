package asl

import (
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// scope is what paths and functions of a state may look at.
type scope struct {
	input  any
	thread *thread // for the context object and chance
}

func (s *scope) root(p *Path) any {
	if !p.context {
		return s.input
	}
	return s.thread.contextObject()
}

// expr is a compiled path or intrinsic call.
type expr interface {
	eval(s *scope) (any, *Failure)
	String() string
}

// template is a compiled payload template: Parameters, ItemSelector, ResultSelector.
type template interface {
	eval(s *scope) (any, *Failure)
}

type (
	constant struct{ v any }
	computed struct { // a field whose name ended in .$
		field string
		e     expr
	}
	objectTemplate struct {
		keys   []string
		fields []template
	}
	arrayTemplate []template
)

func (c constant) eval(*scope) (any, *Failure) { return c.v, nil }

func (c computed) eval(s *scope) (any, *Failure) {
	p, ok := c.e.(*Path)
	if !ok {
		return c.e.eval(s)
	}
	v, ok := p.Find(s.root(p))
	if !ok {
		return nil, runtimeFailure("The JSONPath '%s' specified for the field '%s' could not be found in the input '%s'", p.text, c.field, JSON(s.input))
	}
	return v, nil
}

func (t objectTemplate) eval(s *scope) (any, *Failure) {
	o := value.NewObject(len(t.keys))
	for i, k := range t.keys {
		v, f := t.fields[i].eval(s)
		if f != nil {
			return nil, f
		}
		o.Set(k, v)
	}
	return o, nil
}

func (t arrayTemplate) eval(s *scope) (any, *Failure) {
	out := make([]any, len(t))
	for i := range t {
		v, f := t[i].eval(s)
		if f != nil {
			return nil, f
		}
		out[i] = v
	}
	return out, nil
}

// eval makes a Path an expr: in payload templates computed names the field in its
// error, elsewhere a path that leads nowhere is an invalid path.
func (p *Path) eval(s *scope) (any, *Failure) {
	v, ok := p.Find(s.root(p))
	if !ok {
		return nil, invalidPath(p, s.root(p))
	}
	return v, nil
}

// invalidPath says in the service's words where a path leads nowhere.
func invalidPath(p *Path, root any) *Failure {
	for i := range p.steps {
		if _, ok := followSteps(root, p.steps[:i+1]); !ok && i < len(p.steps)-1 && !p.steps[i].list {
			return runtimeFailure("Invalid path '%s' : Missing property in path %s", p.text, normalized(p.steps[:i+1]))
		}
	}
	where := p.text
	if p.Plain() {
		where = normalized(p.steps)
	}
	return runtimeFailure("Invalid path '%s' : No results for path: %s", p.text, where)
}

func normalized(steps []step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, st := range steps {
		if st.list {
			fmt.Fprintf(&b, "[%d]", st.index)
		} else {
			b.WriteString("['" + st.name + "']")
		}
	}
	return b.String()
}

// compileTemplate compiles a payload template; at is its place in the definition.
func compileTemplate(v any, at string, d *diagnostics) template {
	switch v := v.(type) {
	case *value.Object:
		return compileObject(v, at, d)
	case []any:
		out := make(arrayTemplate, len(v))
		dynamic := false
		for i, x := range v {
			out[i] = compileTemplate(x, fmt.Sprintf("%s[%d]", at, i), d)
			if _, fixed := out[i].(constant); !fixed {
				dynamic = true
			}
		}
		if dynamic {
			return out
		}
	}
	return constant{v}
}

func compileObject(o *value.Object, at string, d *diagnostics) template {
	t := objectTemplate{}
	dynamic := false
	for k, x := range o.All() {
		where := at + "/" + k
		var field template
		if name, ok := strings.CutSuffix(k, ".$"); ok {
			text, isText := x.(string)
			if !isText {
				d.add(where, "The value for the field '%s' must be a STRING that contains a JSONPath or an intrinsic function expression", k)
				continue
			}
			e, err := parseExpr(text)
			if err != nil {
				d.add(where, "The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call: %v", k, err)
				continue
			}
			if _, twice := o.Get(name); twice {
				d.add(where, "The field '%s' is given both with and without '.$'", name)
			}
			field, k = computed{field: k, e: e}, name
		} else {
			field = compileTemplate(x, where, d)
		}
		if _, fixed := field.(constant); !fixed {
			dynamic = true
		}
		t.keys, t.fields = append(t.keys, k), append(t.fields, field)
	}
	if !dynamic {
		return constant{o}
	}
	return t
}

// parseExpr compiles what stands behind a field name that ends in .$.
func parseExpr(text string) (expr, error) {
	if strings.HasPrefix(text, "States.") {
		return parseIntrinsic(text)
	}
	return ParsePath(text)
}

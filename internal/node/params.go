package node

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Param returns a parameter for an item with its expressions evaluated. The name
// may lead into collections: "options.timeout". A parameter that is not set has
// the spec's default for the node's version, nil if there is none. What it
// returns may be part of the workflow and must not be changed.
func (c *Call) Param(name string, item int) (any, error) { return c.params.Param(name, item) }

// ParamDefined is Param that tells undefined (false) from null.
func (c *Call) ParamDefined(name string, item int) (any, bool, error) {
	raw, set := c.Raw(name)
	if !set || !hasExpression(raw) {
		v, err := c.Param(name, item)
		return v, set || v != nil, err
	}
	o, err := c.params.evaluate(value.Obj("v", raw), item)
	if err != nil {
		return nil, false, err
	}
	v, ok := o.(*value.Object).Get("v")
	return v, ok, nil
}

// Raw returns a parameter as the author wrote it, expressions not evaluated, and
// whether it is set.
func (c *Call) Raw(name string) (any, bool) { return lookup(c.Node.Parameters, name) }

// lookup walks a dotted path into objects.
func lookup(o *value.Object, path string) (any, bool) {
	for {
		key, rest, more := strings.Cut(path, ".")
		v, ok := o.Get(key)
		if !more || !ok {
			return v, ok
		}
		if o, ok = v.(*value.Object); !ok {
			return nil, false
		}
		path = rest
	}
}

// resolver evaluates the parameters of one node run.
type resolver struct {
	ctx   context.Context
	call  *Call
	spec  *Spec
	scope expr.Scope
	limit expr.Limits
	eval  *expr.Evaluator
	seen  map[string]template
}

// template is a parameter as written.
type template struct {
	raw    any
	static bool // without expressions
}

func (r *resolver) Param(name string, item int) (any, error) {
	t, ok := r.seen[name]
	if !ok {
		t.raw, ok = r.call.Raw(name)
		if !ok || t.raw == nil {
			d := r.spec.Default(name, r.call.Node)
			if _, isText := d.(string); !ok || isText { // null stands for a default that is a text
				t.raw = d
			}
		}
		t.static = !hasExpression(t.raw)
		if r.seen == nil {
			r.seen = map[string]template{}
		}
		r.seen[name] = t
	}
	if t.static {
		return t.raw, nil
	}
	return r.evaluate(t.raw, item)
}

func (r *resolver) evaluate(raw any, item int) (any, error) {
	if r.eval == nil {
		r.eval = expr.NewEvaluator(r.ctx, &r.scope, r.limit)
	}
	v, err := r.eval.Resolve(raw, item)
	return v, AtItem(item, err)
}

func (r *resolver) close() {
	if r.eval != nil {
		r.eval.Close()
	}
}

// hasExpression reports whether anything in v is an expression.
func hasExpression(v any) bool {
	switch v := v.(type) {
	case string:
		return expr.IsExpression(v)
	case []any:
		for _, x := range v {
			if hasExpression(x) {
				return true
			}
		}
	case *value.Object:
		for _, x := range v.All() {
			if hasExpression(x) {
				return true
			}
		}
	}
	return false
}

// ParamAt evaluates one member of one entry of a list parameter for an item, and
// nothing else of the list: entries after the first match are not evaluated.
func (c *Call) ParamAt(list string, entry int, member string, item int) (any, error) {
	raw, _ := c.Raw(list)
	v, ok := value.Path(raw, entry, member)
	if !ok || !hasExpression(v) {
		return v, nil
	}
	return c.params.evaluate(v, item)
}

// Evaluate evaluates text that is not a parameter of its own, as if it were one
// that begins with "=". ok is false if the result is undefined.
func (c *Call) Evaluate(text string, item int) (v any, ok bool, err error) {
	out, err := c.params.evaluate(value.Obj("v", "="+text), item)
	if err != nil {
		return nil, false, err
	}
	o, _ := out.(*value.Object)
	v, ok = o.Get("v")
	return v, ok, nil
}

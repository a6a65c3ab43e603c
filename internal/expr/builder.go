package expr

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/automatelanka/automatelanka/internal/expr/extend"
	"github.com/automatelanka/automatelanka/internal/expr/jsast"
	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
)

// builder compiles one expression.
type builder struct {
	guard   sandbox.Rewriter
	lift    jsast.Lifter
	order   []string
	seen    map[string]bool
	names   map[string]bool
	changes bool
	dollars int
	writes  bool // it changes members
	globals int  // mentions of global objects that are not plain uses
	taints  bool
	err     error
}

func compile(source string) (*program, error) {
	parsed, e, err := parseExpression(source)
	if err != nil {
		return nil, err
	}
	b := &builder{seen: map[string]bool{}, names: map[string]bool{}}
	b.lift = jsast.Lifter{Helper: b.helper, Optional: b.optionalHelper}
	w := jsast.Walker{Name: b.guard.Mention, Edit: b.guard.Scan}
	w.Expression(e) // what is mentioned decides what is edited
	w = jsast.Walker{Edit: b.edit, Ref: b.ref, Name: b.mention, PatternKey: b.patternKey}
	e = w.Expression(e)
	if b.dollars != 0 {
		b.fail("\"$\" can only be called, as $('Node name')")
	}
	if b.err != nil {
		return nil, b.err
	}
	for _, t := range b.lift.Temps {
		b.param(t)
	}
	prog, err := goja.CompileAST(b.function(parsed.File, e), false)
	if err != nil {
		return nil, refusalf("invalid syntax: %s", firstLine(err.Error()))
	}
	return &program{
		prog: prog, params: b.order, needs: b.guard.Guards(), names: b.names,
		changes: b.changes, taints: b.taints || b.writes && b.globals > 0,
	}, nil
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = problemf(format, args...)
	}
}

// function wraps the expression: (function (params) { return e }).
func (b *builder) function(source *file.File, e ast.Expression) *ast.Program {
	at := e.Idx0()
	for name := range b.guard.Used {
		b.param(name)
	}
	params := &ast.ParameterList{Opening: at, Closing: at}
	for _, p := range b.order {
		params.List = append(params.List, &ast.Binding{Target: jsast.Ident(at, p)})
	}
	f := &ast.FunctionLiteral{
		Function: at, ParameterList: params,
		Body: &ast.BlockStatement{LeftBrace: at, RightBrace: at, List: []ast.Statement{&ast.ReturnStatement{Return: at, Argument: e}}},
	}
	return &ast.Program{
		Body: []ast.Statement{&ast.ExpressionStatement{Expression: f}},
		File: source,
	}
}

func (b *builder) param(name string) {
	if !b.seen[name] {
		b.seen[name] = true
		b.order = append(b.order, name)
	}
}

// mention notes the names of what is installed only on demand.
func (b *builder) mention(name string) {
	if onDemand[name] != nil {
		b.names[name] = true
	}
	if changing[name] {
		b.changes = true
		b.writes = b.writes || writing[name]
	}
}

// ref makes a parameter of each variable that is not a plain global.
func (b *builder) ref(name string, assigned bool) {
	if err := denied(name); err != nil && b.err == nil {
		b.err = err
	}
	b.changes = b.changes || assigned
	if assigned || !globals[name] {
		b.param(name)
	}
}

// helper names the helper for calls of a method: n8n's data transformation
// functions come before the object's own method.
func (b *builder) helper(method string) string {
	if extend.Has(method) {
		b.param(helpExtend)
		return helpExtend
	}
	return b.guard.LiftedMethod(method)
}

func (b *builder) optionalHelper(method string) string {
	if extend.Has(method) {
		b.param(helpExtendOptional)
		return helpExtendOptional
	}
	return ""
}

// The helpers of this package, beside the sandbox's.
const (
	helpExtend         = jsast.Helper + "extend"
	helpExtendOptional = jsast.Helper + "optional"
	helpThis           = jsast.Helper + "this"
	helpDate           = jsast.Helper + "date"   // texts that become dates
	helpCaught         = jsast.Helper + "caught" // errors that Code nodes catch
)

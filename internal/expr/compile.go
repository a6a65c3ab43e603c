package expr

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/unistring"

	"github.com/automatelanka/automatelanka/internal/expr/extend"
	"github.com/automatelanka/automatelanka/internal/expr/jsast"
	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
)

const (
	maxSource  = 128 << 10 // bytes of one {{ }}
	maxNesting = 500       // brackets open at once; goja's parser is recursive
)

// program is the compiled form of one piece of JavaScript: a function whose
// parameters are the variables that it uses.
type program struct {
	prog   *goja.Program
	params []string
	needs  *sandbox.Needs
	names  map[string]bool // of what is installed only where it is mentioned
	// changes is set if it may change the data it is shown.
	changes bool
}

// check parses the code, refuses what n8n refuses, and prepares the fast form.
func (c *code) check() error {
	_, e, err := parseExpression(c.source)
	if err != nil {
		return failed(c.source, err)
	}
	var bad error
	w := jsast.Walker{Member: func(name string) {
		if bad == nil {
			bad = denied(name)
		}
	}}
	w.Expression(e)
	if w.SawWith {
		bad = problemf("it may not use a with statement")
	}
	if bad != nil {
		return failed(c.source, bad)
	}
	if c.fast = compileFast(e); c.fast == nil {
		c.fast = fastDate(e)
	}
	if c.fast != nil {
		return nil
	}
	_, err = c.program() // finds what else is wrong with it
	return err
}

// program compiles the code once.
func (c *code) program() (*program, error) {
	c.once.Do(func() {
		if c.prog, c.err = compile(c.source); c.err != nil {
			c.err = failed(c.source, c.err)
		}
	})
	return c.prog, c.err
}

// parseExpression reads the one expression that {{ }} holds; what follows it
// after a semicolon is ignored, as n8n does.
func parseExpression(source string) (*ast.Program, ast.Expression, error) {
	if len(source) > maxSource {
		return nil, nil, problemf("it is longer than %d kB", maxSource>>10)
	}
	if nesting(source) > maxNesting {
		return nil, nil, problemf("its brackets are nested deeper than %d levels", maxNesting)
	}
	text := source
	if strings.HasPrefix(strings.TrimSpace(source), "{") {
		text = "(" + source + ")"
	}
	prog, err := jsast.Parse("expression", text)
	if err != nil {
		return nil, nil, problemf("invalid syntax: %s", firstLine(err.Error()))
	}
	if len(prog.Body) == 0 {
		return nil, nil, problemf("invalid syntax: there is nothing between {{ and }}")
	}
	s, ok := prog.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return nil, nil, problemf("invalid syntax: an expression was expected, not a statement")
	}
	return prog, s.Expression, nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimPrefix(s, "expression: ")
}

// nesting is the greatest number of brackets open at once, and of operators that
// the parser descends for; those in strings count too.
func nesting(source string) int {
	open, most, run := 0, 0, 0
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '(', '[', '{', '?':
			open++
			run = 0
		case ')', ']', '}', ':':
			open = max(open-1, 0)
			run = 0
		case '!', '-', '+', '~':
			run++
		case ' ':
		default:
			run = 0
		}
		most = max(most, open, run)
	}
	return most
}

// builder compiles one expression.
type builder struct {
	guard   sandbox.Rewriter
	lift    jsast.Lifter
	order   []string
	seen    map[string]bool
	names   map[string]bool
	changes bool
	dollars int
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
	w = jsast.Walker{Edit: b.edit, Ref: b.ref, Name: b.mention}
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
		return nil, problemf("invalid syntax: %s", firstLine(err.Error()))
	}
	return &program{prog: prog, params: b.order, needs: b.guard.Guards(), names: b.names, changes: b.changes}, nil
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

func (b *builder) edit(e ast.Expression) ast.Expression {
	switch n := e.(type) {
	case *ast.Identifier:
		if n.Name == "$" {
			b.dollars++
		}
	case *ast.CallExpression:
		if id, ok := n.Callee.(*ast.Identifier); ok {
			switch id.Name {
			case "$":
				b.dollars--
			case "$if":
				return b.conditional(n)
			}
		}
		if d := b.date(n); d != nil {
			return d
		}
	case *ast.NewExpression:
		if id, ok := n.Callee.(*ast.Identifier); ok && id.Name == "Date" {
			b.dateText(n.ArgumentList)
		}
	case *ast.ThisExpression:
		b.param(helpThis)
		return jsast.Ident(n.Idx, helpThis)
	case *ast.TemplateLiteral:
		spaceTemplate(n)
	case *ast.AssignExpression:
		b.changes = true
	case *ast.UnaryExpression:
		b.changes = b.changes || jsast.IsUpdate(n) || n.Operator.String() == "delete"
	}
	if dotted, ok := e.(*ast.CallExpression); ok && plainGlobal(dotted.Callee) {
		return b.guard.Edit(e)
	}
	return b.guard.Edit(b.lift.Edit(e))
}

// date does calls of Date and Date.parse.
func (b *builder) date(n *ast.CallExpression) ast.Expression {
	switch callee := n.Callee.(type) {
	case *ast.Identifier:
		if callee.Name == "Date" { // the present as text, in the form that only new Date() is given here
			now := &ast.NewExpression{New: n.Idx0(), Callee: callee, LeftParenthesis: n.LeftParenthesis, RightParenthesis: n.RightParenthesis}
			text := &ast.DotExpression{Left: now, Identifier: *jsast.Ident(n.Idx0(), "toString")}
			return &ast.CallExpression{Callee: text, LeftParenthesis: n.LeftParenthesis, RightParenthesis: n.RightParenthesis}
		}
	case *ast.DotExpression:
		if id, ok := callee.Left.(*ast.Identifier); ok && id.Name == "Date" && callee.Identifier.Name == "parse" {
			b.dateText(n.ArgumentList)
		}
	}
	return nil
}

// dateText has a text checked that becomes a date.
func (b *builder) dateText(args []ast.Expression) {
	if len(args) != 1 {
		return
	}
	if _, spread := args[0].(*ast.SpreadElement); !spread {
		b.param(helpDate)
		args[0] = jsast.Call(args[0].Idx0(), helpDate, args[0])
	}
}

// spaceTemplate puts a space before ${ where n8n does, which prints its programs
// anew: behind template text that has a line break and ends with a character of
// a name (that of \n included).
func spaceTemplate(n *ast.TemplateLiteral) {
	for i, el := range n.Elements {
		text := el.Parsed.String()
		if i == len(n.Expressions) || !strings.Contains(text, "\n") {
			continue
		}
		raw := el.Literal
		if c := raw[len(raw)-1]; c == '\n' || c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			el.Parsed, el.Literal = unistring.NewFromString(text+" "), raw+" "
		}
	}
}

// plainGlobal reports whether a method of Math, Object or JSON is called; none of
// n8n's functions hides those.
func plainGlobal(callee ast.Expression) bool {
	dot, ok := callee.(*ast.DotExpression)
	if !ok {
		return false
	}
	id, ok := dot.Left.(*ast.Identifier)
	return ok && (id.Name == "Math" || id.Name == "Object" || id.Name == "JSON")
}

// conditional makes $if(a, b, c) evaluate only the branch it takes.
func (b *builder) conditional(n *ast.CallExpression) ast.Expression {
	for _, a := range n.ArgumentList {
		if _, spread := a.(*ast.SpreadElement); spread {
			return n
		}
	}
	if len(n.ArgumentList) < 2 {
		b.fail("$if requires at least 2 parameters: test, value_if_true[, and value_if_false]")
		return n
	}
	c := &ast.ConditionalExpression{Test: n.ArgumentList[0], Consequent: n.ArgumentList[1]}
	if c.Alternate = ast.Expression(&ast.BooleanLiteral{Idx: n.RightParenthesis, Literal: "false"}); len(n.ArgumentList) > 2 {
		c.Alternate = n.ArgumentList[2]
	}
	return c
}

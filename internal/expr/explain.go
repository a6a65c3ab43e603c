package expr

import (
	"regexp"
	"strconv"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"github.com/automatelanka/automatelanka/internal/expr/jsast"
)

// What goja says of the commonest mistakes, which authors and their workflows
// know in other words.
var (
	readNothing = regexp.MustCompile(`^Cannot read property '(.*)' of undefined(?: or null)?$`)
	noMember    = regexp.MustCompile(`^Object has no member '(.*)'$`)
	noFunction  = regexp.MustCompile(`^Value is not an object: `)
)

// caught tells an error that is caught in the words of explain.
func (b *builder) caught(c *ast.CatchStatement) {
	b.param(helpCaught)
	name := c.Parameter.(*ast.Identifier)
	call := jsast.Call(c.Body.LeftBrace, helpCaught, jsast.Ident(name.Idx, name.Name.String()))
	c.Body.List = append([]ast.Statement{&ast.ExpressionStatement{Expression: call}}, c.Body.List...)
}

func (m *machine) caught(call goja.FunctionCall) goja.Value {
	if o, ok := call.Argument(0).(*goja.Object); ok && o.ClassName() == "Error" {
		m.explain(o)
	}
	return goja.Undefined()
}

// explain puts the message of an error that goja raised in the words of other
// engines.
func (m *machine) explain(o *goja.Object) {
	if name := o.Get("name"); name == nil || name.String() != "TypeError" || m.code == nil {
		return
	}
	message := o.Get("message").String()
	better := message
	if at := readNothing.FindStringSubmatch(message); at != nil {
		better = "Cannot read properties of undefined (reading '" + at[1] + "')"
	} else if member := noMember.FindStringSubmatch(message); member != nil || noFunction.MatchString(message) {
		want := ""
		if member != nil {
			want = member[1]
		}
		line, column := place(o)
		if text := calledAt(m.code.prog.source, line, column, want); text != "" {
			better = text + " is not a function"
		}
	}
	if better != message {
		if err := o.DefineDataProperty("message", m.vm.ToValue(better), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
}

// place is where an error was raised in the author's source, zeros if unknown.
func place(o *goja.Object) (line, column int) {
	stack := o.Get("stack")
	if stack == nil {
		return 0, 0
	}
	at := position.FindStringSubmatch(stack.String())
	if at == nil {
		return 0, 0
	}
	return atoi(at[1]), atoi(at[2])
}

// calledAt writes what is called at a place of the source: of the calls of a
// member of that name ("": any) the one that is nearest.
func calledAt(source string, line, column int, member string) string {
	parsed, err := jsast.Parse("code", codeBegin+source+codeEnd)
	if err != nil || line == 0 {
		return ""
	}
	best, distance := "", 1<<30
	w := jsast.Walker{Edit: func(e ast.Expression) ast.Expression {
		call, ok := e.(*ast.CallExpression)
		if !ok {
			return e
		}
		if name, is := memberName(call.Callee); member != "" && (!is || name != member) {
			return e
		}
		at := parsed.File.Position(int(call.LeftParenthesis) - 1)
		d := abs(at.Line-line)*1000 + abs(at.Column-column)
		if at.Line == line && d < distance {
			best, distance = spelt(call.Callee), d
		}
		return e
	}}
	w.Body(parsed.Body)
	return best
}

func abs(n int) int { return max(n, -n) }

func memberName(e ast.Expression) (string, bool) {
	switch n := e.(type) {
	case *ast.DotExpression:
		return n.Identifier.Name.String(), true
	case *ast.BracketExpression:
		if s, ok := n.Member.(*ast.StringLiteral); ok {
			return s.Value.String(), true
		}
	}
	return "", false
}

// spelt writes an expression as error messages do.
func spelt(e ast.Expression) string {
	switch n := e.(type) {
	case *ast.Identifier:
		return n.Name.String()
	case *ast.ThisExpression:
		return "this"
	case *ast.DotExpression:
		return spelt(n.Left) + "." + n.Identifier.Name.String()
	case *ast.BracketExpression:
		switch k := n.Member.(type) {
		case *ast.StringLiteral:
			return spelt(n.Left) + "." + k.Value.String()
		case *ast.NumberLiteral:
			return spelt(n.Left) + "[" + k.Literal + "]"
		default:
			return spelt(n.Left) + "[" + spelt(k) + "]"
		}
	case *ast.CallExpression:
		return spelt(n.Callee) + "(...)"
	case *ast.OptionalChain:
		return spelt(n.Expression)
	case *ast.Optional:
		return spelt(n.Expression) + "?"
	case *ast.StringLiteral:
		return strconv.Quote(n.Value.String())
	}
	return "(intermediate value)"
}

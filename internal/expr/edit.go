package expr

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"

	"github.com/automatelanka/automatelanka/internal/expr/jsast"
)

func (b *builder) edit(e ast.Expression) ast.Expression {
	b.countGlobal(e)
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

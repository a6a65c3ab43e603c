package expr

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/automatelanka/automatelanka/internal/expr/jsast"
)

// patternKey refuses computed names in destructuring, as n8n does.
func (b *builder) patternKey(e ast.Expression) ast.Expression {
	b.fail("computed names are not allowed in destructuring")
	return e
}

// countGlobal counts the uses of global objects but for calls of them, of their
// methods, and reads of their members.
func (b *builder) countGlobal(e ast.Expression) {
	is := func(e ast.Expression) int {
		if id, ok := e.(*ast.Identifier); ok && globals[id.Name.String()] {
			return 1
		}
		return 0
	}
	switch n := e.(type) {
	case *ast.Identifier:
		b.globals += is(n)
	case *ast.CallExpression:
		b.globals -= is(n.Callee)
	case *ast.NewExpression:
		b.globals -= is(n.Callee)
	case *ast.DotExpression:
		b.globals -= is(n.Left)
	case *ast.AssignExpression:
		b.written(n.Left, is)
	case *ast.UnaryExpression:
		if jsast.IsUpdate(n) || n.Operator == token.DELETE {
			b.written(n.Operand, is)
		}
	}
}

// written notes what is assigned to, changed or deleted.
func (b *builder) written(target ast.Expression, global func(ast.Expression) int) {
	switch n := target.(type) {
	case *ast.DotExpression:
		b.writes, b.taints = true, b.taints || global(n.Left) > 0
	case *ast.BracketExpression:
		b.writes, b.taints = true, b.taints || global(n.Left) > 0
	case *ast.ArrayPattern, *ast.ObjectPattern:
		b.writes = true
	}
}

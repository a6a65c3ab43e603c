// Package jsast walks and edits goja's syntax trees. The expression compiler
// uses it to find what a program refers to and to put guards around what it does.
package jsast

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
)

// Parse reads src as a script. Source maps are never followed: goja would open
// the file that a comment names.
func Parse(name, src string) (*ast.Program, error) {
	return parser.ParseFile(nil, name, src, 0, parser.WithDisableSourceMaps)
}

// Walker visits a tree depth first, children before parents. Nil functions are
// not called.
type Walker struct {
	// Edit may replace an expression by the one it returns.
	Edit func(ast.Expression) ast.Expression
	// Catch is told each catch clause that binds a variable.
	Catch func(*ast.CatchStatement)
	// Ref is told each identifier that is read or assigned and bound nowhere
	// around it in the tree.
	Ref func(name string, assigned bool)
	// PatternKey may replace a name that is computed to take a member out of an object.
	PatternKey func(ast.Expression) ast.Expression
	// Name is told each property or variable name, string and template text.
	Name func(string)
	// Member is told each name by which a member is read, written or destructured.
	Member func(string)

	// SawWith is set by a with statement, in which no name is certain.
	SawWith bool

	scopes []map[string]bool
}

// Body walks the statements of a program or function.
func (w *Walker) Body(list []ast.Statement) {
	for _, s := range list {
		w.statement(s)
	}
}

// Expression walks one expression and returns its replacement.
func (w *Walker) Expression(e ast.Expression) ast.Expression {
	if e == nil {
		return nil
	}
	w.children(e)
	if w.Edit == nil {
		return e
	}
	return w.Edit(e)
}

func (w *Walker) edit(e *ast.Expression) {
	if *e != nil {
		*e = w.Expression(*e)
	}
}

func (w *Walker) editAll(list []ast.Expression) {
	for i := range list {
		w.edit(&list[i])
	}
}

func (w *Walker) name(s string) {
	if w.Name != nil {
		w.Name(s)
	}
}

func (w *Walker) member(s string) {
	if w.Member != nil {
		w.Member(s)
	}
}

func (w *Walker) ref(name string, assigned bool) {
	w.name(name)
	if w.Ref == nil {
		return
	}
	for _, s := range w.scopes {
		if s[name] {
			return
		}
	}
	w.Ref(name, assigned)
}

func (w *Walker) children(e ast.Expression) {
	switch n := e.(type) {
	case *ast.Identifier:
		w.ref(n.Name.String(), false)
	case *ast.StringLiteral:
		w.name(n.Value.String())
	case *ast.ArrayLiteral:
		w.editAll(n.Value)
	case *ast.ObjectLiteral:
		w.properties(n.Value)
	case *ast.TemplateLiteral:
		w.template(n)
	case *ast.FunctionLiteral:
		w.function(n)
	case *ast.ArrowFunctionLiteral:
		w.arrow(n)
	case *ast.ClassLiteral:
		w.class(n)
	case *ast.AssignExpression:
		w.target(n.Left, true)
		w.edit(&n.Right)
	case *ast.UnaryExpression:
		w.unary(n)
	default:
		w.operands(e)
	}
}

// operands visits the expressions that consist of other expressions only.
func (w *Walker) operands(e ast.Expression) {
	switch n := e.(type) {
	case *ast.BinaryExpression:
		w.edit(&n.Left)
		w.edit(&n.Right)
	case *ast.ConditionalExpression:
		w.edit(&n.Test)
		w.edit(&n.Consequent)
		w.edit(&n.Alternate)
	case *ast.SequenceExpression:
		w.editAll(n.Sequence)
	case *ast.CallExpression:
		w.edit(&n.Callee)
		w.editAll(n.ArgumentList)
	case *ast.NewExpression:
		w.edit(&n.Callee)
		w.editAll(n.ArgumentList)
	case *ast.DotExpression:
		w.edit(&n.Left)
		w.name(n.Identifier.Name.String())
		w.member(n.Identifier.Name.String())
	case *ast.BracketExpression:
		w.edit(&n.Left)
		if s, ok := n.Member.(*ast.StringLiteral); ok {
			w.member(s.Value.String())
		}
		w.edit(&n.Member)
	case *ast.PrivateDotExpression:
		w.edit(&n.Left)
	case *ast.OptionalChain:
		w.edit(&n.Expression)
	case *ast.Optional:
		w.edit(&n.Expression)
	case *ast.SpreadElement:
		w.edit(&n.Expression)
	case *ast.YieldExpression:
		w.edit(&n.Argument)
	case *ast.AwaitExpression:
		w.edit(&n.Argument)
	}
}

func (w *Walker) unary(n *ast.UnaryExpression) {
	if id, ok := n.Operand.(*ast.Identifier); ok {
		w.ref(id.Name.String(), IsUpdate(n))
		return
	}
	w.edit(&n.Operand)
}

func (w *Walker) template(n *ast.TemplateLiteral) {
	w.edit(&n.Tag)
	for _, e := range n.Elements {
		w.name(e.Parsed.String())
	}
	w.editAll(n.Expressions)
}

func (w *Walker) properties(list []ast.Property) {
	for _, p := range list {
		switch p := p.(type) {
		case *ast.PropertyShort:
			w.ref(p.Name.Name.String(), false)
		case *ast.PropertyKeyed:
			w.key(&p.Key, p.Computed)
			w.edit(&p.Value)
		case *ast.SpreadElement:
			if e, ok := w.Expression(p).(*ast.SpreadElement); ok {
				*p = *e
			}
		}
	}
}

func (w *Walker) key(key *ast.Expression, computed bool) {
	if computed {
		w.edit(key)
		return
	}
	switch k := (*key).(type) {
	case *ast.Identifier:
		w.name(k.Name.String())
	case *ast.StringLiteral:
		w.name(k.Value.String())
	}
}

// IsUpdate reports whether n is ++ or --.
func IsUpdate(n *ast.UnaryExpression) bool {
	op := n.Operator.String()
	return op == "++" || op == "--"
}

package jsast

import (
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// Helper is the first character of the names that edits add to a program. No
// source text can contain such a name, so authors can neither use nor hide it.
const Helper = "%"

// Lifter turns method calls into calls of helpers: a.b(x) becomes
// %helper(a, "b", x). Optional chains around a lifted call are spelt out, because
// their short circuit must still skip all of the chain.
type Lifter struct {
	// Helper names the helper for calls of a method, "" to leave them.
	Helper func(method string) string
	// Optional names the helper that looks a method up for a.b?.(x), "" to leave it.
	Optional func(method string) string
	// Temps are the variables that spelt-out chains use; the program must declare them.
	Temps []string
}

// Edit does one expression; its parts must have been done before.
func (l *Lifter) Edit(e ast.Expression) ast.Expression {
	switch n := e.(type) {
	case *ast.CallExpression:
		return l.call(n)
	case *ast.OptionalChain:
		if spine(n, nil) {
			return l.lower(n)
		}
	}
	return e
}

func (l *Lifter) call(n *ast.CallExpression) ast.Expression {
	switch callee := n.Callee.(type) {
	case *ast.DotExpression:
		if helper := l.Helper(callee.Identifier.Name.String()); helper != "" {
			return Call(n.Idx0(), helper, append([]ast.Expression{callee.Left, methodName(callee)}, n.ArgumentList...)...)
		}
	case *ast.Optional:
		dot, ok := callee.Expression.(*ast.DotExpression)
		if !ok {
			return n
		}
		if helper := l.Optional(dot.Identifier.Name.String()); helper != "" {
			callee.Expression = Call(n.Idx0(), helper, dot.Left, methodName(dot))
		}
	}
	return n
}

func methodName(dot *ast.DotExpression) ast.Expression {
	return String(dot.Identifier.Idx, dot.Identifier.Name.String())
}

func lifted(n *ast.CallExpression) bool {
	id, ok := n.Callee.(*ast.Identifier)
	return ok && strings.HasPrefix(id.Name.String(), Helper)
}

// link is one optional link of a chain: its place, and the call that it is the
// callee of, if it is one.
type link struct {
	at   *ast.Expression
	call *ast.CallExpression
}

// spine reports whether a lifted call stands in the chain, and tells visit each
// optional link, the last first.
func spine(chain *ast.OptionalChain, visit func(link)) (found bool) {
	var call *ast.CallExpression
	for at := &chain.Expression; ; {
		parent := call
		call = nil
		switch n := (*at).(type) {
		case *ast.Optional:
			if visit != nil {
				visit(link{at, parent})
			}
			at = &n.Expression
		case *ast.DotExpression:
			at = &n.Left
		case *ast.BracketExpression:
			at = &n.Left
		case *ast.PrivateDotExpression:
			at = &n.Left
		case *ast.CallExpression:
			if lifted(n) && len(n.ArgumentList) > 0 {
				found, at = true, &n.ArgumentList[0]
			} else {
				call, at = n, &n.Callee
			}
		default:
			return found
		}
	}
}

// lower spells a chain out: a?.b.c becomes (t = a) == null ? void 0 : t.b.c.
func (l *Lifter) lower(chain *ast.OptionalChain) ast.Expression {
	type step struct {
		temp  string
		value ast.Expression
	}
	var links []link
	spine(chain, func(k link) { links = append(links, k) })
	steps := make([]step, len(links))
	for i, k := range links {
		t := l.temp()
		steps[i] = step{t, (*k.at).(*ast.Optional).Expression}
		*k.at = Ident(chain.Idx0(), t)
	}
	result := chain.Expression
	for i, s := range steps {
		if c := links[i].call; c != nil {
			l.keepThis(c, s.value, s.temp)
		}
		result = &ast.ConditionalExpression{
			Test: &ast.BinaryExpression{
				Operator: token.EQUAL, Comparison: true,
				Left: assign(s.temp, s.value), Right: &ast.NullLiteral{Idx: s.value.Idx0(), Literal: "null"},
			},
			Consequent: undefined(s.value.Idx0()),
			Alternate:  result,
		}
	}
	return result
}

// keepThis makes the call of o.m?.(x) keep o as its receiver.
func (l *Lifter) keepThis(call *ast.CallExpression, callee ast.Expression, temp string) {
	var owner *ast.Expression
	switch m := callee.(type) {
	case *ast.DotExpression:
		owner = &m.Left
	case *ast.BracketExpression:
		owner = &m.Left
	default:
		return
	}
	idx := callee.Idx0()
	o := l.temp()
	*owner = assign(o, *owner)
	call.Callee = &ast.DotExpression{Left: Ident(idx, temp), Identifier: *Ident(idx, "call")}
	call.ArgumentList = append([]ast.Expression{Ident(idx, o)}, call.ArgumentList...)
}

func (l *Lifter) temp() string {
	t := Helper + "t" + strconv.Itoa(len(l.Temps))
	l.Temps = append(l.Temps, t)
	return t
}

func assign(name string, v ast.Expression) ast.Expression {
	return &ast.AssignExpression{Operator: token.ASSIGN, Left: Ident(v.Idx0(), name), Right: v}
}

func undefined(at file.Idx) ast.Expression {
	return &ast.UnaryExpression{Operator: token.VOID, Idx: at, Operand: &ast.NumberLiteral{Idx: at, Literal: "0", Value: int64(0)}}
}

// Ident makes an identifier.
func Ident(at file.Idx, name string) *ast.Identifier {
	return &ast.Identifier{Name: unistring.NewFromString(name), Idx: at}
}

// String makes a string literal.
func String(at file.Idx, s string) *ast.StringLiteral {
	return &ast.StringLiteral{Idx: at, Literal: strconv.Quote(s), Value: unistring.NewFromString(s)}
}

// Call makes a call of a variable.
func Call(at file.Idx, name string, args ...ast.Expression) *ast.CallExpression {
	return &ast.CallExpression{Callee: Ident(at, name), LeftParenthesis: at, ArgumentList: args, RightParenthesis: at}
}

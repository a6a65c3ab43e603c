package sandbox

import (
	"math/big"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/automatelanka/automatelanka/internal/expr/jsast"
)

// The helpers that Rewriter adds calls of. A program must bind those it Used to
// the Box's Helper of the same name.
const (
	helpText   = jsast.Helper + "text"   // accounts a text that is joined to another
	helpKey    = jsast.Helper + "key"    // checks a computed property name
	helpSpread = jsast.Helper + "spread" // accounts a list that is spread
	helpLength = jsast.Helper + "length" // checks the length of an array
	helpSource = jsast.Helper + "source" // checks the source of a RegExp
	helpMatch  = jsast.Helper + "match"  // exec and test
	helpArith  = jsast.Helper + "arith"  // * ** << where big integers occur
)

// Rewriter adds the guards that no replaced built-in can give: around the
// operators that make long texts, computed property names and the like.
type Rewriter struct {
	// Needs collects what the program mentions.
	Needs Needs
	// Used are the helpers that the program calls.
	Used map[string]bool
	// BigInt is whether big integers occur in the program.
	BigInt bool

	arrays int // mentions of Array that may become another name for it
}

// Guards returns what the program needs, after all of it has been edited.
func (r *Rewriter) Guards() *Needs {
	if r.arrays > 0 {
		r.Needs.builds = true
		r.Needs.Mention(sparse)
	}
	return &r.Needs
}

// LiftedMethod names the helper for calls of a method that cannot be replaced
// without slowing every regular expression down.
func (r *Rewriter) LiftedMethod(name string) string {
	if name == "exec" || name == "test" {
		r.use(helpMatch)
		return helpMatch
	}
	return ""
}

func (r *Rewriter) use(name string) {
	if r.Used == nil {
		r.Used = map[string]bool{}
	}
	r.Used[name] = true
}

func (r *Rewriter) wrap(name string, e ast.Expression) ast.Expression {
	r.use(name)
	return jsast.Call(e.Idx0(), name, e)
}

// Mention is to be told every name and string of the program, before Edit.
func (r *Rewriter) Mention(name string) {
	r.Needs.Mention(name)
	switch {
	case strings.HasPrefix(name, "BigInt"), name == "asIntN", name == "asUintN":
		r.BigInt = true
	case name == "getOwnPropertyDescriptor", name == "getOwnPropertyDescriptors", name == "Reflect":
		r.Needs.MentionAny()
	case name == "defineProperty", name == "defineProperties":
		r.Needs.Mention(sparse)
	}
}

// Scan looks at one expression for what decides how others are edited; it must
// see the whole program before Edit, and changes nothing.
func (r *Rewriter) Scan(e ast.Expression) ast.Expression {
	if n, ok := e.(*ast.NumberLiteral); ok {
		if _, is := n.Value.(*big.Int); is {
			r.BigInt = true
		}
	}
	return e
}

// Edit does one expression; its parts must have been done before.
func (r *Rewriter) Edit(e ast.Expression) ast.Expression {
	r.countArray(e)
	switch n := e.(type) {
	case *ast.BinaryExpression:
		return r.binary(n)
	case *ast.AssignExpression:
		return r.assign(n)
	case *ast.TemplateLiteral:
		r.template(n)
	case *ast.BracketExpression:
		n.Member = r.Key(n.Member)
	case *ast.SpreadElement:
		r.Needs.builds = true
		n.Expression = r.wrap(helpSpread, n.Expression)
	case *ast.CallExpression:
		r.construct(n.Callee, n.ArgumentList)
	case *ast.NewExpression:
		r.construct(n.Callee, n.ArgumentList)
	case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral, *ast.ArrayLiteral:
		r.Needs.builds = true
	case *ast.ClassLiteral:
		r.Needs.builds = true
		if n.SuperClass != nil {
			r.Needs.Mention(sparse) // it may be Array
		}
	case *ast.RegExpLiteral:
		n.Pattern = expandProperties(n.Pattern, n.Flags)
	}
	return e
}

// countArray counts the uses of Array but for those that are checked in place.
func (r *Rewriter) countArray(e ast.Expression) {
	switch n := e.(type) {
	case *ast.Identifier:
		if n.Name == "Array" {
			r.arrays++
		}
	case *ast.CallExpression:
		r.arrays -= named(n.Callee)
	case *ast.NewExpression:
		r.arrays -= named(n.Callee)
	case *ast.DotExpression:
		r.arrays -= named(n.Left)
	case *ast.BinaryExpression:
		if n.Operator == token.INSTANCEOF {
			r.arrays -= named(n.Right)
		}
	}
}

// named is 1 for the identifier Array, 0 for all else.
func named(e ast.Expression) int {
	if id, ok := e.(*ast.Identifier); ok && id.Name == "Array" {
		return 1
	}
	return 0
}

// Key guards a computed name.
func (r *Rewriter) Key(name ast.Expression) ast.Expression {
	if constantKey(name) {
		return name
	}
	return r.wrap(helpKey, name)
}

func (r *Rewriter) binary(n *ast.BinaryExpression) ast.Expression {
	if n.Operator == token.PLUS {
		if !literal(n.Left) && !literal(n.Right) {
			n.Left, n.Right = r.long(n.Left), r.long(n.Right)
		}
		return n
	}
	if op := n.Operator.String(); r.BigInt && growing(op) {
		return r.arith(op, n.Left, n.Right)
	}
	return n
}

func (r *Rewriter) arith(op string, x, y ast.Expression) ast.Expression {
	r.use(helpArith)
	return jsast.Call(x.Idx0(), helpArith, jsast.String(x.Idx0(), op), x, y)
}

// growing are the operators whose result has more digits than both operands.
func growing(op string) bool { return op == "*" || op == "**" || op == "<<" }

func (r *Rewriter) assign(n *ast.AssignExpression) ast.Expression {
	r.Needs.builds = true
	op := strings.TrimSuffix(n.Operator.String(), "=")
	switch {
	case n.Operator == token.PLUS:
		if !literal(n.Right) {
			n.Right = r.long(n.Right)
		}
	case r.BigInt && growing(op):
		// The target is read and written by two expressions; only a plain variable
		// or a member of one may stand there twice.
		if simpleTarget(n.Left) {
			return &ast.AssignExpression{Operator: token.ASSIGN, Left: n.Left, Right: r.arith(op, n.Left, n.Right)}
		}
	case n.Operator == token.ASSIGN:
		if dot, ok := n.Left.(*ast.DotExpression); ok && dot.Identifier.Name == "length" {
			n.Right = r.wrap(helpLength, n.Right)
		}
	}
	return n
}

func simpleTarget(e ast.Expression) bool {
	switch n := e.(type) {
	case *ast.Identifier:
		return true
	case *ast.DotExpression:
		return simpleTarget(n.Left)
	default:
		return false
	}
}

func (r *Rewriter) template(n *ast.TemplateLiteral) {
	if n.Tag != nil || len(n.Expressions) < 2 {
		return
	}
	for i, e := range n.Expressions {
		n.Expressions[i] = r.long(e)
	}
}

// long accounts an operand that may be a long text.
func (r *Rewriter) long(e ast.Expression) ast.Expression {
	if b, ok := e.(*ast.BinaryExpression); literal(e) || ok && !b.Comparison {
		return e // a number, or a sum of parts that are accounted themselves
	}
	return r.wrap(helpText, e)
}

// construct guards the arguments of built-ins that allocate by them.
func (r *Rewriter) construct(callee ast.Expression, args []ast.Expression) {
	id, ok := callee.(*ast.Identifier)
	if !ok || len(args) == 0 {
		return
	}
	switch id.Name {
	case "Array":
		if len(args) == 1 {
			args[0] = r.guardArg(helpLength, args[0])
		}
	case "RegExp":
		args[0] = r.guardArg(helpSource, args[0])
	case "Set", "Map", "WeakSet", "WeakMap":
		args[0] = r.guardArg(helpSpread, args[0])
	}
}

func (r *Rewriter) guardArg(helper string, e ast.Expression) ast.Expression {
	if _, spread := e.(*ast.SpreadElement); spread {
		return e
	}
	return r.wrap(helper, e)
}

func literal(e ast.Expression) bool {
	switch n := e.(type) {
	case *ast.NumberLiteral, *ast.StringLiteral, *ast.BooleanLiteral, *ast.NullLiteral:
		return true
	case *ast.TemplateLiteral:
		return len(n.Expressions) == 0
	default:
		return false
	}
}

func constantKey(e ast.Expression) bool {
	switch n := e.(type) {
	case *ast.StringLiteral:
		return true
	case *ast.NumberLiteral:
		i, whole := n.Value.(int64)
		return whole && i < MaxArray
	default:
		return false
	}
}

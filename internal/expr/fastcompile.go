package expr

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// compileFast returns the direct form of an expression, nil if it has none.
func compileFast(e ast.Expression) fastNode {
	switch n := e.(type) {
	case *ast.StringLiteral:
		return literal{n.Value.String()}
	case *ast.BooleanLiteral:
		return literal{n.Value}
	case *ast.NullLiteral:
		return literal{nil}
	case *ast.NumberLiteral:
		return number(n)
	case *ast.TemplateLiteral:
		return fastTemplate(n)
	case *ast.CallExpression:
		return fastMethod(n)
	case *ast.Identifier:
		return fastVariable(n.Name.String())
	case *ast.DotExpression, *ast.BracketExpression:
		return fastMember(e)
	case *ast.OptionalChain:
		if of := compileFast(n.Expression); of != nil {
			return chain{of}
		}
	case *ast.ConditionalExpression:
		test, yes, no := compileFast(n.Test), compileFast(n.Consequent), compileFast(n.Alternate)
		if test != nil && yes != nil && no != nil {
			return &choice{test, yes, no}
		}
	case *ast.UnaryExpression:
		return fastUnary(n)
	case *ast.BinaryExpression:
		return fastOperator(n)
	}
	return nil
}

func number(n *ast.NumberLiteral) fastNode {
	switch v := n.Value.(type) {
	case int64:
		return literal{float64(v)}
	case float64:
		return literal{v}
	}
	return nil
}

func fastUnary(n *ast.UnaryExpression) fastNode {
	of := compileFast(n.Operand)
	if of == nil {
		return nil
	}
	switch n.Operator {
	case token.NOT:
		return not{of}
	case token.MINUS:
		if lit, ok := of.(literal); ok {
			if f, ok := lit.v.(float64); ok {
				return literal{-f}
			}
		}
	}
	return nil
}

func fastOperator(n *ast.BinaryExpression) fastNode {
	op := n.Operator.String()
	left, right := compileFast(n.Left), compileFast(n.Right)
	switch {
	case left == nil || right == nil:
		return nil
	case op == "&&" || op == "||" || op == "??":
		return &logical{op, left, right}
	case fastBinary[op]:
		return &operation{op, left, right}
	}
	return nil
}

// path splits e into what it is a member of and the name; ok is false if e is
// not a member with a constant name.
func path(e ast.Expression) (of ast.Expression, key string, optional, ok bool) {
	switch n := e.(type) {
	case *ast.DotExpression:
		of, key, ok = n.Left, n.Identifier.Name.String(), true
	case *ast.BracketExpression:
		of = n.Left
		switch m := n.Member.(type) {
		case *ast.StringLiteral:
			key, ok = m.Value.String(), true
		case *ast.NumberLiteral:
			if i, whole := m.Value.(int64); whole && i >= 0 {
				key, ok = value.FormatNumber(float64(i)), true
			}
		}
	}
	if o, is := of.(*ast.Optional); is {
		of, optional = o.Expression, true
	}
	return of, key, optional, ok
}

func fastMember(e ast.Expression) fastNode {
	of, key, optional, ok := path(e)
	if !ok {
		return nil
	}
	if key == "json" {
		if find := itemFinder(of); find != nil {
			return itemJSON{find, optional}
		}
	}
	if id, ok := of.(*ast.Identifier); ok && !optional {
		if v := fields[id.Name.String()+"."+key]; v != nil {
			return v
		}
	}
	if call, method := nodeCall(of); call != "" && method == "" && key == "isExecuted" && !optional {
		return variable(func(e *Evaluator, _ int) (any, error) {
			if err := e.scope.exists(call); err != nil {
				return nil, err
			}
			return e.scope.runs(call) > 0, nil
		})
	}
	node := compileFast(of)
	if node == nil {
		return nil
	}
	return &member{of: node, key: key, index: arrayIndex(key), optional: optional}
}

// nodeCall recognises $('X') and returns X; and $('X').method() with the method.
func nodeCall(e ast.Expression) (name, method string) {
	call, ok := e.(*ast.CallExpression)
	if !ok {
		return "", ""
	}
	if dot, ok := call.Callee.(*ast.DotExpression); ok && len(call.ArgumentList) == 0 {
		if name, inner := nodeCall(dot.Left); name != "" && inner == "" {
			return name, dot.Identifier.Name.String()
		}
		return "", ""
	}
	id, ok := call.Callee.(*ast.Identifier)
	if !ok || id.Name != "$" || len(call.ArgumentList) != 1 {
		return "", ""
	}
	if s, ok := call.ArgumentList[0].(*ast.StringLiteral); ok {
		return s.Value.String(), ""
	}
	return "", ""
}

type finder = func(s *Scope, item int) (*workflow.Item, error)

// itemFinder recognises what gives one item: $('X').item, $('X').first(),
// $node["X"], $input.item, $input.first(), $input.last() and the like.
func itemFinder(e ast.Expression) finder {
	if name, method := nodeCall(e); name != "" && method != "" {
		return nodeFinder(name, method)
	}
	if call, ok := e.(*ast.CallExpression); ok && len(call.ArgumentList) == 0 {
		if of, key, optional, ok := path(call.Callee); ok && !optional && isInput(of) {
			return inputFinder(key + "()")
		}
		return nil
	}
	of, key, optional, ok := path(e)
	if !ok || optional {
		return nil
	}
	if isInput(of) {
		return inputFinder(key)
	}
	if id, ok := of.(*ast.Identifier); ok && id.Name == "$node" {
		return func(s *Scope, item int) (*workflow.Item, error) { return s.nodeItem(key, item, lastRun) }
	}
	if name, method := nodeCall(of); name != "" && method == "" && key == "item" {
		return func(s *Scope, item int) (*workflow.Item, error) { return s.paired(name, item, "item") }
	}
	return nil
}

func isInput(e ast.Expression) bool {
	id, ok := e.(*ast.Identifier)
	return ok && id.Name == "$input"
}

func inputFinder(what string) finder {
	return func(s *Scope, item int) (*workflow.Item, error) {
		list := s.items()
		if len(list) == 0 {
			return nil, errNoInput
		}
		switch what {
		case "item":
			if item < len(list) {
				return &list[item], nil
			}
			return nil, nil
		case "first()":
			return &list[0], nil
		case "last()":
			return &list[len(list)-1], nil
		}
		return nil, errSlow
	}
}

var errNoInput = problemf("No execution data available")

func nodeFinder(name, method string) finder {
	if method != "first" && method != "last" {
		return nil
	}
	return func(s *Scope, _ int) (*workflow.Item, error) {
		list, err := s.reached(name, s.branch(name), lastRun)
		switch {
		case err != nil:
			return nil, err
		case len(list) == 0:
			return nil, nil
		case method == "first":
			return &list[0], nil
		}
		return &list[len(list)-1], nil
	}
}

// reached is nodeItems with $('X')'s checks.
func (s *Scope) reached(name string, out, run int) ([]workflow.Item, error) {
	if err := s.exists(name); err != nil {
		return nil, err
	}
	if err := s.executed(name); err != nil {
		return nil, err
	}
	return s.nodeItems(name, out, run)
}

package jsast

import "github.com/dop251/goja/ast"

// target visits what is assigned to or bound: an identifier, a member or a pattern.
func (w *Walker) target(e ast.Expression, assigned bool) {
	switch n := e.(type) {
	case nil:
	case *ast.Identifier:
		w.ref(n.Name.String(), assigned)
	case *ast.Binding:
		w.binding(n)
	case *ast.AssignExpression: // a default value
		w.target(n.Left, assigned)
		w.edit(&n.Right)
	case *ast.ArrayPattern:
		for _, x := range n.Elements {
			w.target(x, assigned)
		}
		w.target(n.Rest, assigned)
	case *ast.ObjectPattern:
		w.objectPattern(n, assigned)
	default: // a member
		w.Expression(e)
	}
}

func (w *Walker) objectPattern(n *ast.ObjectPattern, assigned bool) {
	for _, p := range n.Properties {
		switch p := p.(type) {
		case *ast.PropertyShort:
			w.member(p.Name.Name.String())
			w.ref(p.Name.Name.String(), assigned)
			w.edit(&p.Initializer)
		case *ast.PropertyKeyed:
			w.patternKey(p)
			w.target(p.Value, assigned)
		}
	}
	if n.Rest != nil {
		w.target(n.Rest, assigned)
	}
}

func (w *Walker) patternKey(p *ast.PropertyKeyed) {
	w.key(&p.Key, p.Computed)
	if p.Computed && w.PatternKey != nil {
		p.Key = w.PatternKey(p.Key)
	}
	switch k := p.Key.(type) {
	case *ast.StringLiteral:
		w.member(k.Value.String())
	case *ast.Identifier:
		if !p.Computed {
			w.member(k.Name.String())
		}
	}
}

func (w *Walker) binding(b *ast.Binding) {
	w.target(b.Target, false)
	w.edit(&b.Initializer)
}

func (w *Walker) bindings(list []*ast.Binding) {
	for _, b := range list {
		w.binding(b)
	}
}

func (w *Walker) function(n *ast.FunctionLiteral) {
	names := map[string]bool{}
	if n.Name != nil {
		names[n.Name.Name.String()] = true
	}
	w.enter(names, n.ParameterList, n.Body)
}

func (w *Walker) arrow(n *ast.ArrowFunctionLiteral) {
	if body, ok := n.Body.(*ast.ExpressionBody); ok {
		w.scoped(n.ParameterList, map[string]bool{}, func() { w.edit(&body.Expression) })
		return
	}
	w.enter(map[string]bool{}, n.ParameterList, n.Body.(*ast.BlockStatement))
}

func (w *Walker) enter(names map[string]bool, params *ast.ParameterList, body *ast.BlockStatement) {
	declare(names, body.List)
	w.scoped(params, names, func() { w.Body(body.List) })
}

func (w *Walker) scoped(params *ast.ParameterList, names map[string]bool, visit func()) {
	if params != nil {
		for _, b := range params.List {
			bound(names, b)
		}
		bound(names, params.Rest)
	}
	w.scopes = append(w.scopes, names)
	if params != nil {
		w.bindings(params.List)
		w.target(params.Rest, false)
	}
	visit()
	w.scopes = w.scopes[:len(w.scopes)-1]
}

func (w *Walker) class(n *ast.ClassLiteral) {
	names := map[string]bool{}
	if n.Name != nil {
		names[n.Name.Name.String()] = true
	}
	w.scopes = append(w.scopes, names)
	w.edit(&n.SuperClass)
	for _, el := range n.Body {
		switch el := el.(type) {
		case *ast.FieldDefinition:
			w.key(&el.Key, el.Computed)
			w.edit(&el.Initializer)
		case *ast.MethodDefinition:
			w.key(&el.Key, el.Computed)
			w.function(el.Body)
		case *ast.ClassStaticBlock:
			w.enter(map[string]bool{}, nil, el.Block)
		}
	}
	w.scopes = w.scopes[:len(w.scopes)-1]
}

// bound adds to names what a binding target binds.
func bound(names map[string]bool, e ast.Expression) {
	switch n := e.(type) {
	case nil:
	case *ast.Identifier:
		names[n.Name.String()] = true
	case *ast.Binding:
		bound(names, n.Target)
	case *ast.AssignExpression:
		bound(names, n.Left)
	case *ast.ArrayPattern:
		for _, x := range n.Elements {
			bound(names, x)
		}
		bound(names, n.Rest)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				names[p.Name.Name.String()] = true
			case *ast.PropertyKeyed:
				bound(names, p.Value)
			}
		}
		bound(names, n.Rest)
	}
}

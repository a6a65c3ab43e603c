package jsast

import "github.com/dop251/goja/ast"

func (w *Walker) statement(s ast.Statement) {
	switch n := s.(type) {
	case *ast.ExpressionStatement:
		w.edit(&n.Expression)
	case *ast.BlockStatement:
		w.Body(n.List)
	case *ast.ReturnStatement:
		w.edit(&n.Argument)
	case *ast.ThrowStatement:
		w.edit(&n.Argument)
	case *ast.VariableStatement:
		w.bindings(n.List)
	case *ast.LexicalDeclaration:
		w.bindings(n.List)
	case *ast.FunctionDeclaration:
		w.function(n.Function)
	case *ast.ClassDeclaration:
		w.class(n.Class)
	case *ast.IfStatement:
		w.edit(&n.Test)
		w.statement(n.Consequent)
		w.statement(n.Alternate)
	case *ast.SwitchStatement:
		w.edit(&n.Discriminant)
		for _, c := range n.Body {
			w.edit(&c.Test)
			w.Body(c.Consequent)
		}
	case *ast.TryStatement:
		w.try(n)
	case *ast.LabelledStatement:
		w.statement(n.Statement)
	default:
		w.loop(s)
	}
}

func (w *Walker) try(n *ast.TryStatement) {
	w.Body(n.Body.List)
	if n.Catch != nil {
		w.target(n.Catch.Parameter, false)
		w.Body(n.Catch.Body.List)
		if _, named := n.Catch.Parameter.(*ast.Identifier); named && w.Catch != nil {
			w.Catch(n.Catch)
		}
	}
	if n.Finally != nil {
		w.Body(n.Finally.List)
	}
}

func (w *Walker) loop(s ast.Statement) {
	switch n := s.(type) {
	case *ast.WhileStatement:
		w.edit(&n.Test)
		w.statement(n.Body)
	case *ast.DoWhileStatement:
		w.statement(n.Body)
		w.edit(&n.Test)
	case *ast.ForStatement:
		w.initializer(n.Initializer)
		w.edit(&n.Test)
		w.edit(&n.Update)
		w.statement(n.Body)
	case *ast.ForInStatement:
		w.into(n.Into)
		w.edit(&n.Source)
		w.statement(n.Body)
	case *ast.ForOfStatement:
		w.into(n.Into)
		w.edit(&n.Source)
		w.statement(n.Body)
	case *ast.WithStatement:
		w.SawWith = true
		w.edit(&n.Object)
		w.statement(n.Body)
	}
}

func (w *Walker) initializer(i ast.ForLoopInitializer) {
	switch n := i.(type) {
	case *ast.ForLoopInitializerExpression:
		w.edit(&n.Expression)
	case *ast.ForLoopInitializerVarDeclList:
		w.bindings(n.List)
	case *ast.ForLoopInitializerLexicalDecl:
		w.bindings(n.LexicalDeclaration.List)
	}
}

func (w *Walker) into(i ast.ForInto) {
	switch n := i.(type) {
	case *ast.ForIntoVar:
		w.binding(n.Binding)
	case *ast.ForDeclaration:
		w.target(n.Target, false)
	case *ast.ForIntoExpression:
		w.target(n.Expression, true)
	}
}

// declare adds to names what the statements of one function declare, nested
// blocks included, nested functions not.
func declare(names map[string]bool, list []ast.Statement) {
	for _, s := range list {
		declareOne(names, s)
	}
}

func declareOne(names map[string]bool, s ast.Statement) {
	switch n := s.(type) {
	case *ast.VariableStatement:
		declareBindings(names, n.List)
	case *ast.LexicalDeclaration:
		declareBindings(names, n.List)
	case *ast.FunctionDeclaration:
		bound(names, n.Function.Name)
	case *ast.ClassDeclaration:
		bound(names, n.Class.Name)
	case *ast.BlockStatement:
		declare(names, n.List)
	case *ast.IfStatement:
		declareOne(names, n.Consequent)
		declareOne(names, n.Alternate)
	case *ast.SwitchStatement:
		for _, c := range n.Body {
			declare(names, c.Consequent)
		}
	case *ast.TryStatement:
		declareTry(names, n)
	case *ast.LabelledStatement:
		declareOne(names, n.Statement)
	default:
		declareLoop(names, s)
	}
}

func declareTry(names map[string]bool, n *ast.TryStatement) {
	declare(names, n.Body.List)
	if n.Catch != nil {
		bound(names, n.Catch.Parameter)
		declare(names, n.Catch.Body.List)
	}
	if n.Finally != nil {
		declare(names, n.Finally.List)
	}
}

func declareLoop(names map[string]bool, s ast.Statement) {
	switch n := s.(type) {
	case *ast.WhileStatement:
		declareOne(names, n.Body)
	case *ast.DoWhileStatement:
		declareOne(names, n.Body)
	case *ast.ForStatement:
		switch i := n.Initializer.(type) {
		case *ast.ForLoopInitializerVarDeclList:
			declareBindings(names, i.List)
		case *ast.ForLoopInitializerLexicalDecl:
			declareBindings(names, i.LexicalDeclaration.List)
		}
		declareOne(names, n.Body)
	case *ast.ForInStatement:
		declareInto(names, n.Into)
		declareOne(names, n.Body)
	case *ast.ForOfStatement:
		declareInto(names, n.Into)
		declareOne(names, n.Body)
	}
}

func declareInto(names map[string]bool, i ast.ForInto) {
	switch n := i.(type) {
	case *ast.ForIntoVar:
		bound(names, n.Binding)
	case *ast.ForDeclaration:
		bound(names, n.Target)
	}
}

func declareBindings(names map[string]bool, list []*ast.Binding) {
	for _, b := range list {
		bound(names, b)
	}
}

package expr

import (
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/extend"
	"github.com/automatelanka/automatelanka/internal/expr/jsast"
)

// param is what a program's parameter of that name stands for.
func (m *machine) param(name string) goja.Value {
	if strings.HasPrefix(name, jsast.Helper) {
		return m.helper(name)
	}
	if v, ok := m.vars[name]; ok {
		return v
	}
	v := frame{m, m.item, lastRun}.variable(name)
	m.vars[name] = v
	return v
}

// helper is one of the functions that only rewritten programs can name.
func (m *machine) helper(name string) goja.Value {
	if name == helpThis {
		return m.this()
	}
	if v, ok := m.helpers[name]; ok {
		return v
	}
	var v goja.Value
	switch name {
	case helpExtend:
		v = m.fn("call", m.extension().Call)
	case helpExtendOptional:
		v = m.fn("find", m.extension().Find)
	case helpCaught:
		v = m.fn("caught", m.caught)
	case helpDate:
		v = m.fn("date", m.checkDate)
	default:
		if v = m.box.Helper(name, m.refuse); v == nil {
			v = goja.Undefined() // a temporary variable
		}
	}
	m.helpers[name] = v
	return v
}

// this is what n8n's expressions see as this.
func (m *machine) this() goja.Value {
	o := m.vm.NewObject()
	for _, name := range []string{"process", "require", "module", "Buffer"} {
		m.put(o, name, m.vm.NewObject())
	}
	return o
}

// refuse throws if a computed property name is one that n8n denies. Code nodes
// may use any.
func (m *machine) refuse(name string) {
	if m.code == nil && deniedMembers[name] {
		m.throw(denied(name))
	}
}

// extension is n8n's data transformation functions in this runtime.
func (m *machine) extension() *extend.Set {
	return extend.New(extend.Host{
		VM: m.vm, Throw: func(text string) { m.throw(&problem{text: text}) }, ThrowWith: func(text, hint string) { m.throw(&problem{text, hint}) }, Dates: m.dates, Spend: m.box.Spend,
	})
}

// frame is a view of the run for one item: the current one, or another that
// $item asks for.
type frame struct {
	m    *machine
	item int
	run  int // that $node looks at; lastRun
}

// variable is what one of n8n's variables stands for; undefined if there is none
// of that name.
func (f frame) variable(name string) goja.Value {
	m := f.m
	if m.code != nil && (name == "$json" || name == "$data") {
		return f.ownJSON()
	}
	if v := plain[name]; v != nil {
		return m.try(v.eval(m.e, f.item))
	}
	if v, ok := m.e.scope.Extra[name]; ok {
		return m.toJS(v)
	}
	if make := variables[name]; make != nil {
		return make(f)
	}
	switch {
	case emptied[name]:
		return m.vm.NewObject()
	case globals[name]:
		return m.vm.Get(name)
	}
	return goja.Undefined()
}

// ownJSON is $json where it is to be the same object as $input.item.json.
func (f frame) ownJSON() goja.Value {
	if _, err := f.m.e.scope.current(f.item); err != nil {
		f.m.throw(err)
	}
	return f.m.element(f.m.e.scope.items(), f.item).ToObject(f.m.vm).Get("json")
}

// try shows data to scripts, or throws.
func (m *machine) try(v any, err error) goja.Value {
	if err != nil {
		m.throw(err)
	}
	if v == any(undefined) {
		return goja.Undefined()
	}
	return m.toJS(v)
}

// variables are those of n8n's variables that are more than plain data.
var variables map[string]func(frame) goja.Value

func init() { //nolint:gochecknoinits // a table whose functions refer to it
	variables = map[string]func(frame) goja.Value{
		"$":                   frame.dollar,
		"$input":              frame.input,
		"$node":               frame.nodes,
		"$items":              frame.itemsFunction,
		"$item":               frame.itemFunction,
		"$binary":             frame.binary,
		"$thisItem":           func(f frame) goja.Value { return f.m.itemOrUndefined(f.m.e.scope.current(f.item)) },
		"$prevNode":           func(f frame) goja.Value { return f.m.toJS(f.m.e.scope.previous()) },
		"$workflow":           func(f frame) goja.Value { return f.m.toJS(f.m.e.scope.workflowData()) },
		"$execution":          frame.execution,
		"$parameter":          func(f frame) goja.Value { return f.parameters(f.m.e.scope.Node, true) },
		"$rawParameter":       func(f frame) goja.Value { return f.parameters(f.m.e.scope.Node, false) },
		"$self":               func(f frame) goja.Value { return f.m.vm.NewObject() },
		"$now":                func(f frame) goja.Value { return f.m.now() },
		"$today":              func(f frame) goja.Value { return f.m.today() },
		"DateTime":            func(f frame) goja.Value { return f.m.luxon().Get("DateTime") },
		"Interval":            func(f frame) goja.Value { return f.m.luxon().Get("Interval") },
		"Duration":            func(f frame) goja.Value { return f.m.luxon().Get("Duration") },
		"Intl":                func(f frame) goja.Value { return f.m.intl() },
		"$jmespath":           func(f frame) goja.Value { return f.m.fn("jmespath", f.m.jmespath) },
		"$jmesPath":           func(f frame) goja.Value { return f.m.fn("jmespath", f.m.jmespath) },
		"$getPairedItem":      frame.pairedFunction,
		"$fromAI":             frame.fromAI,
		"$fromAi":             frame.fromAI,
		"$fromai":             frame.fromAI,
		"$evaluateExpression": frame.evaluateFunction,
	}
	for name, f := range functions {
		variables[name] = func(fr frame) goja.Value { return fr.m.fn(name, f(fr.m)) }
	}
}

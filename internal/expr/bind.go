package expr

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/extend"
	"github.com/automatelanka/automatelanka/internal/expr/jsast"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
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
		VM: m.vm, Throw: func(text string) { m.throw(&problem{text}) }, Dates: m.dates, Spend: m.box.Spend,
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

// window is an object whose members are looked up when they are read.
type window struct {
	get  func(key string) goja.Value
	keys []string
}

// Get implements goja.DynamicObject.
func (w *window) Get(key string) goja.Value { return w.get(key) }

// Set implements goja.DynamicObject; what scripts set is forgotten.
func (w *window) Set(string, goja.Value) bool { return true }

// Has implements goja.DynamicObject.
func (w *window) Has(key string) bool {
	for _, k := range w.keys {
		if k == key {
			return true
		}
	}
	return false
}

// Delete implements goja.DynamicObject.
func (w *window) Delete(string) bool { return true }

// Keys implements goja.DynamicObject.
func (w *window) Keys() []string { return w.keys }

func (m *machine) window(keys []string, get func(string) goja.Value) goja.Value {
	return m.vm.NewDynamicObject(&window{get, keys})
}

// itemOrUndefined shows an item, or throws.
func (m *machine) itemOrUndefined(it *workflow.Item, err error) goja.Value {
	if err != nil {
		m.throw(err)
	}
	if it == nil {
		return goja.Undefined()
	}
	v, ok := m.objects[it]
	if !ok {
		v = m.toJS(itemView(it))
		m.objects[it] = v
	}
	return v
}

// list shows items as a list. Asked again it is the same list, so that what a
// script changes in an item stays changed, and that asking for a long list once
// for each item costs little.
func (m *machine) list(items []workflow.Item, err error) goja.Value {
	if err != nil {
		m.throw(err)
	}
	if len(items) == 0 {
		return m.vm.NewArray()
	}
	if v, ok := m.lists[&items[0]]; ok && int(v.ToObject(m.vm).Get("length").ToInteger()) == len(items) {
		return v
	}
	v := m.toJS(m.e.view(items))
	m.lists[&items[0]] = v
	return v
}

// view is a list of items as data; the same items give the same data.
func (e *Evaluator) view(items []workflow.Item) []any {
	view, ok := e.views[&items[0]]
	if ok && len(view) == len(items) {
		return view
	}
	view = make([]any, len(items))
	for i := range items {
		view[i] = itemView(&items[i])
	}
	if e.views == nil {
		e.views = map[*workflow.Item][]any{}
	}
	e.views[&items[0]] = view
	return view
}

// element is the i-th of the items as list shows it.
func (m *machine) element(items []workflow.Item, i int) goja.Value {
	if i < 0 || i >= len(items) {
		return goja.Undefined()
	}
	if m.code == nil {
		return m.itemOrUndefined(&items[i], nil)
	}
	if v := m.list(items, nil).ToObject(m.vm).Get(strconv.Itoa(i)); v != nil {
		return v
	}
	return goja.Undefined()
}

// itemView is an item as scripts see it.
func itemView(it *workflow.Item) *value.Object {
	o := value.NewObject(3)
	o.Set("json", orEmpty(it.JSON))
	if len(it.Binary) > 0 {
		o.Set("binary", binaryView(it.Binary, true))
	}
	if paired := pairedView(it.Paired); paired != nil {
		o.Set("pairedItem", paired)
	}
	if it.Error != "" {
		o.Set("error", it.Error)
	}
	return o
}

func pairedView(list []workflow.Paired) any {
	var out []any
	for _, p := range list {
		o := value.Obj("item", float64(p.Item))
		if p.Input != 0 {
			o.Set("input", float64(p.Input))
		}
		out = append(out, o)
	}
	if len(out) == 1 {
		return out[0]
	}
	if out == nil {
		return nil
	}
	return out
}

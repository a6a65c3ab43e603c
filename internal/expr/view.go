package expr

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

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

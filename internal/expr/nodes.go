package expr

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var nodeKeys = []string{"pairedItem", "isExecuted", "itemMatching", "item", "first", "last", "all", "context", "params"}

// dollar is $: it leads from a node's name to what the node gave.
func (f frame) dollar() goja.Value {
	m := f.m
	return m.fn("$", func(call goja.FunctionCall) goja.Value {
		if !call.Argument(0).ToBoolean() {
			m.throw(problemf("When calling $(), please specify a node"))
		}
		name := call.Argument(0).String()
		if err := m.e.scope.exists(name); err != nil {
			m.throw(err)
		}
		return m.window(nodeKeys, func(key string) goja.Value { return f.ofNode(name, key) })
	})
}

// ofNode is a member of $('name').
func (f frame) ofNode(name, key string) goja.Value {
	m, s := f.m, f.m.e.scope
	switch key {
	case "isExecuted":
		return m.vm.ToValue(s.runs(name) > 0)
	case "item":
		return m.itemOrUndefined(s.paired(name, f.item, key))
	case "pairedItem", "itemMatching":
		return m.fn(key, func(call goja.FunctionCall) goja.Value {
			i := f.item
			if a := call.Argument(0); !goja.IsUndefined(a) {
				i = int(a.ToInteger())
			} else if key == "itemMatching" {
				m.throw(problemf("Missing item index for .itemMatching()"))
			}
			return m.itemOrUndefined(s.paired(name, i, key))
		})
	case "first", "last", "all":
		if err := s.executed(name); err != nil {
			m.throw(err)
		}
		return m.fn(key, func(call goja.FunctionCall) goja.Value {
			list, err := s.reached(name, orDefault(call.Argument(0), func() int { return s.branch(name) }), orDefault(call.Argument(1), last))
			return m.pick(list, err, key)
		})
	case "context":
		return m.toJS(s.context(name))
	case "params":
		return m.toJS(orEmpty(s.Workflow.Node(name).Parameters))
	}
	return nil
}

func last() int { return lastRun }

func orDefault(v goja.Value, def func() int) int {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		return def()
	}
	return int(v.ToInteger())
}

// pick is the first, the last or all of the items.
func (m *machine) pick(list []workflow.Item, err error, which string) goja.Value {
	switch {
	case err != nil:
		m.throw(err)
	case which == "all":
		return m.list(list, nil)
	case len(list) == 0:
		return goja.Undefined()
	case which == "first":
		return m.element(list, 0)
	}
	return m.element(list, len(list)-1)
}

// context is what a node keeps from run to run: loops say how far they are.
func (s *Scope) context(name string) *value.Object {
	if r := s.run(name, s.runs(name)-1); r != nil {
		return orEmpty(r.State)
	}
	return value.NewObject(0)
}

// nodes is $node: the older way to another node's data.
func (f frame) nodes() goja.Value {
	m := f.m
	return m.window(nil, func(name string) goja.Value {
		if err := m.e.scope.exists(name); err != nil {
			m.throw(err)
		}
		return m.window(nil, func(key string) goja.Value { return f.ofDollarNode(name, key) })
	})
}

func (f frame) ofDollarNode(name, key string) goja.Value {
	m, s := f.m, f.m.e.scope
	switch key {
	case "json", "data":
		it, err := s.nodeItem(name, f.item, f.run)
		if err != nil {
			m.throw(err)
		}
		return m.toJS(orEmpty(it.JSON))
	case "binary":
		it, err := s.nodeItem(name, f.item, f.run)
		if err != nil {
			m.throw(err)
		}
		return m.toJS(binaryView(it.Binary, false))
	case "context":
		return m.toJS(s.context(name))
	case "parameter":
		return f.parameters(s.Workflow.Node(name), true)
	case "runIndex":
		return m.vm.ToValue(s.runs(name) - 1)
	}
	return nil
}

// input is $input: the items that the node works on.
func (f frame) input() goja.Value {
	m, s := f.m, f.m.e.scope
	return m.window([]string{"all", "context", "first", "item", "last", "params"}, func(key string) goja.Value {
		list := s.items()
		if len(list) == 0 && key != "toJSON" {
			m.throw(errNoInput)
		}
		switch key {
		case "item":
			return m.element(list, f.item)
		case "first", "last", "all":
			return m.fn(key, func(call goja.FunctionCall) goja.Value {
				if key != "all" && len(call.Arguments) > 0 {
					m.throw(problemf("$input.%s() should have no arguments", key))
				}
				return m.pick(list, nil, key)
			})
		case "context", "params":
			return f.ofSource(key)
		}
		return nil
	})
}

func (f frame) ofSource(key string) goja.Value {
	m, s := f.m, f.m.e.scope
	src, ok := s.source(0)
	if !ok {
		m.throw(problemf("Can't get data for expression: the node has no input"))
	}
	if key == "context" {
		return m.toJS(s.context(src.Node))
	}
	if n := s.Workflow.Node(src.Node); n != nil {
		return m.toJS(orEmpty(n.Parameters))
	}
	return goja.Undefined()
}

// itemsFunction is $items(name, output, run).
func (f frame) itemsFunction() goja.Value {
	m, s := f.m, f.m.e.scope
	return m.fn("$items", func(call goja.FunctionCall) goja.Value {
		if goja.IsUndefined(call.Argument(0)) {
			list := s.items()
			if src, ok := s.source(0); ok && len(list) > 1 {
				if n := s.Workflow.Node(src.Node); n != nil && n.ExecuteOnce {
					list = list[:1]
				}
			}
			return m.list(list, nil)
		}
		return m.list(s.oldItems(call.Argument(0).String(), orDefault(call.Argument(1), func() int { return 0 }), orDefault(call.Argument(2), last)))
	})
}

// itemFunction is $item(index, run): all variables as they are for another item.
func (f frame) itemFunction() goja.Value {
	m := f.m
	return m.fn("$item", func(call goja.FunctionCall) goja.Value {
		i, err := strconv.Atoi(call.Argument(0).String())
		if err != nil {
			m.throw(problemf("$item() needs the index of an item"))
		}
		other := frame{m, i, orDefault(call.Argument(1), last)}
		return m.window(nil, other.variable)
	})
}

// pairedFunction is $getPairedItem(node, source, pairedItem).
func (f frame) pairedFunction() goja.Value {
	m, s := f.m, f.m.e.scope
	return m.fn("$getPairedItem", func(call goja.FunctionCall) goja.Value {
		return m.itemOrUndefined(s.paired(call.Argument(0).String(), f.item, "item"))
	})
}

package expr

import (
	"regexp"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

type native = func(goja.FunctionCall) goja.Value

// functions are n8n's functions that are called without an object.
var functions = map[string]func(*machine) native{
	"$if": func(m *machine) native {
		return func(call goja.FunctionCall) goja.Value {
			if call.Argument(0).ToBoolean() {
				return call.Argument(1)
			}
			return call.Argument(2)
		}
	},
	"$ifEmpty": ifEmpty,
	"$min":     func(m *machine) native { return m.math("min") },
	"$max":     func(m *machine) native { return m.math("max") },
	"min":      func(m *machine) native { return m.math("min") },
	"max":      func(m *machine) native { return m.math("max") },
	"$average": average,
	"average":  average,
	"$not":     negate,
	"not":      negate,
	"numberList": func(m *machine) native {
		return func(call goja.FunctionCall) goja.Value {
			return m.numberList(call.Argument(0).ToFloat(), call.Argument(1).ToFloat())
		}
	},
	"zip": func(m *machine) native { return m.zip },
	"toPathSegment": func(m *machine) native {
		return func(call goja.FunctionCall) goja.Value { return m.pathSegment(call.Argument(0)) }
	},
}

func ifEmpty(m *machine) native {
	return func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) != 2 {
			m.throw(problemf("expected two arguments (value, defaultValue) for this function"))
		}
		v, def := call.Arguments[0], call.Arguments[1]
		switch x := v.(type) {
		case goja.String:
			if x.Length() == 0 {
				return def
			}
		case *goja.Object:
			if _, function := goja.AssertFunction(x); !function && len(x.Keys()) == 0 {
				return def
			}
		default:
			if goja.IsUndefined(v) || goja.IsNull(v) {
				return def
			}
		}
		return v
	}
}

func negate(m *machine) native {
	return func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(!call.Argument(0).ToBoolean()) }
}

func (m *machine) math(name string) native {
	f, ok := goja.AssertFunction(m.vm.Get("Math").ToObject(m.vm).Get(name))
	return func(call goja.FunctionCall) goja.Value {
		if !ok {
			return goja.Undefined()
		}
		v, err := f(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return v
	}
}

func average(m *machine) native {
	return func(call goja.FunctionCall) goja.Value {
		total := 0.0
		for _, a := range call.Arguments {
			switch a.Export().(type) {
			case int64, float64:
				total += a.ToFloat()
			default:
				m.throw(problemf("average(): all array elements must be numbers"))
			}
		}
		if len(call.Arguments) == 0 {
			return m.vm.ToValue(0)
		}
		return m.vm.ToValue(total / float64(len(call.Arguments)))
	}
}

// maxNumbers bounds numberList.
const maxNumbers = 1 << 20

func (m *machine) numberList(start, end float64) goja.Value {
	size := int(max(start, end)-min(start, end)) + 1
	if size > maxNumbers || size < 0 {
		m.throw(problemf("numberList() gives at most %d numbers", maxNumbers))
	}
	step := -1.0
	if start < end {
		step = 1
	}
	m.box.Spend(int64(size) * 24)
	list := make([]any, size)
	for i := range list {
		list[i] = start + float64(i)*step
	}
	return m.vm.NewArray(list...)
}

func (m *machine) zip(call goja.FunctionCall) goja.Value {
	keys, ok1 := m.elements(call.Argument(0))
	values, ok2 := m.elements(call.Argument(1))
	switch {
	case !ok1 || !ok2:
		m.throw(problemf("keys and values must be arrays"))
	case len(keys) != len(values):
		m.throw(problemf("keys and values not of equal length"))
	}
	out := m.vm.NewObject()
	for i, k := range keys {
		m.put(out, k.String(), values[i])
	}
	return out
}

// elements lists an array's elements; ok is false if v is not an array.
func (m *machine) elements(v goja.Value) (list []goja.Value, ok bool) {
	o, is := v.(*goja.Object)
	if !is || o.ClassName() != "Array" {
		return nil, false
	}
	m.vm.ForOf(o, func(x goja.Value) bool {
		list = append(list, x)
		return true
	})
	return list, true
}

func (m *machine) pathSegment(v goja.Value) goja.Value {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		m.throw(problemf("Invalid identifier: a value is required"))
	}
	s := v.String()
	if s == "" || s == "." || s == ".." {
		m.throw(problemf("Invalid identifier: %q is not allowed", s))
	}
	f, ok := goja.AssertFunction(m.vm.Get("encodeURIComponent"))
	if !ok {
		return goja.Undefined()
	}
	out, err := f(goja.Undefined(), m.vm.ToValue(s))
	if err != nil {
		panic(err)
	}
	return out
}

var placeholder = regexp.MustCompile(`^[a-zA-Z0-9_-]{0,64}$`)

// fromAI is $fromAI(name, description, type, default): what a model chose for a
// tool's parameter, taken from the item that called the tool.
func (f frame) fromAI() goja.Value {
	m, s := f.m, f.m.e.scope
	return m.fn("$fromAI", func(call goja.FunctionCall) goja.Value {
		key := ""
		if call.Argument(0).ToBoolean() {
			key = call.Argument(0).String()
		}
		switch {
		case key == "":
			m.throw(problemf("Add a key, e.g. $fromAI('placeholder_name')"))
		case !placeholder.MatchString(key) || deniedMembers[key]:
			m.throw(problemf("Invalid parameter key, must be between 1 and 64 characters long and only contain lowercase letters, uppercase letters, numbers, underscores, and hyphens"))
		}
		var data *value.Object
		if list := s.items(); s.RunIndex < len(list) {
			data = list[s.RunIndex].JSON
		}
		if data == nil {
			m.throw(errNoInput)
		}
		query, _ := data.Get("query")
		if o, ok := query.(*value.Object); ok {
			if v, ok := o.Get(key); ok && v != nil {
				return m.toJS(v)
			}
		}
		if v, ok := data.Get(key); ok && v != nil {
			return m.toJS(v)
		}
		return call.Argument(3)
	})
}

// evaluateFunction refuses $evaluateExpression: expressions are evaluated on the
// author's text, never on data.
func (f frame) evaluateFunction() goja.Value {
	return f.m.fn("$evaluateExpression", func(goja.FunctionCall) goja.Value {
		f.m.throw(problemf("$evaluateExpression is not supported: data is never evaluated as an expression. Write the expression in the parameter instead"))
		return nil
	})
}

// execution is $execution.
func (f frame) execution() goja.Value {
	m, s := f.m, f.m.e.scope
	o := m.vm.NewObject()
	m.put(o, "id", m.vm.ToValue(s.ExecutionID))
	m.put(o, "mode", m.vm.ToValue(s.executionMode()))
	m.put(o, "resumeUrl", m.vm.ToValue(s.ResumeURL))
	m.put(o, "resumeFormUrl", m.vm.ToValue(s.ResumeURL))
	m.put(o, "customData", m.customData())
	return o
}

// parameters is $parameter: a node's parameters, their expressions evaluated
// when they are read.
func (f frame) parameters(n *workflow.Node, evaluate bool) goja.Value {
	m := f.m
	if n == nil {
		return m.vm.NewObject()
	}
	params := orEmpty(n.Parameters)
	return m.window(params.Keys(), func(key string) goja.Value {
		v, ok := params.Get(key)
		if !ok || v == "={{ $parameter."+key+" }}" {
			return nil
		}
		if o, ok := v.(*value.Object); ok {
			if locator, _ := o.Get("__rl"); locator == true {
				v, _ = o.Get("value")
			}
		}
		if s, ok := v.(string); ok && evaluate && IsExpression(s) {
			got, defined, err := m.e.evaluate(s[1:], f.item)
			if err != nil {
				m.throw(err)
			}
			if !defined {
				return goja.Undefined()
			}
			return m.toJS(got)
		}
		return m.toJS(v)
	})
}

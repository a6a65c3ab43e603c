package expr

import (
	"github.com/dop251/goja"
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

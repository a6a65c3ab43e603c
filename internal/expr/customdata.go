package expr

import (
	"regexp"

	"github.com/dop251/goja"
)

// n8n's limits of custom execution data.
const (
	maxCustomKeys  = 10
	maxCustomKey   = 50
	maxCustomValue = 512
)

var customKey = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// customData is $execution.customData: a few texts kept with the execution.
func (m *machine) customData() goja.Value {
	o := m.vm.NewObject()
	for name, f := range map[string]native{
		"set": func(call goja.FunctionCall) goja.Value {
			m.setCustom(call.Argument(0), call.Argument(1))
			return goja.Undefined()
		},
		"setAll": func(call goja.FunctionCall) goja.Value {
			all := call.Argument(0).ToObject(m.vm)
			for _, k := range all.Keys() {
				m.setCustom(m.vm.ToValue(k), all.Get(k))
			}
			return goja.Undefined()
		},
		"get": func(call goja.FunctionCall) goja.Value {
			if v, ok := m.e.scope.CustomData.Get(call.Argument(0).String()); ok {
				return m.toJS(v)
			}
			return goja.Undefined()
		},
		"getAll": func(goja.FunctionCall) goja.Value { return m.toJS(orEmpty(m.e.scope.CustomData).Clone()) },
	} {
		m.put(o, name, m.fn(name, f))
	}
	return o
}

func (m *machine) setCustom(key, v goja.Value) {
	k, ok := key.(goja.String)
	if !ok || !customKey.MatchString(k.String()) {
		m.throw(problemf("Custom data key must be a string of letters, numbers and underscores"))
	}
	switch v.Export().(type) {
	case string, int64, float64, bool:
	default:
		m.throw(problemf("Custom data values must be a string, number or boolean"))
	}
	name, text := k.String(), v.String()
	name, text = name[:min(len(name), maxCustomKey)], truncate(text, maxCustomValue)
	data := m.e.scope.CustomData
	if _, have := data.Get(name); data == nil || !have && data.Len() >= maxCustomKeys {
		return
	}
	data.Set(name, text)
}

func truncate(s string, most int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), most)])
}

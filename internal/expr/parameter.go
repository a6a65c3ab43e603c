package expr

import (
	"regexp"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var placeholder = regexp.MustCompile(`^[a-zA-Z0-9_-]{0,64}$`)

// fromAI is $fromAI(name, description, type, default): what a model chose for a
// tool's parameter, taken from the scope or else from the item that called the tool.
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
		if s.Args != nil {
			if v, ok := s.Args.Get(key); ok && v != nil {
				return m.toJS(v)
			}
			return call.Argument(3)
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
	m.put(o, "resumeFormUrl", m.vm.ToValue(form.URL(s.ResumeURL)))
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

package expr

import (
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
)

// nodeGlobals are what Code nodes know from Node.js.
var nodeGlobals = set("Buffer", "URL", "URLSearchParams", "TextEncoder", "TextDecoder", "atob", "btoa", "crypto")

// codeOnly are the variables that only Code nodes have.
var codeOnly = set(
	"console", "items", "item", "$getWorkflowStaticData", "getWorkflowStaticData", "$getNodeParameter", "getNodeParameter", "helpers",
	"require", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "clearTimeout", "clearInterval", "clearImmediate", "Intl",
	"structuredClone", "DateTime", "Interval", "Duration",
)

// codeVariable reports whether a Code node's source may mean a variable of ours.
func codeVariable(name string) bool {
	return codeOnly[name] || nodeGlobals[name] || plain[name] != nil && name != "undefined" ||
		strings.HasPrefix(name, "$") && variables[name] != nil
}

// bind gives the code the variables that it mentions. Each is looked up when it
// is first read, and may be assigned.
func (r *Runtime) bind(m *machine) {
	global := m.vm.GlobalObject()
	if !m.installed["code"] {
		m.installed["code"] = true
		m.lockConstructors()
	}
	for _, name := range r.prog.vars {
		if !r.has(name) {
			continue
		}
		get := m.fn(name, func(goja.FunctionCall) goja.Value { return r.variable(m, name) })
		set := m.fn(name, func(call goja.FunctionCall) goja.Value {
			if err := global.DefineDataProperty(name, call.Argument(0), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE); err != nil {
				panic(err)
			}
			return goja.Undefined()
		})
		if err := global.DefineAccessorProperty(name, get, set, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
}

// has reports whether a variable exists in this mode.
func (r *Runtime) has(name string) bool {
	switch name {
	case "items":
		return !r.opt.EachItem || r.opt.Legacy != ""
	case "item":
		return r.opt.EachItem
	case "getWorkflowStaticData", "getNodeParameter", "helpers":
		return r.opt.Legacy != ""
	}
	return true
}

func (r *Runtime) variable(m *machine, name string) goja.Value {
	if v, ok := m.vars[name]; ok {
		return v
	}
	v := r.newVariable(m, name)
	m.vars[name] = v
	return v
}

func (r *Runtime) newVariable(m *machine, name string) goja.Value {
	if f := r.timerFunctions(m)[name]; f != nil {
		return m.fn(name, f)
	}
	switch {
	case name == "console":
		return r.console(m)
	case name == "items":
		return m.list(r.e.scope.items(), nil)
	case name == "item":
		v := m.element(r.e.scope.items(), m.item)
		if o, ok := v.(*goja.Object); ok && r.opt.Legacy == "functionItem" {
			return o.Get("json")
		}
		return v
	case name == "$getWorkflowStaticData" || name == "getWorkflowStaticData":
		return m.fn(name, func(call goja.FunctionCall) goja.Value { return r.staticData(m, call.Argument(0).String()) })
	case name == "$getNodeParameter" || name == "getNodeParameter":
		return m.fn(name, func(call goja.FunctionCall) goja.Value { return r.nodeParameter(m, call) })
	case name == "helpers":
		return r.helpers(m)
	case name == "require":
		return m.fn(name, func(call goja.FunctionCall) goja.Value { return r.require(m, call.Argument(0).String()) })
	case name == "structuredClone":
		m.demand(name)
		return m.vm.Get(name)
	case nodeGlobals[name]:
		return m.nodeModule().Get(name)
	}
	return frame{m, m.item, lastRun}.variable(name)
}

func (r *Runtime) staticData(m *machine, kind string) goja.Value {
	if kind != "global" && kind != "node" {
		m.throw(problemf("The type %q is not supported for static data; use \"global\" or \"node\"", kind))
	}
	v, ok := r.static[kind]
	if !ok {
		var data *value.Object
		if r.opt.StaticData != nil {
			data = r.opt.StaticData(kind)
		}
		v = m.toJS(orEmpty(data))
		r.static[kind] = v
	}
	return v
}

// nodeParameter is getNodeParameter(name): one of the node's own parameters.
func (r *Runtime) nodeParameter(m *machine, call goja.FunctionCall) goja.Value {
	v, ok := any(nil), false
	if n := r.e.scope.Node; n != nil {
		v, ok = value.Path(any(n.Parameters), steps(call.Argument(0).String())...)
	}
	if !ok {
		return call.Argument(2)
	}
	got, defined, err := r.e.resolve(v, m.item)
	if err != nil {
		m.throw(err)
	}
	if !defined {
		return goja.Undefined()
	}
	return m.toJS(got)
}

func steps(path string) []any {
	var out []any
	for _, s := range strings.Split(path, ".") {
		out = append(out, s)
	}
	return out
}

// this is what the code's this refers to.
func (r *Runtime) this(m *machine) goja.Value {
	o := m.vm.NewObject()
	m.put(o, "helpers", r.helpers(m))
	for name, f := range map[string]func(goja.FunctionCall) goja.Value{
		"getWorkflowStaticData": func(call goja.FunctionCall) goja.Value { return r.staticData(m, call.Argument(0).String()) },
		"getNodeParameter":      func(call goja.FunctionCall) goja.Value { return r.nodeParameter(m, call) },
		"getMode":               func(goja.FunctionCall) goja.Value { return m.vm.ToValue(r.e.scope.Mode) },
		"getNode":               func(goja.FunctionCall) goja.Value { return m.toJS(nodeView(r.e.scope)) },
		"getWorkflow":           func(goja.FunctionCall) goja.Value { return m.toJS(r.e.scope.workflowData()) },
		"getInputData":          func(goja.FunctionCall) goja.Value { return m.list(r.e.scope.items(), nil) },
		"getExecutionId":        func(goja.FunctionCall) goja.Value { return m.vm.ToValue(r.e.scope.ExecutionID) },
	} {
		m.put(o, name, m.fn(name, f))
	}
	return o
}

func nodeView(s *Scope) any {
	if s.Node == nil {
		return nil
	}
	return value.Obj("id", s.Node.ID, "name", s.Node.Name, "type", s.Node.Type, "typeVersion", s.Node.TypeVersion)
}

// helpers has n8n's helpers; each says that it is not there.
func (r *Runtime) helpers(m *machine) goja.Value {
	return m.window(nil, func(name string) goja.Value {
		return m.fn(name, func(goja.FunctionCall) goja.Value {
			m.throw(problemf("helpers.%s is not available in code; use the node for it, for example HTTP Request", name))
			return nil
		})
	})
}

// require gives the modules that need nothing of the host.
func (r *Runtime) require(m *machine, name string) goja.Value {
	node := m.nodeModule()
	switch strings.TrimPrefix(name, "node:") {
	case "crypto":
		return node.Get("crypto")
	case "buffer", "url", "util", "querystring":
		if name = strings.TrimPrefix(name, "node:"); name == "buffer" || name == "url" {
			return node
		}
	case "luxon":
		return m.luxon()
	}
	m.throw(problemf("Module '%s' is disallowed", name))
	return nil
}

// lockConstructors takes away what makes code of text.
func (m *machine) lockConstructors() {
	refuse := func(goja.ConstructorCall) *goja.Object {
		panic(m.vm.NewTypeError("Code generation from strings is not allowed"))
	}
	for _, sample := range []string{"(function () {})", "(async function () {})", "(function* () {})", "(class {})"} {
		v, err := m.vm.RunString(sample)
		if err != nil {
			panic(err)
		}
		proto := v.ToObject(m.vm).Prototype()
		locked := m.vm.ToValue(refuse).ToObject(m.vm)
		m.name(locked, "Function")
		if err := locked.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
		if err := proto.DefineDataProperty("constructor", locked, goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
		if sample == "(function () {})" {
			if err := m.vm.Set("Function", locked); err != nil {
				panic(err)
			}
		}
	}
	if err := m.vm.Set("eval", refuse); err != nil {
		panic(err)
	}
	if err := m.vm.GlobalObject().Delete("GoError"); err != nil {
		panic(err)
	}
}

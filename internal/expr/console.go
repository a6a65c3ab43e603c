package expr

import (
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
)

// maxPrinted bounds the text of one console call, in bytes.
const maxPrinted = 64 << 10

// console is console: what is printed goes to the node run.
func (r *Runtime) console(m *machine) goja.Value {
	o := m.vm.NewObject()
	print := m.fn("log", func(call goja.FunctionCall) goja.Value {
		if r.opt.Print != nil {
			r.opt.Print(m.line(call.Arguments))
		}
		return goja.Undefined()
	})
	nothing := m.fn("log", func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	for _, name := range []string{"log", "info", "warn", "error", "debug", "trace", "table", "dir"} {
		m.put(o, name, print)
	}
	for _, name := range []string{"group", "groupCollapsed", "groupEnd", "time", "timeEnd", "timeLog", "count", "countReset", "assert", "clear"} {
		m.put(o, name, nothing)
	}
	return o
}

// line puts what is printed together: texts as they are, all else as JSON.
func (m *machine) line(args []goja.Value) string {
	var out strings.Builder
	for i, a := range args {
		if i > 0 {
			out.WriteByte(' ')
		}
		if s, ok := a.(goja.String); ok {
			out.WriteString(s.String())
		} else {
			out.WriteString(m.inspect(a))
		}
		if out.Len() > maxPrinted {
			break
		}
	}
	text := out.String()
	return strings.ToValidUTF8(text[:min(len(text), maxPrinted)], "")
}

// inspect is a readable text of any value.
func (m *machine) inspect(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return v.String()
	}
	switch {
	case o.ClassName() == "Error":
		if stack := o.Get("stack"); stack != nil && !goja.IsUndefined(stack) {
			return strings.TrimSpace(stack.String())
		}
		return o.String()
	case o.ClassName() == "Function":
		return "[Function: " + o.Get("name").String() + "]"
	}
	data, defined, err := m.export(o)
	if err != nil || !defined {
		return o.String()
	}
	return string(value.JSON(data))
}

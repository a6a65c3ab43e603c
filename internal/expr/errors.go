package expr

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// problem is an error that fails the expression: a node that has not run, a
// function on the wrong type. All that a script throws otherwise gives undefined.
type problem struct{ text string }

func (p *problem) Error() string { return p.text }

func problemf(format string, args ...any) *problem {
	return &problem{fmt.Sprintf(format, args...)}
}

// errUndefined ends an expression with the result undefined, as n8n does where
// its own code throws a TypeError.
var errUndefined = errors.New("undefined")

// maxShown is how much of an expression an error message repeats.
const maxShown = 160

// failed makes the error that the workflow's author sees.
func failed(source string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	kind, code := fault.Invalid, fault.CodeExpression
	var over *sandbox.Exceeded
	switch {
	case errors.As(err, &over):
		return fault.New(kind, code, "The expression %s was ended: %s.", shown(source), over.Text)
	case errors.Is(err, context.Canceled):
		return fault.Wrap(err, fault.Cancelled, fault.CodeCancelled, "The expression %s was ended: the run was cancelled.", shown(source))
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The expression %s was ended: the node ran out of time.", shown(source))
	}
	return fault.New(kind, code, "The expression %s failed: %s", shown(source), sentence(err.Error()))
}

func shown(source string) string {
	source = strings.TrimSpace(source)
	if len(source) > maxShown {
		source = strings.ToValidUTF8(source[:maxShown], "") + "…"
	}
	return "{{ " + source + " }}"
}

func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// throw raises err in the script. Scripts may catch it; if they do not, it fails
// the expression.
func (m *machine) throw(err error) {
	if errors.Is(err, errUndefined) {
		panic(m.vm.NewTypeError("Cannot read properties of undefined"))
	}
	text := err.Error()
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		text = f.Message
	}
	o := m.newError("ExpressionError", text)
	if err := o.DefineDataPropertySymbol(m.mark, m.vm.ToValue(true), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
	panic(o)
}

func (m *machine) newError(name, message string) *goja.Object {
	o, err := m.vm.New(m.vm.Get("Error"), m.vm.ToValue(message))
	if err != nil {
		panic(err)
	}
	if err := o.DefineDataProperty("name", m.vm.ToValue(name), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
	return o
}

// problemOf returns the problem that a script's exception stands for, nil if it
// is one of those that give undefined.
func (m *machine) problemOf(ex *goja.Exception) *problem {
	o, ok := ex.Value().(*goja.Object)
	if !ok || o.GetSymbol(m.mark) == nil {
		return nil
	}
	return &problem{o.Get("message").String()}
}

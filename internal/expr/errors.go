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
// Its text is n8n's, which workflows compare with; hint says what to do about it.
type problem struct{ text, hint string }

func (p *problem) Error() string { return p.text }

func problemf(format string, args ...any) *problem {
	return &problem{text: fmt.Sprintf(format, args...)}
}

// because adds the hint.
func (p *problem) because(format string, args ...any) *problem {
	p.hint = fmt.Sprintf(format, args...)
	return p
}

// refusal is a problem that n8n does not have; its text goes on from "The expression".
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func refusalf(format string, args ...any) *refusal { return &refusal{fmt.Sprintf(format, args...)} }

// located is a problem with the expression in which it arose.
type located struct {
	fault  *fault.Error
	detail string
}

func (l *located) Error() string { return l.fault.Error() }

// Unwrap gives the *fault.Error.
func (l *located) Unwrap() error { return l.fault }

// Detail says in which expression err arose and what to do about it; "" where its
// message says so.
func Detail(err error) string {
	var l *located
	if errors.As(err, &l) {
		return l.detail
	}
	return ""
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
	var p *problem
	if errors.As(err, &p) {
		detail := strings.TrimSpace("In the expression " + shown(source) + ". " + p.hint)
		return &located{fault.New(kind, code, "%s", p.text), detail}
	}
	return fault.New(kind, code, "The expression %s failed: %s", shown(source), sentence(err.Error()))
}

func shown(source string) string {
	return "{{ " + fault.Shorten(strings.TrimSpace(source), maxShown) + " }}"
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
	mark := any(false) // a refusal
	if p := (*problem)(nil); errors.As(err, &p) {
		mark = p.hint
	}
	o := m.newError("ExpressionError", text)
	if err := o.DefineDataPropertySymbol(m.mark, m.vm.ToValue(mark), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE); err != nil {
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

// problemOf returns the problem or refusal that a script's exception stands for, nil
// if it is one of those that give undefined.
func (m *machine) problemOf(ex *goja.Exception) error {
	o, ok := ex.Value().(*goja.Object)
	if !ok {
		return nil
	}
	mark := o.GetSymbol(m.mark)
	if mark == nil {
		return nil
	}
	text := o.Get("message").String()
	if hint, ok := mark.Export().(string); ok {
		return &problem{text, hint}
	}
	return &refusal{text}
}

package expr

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// codeError is a failure of a Code node's source with its line.
type codeError struct {
	fault *fault.Error
	line  int
}

func (e *codeError) Error() string { return e.fault.Error() }

// Unwrap gives the *fault.Error.
func (e *codeError) Unwrap() error { return e.fault }

// Line returns the line of a Code node's source at which err was raised, 0 if unknown.
func Line(err error) int {
	var e *codeError
	if errors.As(err, &e) {
		return e.line
	}
	return 0
}

var (
	position     = regexp.MustCompile(`\bcode:(\d+):(\d+)`)
	errorAtLine  = regexp.MustCompile(`(?:Line |at )(\d+):\d+`)
	parserPrefix = regexp.MustCompile(`^(?:SyntaxError: )?code: Line \d+:\d+ `)
)

// syntaxError is the failure of source that does not parse.
func syntaxError(err error, source string) error {
	text, line := firstLine(err.Error()), 0
	if at := errorAtLine.FindStringSubmatch(text); at != nil {
		line = min(atoi(at[1]), strings.Count(source, "\n")+1)
	}
	text = parserPrefix.ReplaceAllString(text, "")
	text, _, _ = strings.Cut(text, " (and ")
	if !strings.HasPrefix(text, "SyntaxError") {
		text = "SyntaxError: " + text
	}
	return &codeError{fault.New(fault.Invalid, fault.CodeCode, "%s", text), line}
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// failure makes the error that the code's author sees.
func (r *Runtime) failure(m *machine, err error) error {
	var ex *goja.Exception
	over := exceeded(err)
	switch {
	case over != nil:
		return fault.New(fault.LimitExceeded, fault.CodeCodeLimit, "The code was ended: %s.", over.Text)
	case errors.Is(err, context.Canceled):
		return fault.Wrap(err, fault.Cancelled, fault.CodeCancelled, "The code was ended: the run was cancelled.")
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(err, fault.LimitExceeded, fault.CodeCodeLimit,
			"The code was ended: it took longer than its node has. Do less in one run, or raise the node's setting timeout (seconds).")
	case errors.As(err, &ex):
		return r.thrown(m, ex.Value(), ex)
	}
	var rejected *rejection
	if errors.As(err, &rejected) {
		return r.thrown(m, rejected.reason, nil)
	}
	return fault.New(fault.Invalid, fault.CodeCode, "The code failed: %s", sentence(err.Error()))
}

// thrown is the failure of code that threw a value.
func (r *Runtime) thrown(m *machine, v goja.Value, ex *goja.Exception) error {
	e := &codeError{line: frameLine(ex)}
	message := ""
	err := m.box.Do(r.e.ctx, func() error {
		o, ok := v.(*goja.Object)
		if !ok || o.ClassName() != "Error" {
			message = describe(m, v)
			return nil
		}
		m.explain(o)
		message = o.Get("message").String()
		if line, _ := place(o); e.line == 0 {
			e.line = line
		}
		return nil
	})
	if err != nil || message == "" {
		message = "The code threw an error without a message"
	}
	e.fault = fault.New(fault.Invalid, fault.CodeCode, "%s", message)
	return e
}

// describe is the text of a thrown value that is not an Error.
func describe(m *machine, v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		if text := o.Get("message"); text != nil && !goja.IsUndefined(text) {
			return text.String()
		}
		return m.inspect(o)
	}
	return v.String()
}

// frameLine is the line of the innermost frame in the author's source.
func frameLine(ex *goja.Exception) int {
	if ex == nil {
		return 0
	}
	for _, f := range ex.Stack() {
		if f.SrcName() == "code" {
			return f.Position().Line
		}
	}
	return 0
}

// rejection is a promise that the code returned and that failed.
type rejection struct{ reason goja.Value }

func (r *rejection) Error() string { return "the promise was rejected" }

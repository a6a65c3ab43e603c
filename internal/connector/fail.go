package connector

import (
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// judge decides whether the last answer is a failure: by the step's rules, the
// operation's, the file's, and at last by its status.
func (w *work) judge(st *Step) error {
	for _, rules := range [][]ErrorRule{st.Errors, w.op.errors} {
		for i := range rules {
			ok, err := rules[i].matches(w)
			if err != nil {
				return err
			}
			if ok && rules[i].Is == "ok" {
				return nil
			}
			if ok {
				return rules[i].fault(w)
			}
		}
	}
	if w.last.OK() {
		return nil
	}
	return node.WithDetail(wire.StatusFault(w.last, wire.Clock(w.c).Now()), w.detail())
}

func (r *ErrorRule) matches(w *work) (bool, error) {
	switch {
	case len(r.Status) > 0 && !slices.Contains(r.Status, w.last.Status):
		return false, nil
	case len(r.Status) == 0 && r.When == nil && w.last.OK():
		return false, nil
	}
	return r.When.holds(w.scope)
}

// fault is what the rule makes of the answer.
func (r *ErrorRule) fault(w *work) error {
	f := wire.StatusFault(w.last, wire.Clock(w.c).Now())
	r.classify(f)
	message, ok, err := r.Message.value(w.scope)
	if err != nil {
		return err
	}
	if ok {
		f.Message = textOf(message)
	}
	detail, ok, err := r.Detail.value(w.scope)
	if err != nil {
		return err
	}
	if !ok {
		detail = w.detail()
	}
	wait, ok, err := r.RetryAfter.value(w.scope)
	if err != nil {
		return err
	}
	if seconds := node.ToNumber(wait); ok && seconds > 0 {
		f.RetryAfter = time.Duration(seconds * float64(time.Second))
	}
	if text := textOf(detail); text != "" && text != f.Message {
		return node.WithDetail(f, text)
	}
	return f
}

// classify sets what kind of failure it is. An answer with a status of success
// that the rule calls a failure is the service's refusal.
func (r *ErrorRule) classify(f *fault.Error) {
	switch r.Is {
	case "rateLimited":
		f.Kind, f.Code, f.Outcome = fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent
		f.Message = wire.StatusMessage(429)
	case "unavailable":
		f.Kind, f.Code, f.Outcome = fault.Unavailable, fault.CodeUpstream, fault.NotSent
		f.Message = wire.StatusMessage(503)
	case "serverError":
		f.Kind, f.Code, f.Outcome = fault.Unavailable, fault.CodeUpstream, fault.Refused
		f.Message = wire.StatusMessage(500)
	case "auth":
		f.Kind, f.Message = fault.Invalid, wire.StatusMessage(401)
	case "forbidden":
		f.Kind, f.Message = fault.Invalid, wire.StatusMessage(403)
	case "notFound":
		f.Kind, f.Message = fault.Invalid, wire.StatusMessage(404)
	case "invalid", "conflict", "":
		f.Kind = fault.Invalid
		if f.Outcome == fault.NotSent {
			f.Code, f.Outcome = fault.CodeUpstream, fault.Refused
		}
	}
}

// detail is what the service says: where the file knows it to be, or where it
// usually is.
func (w *work) detail() string {
	body := w.scope.vars["$body"]
	for _, p := range w.op.file.ErrorMessage {
		if v, ok := value.Reach(body, strings.Split(p, ".")...); ok && v != nil && v != "" {
			return clip(textOf(v))
		}
	}
	if _, ok := body.(*value.Object); ok || !w.last.OK() {
		return wire.Detail(w.last)
	}
	return ""
}

// maxDetail is how much of an answer is shown, in bytes.
const maxDetail = 500

func clip(s string) string {
	return fault.Shorten(s, maxDetail)
}

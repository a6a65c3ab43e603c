package connector

import (
	"cmp"
	"fmt"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ask"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Asks says of an operation that it sends a message with links and waits for an answer:
// $ask is the message. Its parameters, beside those that say where the message goes,
// and all that follows are the same for every service (package ask).
type Asks struct {
	Approve string `json:"approve,omitempty" doc:"The button's text where the author gives none; Approve, if absent."`
	Decline string `json:"decline,omitempty" doc:"The same of the second button; Decline, if absent."`
}

func (a *Asks) labels() ask.Labels {
	return ask.Labels{Approve: cmp.Or(a.Approve, "Approve"), Decline: cmp.Or(a.Decline, "Decline")}
}

// asks checks an operation that waits: it sends, once, and gives nothing of its own.
func (ck *checker) asks(def *Operation) {
	switch {
	case def.Asks == nil:
	case ck.o.effect != node.Unsafe:
		ck.fail(fmt.Errorf("what asks somebody is unsafe: sent again, it asks again"))
	case def.Mode != "" || def.Poll != nil || def.Output != (Output{}):
		ck.fail(fmt.Errorf("what asks is sent once, for all items, and gives what it was given: it has neither mode nor output"))
	}
}

// ask sends the message, once for all items, and waits.
func (r *running) ask() (node.Result, error) {
	m, err := ask.Read(r.c, r.op.def.Asks.labels())
	if err != nil {
		return node.Result{}, err
	}
	s, err := newScope(r.ctx, r.c, r.op, 0)
	if err != nil {
		return node.Result{}, err
	}
	s.with("$ask", m.Object())
	o := r.item(s)
	r.outcomes = []outcome{o}
	switch {
	case o.err == nil:
		return m.Result(r.c)
	case r.c.Continues() && !(node.HeldBack(o.err) && !r.acted()):
		return r.result([]workflow.Item{node.ErrorItem(0, o.err)}), nil
	}
	return node.Result{}, o.err
}

// askParams are the parameters of the operations that ask, for the catalogue.
func (s *service) askParams() []node.Param {
	var out []node.Param
	for _, o := range s.operations {
		if o.def.Asks == nil {
			continue
		}
		show := map[string][]any{s.chooser(): {o.def.Value}}
		if o.resource != "" {
			show["resource"] = []any{o.resource}
		}
		out = append(out, ask.Params(show)...)
	}
	return out
}

package hook

import (
	"context"
	"net/http"
	"slices"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/httpapi/hook/page"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// asked is a question of an execution, and the choice that a link stands for.
type asked struct {
	ref      execution.Ref
	control  execution.Control
	run      workflow.NodeRun
	question form.Question
	choice   form.Choice
	token    string
}

// findQuestion finds what a link of a message stands for; who has no right one learns
// nothing.
func (s *Server) findQuestion(ctx context.Context, ref execution.Ref, token string) (*asked, error) {
	nothing := fault.New(fault.NotFound, fault.CodeNotFound, "Nothing is at this address, or not any more.")
	c, err := s.Executions.Get(ctx, ref)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || c.ResumeToken == "" {
		return nil, nothing
	}
	runs, err := s.Executions.Runs(ctx, ref)
	if err != nil {
		return nil, err
	}
	for _, run := range slices.Backward(runs) {
		q, ok := form.QuestionOf(run.State)
		if !ok {
			continue
		}
		for _, choice := range q.Choices {
			if service.SameSecret(token, form.AnswerToken(c.ResumeToken, run.Node, run.Index, choice.Name)) {
				return &asked{ref, c, run, q, choice, token}, nil
			}
		}
	}
	return nil, nothing
}

// waitingAnswer shows what a message asks, and takes the answer. A link alone answers
// nothing: previews of messengers and scanners of mail open links, too. So its page has
// the button that does.
func (s *Server) waitingAnswer(w http.ResponseWriter, r *http.Request, ref execution.Ref, token string) {
	x, err := s.findQuestion(r.Context(), ref, token)
	if err == nil {
		switch r.Method {
		case http.MethodPost:
			err = s.takeAnswer(w, r, x)
		case http.MethodGet, http.MethodHead:
			s.showQuestion(w, r, x)
		default:
			err = fault.New(fault.NotFound, fault.CodeNotFound, "This page knows only GET and POST.")
		}
	}
	if err != nil {
		s.refusePage(w, r, err)
	}
}

// closed says why a question cannot be answered any more; nil if it can.
func (s *Server) closed(x *asked) *page.Done {
	until, waits := execution.Awaits(&x.run)
	late := &page.Done{Title: "It is too late", Bad: true, Message: page.Plain("The time for an answer is over; the workflow has gone on without.")}
	switch {
	case execution.Lapsed(&x.run):
		return late
	case !waits:
		return &page.Done{Title: "This was answered already", Message: page.Plain("The first answer counts. This page can be closed now.")}
	case x.control.Status == execution.Cancelled:
		return &page.Done{Title: "It is not asked any more", Bad: true, Message: page.Plain("The run that asked was cancelled.")}
	case x.control.Status.Terminal():
		return &page.Done{Title: "It is not asked any more", Bad: true, Message: page.Plain("The run that asked has ended.")}
	case !until.After(s.Clock.Now()):
		return late
	}
	return nil
}

// sentAnswer marks the address to which a browser is led after its answer.
const sentAnswer = "sent"

func (s *Server) showQuestion(w http.ResponseWriter, r *http.Request, x *asked) {
	gone := s.closed(x)
	_, waits := execution.Awaits(&x.run)
	switch {
	case gone == nil:
		s.ask(w, http.StatusOK, x.asking())
	case !waits && !execution.Lapsed(&x.run) && r.URL.Query().Has(sentAnswer):
		s.show(w, http.StatusOK, &page.Done{Frame: page.Frame{Tab: "Action recorded"}, Title: "Got it, thanks", Message: page.Plain("This page can be closed now.")})
	default:
		gone.Tab = gone.Title
		s.show(w, http.StatusGone, gone)
	}
}

func (x *asked) asking() asking {
	f := x.question.Page(x.choice)
	if f.Title == "" {
		f.Title = x.choice.Label
	}
	return asking{form: f, tab: f.Title, submission: x.pageID()}
}

// pageID names the page: what another page sends is no answer.
func (x *asked) pageID() string { return form.Token(x.token, "page") }

// takeAnswer answers the question, once: a double click is one answer, and of two
// people the first one's counts.
func (s *Server) takeAnswer(w http.ResponseWriter, r *http.Request, x *asked) error {
	ctx := r.Context()
	shown := x.asking()
	sub, err := s.submission(r, shown.form)
	if err != nil {
		return err
	}
	if s.closed(x) != nil {
		s.leadBack(w, r, x, sub)
		return nil
	}
	if sub.problem == "" && sub.id != x.pageID() {
		sub.problem = "This page was an old one. Please send it again."
	}
	if !sub.valid() {
		s.askAgain(w, shown, sub)
		return nil
	}
	now := s.Clock.Now()
	item, err := s.formItem(ctx, x.ref, shown.form, sub, now)
	if err != nil {
		return err
	}
	item.JSON, item.Paired = x.question.Answer(x.choice, sub.answers, now), []workflow.Paired{{}}
	err = s.Executions.Wake(ctx, x.ref, execution.Waking{Token: x.control.ResumeToken, Node: x.run.Node, Run: x.run.Index, Items: []workflow.Item{item}})
	if err == nil {
		seeOther(w, r.URL.EscapedPath()+"?"+sentAnswer)
		return nil
	}
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	return s.notNow(w, r, x, sub)
}

// notNow is for an answer that the execution did not take: because somebody else was
// first, because the time is over, or because another part of it is at work.
func (s *Server) notNow(w http.ResponseWriter, r *http.Request, x *asked, sub submission) error {
	now, err := s.findQuestion(r.Context(), x.ref, x.token)
	if err != nil {
		return err
	}
	if s.closed(now) != nil {
		s.leadBack(w, r, now, sub)
		return nil
	}
	shown := now.asking()
	sub.problem = "The workflow is at work on something else. Please send it again in a moment."
	shown.answers, shown.problems, shown.problem = sub.answers.Values, sub.problems, sub.problem
	s.ask(w, http.StatusConflict, shown)
	return nil
}

// leadBack leads a browser to what became of the question. The answer that counts,
// sent again, is shown as it was the first time.
func (s *Server) leadBack(w http.ResponseWriter, r *http.Request, x *asked, sub submission) {
	to := r.URL.EscapedPath()
	if x.gave(sub) {
		to += "?" + sentAnswer
	}
	seeOther(w, to)
}

// gave reports whether the answer that counts is this one.
func (x *asked) gave(sub submission) bool {
	if _, waits := execution.Awaits(&x.run); waits || execution.Lapsed(&x.run) || len(x.run.Outputs) == 0 || len(x.run.Outputs[0]) != 1 {
		return false
	}
	kept, mine := dataOf(x.run.Outputs[0][0].JSON), dataOf(x.question.Answer(x.choice, sub.answers, x.run.StartedAt))
	return kept != nil && sameAnswer(kept, mine)
}

func dataOf(o *value.Object) *value.Object {
	v, _ := o.Get("data")
	data, _ := v.(*value.Object)
	return data
}

// sameAnswer reports whether two answers say the same, at whatever time.
func sameAnswer(a, b *value.Object) bool {
	if a.Len() != b.Len() {
		return false
	}
	for k, v := range a.All() {
		if other, ok := b.Get(k); k != "respondedAt" && (!ok || !value.Equal(v, other)) {
			return false
		}
	}
	return true
}

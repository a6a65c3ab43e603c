package hook

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/httpapi/hook/page"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// waited is an execution whose page, or answer, somebody asks for.
type waited struct {
	ref      execution.Ref
	control  execution.Control
	workflow *workflow.Workflow
	runs     []workflow.NodeRun
}

// waited finds the execution of a derived token; who has no right one learns
// nothing of it.
func (s *Server) waited(ctx context.Context, ref execution.Ref, token, purpose string) (*waited, error) {
	c, err := s.Executions.Get(ctx, ref)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || c.ResumeToken == "" || !service.SameSecret(token, form.Token(c.ResumeToken, purpose)) {
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "Nothing is at this address, or not any more.")
	}
	wf, _, err := s.Workflows.Workflow(ctx, ref.Tenant, c.WorkflowID, c.Version)
	return &waited{ref: ref, control: c, workflow: wf}, err
}

// formLook is how long a browser waits for a next page in one request; then the
// page asks again by itself.
const formLook = 8 * time.Second

// waitingForm shows what comes next in a form, and takes its answers.
func (s *Server) waitingForm(w http.ResponseWriter, r *http.Request, ref execution.Ref, token string) {
	x, err := s.waited(r.Context(), ref, token, form.ForForm)
	if err != nil {
		s.refusePage(w, r, err)
		return
	}
	switch r.Method {
	case http.MethodPost:
		err = s.answerForm(w, r, x)
	case http.MethodGet, http.MethodHead:
		err = s.nextPage(w, r, x)
	default:
		err = fault.New(fault.NotFound, fault.CodeNotFound, "This page knows only GET and POST.")
	}
	if err != nil {
		s.refusePage(w, r, err)
	}
}

// readRuns reads the node runs of an execution.
func (s *Server) readRuns(ctx context.Context, x *waited) (err error) {
	x.runs, err = s.Executions.Runs(ctx, x.ref)
	return err
}

// open is the form that the execution waits for; false if it waits for nothing
// that a browser can send.
func (x *waited) open() (form.Page, bool) {
	if x.control.Status != execution.Waiting || len(x.runs) == 0 {
		return form.Page{}, false
	}
	p, ok := form.PageOf(x.runs[len(x.runs)-1].State)
	return p, ok && p.Form != nil
}

// ended is the end of the form that the workflow gave, if that was its last page.
func (x *waited) ended() (form.Ending, workflow.NodeRun, bool) {
	for i := len(x.runs) - 1; i >= 0; i-- {
		if p, ok := form.PageOf(x.runs[i].State); ok {
			if p.Ending == nil {
				break
			}
			return *p.Ending, x.runs[i], true
		}
	}
	return form.Ending{}, workflow.NodeRun{}, false
}

// first is the form trigger that began the run; nil if something else did.
func (x *waited) first() *workflow.Node {
	if len(x.runs) == 0 {
		return nil
	}
	if n := x.workflow.Node(x.runs[0].Node); n != nil && n.Type == form.TypeTrigger {
		return n
	}
	return nil
}

// answerForm takes the answers to the page that the execution waits for. Those to
// an earlier page, sent again, change nothing: the browser is led to the present one.
func (s *Server) answerForm(w http.ResponseWriter, r *http.Request, x *waited) error {
	ctx := r.Context()
	if err := s.readRuns(ctx, x); err != nil {
		return err
	}
	p, open := x.open()
	if !open {
		seeOther(w, formPath(x.ref, x.control))
		return nil
	}
	sub, err := s.submission(r, p.Form)
	if err != nil {
		return err
	}
	if sub.problem == "" && sub.id != x.pageID() {
		seeOther(w, formPath(x.ref, x.control))
		return nil
	}
	if !sub.valid() {
		shown := x.asking(p)
		s.askAgain(w, shown, sub)
		return nil
	}
	item, err := s.formItem(ctx, x.ref, p.Form, sub, inZone(s.Clock.Now(), p.LocalTime, p.Timezone))
	if err != nil {
		return err
	}
	item.Paired = []workflow.Paired{{}}
	err = s.Executions.Wake(ctx, x.ref, execution.Waking{Token: x.control.ResumeToken, Items: []workflow.Item{item}, Generation: x.control.Generation})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	seeOther(w, formPath(x.ref, x.control))
	return nil
}

// pageID names the page that is open: each wait has a generation of its own.
func (x *waited) pageID() string {
	return form.Token(x.control.ResumeToken, "page") + "-" + strconv.Itoa(x.control.Generation)
}

func (x *waited) asking(p form.Page) asking {
	a := asking{form: p.Form, tab: p.Form.Title, attribution: true, submission: x.pageID()}
	if n := x.first(); n != nil {
		a.attribution = attribution(n.Parameters)
		// What filled the first page in advance fills the others, too.
		if outs := x.runs[0].Outputs; len(outs) > 0 && len(outs[0]) > 0 {
			v, _ := outs[0][0].JSON.Get("formQueryParameters")
			a.query, _ = v.(*value.Object)
		}
	}
	return a
}

// nextPage shows the open page or the end, or that the workflow is still at work.
func (s *Server) nextPage(w http.ResponseWriter, r *http.Request, x *waited) error {
	ctx := r.Context()
	if n := x.workflow.Node(r.URL.Query().Get(sentFrom)); n != nil && endsAtOnce(x.workflow, n) {
		return s.showTriggerEnd(w, r, x, n)
	}
	resp, err := s.awaitPage(ctx, x)
	if err != nil {
		return err
	}
	if err := s.readRuns(ctx, x); err != nil {
		return err
	}
	if p, open := x.open(); open {
		s.ask(w, http.StatusOK, x.asking(p))
		return nil
	}
	if end, run, ok := x.ended(); ok {
		s.showEnd(w, r, x, end, run)
		return nil
	}
	if resp != nil && x.answersByNode() {
		s.showResponse(w, r, resp)
		return nil
	}
	switch x.control.Status {
	case execution.Completed:
		return s.showTriggerEnd(w, r, x, x.first())
	case execution.Failed, execution.Cancelled:
		s.show(w, http.StatusOK, &page.Done{
			Frame: page.Frame{Tab: "Form"}, Title: "Something went wrong", Bad: true,
			Message: page.Plain("Your answers have arrived, but they could not be worked on to the end. Whoever sent you this form can see why."),
		})
	default:
		s.showBusy(w, x.control)
	}
	return nil
}

// showBusy says that it takes longer; the page asks again by itself.
func (s *Server) showBusy(w http.ResponseWriter, c execution.Control) {
	p := &page.Done{Frame: page.Frame{Tab: "Working"}, Title: "Working on it", Message: page.Plain("This page goes on by itself."), Busy: true}
	pause := "1"
	if c.Status == execution.Waiting { // for something else than the browser
		pause = "10"
		p.Message = page.Plain("Your answers have arrived. The workflow waits for something else; you can close this page.")
	}
	w.Header().Set("Refresh", pause)
	s.show(w, http.StatusOK, p)
}

// answersByNode reports whether the trigger's author answers by a response node.
func (x *waited) answersByNode() bool {
	n := x.first()
	return n != nil && textAt(n.Parameters, "responseMode") == trigger.AnswerByNode
}

// awaitPage looks at the execution until it waits or has ended, or a response node
// has answered, for a while.
func (s *Server) awaitPage(ctx context.Context, x *waited) (*execution.Response, error) {
	deadline := s.Clock.Now().Add(formLook)
	for pause := firstPause; ; pause = min(pause*3/2, maxPause) {
		c, err := s.Executions.Get(ctx, x.ref)
		if err != nil {
			return nil, err
		}
		x.control = c
		resp, err := s.Executions.Response(ctx, x.ref)
		if err != nil || resp != nil {
			return resp, err
		}
		if c.Status.Terminal() || c.Status == execution.Waiting || !s.Clock.Now().Add(pause).Before(deadline) {
			return nil, nil
		}
		if err := clock.Sleep(ctx, s.Clock, pause); err != nil {
			return nil, err
		}
	}
}

// showEnd shows the end that a Form node gave.
func (s *Server) showEnd(w http.ResponseWriter, r *http.Request, x *waited, end form.Ending, run workflow.NodeRun) {
	shown := true
	if n := x.first(); n != nil {
		shown = attribution(n.Parameters)
	}
	if end.Kind != form.EndFile {
		s.endForm(w, r, end, nil, shown)
		return
	}
	f, ok := endFile(end, run)
	if !ok {
		s.refusePage(w, r, fault.New(fault.NotFound, fault.CodeNotFound, "The file of this form is not there any more."))
		return
	}
	if r.URL.Query().Has("file") {
		s.download(w, r, x.ref.Tenant, f)
		return
	}
	url := formPath(x.ref, x.control) + "?file"
	s.endForm(w, r, end, &url, shown)
}

func endFile(end form.Ending, run workflow.NodeRun) (workflow.Binary, bool) {
	if len(run.Outputs) == 0 || len(run.Outputs[0]) == 0 {
		return workflow.Binary{}, false
	}
	f, ok := run.Outputs[0][0].Binary[end.File]
	return f, ok
}

// showTriggerEnd shows the end that the form trigger's options name; nil: no form
// trigger began the run.
func (s *Server) showTriggerEnd(w http.ResponseWriter, r *http.Request, x *waited, n *workflow.Node) error {
	if n == nil {
		s.endForm(w, r, form.Ending{Kind: form.EndText, Title: "Form submitted", Message: recorded}, nil, true)
		return nil
	}
	params, err := s.parameters(r.Context(), x.workflow, n)
	if err != nil {
		return err
	}
	s.endForm(w, r, triggerEnd(params), nil, attribution(params))
	return nil
}

// showResponse shows what a response node gave: HTML as it is, in its sandbox; an
// address to go on to; JSON with n8n's members for forms; or text.
func (s *Server) showResponse(w http.ResponseWriter, r *http.Request, resp *execution.Response) {
	end := form.Ending{Kind: form.EndText, Title: "Form submitted"}
	header := http.Header{}
	for name, v := range resp.Headers {
		header.Set(name, v)
	}
	typ := header.Get("Content-Type")
	var fields struct {
		Text     *string `json:"formSubmittedText"`
		Redirect string  `json:"redirectURL"`
	}
	switch {
	case header.Get("Location") != "":
		end.Kind, end.URL = form.EndRedirect, header.Get("Location")
	case json.Unmarshal(resp.Body, &fields) == nil && fields.Redirect != "":
		end.Kind, end.URL = form.EndRedirect, fields.Redirect
	case fields.Text != nil:
		end.Message = *fields.Text
	case strings.HasPrefix(typ, "text/html"):
		writeResponse(w, resp)
		return
	case len(resp.Body) == 0:
		end.Message = recorded
	default:
		s.show(w, http.StatusOK, &page.Done{Frame: page.Frame{Tab: end.Title}, Title: end.Title, Message: page.Plain(strings.ToValidUTF8(string(resp.Body), "\ufffd"))})
		return
	}
	s.endForm(w, r, end, nil, false)
}

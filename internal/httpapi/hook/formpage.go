package hook

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/httpapi/hook/page"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// startByForm shows a form trigger's page, and starts a run for its answers.
func (s *Server) startByForm(w http.ResponseWriter, r *http.Request, x target) {
	if err := s.mayUse(w, r, x); err != nil {
		s.refusePage(w, r, err)
		return
	}
	params, err := s.parameters(r.Context(), x.workflow, x.node)
	if err != nil {
		s.refusePage(w, r, err)
		return
	}
	f, err := triggerForm(params, x.node.TypeVersion)
	if err != nil {
		s.refusePage(w, r, err)
		return
	}
	shown := asking{form: f, tab: f.Title, attribution: attribution(params), query: queryOf(r.URL.RawQuery)}
	if r.Method != http.MethodPost {
		s.ask(w, http.StatusOK, shown)
		return
	}
	sub, err := s.submission(r, f)
	if err != nil {
		s.refusePage(w, r, err)
		return
	}
	if !sub.valid() {
		s.askAgain(w, shown, sub)
		return
	}
	s.launchForm(w, r, x, params, f, sub)
}

// launchForm starts the run of valid answers: one, however often they are sent.
func (s *Server) launchForm(w http.ResponseWriter, r *http.Request, x target, params *value.Object, f *form.Form, sub submission) {
	ctx := r.Context()
	id := ident.Execution(ident.New(ident.PrefixExecution, s.Clock.Now()))
	ref := execution.Ref{Tenant: x.hook.Tenant, ID: id}
	item, err := s.formItem(ctx, ref, f, sub, s.stampedAt(x, params))
	if err != nil {
		s.discard(ctx, ref, item, nil)
		s.refusePage(w, r, err)
		return
	}
	if query := queryOf(r.URL.RawQuery); query.Len() > 0 {
		item.JSON.Set("formQueryParameters", query)
	}
	launched, err := s.Executions.Launch(ctx, execution.Launch{
		Tenant: x.hook.Tenant, WorkflowID: x.hook.Workflow, Version: x.hook.Version, ID: id,
		Start:   execution.Start{Node: x.node.Name, Items: []workflow.Item{item}, Mode: "webhook"},
		Trigger: "form", TriggeredBy: "/" + x.hook.Path, IdempotencyKey: runKey(x, http.MethodPost, "form", sub.key()),
	})
	if err != nil || launched.ID != id {
		s.discard(ctx, ref, item, err)
	}
	if err != nil {
		s.refusePage(w, r, err)
		return
	}
	ref.ID = launched.ID
	c, err := s.Executions.Get(ctx, ref)
	if err != nil {
		s.refusePage(w, r, err)
		return
	}
	// What follows is another page, which can be loaded again without sending
	// anything: browsers send files a second time without what is in them.
	next := formPath(ref, c)
	if endsAtOnce(x.workflow, x.node) {
		next += "?" + sentFrom + "=" + url.QueryEscape(x.node.Name)
	}
	seeOther(w, next)
}

// sentFrom is the parameter that names the trigger whose end is shown at once.
const sentFrom = "from"

// endsAtOnce reports whether a form trigger's end is shown without waiting for the
// workflow.
func endsAtOnce(wf *workflow.Workflow, n *workflow.Node) bool {
	mode := textAt(n.Parameters, "responseMode")
	return n.Type == trigger.TypeForm && (mode == "" || mode == trigger.AnswerAtOnce) && !leadsToForm(wf, n.Name)
}

// formPath is where a run's next page, or its end, is.
func formPath(ref execution.Ref, c execution.Control) string {
	return "/hooks/" + string(ref.Tenant) + "/waiting/" + string(ref.ID) + "/" + form.Token(c.ResumeToken, form.ForForm) + "/" + form.ForForm
}

func seeOther(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
}

// mayUse checks who asks for a page. A browser is asked for the password again
// after a wrong one.
func (s *Server) mayUse(w http.ResponseWriter, r *http.Request, x target) error {
	if err := allowed(r, x.settings); err != nil {
		return err
	}
	_, err := s.authenticate(r.Context(), r, x)
	if err != nil && (fault.Is(err, fault.Unauthenticated) || fault.Of(err).Code == fault.CodeForbidden) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Workflow", charset="UTF-8"`)
		return fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "A user name and a password are asked for here.")
	}
	return err
}

// parameters are a trigger's, their expressions evaluated: they see the time and
// the workflow, for nothing has run yet.
func (s *Server) parameters(ctx context.Context, wf *workflow.Workflow, n *workflow.Node) (*value.Object, error) {
	e := expr.NewEvaluator(ctx, &expr.Scope{
		Workflow: wf, Node: n, Inputs: [][]workflow.Item{{workflow.EmptyItem()}}, Mode: "webhook", Timezone: zoneOf(wf), Now: s.Clock.Now(),
	}, expr.Limits{})
	defer e.Close()
	v, err := e.Resolve(n.Parameters, 0)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeValidation, "An expression of the node %q fails: %v", n.Name, fault.Of(err).Message)
	}
	o, _ := v.(*value.Object)
	return o, nil
}

func zoneOf(wf *workflow.Workflow) string { return trigger.Zone(wf, execution.DefaultTimezone) }

// stampedAt is the time of the answers in the zone that the trigger's author chose:
// since version 2.1 the workflow's, before that UTC.
func (s *Server) stampedAt(x target, params *value.Object) time.Time {
	local := x.node.TypeVersion > 2
	if v, ok := value.Path(params, "options", "useWorkflowTimezone"); ok {
		local = v == true
	}
	return inZone(s.Clock.Now(), local, zoneOf(x.workflow))
}

func inZone(t time.Time, local bool, zone string) time.Time {
	if loc, ok := moment.Zone(zone); ok && local {
		return t.In(loc)
	}
	return t.UTC()
}

func triggerForm(params *value.Object, version float64) (*form.Form, error) {
	v, _ := value.Path(params, "formFields", "values")
	list, _ := v.([]any)
	fields, err := form.ReadFields(list, version)
	if err != nil {
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "The form cannot be shown: %v.", err)
	}
	return &form.Form{
		Title: textAt(params, "formTitle"), Description: textAt(params, "formDescription"),
		Button: textAt(params, "options", "buttonLabel"), CSS: textAt(params, "options", "customCss"), Fields: fields,
	}, nil
}

func textAt(o *value.Object, path ...any) string {
	v, _ := value.Path(o, path...)
	s, _ := v.(string)
	return s
}

// attribution is n8n's option appendAttribution: on, unless it is switched off.
func attribution(params *value.Object) bool {
	v, _ := value.Path(params, "options", "appendAttribution")
	return v != false
}

// recorded is n8n's text of a form's end.
const recorded = "Your response has been recorded"

// triggerEnd is the end of a form whose workflow has no page for it.
func triggerEnd(params *value.Object) form.Ending {
	end := form.Ending{Kind: form.EndText, Title: "Form submitted", Message: recorded, PageTitle: textAt(params, "formTitle"), CSS: textAt(params, "options", "customCss")}
	v, ok := value.Path(params, "options", "respondWithOptions", "values")
	if values, is := v.(*value.Object); ok && is {
		if textAt(values, "respondWith") == form.EndRedirect {
			end.Kind, end.URL = form.EndRedirect, textAt(values, "redirectUrl")
		} else if text, set := values.Get("formSubmittedText"); set {
			end.Message, _ = text.(string)
		}
	} else if text, set := value.Path(params, "options", "formSubmittedText"); set {
		end.Message, _ = text.(string)
	}
	return end
}

// leadsToForm reports whether a further page can follow a node.
func leadsToForm(wf *workflow.Workflow, from string) bool {
	seen := map[string]bool{from: true}
	queue := []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, targets := range wf.Outgoing(at) {
			for _, t := range targets {
				n := wf.Node(t.Node)
				if n == nil || seen[t.Node] {
					continue
				}
				if !n.Disabled && (n.Type == form.TypeForm || n.Type == form.TypeWait && textAt(n.Parameters, "resume") == "form") {
					return true
				}
				seen[t.Node] = true
				queue = append(queue, t.Node)
			}
		}
	}
	return false
}

// endForm shows the end of a form. The file is where a browser gets it, nil for none.
func (s *Server) endForm(w http.ResponseWriter, r *http.Request, end form.Ending, file *string, attribution bool) {
	p := &page.Done{Frame: page.Frame{Tab: end.PageTitle, CSS: end.CSS, Attribution: attribution}, Title: end.Title, Message: page.HTML(end.Message)}
	switch {
	case end.Kind == form.EndRedirect:
		to := webAddress(end.URL)
		if to == "" {
			s.refusePage(w, r, fault.New(fault.Invalid, fault.CodeValidation, "The form was submitted, but it is to lead to %q, which is no address.", end.URL))
			return
		}
		// Not a redirect: the policy of forms would hold for the other side, too.
		w.Header().Set("Refresh", "0; url="+to)
		p.Title, p.Message, p.Link, p.Label = "Form submitted", page.Plain("You are being taken on."), to, "Go on"
	case end.Kind == form.EndHTML:
		p.Title, p.Message = "", page.Markup(end.HTML)
	case file != nil:
		p.Link, p.Label, p.File = *file, "Download the file", true
	}
	s.show(w, http.StatusOK, p)
}

// webAddress is a web address, with n8n's http where it has no scheme; "" for others.
func webAddress(text string) string {
	text = strings.TrimSpace(text)
	if text != "" && !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// show answers with a page.
func (s *Server) show(w http.ResponseWriter, status int, p page.Page) {
	if err := page.Write(w, status, p, func(policy string) { restrict(w, policy) }); err != nil {
		s.Log.Warn("a page was not written", "error", err)
	}
}

// refusePage answers a person with an error; what must not be shown is logged.
func (s *Server) refusePage(w http.ResponseWriter, r *http.Request, err error) {
	problem := httpapi.ProblemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		s.Log.Error("a page failed", "path", r.URL.Path, "error", err)
	}
	title := "This did not work"
	switch problem.Status {
	case http.StatusNotFound:
		title = "There is nothing here"
	case http.StatusUnauthorized, http.StatusForbidden:
		title = "You cannot use this page"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		title = "Please try again later"
	}
	s.show(w, problem.Status, &page.Done{Frame: page.Frame{Tab: title}, Title: title, Message: page.Plain(problem.Detail), Bad: true})
}

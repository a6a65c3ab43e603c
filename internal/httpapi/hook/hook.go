package hook

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Finder finds where a call leads.
type Finder interface {
	Hook(ctx context.Context, t ident.Tenant, method string, path []string) (trigger.Hook, map[string]string, error)
}

// Executions is what is asked of executions.
type Executions interface {
	Launch(ctx context.Context, l execution.Launch) (execution.Launched, error)
	Wake(ctx context.Context, ref execution.Ref, w execution.Waking) error
	Get(ctx context.Context, ref execution.Ref) (execution.Control, error)
	Runs(ctx context.Context, ref execution.Ref) ([]workflow.NodeRun, error)
	LastOf(ctx context.Context, c execution.Control) (*workflow.NodeRun, error)
	Response(ctx context.Context, ref execution.Ref) (*execution.Response, error)
}

// Secrets opens the secrets of registrations.
type Secrets interface {
	Secret(ctx context.Context, h trigger.Hook) (string, error)
}

// Server answers calls. It is safe for concurrent use.
type Server struct {
	Finder      Finder
	Executions  Executions
	Workflows   execution.Workflows
	Credentials node.CredentialSource // nil: webhooks that ask for a credential refuse every call
	Secrets     Secrets               // nil: no trigger registers itself
	Blobs       node.Blobs            // nil: files that lie outside of the items cannot be answered
	Discard     Discarder             // nil: files of forms that started no run stay
	Announce    Announcer             // nil: nobody asks for those whose caller died
	Types       func() *node.Registry // nil: no tools are served to MCP clients
	PublicURL   string                // without a slash at the end
	Clock       clock.Clock
	Log         *slog.Logger
}

// tenantForm is what a tenant's id can be; anything else is no tenant.
var tenantForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// target is one call with all that is known of it.
type target struct {
	hook     trigger.Hook
	params   map[string]string
	workflow *workflow.Workflow
	node     *workflow.Node
	settings trigger.Webhook
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w = &guarded{ResponseWriter: w}
	t, path, ok := split(r.URL.EscapedPath())
	switch {
	case !ok:
		s.refuse(w, r, fault.New(fault.NotFound, fault.CodeNotFound, "There is no such address."))
	case r.ContentLength > httpapi.MaxBody && fromPage(r):
		s.refusePage(w, r, tooLarge())
	case r.ContentLength > httpapi.MaxBody:
		s.refuse(w, r, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The body has %d bytes; at most %d are allowed.", r.ContentLength, httpapi.MaxBody))
	case len(path) == 3 && path[0] == "waiting":
		s.wake(w, r, execution.Ref{Tenant: t, ID: ident.Execution(path[1])}, path[2])
	case len(path) == 4 && path[0] == "waiting" && path[3] == form.ForForm:
		s.waitingForm(w, r, execution.Ref{Tenant: t, ID: ident.Execution(path[1])}, path[2])
	case len(path) == 4 && path[0] == "waiting" && path[3] == form.ForAnswer:
		s.waitingAnswer(w, r, execution.Ref{Tenant: t, ID: ident.Execution(path[1])}, path[2])
	case len(path) == 4 && path[0] == "waiting" && path[3] == form.ForChat:
		s.waitingChat(w, r, execution.Ref{Tenant: t, ID: ident.Execution(path[1])}, path[2])
	case r.Method == http.MethodOptions:
		s.preflight(w, r, t, path)
	default:
		s.start(w, r, t, path)
	}
}

// fromPage reports whether a browser sends a form, whose user reads the answer.
func fromPage(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.Contains(r.Header.Get("Accept"), "text/html") &&
		strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
}

// split takes the tenant and the unescaped segments out of /hooks/{tenant}/{path}.
func split(escaped string) (t ident.Tenant, path []string, ok bool) {
	rest, ok := strings.CutPrefix(escaped, "/hooks/")
	tenantText, rest, found := strings.Cut(rest, "/")
	rest = strings.Trim(rest, "/")
	if !ok || !found || rest == "" || !tenantForm.MatchString(tenantText) {
		return "", nil, false
	}
	for part := range strings.SplitSeq(rest, "/") {
		text, err := url.PathUnescape(part)
		if err != nil || strings.ContainsRune(text, '#') {
			return "", nil, false
		}
		path = append(path, text)
	}
	return ident.Tenant(tenantText), path, true
}

// start runs the workflow that listens here.
func (s *Server) start(w http.ResponseWriter, r *http.Request, t ident.Tenant, path []string) {
	ctx := r.Context()
	x, err := s.target(ctx, t, r.Method, path)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if typ := service.Of(x.node.Type); typ != nil {
		s.startByService(w, r, x, typ)
		return
	}
	if x.node.Type == trigger.TypeForm {
		s.startByForm(w, r, x)
		return
	}
	if x.node.Type == trigger.TypeChat {
		s.startByChat(w, r, x)
		return
	}
	if x.node.Type == trigger.TypeMCP {
		s.startByMCP(w, r, x)
		return
	}
	allowOrigin(w, r, x.settings.AllowedOrigin)
	call, err := s.admit(ctx, r, x)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.launch(w, r, x, []workflow.Item{call.item}, deliveryKey(r, x, call))
}

// launch starts the run and answers as the node wants it.
func (s *Server) launch(w http.ResponseWriter, r *http.Request, x target, items []workflow.Item, key string) {
	t := x.hook.Tenant
	launched, err := s.Executions.Launch(r.Context(), execution.Launch{
		Tenant: t, WorkflowID: x.hook.Workflow, Version: x.hook.Version,
		Start:   execution.Start{Node: x.node.Name, Items: items, Mode: "webhook"},
		Trigger: "webhook", TriggeredBy: r.Method + " /" + x.hook.Path, IdempotencyKey: key,
	})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.answer(r.Context(), w, x, execution.Ref{Tenant: t, ID: launched.ID})
}

// target finds the node that listens here and reads its settings.
func (s *Server) target(ctx context.Context, t ident.Tenant, method string, path []string) (target, error) {
	h, params, err := s.Finder.Hook(ctx, t, method, path)
	if err != nil {
		return target{}, err
	}
	wf, _, err := s.Workflows.Workflow(ctx, t, h.Workflow, h.Version)
	if err != nil {
		return target{}, err
	}
	n := wf.Node(h.Node)
	if n == nil {
		return target{}, fault.New(fault.NotFound, fault.CodeNotFound, "The webhook's node is gone; activate the workflow again.")
	}
	settings, err := trigger.ReadWebhook(n)
	return target{h, params, wf, n, settings}, err
}

// admit checks that the call is allowed, and reads it.
func (s *Server) admit(ctx context.Context, r *http.Request, x target) (*call, error) {
	if err := allowed(r, x.settings); err != nil {
		return nil, err
	}
	claims, err := s.authenticate(ctx, r, x)
	if err != nil {
		return nil, err
	}
	return s.read(r, x, claims)
}

// wake goes on with a waiting execution.
func (s *Server) wake(w http.ResponseWriter, r *http.Request, ref execution.Ref, token string) {
	call, err := s.read(r, target{hook: trigger.Hook{Tenant: ref.Tenant, Path: "waiting"}, node: &workflow.Node{TypeVersion: 2}}, nil)
	if err == nil {
		err = s.Executions.Wake(r.Context(), ref, execution.Waking{Token: token, Items: []workflow.Item{call.item}})
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"message": "Workflow was resumed", "jobId": ref.ID, "trackingUrl": httpapi.TrackingURL(ref.ID)})
}

// refuse answers with a problem; what must not be shown is logged.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if status := httpapi.WriteProblem(w, err); status >= http.StatusInternalServerError {
		s.Log.Error("a webhook's call failed", "path", r.URL.Path, "error", err)
	}
}

// maxWait is how long a webhook waits for its result; the gateway ends requests
// at 30 s (API Gateway, quotas of HTTP APIs).
const maxWait = 25 * time.Second

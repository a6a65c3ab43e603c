package httpapi

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// Workflow is what a list shows of a workflow.
type Workflow struct {
	ID        ident.Workflow `json:"id"`
	Name      string         `json:"name"`
	Active    bool           `json:"active" doc:"Whether its triggers start it."`
	Version   int            `json:"version" doc:"The current version."`
	Nodes     int            `json:"nodes" doc:"How many nodes it has."`
	CreatedAt Stamp          `json:"createdAt"`
	UpdatedAt Stamp          `json:"updatedAt"`
	UpdatedBy string         `json:"updatedBy"`
	Webhooks  []Webhook      `json:"webhooks" nullable:"false" doc:"The addresses that start it, while it is active: webhooks, and pages with a form or a chat."`
	Entries   []Entry        `json:"entries" nullable:"false" doc:"What else starts it while it is active: a chat for the tenant's members, or the failure of a workflow whose settings name it."`
}

// Webhook is an address that starts a workflow.
type Webhook struct {
	Method string `json:"method"`
	Path   string `json:"path" doc:"Below the API's address."`
	Node   string `json:"node"`
	Kind   string `json:"kind" enum:"webhook,form,chat,mcp" doc:"GET of a form or a chat is a page for people; mcp is the address of an MCP server."`
	// Registration is how far the platform is with having the service call the address.
	Registration *Registration `json:"registration,omitempty" doc:"Whether the service that is to call the address knows it; absent where it is registered by hand."`
}

// Registration is whether a service knows the address of a trigger.
type Registration struct {
	Status  string `json:"status" enum:"pending,registered,failed" doc:"failed: not tried again until the workflow is activated again."`
	Problem string `json:"problem,omitempty" doc:"Why the service does not know the address, and what to do."`
	Since   *Stamp `json:"since,omitempty"`
	Expires *Stamp `json:"expires,omitempty" doc:"When the registration ends unless it is renewed, which the platform does before."`
}

// registrationsOf reads a tenant's registrations, by id.
func (a *API) registrationsOf(ctx context.Context, t ident.Tenant) (map[ident.Registration]trigger.Registration, error) {
	list, err := a.Catalog.ListRegistrations(ctx, t)
	if err != nil {
		return nil, err
	}
	out := make(map[ident.Registration]trigger.Registration, len(list))
	for _, r := range list {
		out[r.ID] = r
	}
	return out, nil
}

func registrationOf(r trigger.Registration) *Registration {
	out := &Registration{Status: string(trigger.RegistrationPending)}
	if s := r.State; s.Rev == r.Rev && s.Status != "" {
		out.Status, out.Problem = string(s.Status), s.Problem
		out.Since = stampOf(s.Since)
		if s.Held != nil {
			out.Expires = stampOf(s.Held.Expires)
		}
	}
	return out
}

func stampOf(t time.Time) *Stamp {
	if t.IsZero() {
		return nil
	}
	s := Stamp(t)
	return &s
}

// withRegistrations is workflowOf with what is known of its registrations.
func withRegistrations(h catalog.Head, known map[ident.Registration]trigger.Registration) Workflow {
	w := workflowOf(h)
	for i, k := range h.Hooks {
		if r, ok := known[trigger.RegistrationID(h.Tenant, k.Path)]; ok && k.Registers {
			w.Webhooks[i].Registration = registrationOf(r)
		}
	}
	return w
}

// Entry is a way to start a workflow that has no address.
type Entry struct {
	Kind string `json:"kind" enum:"chat,error"`
	Node string `json:"node"`
}

func workflowOf(h catalog.Head) Workflow {
	w := Workflow{
		ID: h.ID, Name: h.Name, Active: h.Active, Version: h.Version, Nodes: h.Nodes, CreatedAt: Stamp(h.CreatedAt),
		UpdatedAt: Stamp(h.UpdatedAt), UpdatedBy: h.UpdatedBy, Webhooks: []Webhook{}, Entries: []Entry{},
	}
	for _, k := range h.Hooks {
		kind := cmp.Or(k.Kind, trigger.KindWebhook)
		w.Webhooks = append(w.Webhooks, Webhook{Method: k.Method, Path: "/hooks/" + string(h.Tenant) + "/" + k.Path, Node: k.Node, Kind: string(kind)})
	}
	for _, e := range h.Entries {
		w.Entries = append(w.Entries, Entry{string(e.Kind), e.Node})
	}
	return w
}

// WorkflowVersion is one version of a workflow.
type WorkflowVersion struct {
	Version   int    `json:"version"`
	Name      string `json:"name"`
	Nodes     int    `json:"nodes"`
	Size      int    `json:"size" doc:"Bytes of JSON."`
	CreatedAt Stamp  `json:"createdAt"`
	CreatedBy string `json:"createdBy"`
}

// WorkflowInput is JSON as the body, read as it came.
type WorkflowInput struct {
	RawBody []byte `contentType:"application/json"`
}

// WorkflowPath names a workflow in a route; it is exported because huma reads no parameters of others.
type WorkflowPath struct {
	ID ident.Workflow `path:"id" doc:"The workflow's id." example:"wf_01ARZ3NDEKTSV4RRFFQ69G5FAV" maxLength:"60"`
}

type workflowOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     Workflow
}

// SavedWorkflow is a workflow that was saved, with what of it cannot run.
type SavedWorkflow struct {
	Workflow
	Unsupported []catalog.TypeUse `json:"unsupported" nullable:"false" doc:"Node types that the platform lacks, or lacks in that version, as in an import's report: runs fail when they get there."`
}

type savedOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     SavedWorkflow
}

func (a *API) answerSaved(h catalog.Head, raw []byte) *savedOutput {
	w := answerWorkflow(h)
	return &savedOutput{w.Location, w.ETag, SavedWorkflow{w.Body, a.Catalog.Unsupported(raw)}}
}

func answerWorkflow(h catalog.Head) *workflowOutput {
	return &workflowOutput{Location: "/api/workflows/" + string(h.ID), ETag: etag(h.Version), Body: workflowOf(h)}
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

const listWorkflows = "workflows"

func workflowRoutes(a *API) {
	read := route{tag: "workflows", role: tenant.Viewer, scope: tenant.ReadWorkflows}
	write := route{tag: "workflows", role: tenant.Editor, scope: tenant.WriteWorkflows}
	n8n := anyObject("A workflow in n8n's JSON format: nodes, connections, settings. Unknown fields are kept.")

	add(a, write.at("createWorkflow", http.MethodPost, "/api/workflows", "Create a workflow").takes(n8n).gives(http.StatusCreated), a.createWorkflow)
	add(a, read.at("listWorkflows", http.MethodGet, "/api/workflows", "List workflows, newest first").refuses(http.StatusNotFound), a.listWorkflows)
	add(a, read.at("getWorkflow", http.MethodGet, "/api/workflows/{id}", "Get a workflow in n8n's JSON format").
		answers(n8n).refuses(http.StatusNotFound), a.getWorkflow)
	add(a, write.at("updateWorkflow", http.MethodPut, "/api/workflows/{id}", "Make a new version of a workflow").
		takes(n8n).refuses(http.StatusNotFound, http.StatusConflict), a.updateWorkflow)
	add(a, write.at("deleteWorkflow", http.MethodDelete, "/api/workflows/{id}", "Delete a workflow; runs of it go on").
		refuses(http.StatusNotFound, http.StatusConflict), a.deleteWorkflow)
	add(a, read.at("listWorkflowVersions", http.MethodGet, "/api/workflows/{id}/versions", "List a workflow's versions, newest first").
		refuses(http.StatusNotFound), a.listVersions)
	add(a, read.at("listWorkflowWebhooks", http.MethodGet, "/api/workflows/{id}/webhooks", "List the addresses that start a workflow, and whether services know them").
		refuses(http.StatusNotFound), a.workflowWebhooks)
	add(a, write.at("activateWorkflow", http.MethodPost, "/api/workflows/{id}/activate", "Let webhooks, forms, chats and schedules start the workflow").
		refuses(http.StatusNotFound, http.StatusConflict), a.activateWorkflow)
	add(a, write.at("deactivateWorkflow", http.MethodPost, "/api/workflows/{id}/deactivate", "Take webhooks, forms, chats and schedules away").
		refuses(http.StatusNotFound, http.StatusConflict), a.deactivateWorkflow)
}

func (a *API) createWorkflow(ctx context.Context, in *WorkflowInput) (*savedOutput, error) {
	who := caller(ctx)
	h, err := a.Catalog.Create(ctx, who.Actor, who.Tenant, in.RawBody)
	if err != nil {
		return nil, err
	}
	return a.answerSaved(h, in.RawBody), nil
}

type workflowListInput struct {
	PageInput
	Search string `query:"search" maxLength:"200" doc:"Text that the name contains, in any case."`
}

func (a *API) listWorkflows(ctx context.Context, in *workflowListInput) (*ListOutput[Workflow], error) {
	who := caller(ctx)
	page, err := in.paging(who.Tenant, listWorkflows)
	if err != nil {
		return nil, err
	}
	heads, next, err := a.Catalog.List(ctx, who.Tenant, in.Search, page)
	if err != nil {
		return nil, err
	}
	known, err := a.registrationsOf(ctx, who.Tenant)
	if err != nil {
		return nil, err
	}
	items := make([]Workflow, len(heads))
	for i, h := range heads {
		items[i] = withRegistrations(h, known)
	}
	return pageOf(who.Tenant, listWorkflows, items, next), nil
}

type workflowGetInput struct {
	WorkflowPath
	Version int `query:"version" minimum:"0" doc:"A version; the current one if left out."`
}

type workflowGetOutput struct {
	ContentType string `header:"Content-Type"`
	ETag        string `header:"ETag"`
	Body        []byte
}

func (a *API) getWorkflow(ctx context.Context, in *workflowGetInput) (*workflowGetOutput, error) {
	h, raw, err := a.Catalog.Get(ctx, caller(ctx).Tenant, in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	if in.Version > 0 {
		h.Version = in.Version
	}
	body, err := export(h, raw)
	return &workflowGetOutput{ContentType: "application/json", ETag: etag(h.Version), Body: body}, err
}

type workflowUpdateInput struct {
	WorkflowPath
	WorkflowInput
	IfMatch string `header:"If-Match" doc:"The ETag of the version that the change is based on; 409 if another one is current by now."`
	Version int    `query:"version" minimum:"0" doc:"The same as If-Match, as a number."`
}

func (a *API) updateWorkflow(ctx context.Context, in *workflowUpdateInput) (*savedOutput, error) {
	based := in.Version
	if m := strings.Trim(strings.TrimPrefix(in.IfMatch, "W/"), `"`); m != "" && m != "*" {
		n, err := strconv.Atoi(m)
		if err != nil || n < 1 {
			return nil, invalid("header.If-Match", "If-Match is not an ETag of this API.")
		}
		based = n
	}
	who := caller(ctx)
	h, err := a.Catalog.Update(ctx, who.Actor, who.Tenant, in.ID, in.RawBody, based)
	if err != nil {
		return nil, err
	}
	return a.answerSaved(h, in.RawBody), nil
}

func (a *API) deleteWorkflow(ctx context.Context, in *WorkflowPath) (*empty, error) {
	who := caller(ctx)
	return nil, a.Catalog.Delete(ctx, who.Actor, who.Tenant, in.ID)
}

func (a *API) activateWorkflow(ctx context.Context, in *WorkflowPath) (*workflowOutput, error) {
	who := caller(ctx)
	h, err := a.Catalog.Activate(ctx, who.Actor, who.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	known, err := a.registrationsOf(ctx, who.Tenant)
	if err != nil {
		return nil, err
	}
	out := answerWorkflow(h)
	out.Body = withRegistrations(h, known)
	return out, nil
}

func (a *API) deactivateWorkflow(ctx context.Context, in *WorkflowPath) (*workflowOutput, error) {
	who := caller(ctx)
	h, err := a.Catalog.Deactivate(ctx, who.Actor, who.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	return answerWorkflow(h), nil
}

type versionListInput struct {
	WorkflowPath
	PageInput
}

func (a *API) listVersions(ctx context.Context, in *versionListInput) (*ListOutput[WorkflowVersion], error) {
	who, list := caller(ctx), "versions/"+string(in.ID)
	page, err := in.paging(who.Tenant, list)
	if err != nil {
		return nil, err
	}
	versions, next, err := a.Catalog.Versions(ctx, who.Tenant, in.ID, page)
	if err != nil {
		return nil, err
	}
	items := make([]WorkflowVersion, len(versions))
	for i, v := range versions {
		items[i] = WorkflowVersion{v.Number, v.Name, v.Nodes, v.Size, Stamp(v.CreatedAt), v.CreatedBy}
	}
	return pageOf(who.Tenant, list, items, next), nil
}

// WorkflowWebhooks are the addresses of one workflow.
type WorkflowWebhooks struct {
	Active   bool      `json:"active" doc:"Whether the workflow listens."`
	Webhooks []Webhook `json:"webhooks" nullable:"false"`
	// Left are what could not be taken away, or not yet.
	Left []Leftover `json:"left" nullable:"false" doc:"Addresses that the workflow no longer has, and that are still registered at a service."`
}

// Leftover is an address that a service may still call.
type Leftover struct {
	Path         string       `json:"path" doc:"Below the API's address."`
	Node         string       `json:"node"`
	Registration Registration `json:"registration"`
}

type webhooksOutput struct{ Body WorkflowWebhooks }

func (a *API) workflowWebhooks(ctx context.Context, in *WorkflowPath) (*webhooksOutput, error) {
	who := caller(ctx)
	h, err := a.Catalog.Head(ctx, who.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	known, err := a.registrationsOf(ctx, who.Tenant)
	if err != nil {
		return nil, err
	}
	out := &webhooksOutput{WorkflowWebhooks{Active: h.Active, Webhooks: withRegistrations(h, known).Webhooks, Left: []Leftover{}}}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if r := known[id]; r.Want.Workflow == h.ID && !r.Want.Active {
			out.Body.Left = append(out.Body.Left, Leftover{"/hooks/" + string(h.Tenant) + "/" + r.Want.Path, r.Want.Node, *registrationOf(r)})
		}
	}
	return out, nil
}

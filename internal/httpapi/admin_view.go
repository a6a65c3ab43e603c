package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
)

// AdminExecutionDetail is a run with its node runs, as operators see it.
type AdminExecutionDetail struct {
	Tenant ident.Tenant    `json:"tenant"`
	Plan   tenant.PlanName `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	ExecutionDetail
}

// actionRead is the audit record of an operator who read what is the tenant's own.
const actionRead = "execution.read"

func adminViewRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator, errors: []int{http.StatusNotFound}}
	get := admin.at("adminGetExecution", http.MethodGet, "/api/admin/executions/{id}", "Get a tenant's execution with its node runs")
	get.about = "Without items and without what code printed, which are the tenant's own."
	add(a, get, a.adminGetExecution)
	wf := admin.at("adminGetExecutionWorkflow", http.MethodGet, "/api/admin/executions/{id}/workflow", "The workflow that a tenant's execution runs").
		answers(anyObject("In n8n's format, without pinned data and without the names of credentials."))
	wf.about = "Leaves an audit record with the tenant."
	add(a, wf, a.adminExecutionWorkflow)
	output := admin.at("adminGetNodeOutput", http.MethodGet, "/api/admin/executions/{id}/nodes/{name}/output", "The items of one node of a tenant's execution").
		answers(itemsPage()).refuses(http.StatusRequestEntityTooLarge)
	output.about = "The first page leaves an audit record with the tenant."
	add(a, output, a.adminNodeOutput)
	again := admin.at("adminPreviewRetry", http.MethodGet, "/api/admin/executions/{id}/retry", "Which side effects a retry of a tenant's execution would cause again")
	add(a, again, a.adminPreviewRetry)
}

func (a *API) adminGetExecution(ctx context.Context, in *AdminExecutionPath) (*struct{ Body AdminExecutionDetail }, error) {
	_, c, err := a.located(ctx, in)
	if err != nil {
		return nil, err
	}
	d, err := a.detailOf(ctx, c)
	for i := range d.Nodes {
		d.Nodes[i].Logs = nil
	}
	return &struct{ Body AdminExecutionDetail }{AdminExecutionDetail{c.Tenant, c.Plan, d}}, err
}

// located finds the execution that the path names.
func (a *API) located(ctx context.Context, in *AdminExecutionPath) (execution.Ref, execution.Control, error) {
	ref, err := a.Office.Locate(ctx, in.Tenant, in.ID)
	if err != nil {
		return ref, execution.Control{}, err
	}
	c, err := a.Executions.Get(ctx, ref)
	return ref, c, err
}

func (a *API) adminExecutionWorkflow(ctx context.Context, in *AdminExecutionPath) (*rawOutput, error) {
	ref, c, err := a.located(ctx, in)
	if err != nil {
		return nil, err
	}
	wf, _, err := a.Relations.WorkflowOf(ctx, c)
	if err != nil {
		return nil, err
	}
	return rawJSON(value.JSON(withoutSecrets(wf.Raw))), a.note(ctx, ref.Tenant, actionRead, string(ref.ID), map[string]any{"read": "workflow"})
}

// withoutSecrets is a workflow without what only the tenant needs to see: which
// credentials its nodes use, and the items that were pinned to them.
func withoutSecrets(raw *value.Object) *value.Object {
	wf := raw.Shallow()
	wf.Delete("pinData")
	nodes, _ := wf.Get("nodes")
	list, _ := nodes.([]any)
	bare := make([]any, len(list))
	for i, n := range list {
		bare[i] = n
		if o, ok := n.(*value.Object); ok {
			o = o.Shallow()
			o.Delete("credentials")
			bare[i] = o
		}
	}
	wf.Set("nodes", bare)
	return wf
}

func (a *API) adminNodeOutput(ctx context.Context, in *struct {
	AdminExecutionPath
	NodeOutputQuery
},
) (*rawOutput, error) {
	ref, err := a.Office.Locate(ctx, in.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	out, err := a.itemsOf(ctx, ref, &in.NodeOutputQuery)
	if err != nil || in.Cursor != "" { // later pages are the same reading
		return out, err
	}
	return out, a.note(ctx, ref.Tenant, actionRead, string(ref.ID), map[string]any{"read": "items", "node": in.Name})
}

func (a *API) adminPreviewRetry(ctx context.Context, in *AdminExecutionPath) (*struct{ Body RetryPreview }, error) {
	ref, err := a.Office.Locate(ctx, in.Tenant, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := a.preview(ctx, ref, "")
	return &struct{ Body RetryPreview }{p}, err
}

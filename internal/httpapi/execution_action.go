package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// ResumeRequest says how to go on with a failed execution.
type ResumeRequest struct {
	UnknownOutcome string `json:"unknownOutcome,omitempty" enum:"retry,skip" doc:"What to do with a call of which it is not known whether it had its effect: repeat it, or go on without it."`
	Version        int    `json:"version,omitempty" minimum:"0" doc:"Another version of the workflow to go on with."`
}

// Repeated is a side effect that a retry would cause again.
type Repeated struct {
	NodeID   string `json:"nodeId"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	RunIndex int    `json:"runIndex"`
	Effect   string `json:"effect" enum:"safe,unsafe,compute" doc:"safe: only reads; unsafe: may change something on the other side again; compute: only time and money."`
}

// RetryPreview is what a retry would do again.
type RetryPreview struct {
	Nodes []Repeated `json:"nodes" nullable:"false"`
}

func executionActionRoutes(a *API) {
	write := route{
		tag: "executions", role: tenant.Editor, scope: tenant.WriteExecutions, status: http.StatusAccepted,
		errors: []int{http.StatusNotFound, http.StatusConflict},
	}
	add(a, write.at("resumeExecution", http.MethodPost, "/api/executions/{id}/resume", "Go on from where an execution failed"), a.resume)
	retry := write.at("retryExecution", http.MethodPost, "/api/executions/{id}/retry", "Start a new execution from an ended one").
		takes(retrySchema()).refuses(http.StatusTooManyRequests)
	retry.bodyless = true
	retry.about = "From the start, from a node with what came before kept, or with another input. With preview=true nothing starts; the answer says what would happen again."
	add(a, retry, a.retry)
	add(a, write.at("cancelExecution", http.MethodPost, "/api/executions/{id}/cancel", "End an execution"), a.cancel)
}

type resumeInput struct {
	ExecutionPath
	Body *ResumeRequest
}

func (a *API) resume(ctx context.Context, in *resumeInput) (*jobOutput, error) {
	var opt execution.ResumeOptions
	if in.Body != nil {
		opt = execution.ResumeOptions{UnknownOutcome: in.Body.UnknownOutcome, Version: in.Body.Version}
	}
	c, err := a.Executions.Resume(ctx, in.ref(ctx), opt)
	if err != nil {
		return nil, err
	}
	return answerJob(jobOf(c.ID, c.Status)), a.note(ctx, c.Tenant, "execution.resume", string(c.ID), opt)
}

func (a *API) cancel(ctx context.Context, in *ExecutionPath) (*jobOutput, error) {
	c, err := a.Executions.Cancel(ctx, in.ref(ctx))
	if err != nil {
		return nil, err
	}
	return answerJob(jobOf(c.ID, c.Status)), a.note(ctx, c.Tenant, "execution.cancel", string(c.ID), map[string]any{"status": c.Status})
}

func retrySchema() *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"fromNode": {Type: huma.TypeString, Description: "The name of the node to start from; what ran before it is kept."},
		"input":    {Description: "Items for the start node, instead of the old ones."},
	}}
}

type retryInput struct {
	ExecutionPath
	WorkflowInput
	Preview bool `query:"preview" doc:"Only say what would happen again."`
}

type retryOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     any
}

func (a *API) retry(ctx context.Context, in *retryInput) (*retryOutput, error) {
	o, err := bodyObject(in.RawBody)
	if err != nil {
		return nil, err
	}
	m := &members{path: "body", o: o}
	m.only("fromNode", "input")
	opt := execution.RetryOptions{FromNode: m.text("fromNode"), Items: m.items("input"), By: caller(ctx).ID}
	if opt.FromNode != "" && opt.Items != nil {
		m.fail("input", "cannot be given together with fromNode")
	}
	if m.err != nil {
		return nil, m.err
	}
	ref := in.ref(ctx)
	if in.Preview {
		preview, err := a.preview(ctx, ref, opt.FromNode)
		return &retryOutput{Status: http.StatusOK, Body: preview}, err
	}
	launched, err := a.Executions.Retry(ctx, ref, opt)
	if err != nil {
		return nil, err
	}
	job := jobOf(launched.ID, launched.Status)
	return &retryOutput{Status: http.StatusAccepted, Location: job.TrackingURL, Body: job}, nil
}

// preview lists the node runs with effects outside that would run again.
func (a *API) preview(ctx context.Context, ref execution.Ref, fromNode string) (RetryPreview, error) {
	p := RetryPreview{Nodes: []Repeated{}}
	runs, err := a.Again.Again(ctx, ref, fromNode)
	if err != nil {
		return p, err
	}
	c, err := a.Executions.Get(ctx, ref)
	if err != nil {
		return p, err
	}
	wf, _, err := a.Relations.WorkflowOf(ctx, c)
	if err != nil {
		return p, err
	}
	for _, r := range runs {
		n := wf.Node(r.Node)
		if n == nil || r.Pinned || n.Disabled {
			continue
		}
		if effect := a.effect(n); effect != "" {
			p.Nodes = append(p.Nodes, Repeated{n.ID, n.Name, n.Type, r.Index, effect})
		}
	}
	return p, nil
}

// effect says what running the node again would do; "" if only its own items.
func (a *API) effect(n *workflow.Node) string {
	if t := a.Nodes.Lookup(n.Type, n.TypeVersion); t != nil && t.Family != nil && t.Effect == nil {
		return "" // computed elsewhere, and nothing else
	}
	switch a.Nodes.FamilyOf(n) {
	case node.HTTP, node.Data:
		v, _ := value.Path(n.Parameters, "method")
		if v == nil {
			v, _ = value.Path(n.Parameters, "requestMethod")
		}
		method, _ := v.(string)
		// A method that is left out is GET; one that is an expression may be anything.
		if m := strings.ToUpper(method); n.Type == typeHTTPRequest && (m == "" || m == http.MethodGet || m == http.MethodHead) {
			return "safe"
		}
		return "unsafe"
	case node.AI:
		return "compute"
	case node.Pure:
		if n.Type == typeExecuteWorkflow { // a retry starts its sub-workflows anew
			return "unsafe"
		}
	}
	return ""
}

const typeExecuteWorkflow = "n8n-nodes-base.executeWorkflow"

const typeHTTPRequest = "n8n-nodes-base.httpRequest"

package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// JobStatus is where a run stands.
type JobStatus struct {
	JobID      ident.Execution  `json:"jobId"`
	WorkflowID ident.Workflow   `json:"workflowId"`
	Status     execution.Status `json:"status" enum:"queued,running,waiting,completed,failed,cancelled"`
	Progress   Progress         `json:"progress"`
	Position   int              `json:"position,omitempty" doc:"The place in the tenant's line, from 1, while it waits for a slot."`
	QueuedAt   Stamp            `json:"queuedAt"`
	StartedAt  *Stamp           `json:"startedAt,omitempty"`
	FinishedAt *Stamp           `json:"finishedAt,omitempty"`
	FailedAt   string           `json:"failedAt,omitempty" doc:"The name of the node at which the run failed; the time is finishedAt."`
	Error      *Failure         `json:"error,omitempty"`
	Output     Raw              `json:"output,omitempty" doc:"The items of the last node, once it has completed."`
	// OutputTooLarge says that the output must be read from the node.
	OutputTooLarge bool `json:"outputTooLarge,omitempty" doc:"The output is too large for this answer; read it at /api/executions/{id}/nodes/{name}/output."`
}

// Progress counts nodes.
type Progress struct {
	Completed int `json:"completed"`
	Total     int `json:"total"`
	Percent   int `json:"percent" minimum:"0" maximum:"100"`
}

// Failure is why a run or a node failed.
type Failure struct {
	Code    fault.Code `json:"code" doc:"What failed, for programs. Of a node: its failure's code. Of the run itself: EXECUTION_TIMEOUT (longer than the setting executionTimeout of its workflow; raise it, then resume), LOOP_LIMIT (a limit of loops or sub-workflows), RUN_CAP_REACHED and WORKFLOW_CAP_REACHED (a cap on AI calls), NODE_OUTCOME_UNKNOWN (resume asks for a decision), CANCELLED."`
	Message string     `json:"message"`
	NodeID  string     `json:"nodeId,omitempty"`
	Node    string     `json:"node,omitempty" doc:"The name of the node that failed."`
}

// ExecutionPath names an execution in a route; it is exported because huma reads no parameters of others.
type ExecutionPath struct {
	ID ident.Execution `path:"id" doc:"The execution's id." example:"exe_01ARZ3NDEKTSV4RRFFQ69G5FAV" maxLength:"60"`
}

func (p ExecutionPath) ref(ctx context.Context) execution.Ref {
	return execution.Ref{Tenant: caller(ctx).Tenant, ID: p.ID}
}

func jobRoutes(a *API) {
	type output struct{ Body JobStatus }
	add(a, route{
		id: "getJobStatus", method: http.MethodGet, path: "/api/jobs/{id}/status", tag: "executions", summary: "Where a run stands",
		role: tenant.Viewer, scope: tenant.ReadExecutions, errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *ExecutionPath) (*output, error) {
		s, err := a.jobStatus(ctx, in.ref(ctx))
		return &output{s}, err
	})
}

func (a *API) jobStatus(ctx context.Context, ref execution.Ref) (JobStatus, error) {
	c, err := a.Executions.Get(ctx, ref)
	if err != nil {
		return JobStatus{}, err
	}
	s := JobStatus{
		JobID: c.ID, WorkflowID: c.WorkflowID, Status: c.Status, Progress: progressOf(c),
		QueuedAt: Stamp(c.CreatedAt), StartedAt: stamp(c.StartedAt), FinishedAt: stamp(c.FinishedAt), Error: failureOf(c.Error),
	}
	switch c.Status {
	case execution.Failed:
		if c.Error != nil {
			s.FailedAt = c.Error.Node
		}
	case execution.Queued:
		s.Position, err = a.Executions.Position(ctx, ref)
	case execution.Completed:
		err = a.output(ctx, c, &s)
	}
	return s, err
}

// output adds the items of the last node.
func (a *API) output(ctx context.Context, c execution.Control, s *JobStatus) error {
	last, err := a.Executions.LastOf(ctx, c)
	if err != nil {
		return err
	}
	items := workflow.AppendItems(nil, last.Given())
	if len(items) > maxAnswer {
		s.OutputTooLarge = true
		return nil
	}
	s.Output = items
	return nil
}

func progressOf(c execution.Control) Progress {
	p := Progress{Completed: c.NodesDone, Total: max(c.NodesTotal, c.NodesDone)}
	switch {
	case c.Status == execution.Completed:
		p.Percent = 100 // also where branches were not taken
	case p.Total > 0:
		p.Percent = min(100*p.Completed/p.Total, 99)
	}
	return p
}

func failureOf(f *execution.Failure) *Failure {
	if f == nil {
		return nil
	}
	return &Failure{Code: f.Code, Message: f.Message, NodeID: f.NodeID, Node: f.Node}
}

package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Execution is one run of a workflow.
type Execution struct {
	ID          ident.Execution  `json:"id"`
	WorkflowID  ident.Workflow   `json:"workflowId"`
	Version     int              `json:"version"`
	Status      execution.Status `json:"status" enum:"queued,running,waiting,completed,failed,cancelled"`
	Trigger     string           `json:"trigger" doc:"api, webhook, form, chat, schedule, retry, error or workflow."`
	TriggeredBy string           `json:"triggeredBy" doc:"The key, schedule, webhook or execution that started it."`
	Test        bool             `json:"test,omitempty"`
	Generation  int              `json:"generation" doc:"Raised each time it is queued again."`
	Progress    Progress         `json:"progress"`
	QueuedAt    Stamp            `json:"queuedAt"`
	StartedAt   *Stamp           `json:"startedAt,omitempty"`
	FinishedAt  *Stamp           `json:"finishedAt,omitempty"`
	DurationMs  int64            `json:"durationMs" doc:"From its start to its end, or until now."`
	Tokens      int64            `json:"tokens" doc:"AI tokens."`
	CostUsd     Money            `json:"costUsd" doc:"Of AI calls, and when it has ended an estimate of what it took of the platform itself."`
	Error       *Failure         `json:"error,omitempty"`
}

// ExecutionDetail is a run with its node runs.
type ExecutionDetail struct {
	Execution
	Given        bool       `json:"given,omitempty" doc:"It runs a workflow that a node of its parent holds, and not the one that workflowId names: that is its parent's."`
	CancelAsked  bool       `json:"cancelAsked,omitempty" doc:"It ends when the node that runs has ended."`
	Nodes        []NodeRow  `json:"nodes" nullable:"false" doc:"In the order in which they ran."`
	Parent       *ParentRun `json:"parent,omitempty" doc:"The node run that started it; only of a run that another workflow started."`
	Children     []ChildRun `json:"children,omitempty" doc:"Runs of other workflows that it started itself, in the order of its nodes; each lists its own."`
	MoreChildren bool       `json:"moreChildren,omitempty" doc:"There are more than are listed."`
	SubRuns      *SubRuns   `json:"subRuns,omitempty" doc:"What the sub-workflows took that have ended, with all that they ran in turn. It is not in tokens and costUsd, and counts for the cap maxTokensPerRun all the same."`
}

// NodeRow is one run of one node, without its items.
type NodeRow struct {
	NodeID      string             `json:"nodeId"`
	Name        string             `json:"name"`
	Type        string             `json:"type"`
	Status      workflow.RunStatus `json:"status" enum:"pending,running,completed,failed,skipped,cancelled"`
	RunIndex    int                `json:"runIndex"`
	Attempts    int                `json:"attempts"`
	StartedAt   *Stamp             `json:"startedAt,omitempty" doc:"Of a node that runs now: of its present attempt."`
	DurationMs  int64              `json:"durationMs"`
	InputItems  int                `json:"inputItems"`
	OutputItems int                `json:"outputItems"`
	InputSize   int                `json:"inputSize" doc:"Bytes of JSON."`
	OutputSize  int                `json:"outputSize" doc:"Bytes of JSON."`
	TokenUsage  *Tokens            `json:"tokenUsage,omitempty"`
	CostUsd     Money              `json:"costUsd"`
	Error       *NodeFailure       `json:"error,omitempty"`
	Logs        []string           `json:"logs,omitempty" doc:"What code printed."`
	Pinned      bool               `json:"pinned,omitempty" doc:"The items came from pinData."`
	RetryAt     *Stamp             `json:"retryAt,omitempty" doc:"When a failed attempt is repeated."`
	SubRuns     *SubRuns           `json:"subRuns,omitempty" doc:"What the sub-workflows took that it ran."`
}

// Tokens is what the AI calls of a node used.
type Tokens struct {
	Model      string `json:"model,omitempty"`
	Prompt     int64  `json:"prompt"`
	Completion int64  `json:"completion"`
	Total      int64  `json:"total"`
	Cached     int64  `json:"cached,omitempty"`
}

// NodeFailure is why a node failed.
type NodeFailure struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Detail  string     `json:"detail,omitempty"`
	Item    *int       `json:"item,omitempty" doc:"The item that failed, from 0."`
	Line    int        `json:"line,omitempty" doc:"The line of a code node."`
}

const listExecutions = "executions"

func executionRoutes(a *API) {
	read := route{tag: "executions", role: tenant.Viewer, scope: tenant.ReadExecutions}
	add(a, read.at("listExecutions", http.MethodGet, "/api/executions", "List executions, newest first").refuses(http.StatusNotFound), a.listExecutions)
	add(a, read.at("getExecution", http.MethodGet, "/api/executions/{id}", "Get an execution with its node runs").refuses(http.StatusNotFound), a.getExecution)
}

type executionListInput struct {
	PageInput
	WorkflowID ident.Workflow   `query:"workflowId" maxLength:"60"`
	Status     execution.Status `query:"status" enum:"queued,running,waiting,completed,failed,cancelled"`
	Since      time.Time        `query:"since" doc:"Accepted at or after."`
	Until      time.Time        `query:"until" doc:"Accepted before."`
}

func (a *API) listExecutions(ctx context.Context, in *executionListInput) (*ListOutput[Execution], error) {
	who := caller(ctx)
	page, err := in.paging(who.Tenant, listExecutions)
	if err != nil {
		return nil, err
	}
	found, err := a.Executions.List(ctx, who.Tenant, execution.Filter{
		WorkflowID: in.WorkflowID, Status: in.Status, Since: in.Since, Until: in.Until, Limit: page.Limit, Cursor: page.Cursor,
	})
	if err != nil {
		return nil, err
	}
	items := make([]Execution, len(found.Items))
	for i, c := range found.Items {
		items[i] = executionOf(c, a.Clock.Now())
	}
	return pageOf(who.Tenant, listExecutions, items, found.Next), nil
}

// executionOf is an execution as clients see it at the time now.
func executionOf(c execution.Control, now time.Time) Execution {
	e := Execution{
		ID: c.ID, WorkflowID: c.WorkflowID, Version: c.Version, Status: c.Status, Trigger: c.Trigger, TriggeredBy: c.TriggeredBy,
		Test: c.Test, Generation: c.Generation, Progress: progressOf(c), QueuedAt: Stamp(c.CreatedAt), StartedAt: stamp(c.StartedAt),
		FinishedAt: stamp(c.FinishedAt), Tokens: c.Tokens, CostUsd: Money(c.CostMicro), Error: failureOf(c.Error),
	}
	if !c.StartedAt.IsZero() {
		end := c.FinishedAt
		if end.IsZero() {
			end = now
		}
		e.DurationMs = millis(max(end.Sub(c.StartedAt), 0))
	}
	return e
}

func (a *API) getExecution(ctx context.Context, in *ExecutionPath) (*struct{ Body ExecutionDetail }, error) {
	c, err := a.Executions.Get(ctx, in.ref(ctx))
	if err != nil {
		return nil, err
	}
	d, err := a.detailOf(ctx, c)
	return &struct{ Body ExecutionDetail }{d}, err
}

// detailOf is an execution with its node runs and its relations.
func (a *API) detailOf(ctx context.Context, c execution.Control) (ExecutionDetail, error) {
	runs, err := a.Executions.RunsOf(ctx, c)
	if err != nil {
		return ExecutionDetail{}, err
	}
	wf, given, err := a.Relations.WorkflowOf(ctx, c)
	if err != nil {
		return ExecutionDetail{}, err
	}
	d := ExecutionDetail{Execution: executionOf(c, a.Clock.Now()), Given: given, CancelAsked: c.CancelAsked, Nodes: make([]NodeRow, 0, len(runs)+len(c.Claims))}
	for _, r := range runs {
		d.Nodes = append(d.Nodes, rowOf(wf, r))
	}
	d.Nodes = append(d.Nodes, openRows(wf, c)...)
	return d, a.family(ctx, c, runs, &d)
}

// rowOf is a finished node run as clients see it.
func rowOf(wf *workflow.Workflow, r workflow.NodeRun) NodeRow {
	row := NodeRow{
		Name: r.Node, Status: r.Status, RunIndex: r.Index, Attempts: r.Attempts, StartedAt: stamp(r.StartedAt),
		DurationMs: millis(r.Duration), InputItems: r.InItems, OutputItems: r.OutItems, InputSize: r.InBytes, OutputSize: r.OutBytes,
		CostUsd: Money(r.CostMicro), Logs: r.Logs, Pinned: r.Pinned, SubRuns: subRunsOf(r.Sub),
	}
	row.place(wf)
	if u := r.Usage; u != nil {
		row.TokenUsage = &Tokens{u.Model, u.Prompt, u.Completion, u.Total, u.Cached}
	}
	if f := r.Error; f != nil {
		row.Error = &NodeFailure{Code: f.Code, Message: f.Message, Detail: f.Detail, Line: f.Line}
		if f.Item >= 0 {
			row.Error.Item = &f.Item
		}
	}
	return row
}

// openRows are the nodes that run now, or will run again.
func openRows(wf *workflow.Workflow, c execution.Control) []NodeRow {
	var rows []NodeRow
	for seq := range c.Claims {
		rows = append(rows, openRow(wf, c, seq))
	}
	for seq := range c.Retries {
		if _, runs := c.Claims[seq]; !runs && !c.Status.Terminal() {
			rows = append(rows, retryRow(wf, c, seq))
		}
	}
	slices.SortFunc(rows, func(a, b NodeRow) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// openRow is a node that runs now, by the sequence number of its claim.
func openRow(wf *workflow.Workflow, c execution.Control, seq int) NodeRow {
	claim := c.Claims[seq]
	row := NodeRow{Name: claim.Node, Status: workflow.RunRunning, RunIndex: claim.Run, Attempts: claim.Attempt, StartedAt: stamp(claim.StartedAt)}
	if r, ok := c.Retries[seq]; ok {
		row.Attempts = max(row.Attempts, r.Attempt+1)
	}
	row.place(wf)
	return row
}

// retryRow is a node whose failed attempt will be repeated, by its sequence number.
func retryRow(wf *workflow.Workflow, c execution.Control, seq int) NodeRow {
	r := c.Retries[seq]
	row := NodeRow{
		Name: r.Node, Status: workflow.RunPending, RunIndex: r.Run, Attempts: r.Attempt, RetryAt: stamp(r.At),
		Error: &NodeFailure{Code: r.Code, Message: "The attempt failed; it will be repeated."},
	}
	if r.Code == execution.CodeAsked { // it waits for the workflows that it runs
		row.Status, row.Attempts, row.RetryAt, row.Error = workflow.RunRunning, r.Attempt-r.Asked+1, nil, nil
	}
	row.place(wf)
	return row
}

// place adds what the workflow knows of the node.
func (row *NodeRow) place(wf *workflow.Workflow) {
	if n := wf.Node(row.Name); n != nil {
		row.NodeID, row.Type = n.ID, n.Type
	}
}

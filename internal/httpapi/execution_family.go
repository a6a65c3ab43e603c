package httpapi

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// ParentRun is the node run that started an execution.
type ParentRun struct {
	ExecutionID ident.Execution `json:"executionId"`
	Node        string          `json:"node" doc:"The node's name."`
	RunIndex    int             `json:"runIndex"`
	Item        int             `json:"item" doc:"Its number among the runs that the node run asked for, from 0."`
	Detached    bool            `json:"detached,omitempty" doc:"The parent does not wait for it."`
}

// ChildRun is an execution that a node run started, or was to start.
type ChildRun struct {
	ExecutionID ident.Execution  `json:"executionId,omitempty" doc:"Empty if it was not started: error says why."`
	WorkflowID  ident.Workflow   `json:"workflowId,omitempty"`
	Status      execution.Status `json:"status,omitempty" enum:"queued,running,waiting,completed,failed,cancelled" doc:"Empty if the run is no longer kept."`
	Node        string           `json:"node" doc:"The node's name."`
	RunIndex    int              `json:"runIndex"`
	Item        int              `json:"item" doc:"Its number among the runs that the node run asked for, from 0."`
	Detached    bool             `json:"detached,omitempty" doc:"Nobody waits for it."`
	Tokens      int64            `json:"tokens"`
	CostUsd     Money            `json:"costUsd"`
	Error       *Failure         `json:"error,omitempty"`
}

// SubRuns is what sub-workflows took, with all that they ran in turn. It is counted
// for their own executions, and not in the tokens and the cost beside it.
type SubRuns struct {
	Count   int   `json:"count" doc:"Runs that were started directly."`
	Tokens  int64 `json:"tokens"`
	CostUsd Money `json:"costUsd"`
}

// family adds parent, children and what the children took.
func (a *API) family(ctx context.Context, c execution.Control, runs []workflow.NodeRun, d *ExecutionDetail) error {
	if p := c.Parent; p.ID != "" {
		d.Parent = &ParentRun{ExecutionID: p.ID, Node: p.Node, RunIndex: p.Run, Item: p.Item, Detached: p.Detached}
	}
	if c.SubRuns == 0 {
		return nil
	}
	children, more, err := a.Relations.Children(ctx, c.Ref)
	if err != nil {
		return err
	}
	d.MoreChildren = more
	for _, k := range children {
		d.Children = append(d.Children, childOf(k))
	}
	var sum SubRuns
	for _, r := range runs {
		if s := subRunsOf(r.Sub); s != nil {
			sum.Count += s.Count
			sum.Tokens += s.Tokens
			sum.CostUsd += s.CostUsd
		}
	}
	if sum.Count > 0 {
		d.SubRuns = &sum
	}
	return nil
}

func subRunsOf(s *workflow.SubRuns) *SubRuns {
	if s == nil {
		return nil
	}
	return &SubRuns{Count: s.Count, Tokens: s.Tokens, CostUsd: Money(s.CostMicro)}
}

func childOf(k execution.Child) ChildRun {
	r := ChildRun{ExecutionID: k.Child, Node: k.Node, RunIndex: k.Run, Item: k.Item, Detached: k.Detached}
	if k.Err != nil {
		r.Error = &Failure{Code: k.Err.Code, Message: k.Err.Message}
	}
	if c := k.Control; c != nil {
		r.WorkflowID, r.Status, r.Tokens, r.CostUsd, r.Error = c.WorkflowID, c.Status, c.Tokens, Money(c.CostMicro), failureOf(c.Error)
	}
	return r
}

package execution

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Relations reads how executions hang together.
type Relations interface {
	// Children are the runs that an execution started, at most MaxChildren, by node run
	// and number; more says that there are others.
	Children(ctx context.Context, ref Ref) (children []Child, more bool, err error)
	// WorkflowOf is what an execution runs: a stored version, or (given) what a node of
	// its parent held in a parameter.
	WorkflowOf(ctx context.Context, c Control) (wf *workflow.Workflow, given bool, err error)
}

var _ Relations = (*Desk)(nil)

// MaxChildren is how many children are read of one execution.
const MaxChildren = 100

// Child is a link with the execution that it leads to, if it was started and is kept.
type Child struct {
	Link
	Control *Control
}

// Children reads what an execution started.
func (d *Desk) Children(ctx context.Context, ref Ref) ([]Child, bool, error) {
	links, err := d.Store.Links(ctx, ref, "", 0)
	if err != nil {
		return nil, false, err
	}
	more := len(links) > MaxChildren
	out := make([]Child, min(len(links), MaxChildren))
	for i := range out {
		out[i].Link = links[i]
		if links[i].Child == "" {
			continue
		}
		c, err := d.Store.Load(ctx, Ref{ref.Tenant, links[i].Child})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, false, err
		}
		if err == nil {
			out[i].Control = &c
		}
	}
	return out, more, nil
}

// WorkflowOf is what an execution runs.
func (d *Desk) WorkflowOf(ctx context.Context, c Control) (*workflow.Workflow, bool, error) {
	if c.Parent.ID == "" && c.Trigger != "retry" {
		wf, _, err := d.Workflows.Workflow(ctx, c.Tenant, c.WorkflowID, c.Version)
		return wf, false, err
	}
	s := States{Store: d.Store, Workflows: d.Workflows}
	wf, start, err := s.begin(ctx, c)
	return wf, start.Workflow != nil, err
}

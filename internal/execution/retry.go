package execution

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Retry starts a new execution of the same workflow and version: from the start,
// with another input, or from a node on with the earlier checkpoints kept.
func (d *Desk) Retry(ctx context.Context, ref Ref, opt RetryOptions) (Launched, error) {
	c, err := d.Store.Load(ctx, ref)
	if err != nil {
		return Launched{}, err
	}
	if !c.Status.Terminal() {
		return Launched{}, fault.New(fault.Conflict, fault.CodeConflict, "The execution is %s; only one that has ended can be retried.", c.Status)
	}
	start, err := d.Store.Start(ctx, c)
	if err != nil {
		return Launched{}, err
	}
	if opt.Items != nil {
		start.Items = opt.Items
	}
	kept, _, err := d.split(ctx, c, opt.FromNode)
	if err != nil {
		return Launched{}, err
	}
	return d.Launch(ctx, Launch{
		Tenant: c.Tenant, WorkflowID: c.WorkflowID, Version: c.Version, Start: start, Test: c.Test,
		ID: opt.ID, Trigger: "retry", TriggeredBy: string(c.ID), CopyRuns: kept,
	})
}

// Again returns the node runs that a retry from the node would repeat.
func (d *Desk) Again(ctx context.Context, ref Ref, fromNode string) ([]workflow.NodeRun, error) {
	c, err := d.Store.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	_, again, err := d.split(ctx, c, fromNode)
	return again, err
}

// split parts the node runs before the first run of a node from the others; with
// no node all of them come after.
func (d *Desk) split(ctx context.Context, c Control, fromNode string) (before, after []workflow.NodeRun, err error) {
	runs, err := d.Runs(ctx, c.Ref)
	if err != nil {
		return nil, nil, err
	}
	if fromNode == "" {
		return nil, runs, nil
	}
	for i, r := range runs {
		if r.Node == fromNode {
			return completed(runs[:i]), runs[i:], nil
		}
	}
	return nil, nil, fault.New(fault.Invalid, fault.CodeValidation, "Node %q did not run in this execution; name one that did.", fromNode)
}

func completed(runs []workflow.NodeRun) []workflow.NodeRun {
	var out []workflow.NodeRun
	for _, r := range runs {
		if !r.Failed() {
			out = append(out, r)
		}
	}
	return out
}

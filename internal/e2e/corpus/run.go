package corpus

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/sqltable"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// The recorded runs were made with these settings.
const (
	timezone = "America/New_York"
	mode     = "manual"
)

// maxRuns ends runs that n8n ended earlier.
const maxRuns = 2000

// perRun is the time that one workflow may take here.
const perRun = time.Minute

// Played is a workflow's run here: the runs of each node, and the node that failed.
type Played struct {
	Runs   map[string][]*workflow.NodeRun
	Order  []string
	Failed string
	Error  *workflow.NodeError
}

// Player runs recorded workflows.
type Player struct {
	Registry *node.Registry
	Clock    clock.Clock
}

// Play runs a workflow as its golden was run.
func (p Player) Play(ctx context.Context, wf *workflow.Workflow, g Golden) (Played, error) {
	ctx, cancel := clock.WithTimeout(ctx, p.Clock, perRun)
	defer cancel()
	out := Played{Runs: map[string][]*workflow.NodeRun{}}
	w, err := walk.New(wf, walk.Options{Start: g.Start, Pinned: g.PinData, MaxRuns: maxRuns})
	if err != nil {
		return out, err
	}
	zone := wf.Settings.Timezone
	if zone == "" || zone == "DEFAULT" {
		zone = timezone
	}
	env := &node.Env{
		Workflow: wf, Registry: p.Registry, History: w.History(), Clock: p.Clock, Pinned: g.PinData,
		Services: node.Services{Code: code.InProcess{}, Tables: sqltable.Engine{}},
		Run:      node.RunInfo{Tenant: "corpus", WorkflowID: wf.ID, ExecutionID: "1", Mode: mode, Timezone: zone, Now: p.Clock.Now(), Attempt: 1},
	}
	for steps := w.Ready(); len(steps) > 0; steps = w.Ready() {
		run := node.Execute(ctx, env, steps[0]).Run
		if run.Outputs != nil || run.Failed() {
			out.Order = append(out.Order, run.Node)
			out.Runs[run.Node] = append(out.Runs[run.Node], run)
		}
		if run.Failed() {
			out.Failed, out.Error = run.Node, run.Error
		}
		if err := w.Done(steps[0], run); err != nil {
			out.Failed = w.ErrNode()
			return out, nil //nolint:nilerr // it is the outcome of the workflow
		}
	}
	return out, nil
}

package execution

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// childState is where one of the runs that a node run asked for stands.
type childState int

const (
	childGoes   childState = iota // not ended: the parent waits
	childEnded                    // well
	childFailed                   // or was not started
	childLater                    // the turn has no time left to see to it
)

// children are the runs that a step's node asked for, as the turn sees to them.
type children struct {
	*turn
	step  walk.Step
	ask   *node.SubRuns
	links map[int]Link // by number
}

// startChildren sees to the runs that the step's node asked for. They run one after
// the other, as n8n's do, and the execution waits for one at a time. The answer is
// childEnded when all have ended that had to; childGoes if Control.Child has not.
func (t *turn) startChildren(ctx context.Context, s walk.Step, ask *node.SubRuns) (childState, error) {
	if busy, err := t.awaitsOther(ctx, s); busy || err != nil {
		return childGoes, err
	}
	k := &children{turn: t, step: s, ask: ask}
	if err := k.read(ctx); err != nil {
		return childGoes, err
	}
	for i := k.from(); i < len(ask.Runs); i++ {
		if t.Clock.Now().Sub(t.began) > pureBudget {
			return childLater, nil
		}
		switch st, err := k.see(ctx, i); {
		case err != nil || st == childGoes:
			return childGoes, err
		case st == childFailed && !ask.GoOn:
			return childEnded, nil
		}
	}
	return childEnded, nil
}

// awaitsOther reports whether a run that another step asked for has not ended: in
// a workflow with parallel branches.
func (t *turn) awaitsOther(ctx context.Context, s walk.Step) (bool, error) {
	if t.control.Child == "" || !t.state.wf.Settings.Parallel {
		return false, nil
	}
	c, err := t.Store.Load(ctx, Ref{t.guard.Tenant, t.control.Child})
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && !c.Status.Terminal() && (c.Parent.Node != s.Node.Name || c.Parent.Run != s.RunIndex), err
}

// from is where to begin: the runs before the last link have ended, because each
// was started when the one before it had. Resumed, all are looked at again.
func (k *children) from() int {
	last := 0
	for n, l := range k.links {
		if l.Since < k.control.ResumedAt {
			return 0
		}
		last = max(last, n-k.ask.First)
	}
	return last
}

// seeTries bounds the rounds of see against a child that changes meanwhile.
const seeTries = 4

// see looks at one run, and starts it if it was not, or resumes it if the parent
// was resumed since it failed. A write that found something else than what was read
// is no reason to stop while the execution is this turn's: it looks again.
func (k *children) see(ctx context.Context, i int) (childState, error) {
	for range seeTries {
		st, err := k.look(ctx, i)
		if !errors.Is(err, ErrSuperseded) {
			return st, err
		}
		if err := k.stillOurs(ctx); err != nil {
			return childGoes, err
		}
		if err := k.read(ctx); err != nil {
			return childGoes, err
		}
	}
	return childGoes, fault.New(fault.Unavailable, fault.CodeUnavailable, "The sub-workflow's run changes too fast; try again.")
}

func (k *children) look(ctx context.Context, i int) (childState, error) {
	l, linked := k.links[k.ask.First+i]
	resumed := linked && l.Since < k.control.ResumedAt
	switch {
	case k.ask.Runs[i].Err != nil:
		return childFailed, nil
	case !linked:
		return k.start(ctx, i, nil)
	case l.Err != nil && resumed:
		return k.start(ctx, i, &l)
	case l.Err != nil:
		return childFailed, nil
	case k.ask.Detached:
		return childEnded, nil
	}
	c, err := k.Store.Load(ctx, Ref{k.guard.Tenant, l.Child})
	switch {
	case fault.Is(err, fault.NotFound) && resumed:
		return k.start(ctx, i, &l)
	case fault.Is(err, fault.NotFound):
		return childFailed, nil // removed
	case err != nil:
		return childGoes, err
	case c.Status == Completed:
		return childEnded, nil
	case !c.Status.Terminal():
		k.control.Child = c.ID
		return childGoes, nil
	case c.Parent.Since >= k.control.ResumedAt:
		return childFailed, nil
	}
	return childGoes, k.resume(ctx, c)
}

// read reads the links of the node run.
func (k *children) read(ctx context.Context) error {
	links, err := linksOf(ctx, k.Store, k.guard.Ref, runID{k.step.Node.Name, k.step.RunIndex})
	if err == nil {
		k.links = links
	}
	return err
}

// stillOurs is ErrSuperseded if the turn's belief no longer holds.
func (t *turn) stillOurs(ctx context.Context) error {
	c, err := t.Store.Load(ctx, t.guard.Ref)
	if err != nil {
		return err
	}
	if c.Generation != t.guard.Generation || c.Status != Running || c.MachineRun != t.guard.MachineRun || c.CancelAsked {
		return ErrSuperseded
	}
	t.control = c
	return nil
}

// resume goes on with a run that failed or was cancelled, once for each time that
// the parent was resumed. The decision on an unknown outcome is handed down.
func (k *children) resume(ctx context.Context, c Control) error {
	if err := k.flush(ctx); err != nil {
		return err
	}
	now := k.Clock.Now().UTC()
	next, err := k.Store.Requeue(ctx, Requeue{
		Ref: c.Ref, Generation: c.Generation, From: []Status{Failed, Cancelled}, Now: now, DueAt: now.Add(FirstLook),
		Resumed: true, Outcome: k.control.Outcome, Parent: &k.guard, Since: k.guard.Generation,
	})
	if err != nil {
		return err
	}
	k.control.Child = c.ID
	k.Observer.Execution(EventOf(EventResumed, next, now))
	_ = k.Line.Offer(ctx, Message{Tenant: next.Tenant, Execution: next.ID, Generation: next.Generation, Plan: next.Plan}) // sweep repairs a lost message
	return nil
}

// start starts one run. What came before it is saved first: an effect follows only
// what is checkpointed.
func (k *children) start(ctx context.Context, i int, old *Link) (childState, error) {
	if err := k.flush(ctx); err != nil {
		return childGoes, err
	}
	b, refused, err := k.birth(ctx, i, old)
	if err != nil {
		return childGoes, err
	}
	var id ident.Execution
	if refused == nil {
		id, err = k.Store.CreateChild(ctx, b)
		refused = limitOf(err)
	}
	l := Link{Ref: k.guard.Ref, Parent: k.parent(i), Child: id, Err: refused}
	switch {
	case refused != nil:
		if err := k.Store.RefuseChild(ctx, l, old); err != nil {
			return childGoes, err
		}
		return childFailed, nil
	case err != nil:
		return childGoes, err
	}
	if id == b.ID {
		k.Observer.Execution(EventOf(EventQueued, b.Control, b.CreatedAt))
	}
	_ = k.Line.Offer(ctx, Message{Tenant: b.Tenant, Execution: id, Generation: 1, Plan: b.Plan}) // sweep repairs a lost message
	if k.ask.Detached {
		return childEnded, nil
	}
	k.control.Child = id
	return childGoes, nil
}

// limitOf is the refusal in an error of CreateChild, nil for errors of other kinds.
func limitOf(err error) *fault.Error {
	if fault.Is(err, fault.LimitExceeded) {
		return fault.Of(err)
	}
	return nil
}

func (k *children) parent(i int) Parent {
	return Parent{
		ID: k.guard.ID, Node: k.step.Node.Name, Run: k.step.RunIndex, Item: k.ask.First + i,
		Detached: k.ask.Detached, Since: k.guard.Generation,
	}
}

// birth describes the execution to start, or says why there can be none.
func (k *children) birth(ctx context.Context, i int, old *Link) (Birth, *fault.Error, error) {
	run, c := k.ask.Runs[i], k.control
	if c.Depth >= MaxDepth {
		return Birth{}, fault.New(fault.Invalid, fault.CodeLoopLimit,
			"Workflows that run workflows may be %d levels deep, and this is the last one. If a workflow calls itself, let it stop.", MaxDepth), nil
	}
	wf, version, refused, err := k.workflow(ctx, run)
	if err != nil || refused != nil {
		return Birth{}, refused, err
	}
	first := subStart(wf)
	if first == nil {
		return Birth{}, fault.New(fault.Invalid, fault.CodeValidation,
			"The workflow %q has no node to start from; add an Execute Workflow Trigger to it.", wf.Name), nil
	}
	_, limits, err := k.Limits.Limits(ctx, c.Tenant)
	if err != nil {
		return Birth{}, nil, err
	}
	now := k.Clock.Now().UTC()
	b := Birth{Guard: k.guard, Old: old, Cap: MaxSubRuns, Creation: Creation{
		Control: Control{
			Ref: Ref{c.Tenant, k.childID(i, now)}, WorkflowID: ident.Workflow(run.Workflow), Version: version,
			Plan: c.Plan, Status: Queued, Generation: 1, Trigger: "workflow", TriggeredBy: string(c.ID), Test: c.Test,
			NodesTotal: countNodes(wf), CreatedAt: now, QueuedAt: now, LastOfferedAt: now, DueAt: now.Add(FirstLook), ResumeToken: ident.Token(),
			Parent: k.parent(i), Root: c.Root, Depth: c.Depth + 1,
		},
		Start: Start{Node: first.Name, Items: run.Items, Mode: "integrated", Workflow: run.Inline}, Limits: limits,
	}}
	if b.Root == "" {
		b.Root = c.ID
	}
	switch {
	case run.Inline != nil:
		b.WorkflowID, b.Version = c.WorkflowID, c.Version
	case wf.ID != "": // it may be named by the id that it had elsewhere
		b.WorkflowID = ident.Workflow(wf.ID)
	}
	if own := k.state.caps.SubRuns; own > 0 {
		b.Cap = min(b.Cap, own)
	}
	return b, nil, nil
}

// childID is new for each try; the link decides which one counts.
func (k *children) childID(i int, now time.Time) ident.Execution {
	return ident.Execution(ident.Derived(ident.PrefixExecution, now, string(k.guard.ID), k.step.Node.Name,
		strconv.Itoa(k.step.RunIndex), strconv.Itoa(k.ask.First+i), strconv.Itoa(k.guard.Generation)))
}

// workflow is what a run is to run.
func (k *children) workflow(ctx context.Context, run node.SubRun) (wf *workflow.Workflow, version int, refused *fault.Error, err error) {
	if run.Inline != nil {
		wf, err = workflow.Parse(run.Inline)
	} else {
		wf, version, err = k.States.Workflows.Workflow(ctx, k.guard.Tenant, ident.Workflow(run.Workflow), 0)
	}
	switch f := fault.Of(err); {
	case err == nil:
	case f.Kind == fault.NotFound:
		refused = fault.New(fault.NotFound, fault.CodeNotFound, "There is no workflow %s here; import it or make it, then choose it in the node.", called(run))
	case f.Kind == fault.Invalid:
		refused = fault.New(fault.Invalid, f.Code, "The workflow %s cannot be run: %s", called(run), fault.Shorten(f.Message, fault.MaxMessage))
	default:
		return nil, 0, nil, err
	}
	if refused == nil && wf.Settings.CallerPolicy == "none" {
		refused = fault.New(fault.Forbidden, fault.CodeForbidden, "The workflow %q may not be called by other workflows: its setting callerPolicy is none.", wf.Name)
	}
	return wf, version, refused, nil
}

// called names the workflow of a run for messages.
func called(run node.SubRun) string {
	switch {
	case run.Inline != nil:
		return "in the node's parameter"
	case run.Name != "":
		return "\"" + run.Name + "\" (" + run.Workflow + ")"
	}
	return run.Workflow
}

// awaitChild gives the slot back until the child has ended. A child that ended
// before the execution was suspended found nobody to wake: so it is looked at after.
func (t *turn) awaitChild(ctx context.Context) (Directive, error) {
	if err := t.bind(ctx); err != nil {
		return Directive{}, err
	}
	t.segment.Done, t.segment.Child = len(t.state.done), t.control.Child
	saved := len(t.segment.Records) == 0
	if _, err := t.Store.Suspend(ctx, t.guard, t.segment, t.Clock.Now().Add(FirstLook)); err != nil {
		return Directive{}, err
	}
	if saved {
		t.States.give(t.guard.Ref, t.state, t.control.Next)
	}
	t.Observer.Execution(EventOf(EventWaiting, t.control, t.Clock.Now()))
	if err := t.Line.Release(ctx, t.guard.Ref, t.guard.Generation); err != nil {
		return Directive{}, err
	}
	return done, t.lookAtChild(ctx)
}

// lookAtChild wakes the execution itself if the child that it waits for has ended.
func (t *turn) lookAtChild(ctx context.Context) error {
	ended, err := ChildEnded(ctx, t.Store, t.guard.Tenant, t.control.Child)
	if err != nil || !ended {
		return err
	}
	return t.Line.Offer(ctx, t.control.ChildEnded())
}

// ChildEnded reports whether the run has ended or is gone.
func ChildEnded(ctx context.Context, store interface {
	Load(ctx context.Context, ref Ref) (Control, error)
}, t ident.Tenant, id ident.Execution) (bool, error) {
	c, err := store.Load(ctx, Ref{t, id})
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return err == nil && c.Status.Terminal(), err
}

// subStart is the node from which a workflow starts that another one runs.
// Source: n8n, which looks for its trigger first, then for the manual ones.
func subStart(wf *workflow.Workflow) *workflow.Node {
	for _, typ := range []string{
		"n8n-nodes-base.executeWorkflowTrigger",
		"@n8n/n8n-nodes-langchain.manualChatTrigger", "n8n-nodes-base.start", "n8n-nodes-base.manualTrigger",
	} {
		for _, n := range wf.Nodes {
			if n.Type == typ && !n.Disabled {
				return n
			}
		}
	}
	return nil
}

// shown moves the beginning of a node run that ran workflows to where the first began.
func shown(run *workflow.NodeRun, results []node.SubResult, now time.Time) {
	for _, r := range results {
		if !r.Began.IsZero() && r.Began.Before(run.StartedAt) {
			run.StartedAt = r.Began
			run.Duration = now.Sub(r.Began)
		}
	}
}

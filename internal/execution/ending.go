package execution

import (
	"context"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// complete ends the execution well.
func (t *turn) complete(ctx context.Context) (Directive, error) {
	return t.settle(ctx, Completed, nil)
}

// fail ends it with the failure of a node.
func (t *turn) fail(ctx context.Context, f *Failure) (Directive, error) {
	return t.settle(ctx, Failed, f)
}

// broken ends an execution that cannot be rebuilt (its workflow is gone, or does
// not fit the checkpoints); what may pass is tried again by the state machine.
func (t *turn) broken(ctx context.Context, err error) (Directive, error) {
	f := fault.Of(err)
	if f.Transient() || f.Kind == fault.Internal {
		return Directive{}, err
	}
	return t.settle(ctx, Failed, &Failure{Code: f.Code, Message: f.Message})
}

// unwritable ends an execution of which something cannot be kept however often it
// is tried; what was not saved yet is left out, as it may be what did not fit.
func (t *turn) unwritable(ctx context.Context, f *fault.Error) (Directive, error) {
	t.state, t.segment = nil, Segment{}
	return t.fail(ctx, &Failure{Code: f.Code, Message: f.Message})
}

func (t *turn) cancelled(ctx context.Context) (Directive, error) {
	return t.settle(ctx, Cancelled, &Failure{Code: fault.CodeCancelled, Message: "The execution was cancelled."})
}

// settle writes the ending, frees the slot and lets the next one in.
func (t *turn) settle(ctx context.Context, s Status, f *Failure) (Directive, error) {
	f = f.kept()
	now := t.Clock.Now().UTC()
	if t.state != nil {
		t.segment.Done = len(t.state.done)
	}
	cost, alarm := t.platformCost(), s == Failed && t.alarms(ctx)
	c, err := t.Store.Settle(ctx, Settlement{
		Guard: t.guard, Unbound: !t.bound, Status: s, Failure: f, Segment: t.segment, StartedAt: t.control.StartedAt, Now: now, CostMicro: cost,
		Child: t.control.Child, Alarm: alarm,
	})
	if errors.Is(err, ErrSuperseded) {
		t.control, t.segment = c, Segment{}
		return t.ended(ctx, err)
	}
	if err != nil {
		return Directive{}, err
	}
	t.control.Status, t.control.FinishedAt, t.control.Error = s, now, f
	t.control.CostMicro += cost
	t.control.EndsChild = s == Cancelled && t.control.Child != ""
	t.Observer.Execution(EventOf(happeningOf[s], t.control, now))
	if alarm {
		if err := t.Alarm.Raise(ctx, t.control); err != nil { // sweep tries again
			t.Log.Warn("an error workflow was not started yet", "tenantId", t.guard.Tenant, "executionId", t.guard.ID, "error", err)
		}
	}
	return done, t.release(ctx, t.control, t.guard.Generation)
}

// release frees the slot of an execution that has ended, and does what else its
// ending brings about. It can be repeated whole.
func (t *turn) release(ctx context.Context, c Control, gen int) error {
	t.States.forget(c.Ref)
	if err := t.Line.Release(ctx, c.Ref, gen); err != nil {
		return err
	}
	k := Canceller{Store: t.Store, Line: t.Line, Observer: t.Observer, Clock: t.Clock}
	return k.after(ctx, c)
}

// alarms reports whether the failure is to start an error workflow.
func (t *turn) alarms(ctx context.Context) bool {
	if t.Alarm == nil {
		return false
	}
	if t.state != nil {
		return alarmOf(t.state.wf, t.control) != ""
	}
	wf, _, err := t.States.Workflows.Workflow(ctx, t.control.Tenant, t.control.WorkflowID, t.control.Version)
	return err == nil && alarmOf(wf, t.control) != ""
}

var happeningOf = map[Status]Happening{Completed: EventCompleted, Failed: EventFailed, Cancelled: EventCancelled}

// suspend gives the slot back until a time, or until the resume URL is called.
func (t *turn) suspend(ctx context.Context, until time.Time) (Directive, error) {
	if err := t.bind(ctx); err != nil {
		return Directive{}, err
	}
	t.segment.Done = len(t.state.done)
	if _, err := t.Store.Suspend(ctx, t.guard, t.segment, until); err != nil {
		return Directive{}, err
	}
	now := t.Clock.Now()
	t.Observer.Execution(EventOf(EventWaiting, t.control, now))
	if delay := until.Sub(now); delay <= longestDelay {
		// Sweep wakes it if this message is lost.
		_ = t.Line.Offer(ctx, Message{
			Tenant: t.guard.Tenant, Execution: t.guard.ID, Generation: t.guard.Generation, Plan: t.control.Plan, Wake: true, Delay: delay,
		})
	}
	return done, t.Line.Release(ctx, t.guard.Ref, t.guard.Generation)
}

// longestDelay is how long a message can be held back.
// Source: Amazon SQS quotas, "Message timer: 15 minutes".
const longestDelay = 15 * time.Minute

// handOver gives the rest of the work to a new machine run; the slot is kept,
// and retaken by admit for the new generation.
func (t *turn) handOver(ctx context.Context) (Directive, error) {
	if t.control.Hops >= maxHops {
		return t.fail(ctx, &Failure{Code: fault.CodeRunLimit, Message: "The execution ran too long: it was handed over as often as is allowed. Split the workflow."})
	}
	if err := t.flush(ctx); err != nil {
		return Directive{}, err
	}
	now := t.Clock.Now().UTC()
	next, err := t.Store.Requeue(ctx, Requeue{
		Ref: t.guard.Ref, Generation: t.guard.Generation, From: []Status{Running}, Now: now, DueAt: now.Add(FirstLook), HandOver: true,
	})
	if err != nil {
		return Directive{}, err
	}
	return done, t.Line.Offer(ctx, Message{Tenant: next.Tenant, Execution: next.ID, Generation: next.Generation, Plan: next.Plan})
}

// failureOf is the execution's failure by a node run.
func failureOf(n *workflow.Node, run *workflow.NodeRun) *Failure {
	f := &Failure{Node: run.Node, Code: fault.CodeInternal, Message: "The node failed."}
	if n != nil {
		f.NodeID, f.Type = n.ID, n.Type
	}
	if run.Error != nil {
		f.Code, f.Message = run.Error.Code, run.Error.Message
	}
	return f
}

// limitFailure is the failure of a step that may not run.
func limitFailure(n *workflow.Node, err error) *Failure {
	f := fault.Of(err)
	return &Failure{Node: n.Name, NodeID: n.ID, Type: n.Type, Code: f.Code, Message: f.Message}
}

// unknownRun is the record of a node run of which nobody knows whether it had its effect.
func unknownRun(c Claim, now time.Time) workflow.NodeRun {
	return workflow.NodeRun{
		Node: c.Node, Index: c.Run, Status: workflow.RunFailed, Attempts: c.Attempt, StartedAt: now,
		Error: &workflow.NodeError{
			Code: fault.CodeNodeOutcomeUnknown, Item: -1,
			Message: "The node was interrupted while it called the other side: it is not known whether the call had its effect. Check there, then resume with the decision to repeat the call (retry) or to go on without it (skip).",
		},
	}
}

// skippedRun passes a step's items on without running its node.
func skippedRun(s walk.Step, now time.Time) workflow.NodeRun {
	run := workflow.NodeRun{Node: s.Node.Name, Index: s.RunIndex, Status: workflow.RunSkipped, Sources: s.Sources, StartedAt: now}
	if len(s.Inputs) > 0 && s.Inputs[0] != nil {
		run.Outputs = [][]workflow.Item{s.Inputs[0]}
		run.InItems, run.OutItems = len(s.Inputs[0]), len(s.Inputs[0])
	}
	return run
}

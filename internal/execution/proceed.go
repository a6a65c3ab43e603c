package execution

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// proceed runs pure steps until something else is ready, or nothing is.
func (t *turn) proceed(ctx context.Context) (Directive, error) {
	for {
		if t.state.walker.Ended() {
			return t.complete(ctx)
		}
		until, lapsed, err := t.unanswered()
		if err != nil {
			return Directive{}, err
		}
		if lapsed {
			continue
		}
		step, pure := t.nextPure()
		if !pure {
			steps := t.state.free(t.state.walker.Ready())
			if len(steps) == 0 {
				return t.suspend(ctx, t.untilDeadline(until))
			}
			return t.dispatch(ctx, steps)
		}
		now := t.Clock.Now()
		if overtime(t.control, t.state.wf, now) {
			return t.timedOut(ctx)
		}
		if now.Sub(t.began) > lateBind {
			if err := t.bind(ctx); err != nil {
				return Directive{}, err
			}
		}
		run, wait, stands, err := t.runPure(ctx, step)
		switch {
		case err != nil:
			return Directive{}, err
		case stands == childLater:
			return Directive{Do: "wait"}, t.flush(ctx)
		case stands == childGoes:
			return t.awaitChild(ctx)
		}
		if run.Failed() {
			return t.fail(ctx, failureOf(step.Node, &run))
		}
		if err := t.state.complete(step, &run); err != nil {
			return t.fail(ctx, limitFailure(step.Node, err))
		}
		if wait != nil {
			return t.pauseFor(ctx, wait)
		}
		if t.Clock.Now().Sub(t.began) > pureBudget {
			return Directive{Do: "wait"}, t.flush(ctx)
		}
	}
}

// nextPure returns the first step that runs here.
func (t *turn) nextPure() (walk.Step, bool) {
	for s := range t.state.walker.Steps() {
		if !t.isDispatched(s) && !t.state.awaits(s) {
			return s, true
		}
	}
	return walk.Step{}, false
}

// isDispatched reports whether the step runs in a function of its own.
func (t *turn) isDispatched(s walk.Step) bool {
	if s.IsPinned || s.Node.Disabled || t.skips(s) {
		return false
	}
	return t.Nodes.Family(s) != node.Pure
}

// skips reports whether the step's unknown outcome was decided to be passed over.
func (t *turn) skips(s walk.Step) bool {
	r, failed := t.state.failed[runID{s.Node.Name, s.RunIndex}]
	return failed && r.Generation < t.control.ResumedAt && t.control.Outcome == OutcomeSkip && undecided(r)
}

// runPure runs one step here and adds it to the segment, unless runs of workflows
// that it asks for have to end first.
func (t *turn) runPure(ctx context.Context, s walk.Step) (workflow.NodeRun, *node.Wait, childState, error) {
	var out Stepped
	if t.skips(s) {
		out.Run = skippedRun(s, t.Clock.Now())
	} else {
		out = t.Nodes.Execute(ctx, t.stepping(s, 1))
	}
	if out.Ask != nil {
		stands, err := t.startChildren(ctx, s, out.Ask)
		if err != nil || stands != childEnded {
			return out.Run, nil, stands, err
		}
		if out, err = t.withResults(ctx, s, out.Ask); err != nil {
			return out.Run, nil, stands, err
		}
	}
	if out.Respond != nil {
		resp := Response{Status: out.Respond.Status, Headers: out.Respond.Headers, Body: out.Respond.Body}
		if err := t.Store.PutResponse(ctx, t.guard.Ref, resp); err != nil {
			return out.Run, nil, childEnded, err
		}
	}
	if out.Wait != nil {
		mark(&out.Run, statePaused, true)
	}
	t.state.maxSeq = t.state.nextSeq(t.control)
	if t.segment.Records == nil {
		t.segment.Records = make([]Record, 0, min(len(t.state.wf.Nodes), 16)) // records are large: growing from one on copies each twice
	}
	t.segment.Records = append(t.segment.Records, Record{Seq: t.state.maxSeq, Generation: t.guard.Generation, Run: out.Run})
	t.Observer.Node(nodeEvent(t.control, s, out, false))
	return out.Run, out.Wait, childEnded, nil
}

// withResults runs a step whose runs of workflows have ended.
func (t *turn) withResults(ctx context.Context, s walk.Step, ask *node.SubRuns) (Stepped, error) {
	results, err := collect(ctx, t.Store, t.control, runID{s.Node.Name, s.RunIndex}, ask)
	if err != nil {
		return Stepped{}, err
	}
	again := t.stepping(s, 1)
	again.Sub = results
	out := t.Nodes.Execute(ctx, again)
	if out.Ask != nil {
		return out, fault.New(fault.Internal, fault.CodeInternal, "The node %q asks for sub-workflows again.", s.Node.Name)
	}
	out.Run.Sub = took(workflow.SubRuns{}, results)
	shown(&out.Run, results, t.Clock.Now())
	return out, nil
}

func (t *turn) stepping(s walk.Step, attempt int) Stepping {
	return stepping(t.control, t.state, s, attempt, t.Clock.Now(), t.ResumeURL)
}

// stepping gathers what a step's node may know.
func stepping(c Control, st *state, s walk.Step, attempt int, now time.Time, resumeURL func(Control) string) Stepping {
	mode := st.start.Mode
	if mode == "" {
		mode = "trigger"
	}
	zone := st.wf.Settings.Timezone
	if zone == "" || zone == "DEFAULT" {
		zone = DefaultTimezone
	}
	return Stepping{
		Step: s, Workflow: st.wf, History: st.walker.History(),
		Info: node.RunInfo{
			Tenant: string(c.Tenant), WorkflowID: string(c.WorkflowID), ExecutionID: string(c.ID), Mode: mode,
			ResumeURL: resumeURL(c), Timezone: zone, Now: now, Attempt: attempt, MaxFile: c.Plan.MaxFile(), Calls: c.Plan.Calls(),
		},
	}
}

// DefaultTimezone is the zone of workflows that set none, as n8n's.
const DefaultTimezone = "America/New_York"

// pauseFor does what a wait node asked for.
func (t *turn) pauseFor(ctx context.Context, w *node.Wait) (Directive, error) {
	until := w.Until
	if until.IsZero() {
		until = t.Clock.Now().Add(longestWait)
	}
	if w.Webhook {
		return t.suspend(ctx, t.untilDeadline(until))
	}
	if !until.After(t.Clock.Now()) {
		return t.proceed(ctx)
	}
	return t.pause(ctx, until)
}

// longestWait ends waits that have no end of their own.
const longestWait = 365 * 24 * time.Hour

// maxTasks is the most tasks of one directive: with names of any length they fit
// the state of a machine run, and their claims fit the control item. What is left
// is handed out when these have ended.
// Source: Step Functions quotas, "Maximum input or output size: 256 KiB".
const maxTasks = 50

// dispatch hands steps to the functions of their families.
func (t *turn) dispatch(ctx context.Context, steps []walk.Step) (Directive, error) {
	var tasks []Task
	var earliest time.Time
	next := t.state.nextSeq(t.control)
	awaits := false
	for _, s := range steps {
		switch stands, err := t.askedFor(ctx, s); {
		case err != nil:
			return Directive{}, err
		case stands == childLater:
			return Directive{Do: "wait"}, t.flush(ctx)
		case stands == childGoes:
			awaits = true
			continue
		}
		task, at, err := t.task(s, &next)
		if err != nil {
			return t.fail(ctx, limitFailure(s.Node, err))
		}
		if at.After(t.Clock.Now()) {
			if earliest.IsZero() || at.Before(earliest) {
				earliest = at
			}
			continue
		}
		if tasks = append(tasks, task); len(tasks) == maxTasks {
			break
		}
	}
	if len(tasks) == 0 && awaits && earliest.IsZero() {
		return t.awaitChild(ctx)
	}
	if len(tasks) == 0 {
		return t.pause(ctx, earliest)
	}
	for _, task := range tasks {
		if left := t.lifeLeft(); left < handOverBefore || left < time.Duration(task.Timeout)*time.Second+taskSlack {
			return t.handOver(ctx)
		}
	}
	if err := t.flush(ctx); err != nil {
		return Directive{}, err
	}
	if len(tasks) == 1 {
		t.States.give(t.guard.Ref, t.state, t.control.Next)
		return Directive{Do: "run", Tasks: tasks}, nil
	}
	for i := range tasks {
		tasks[i].From = t.control.Next
	}
	t.state.version = t.control.Next
	t.States.share(t.guard.Ref, t.state)
	return Directive{Do: "run", Tasks: tasks}, nil
}

// askedFor sees to the runs of workflows that a node asked for in its function.
func (t *turn) askedFor(ctx context.Context, s walk.Step) (childState, error) {
	if t.control.Partials == 0 {
		return childEnded, nil
	}
	p, err := t.Store.Partial(ctx, t.guard.Ref, s.Node.Name, s.RunIndex)
	if err != nil || p == nil {
		return childEnded, err
	}
	return t.startChildren(ctx, s, p.Ask)
}

// taskSlack is what a node's function may need beside the node itself.
const taskSlack = 15 * time.Second

// task describes a step to its function, and says when it may start.
func (t *turn) task(s walk.Step, next *int) (Task, time.Time, error) {
	task := Task{Seq: -1, Node: s.Node.Name, Run: s.RunIndex, Family: string(t.Nodes.Family(s)), Attempt: 1}
	var at time.Time
	for seq, p := range t.control.Retries {
		if p.Node == s.Node.Name && p.Run == s.RunIndex {
			task.Seq, task.Attempt, task.Asked, at = seq, p.Attempt+1, p.Asked, p.At
			if p.Code == codeCrashed && p.Attempt-p.Asked >= crashAttempts {
				return task, at, fault.New(fault.Internal, fault.CodeNodeError, "The node's function died %d times.", p.Attempt-p.Asked)
			}
		}
	}
	if task.Seq < 0 {
		task.Seq = *next
		*next++
	}
	task.Safe = t.Nodes.Safe(t.stepping(s, task.Attempt))
	task.Timeout = seconds(nodeTimeout(s.Node))
	return task, at, nil
}

// flush writes the segment, if there is something in it.
func (t *turn) flush(ctx context.Context) error {
	if err := t.bind(ctx); err != nil {
		return err
	}
	if len(t.segment.Records) == 0 && t.segment.WaitUntil.IsZero() {
		return nil
	}
	t.segment.Done = len(t.state.done)
	c, err := t.Store.Append(ctx, t.guard, t.segment)
	if err != nil {
		return err
	}
	if c.ID != "" {
		t.control = c
	} else {
		t.control.Next++
	}
	t.segment = Segment{}
	return nil
}

package execution

import (
	"context"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// The time that one node run may take: the default, and the most.
const (
	defaultNodeTimeout = 60 * time.Second
	maxNodeTimeout     = 270 * time.Second
)

// Runner runs one node with side effects: claim, run, close.
type Runner struct {
	Store     Store
	States    *States
	Nodes     Nodes
	Observer  Observer
	Clock     clock.Clock
	ResumeURL func(c Control) string
}

// Run handles one task of the state machine. The token names the invocation. An
// error means that nothing is known to be closed: the state machine reports it
// to advance.
func (r *Runner) Run(ctx context.Context, in TaskInput, token string) (Report, error) {
	report := Report{Seq: in.Task.Seq}
	g := in.Guard()
	now := r.Clock.Now()
	limit := time.Duration(in.Task.Timeout) * time.Second
	c, err := r.Store.Claim(ctx, g, in.Task.Seq, Claim{
		Token: token, Attempt: in.Task.Attempt, StartedAt: now, Deadline: now.Add(limit + taskSlack),
		Safe: in.Task.Safe, Node: in.Task.Node, Run: in.Task.Run, Asked: in.Task.Asked,
	})
	if errors.Is(err, ErrSuperseded) || errors.Is(err, ErrCancelled) {
		return report, nil
	}
	if err != nil {
		return report, err
	}
	st, err := r.state(ctx, c, in.Task)
	if err != nil {
		return report, r.putBack(ctx, c, in.Task, token)
	}
	step, ready := st.step(in.Task.Node, in.Task.Run)
	if overtime(c, st.wf, r.Clock.Now()) {
		ready = false // it was called late: advance ends the execution
	}
	if !ready {
		return report, r.putBack(ctx, c, in.Task, token) // or it has run: a duplicate came late
	}
	return report, r.run(ctx, c, st, step, under{in.Task, token, now.Add(limit)})
}

// state is what the task's node runs from: its own, or, where others are out with it, one
// that it shares with them.
func (r *Runner) state(ctx context.Context, c Control, t Task) (*state, error) {
	if !t.shares() {
		return r.States.take(ctx, c)
	}
	st, err := r.States.base(ctx, c, t)
	if err != nil || st != nil {
		return st, err
	}
	if st, err = r.States.rebuild(ctx, c); err == nil {
		r.States.share(c.Ref, st)
	}
	return st, err
}

// under is the claim that a step runs under. The node's time counts from before the
// claim was asked for: the instance may stand still at any moment after.
type under struct {
	task  Task
	token string
	until time.Time
}

// putBack closes a claim under which nothing ran.
func (r *Runner) putBack(ctx context.Context, c Control, t Task, token string) error {
	_, err := r.Store.Close(ctx, c.Ref, t.Seq, Closing{Token: token, Retry: &Pending{
		Attempt: t.Attempt, At: r.Clock.Now().Add(time.Second), Code: codeCrashed, Node: t.Node, Run: t.Run, Asked: t.Asked,
	}})
	return quiet(err)
}

// quiet passes over that a claim was closed by somebody else.
func quiet(err error) error {
	if errors.Is(err, ErrSuperseded) {
		return nil
	}
	return err
}

// run executes the step under the claim and closes it.
func (r *Runner) run(ctx context.Context, c Control, st *state, step walk.Step, u under) error {
	t, token := u.task, u.token
	limited, cancel := clock.WithTimeout(ctx, r.Clock, r.Clock.Until(u.until))
	defer cancel()
	s := stepping(c, st, step, t.Attempt, r.Clock.Now(), r.ResumeURL)
	kept, err := r.goOn(limited, c, &s)
	if err != nil {
		return err // the claim dies: what was kept cannot be read now
	}
	if !r.Clock.Now().Before(u.until) {
		return r.putBack(ctx, c, t, token) // the instance stood still since it asked
	}
	out := r.Nodes.Execute(limited, s)
	out.Run.Attempts = t.Attempt - t.Asked
	out.Run.Sub = took(kept, s.Sub)
	closing := Closing{Token: token}
	if out.Ask != nil {
		return quiet(r.ask(ctx, c, st, t, asking{token: token, out: out}))
	}
	if again, delay := r.Nodes.Retry(judged(s, t), out, t.Safe || presetOutcome(step.Node) == OutcomeRetry); again {
		closing.Retry = &Pending{Attempt: t.Attempt, At: r.Clock.Now().Add(delay), Code: codeOf(out), Node: t.Node, Run: t.Run, Asked: t.Asked}
	} else {
		r.finish(step, &out, t)
		if out.Wait != nil && !out.Run.Failed() {
			await(&out.Run, out.Wait, r.Clock.Now())
		}
		closing.Record = &Record{Seq: t.Seq, Generation: c.Generation, Token: token, Run: out.Run}
	}
	if t.shares() {
		closing.First = closing.Record != nil && !out.Run.Failed() && !st.done[step.Node.Name]
	} else if _, waits := Awaits(&out.Run); waits && closing.Record != nil {
		st.awaiting[runID{t.Node, t.Run}] = *closing.Record
		st.maxSeq, closing.Done = max(st.maxSeq, t.Seq), len(st.done)
	} else if closing.Record != nil && !out.Run.Failed() {
		if err := st.complete(step, &out.Run); err != nil {
			st = nil // advance meets the same limit when it rebuilds the execution
		} else {
			st.maxSeq = max(st.maxSeq, t.Seq)
			closing.Done = len(st.done)
		}
	}
	r.Observer.Node(nodeEvent(c, step, out, closing.Retry != nil))
	if _, err := r.Store.Close(ctx, c.Ref, t.Seq, closing); err != nil {
		return quiet(err)
	}
	if out.Respond != nil {
		resp := Response{Status: out.Respond.Status, Headers: out.Respond.Headers, Body: out.Respond.Body}
		if err := r.Store.PutResponse(ctx, c.Ref, resp); err != nil {
			return err
		}
	}
	if !t.shares() {
		r.keep(c, st, closing, out)
	}
	return nil
}

// keep gives the state back for the next step, if it is whole.
func (r *Runner) keep(before Control, st *state, closing Closing, out Stepped) {
	switch {
	case st == nil:
	case closing.Retry != nil:
		r.States.give(before.Ref, st, st.version)
	case !out.Run.Failed() && len(before.Claims) == 1:
		r.States.give(before.Ref, st, before.Next+1)
	}
}

func codeOf(out Stepped) fault.Code {
	if out.Err == nil {
		return fault.CodeNodeError
	}
	return out.Err.Code
}

// finish makes the record of a final attempt: an unsafe call whose outcome is
// unknown stops the run, or is passed over if the author said so in advance.
func (r *Runner) finish(step walk.Step, out *Stepped, t Task) {
	if out.Err == nil || out.Err.Outcome != fault.Unknown || t.Safe || !out.Run.Failed() || out.Run.Error.Child != "" {
		return // also where it is the outcome of a sub-workflow's node: the decision is for that one
	}
	if presetOutcome(step.Node) == OutcomeSkip {
		run := skippedRun(step, out.Run.StartedAt)
		run.Attempts, run.Duration = t.Attempt, out.Run.Duration
		out.Run, out.Err = run, nil
		return
	}
	cause := out.Run.Error
	unknown := unknownRun(Claim{Node: t.Node, Run: t.Run, Attempt: t.Attempt}, out.Run.StartedAt)
	unknown.Duration, unknown.Sources = out.Run.Duration, out.Run.Sources
	if cause != nil {
		unknown.Error.Detail = cause.Message
	}
	out.Run = unknown
}

// presetOutcome is the decision on unknown outcomes that the author made in
// advance: the node's setting unknownOutcome.
func presetOutcome(n *workflow.Node) string {
	if n == nil {
		return ""
	}
	v, _ := value.Path(n.Raw, "unknownOutcome")
	if s, ok := v.(string); ok && (s == OutcomeRetry || s == OutcomeSkip) {
		return s
	}
	return ""
}

// nodeTimeout is the time the node's author allows, in the node's setting
// "timeout" (seconds) or its option "timeout" (milliseconds), within our bounds.
func nodeTimeout(n *workflow.Node) time.Duration {
	limit := defaultNodeTimeout
	if v, ok := value.Path(n.Raw, "timeout"); ok {
		if s, ok := v.(float64); ok && s > 0 {
			limit = time.Duration(s * float64(time.Second))
		}
	} else if v, ok := value.Path(n.Parameters, "options", "timeout"); ok {
		if ms, ok := v.(float64); ok && ms > 0 {
			limit = max(limit, time.Duration(ms*float64(time.Millisecond)))
		}
	}
	return min(limit, maxNodeTimeout)
}

// nodeEvent tells of one attempt.
func nodeEvent(c Control, s walk.Step, out Stepped, willRetry bool) NodeEvent {
	e := NodeEvent{
		Ref: c.Ref, WorkflowID: c.WorkflowID, NodeID: s.Node.ID, NodeName: s.Node.Name, NodeType: s.Node.Type,
		RunIndex: s.RunIndex, Attempt: max(out.Run.Attempts, 1), Duration: out.Run.Duration,
		InputSize: out.Run.InBytes, OutputSize: out.Run.OutBytes, Usage: out.Run.Usage, CostMicro: out.Run.CostMicro, WillRetry: willRetry,
	}
	if out.Run.Error != nil {
		e.Failure = &Failure{Node: s.Node.Name, NodeID: s.Node.ID, Code: out.Run.Error.Code, Message: out.Run.Error.Message}
	}
	return e
}

package execution

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// handOverBefore is how much of a machine run's life must be left to start
// anything: less, and the execution is handed over to a new machine run.
const handOverBefore = 90 * time.Second

// maxHops bounds the hand-overs of one execution: about three days of work
// without a pause.
const maxHops = 1000

// pureBudget is how long one invocation of advance runs pure nodes before it
// saves what it has and lets the state machine call it again.
const pureBudget = 20 * time.Second

// crashAttempts is how often a node is started again after its function died
// before or, where that is safe, while running it.
const crashAttempts = 3

// Advancer decides what happens next in an execution. Nobody else does.
type Advancer struct {
	Store    Store
	States   *States
	Nodes    Nodes
	Line     Line
	Limits   Limits
	Observer Observer
	Clock    clock.Clock
	Log      *slog.Logger
	// Platform prices what a run takes of the platform itself; nil adds nothing.
	Platform *usage.Platform
	// ResumeURL makes the address that wakes a waiting execution.
	ResumeURL func(c Control) string
	// Alarm starts error workflows; nil starts none.
	Alarm *Alarm
}

// turn is one invocation of advance.
type turn struct {
	*Advancer
	in      AdvanceInput
	guard   Guard
	control Control
	state   *state
	segment Segment
	began   time.Time
	bound   bool // the generation is tied to this machine run
}

var done = Directive{Do: "done"}

// Advance runs what is pure, saves it, and answers what the state machine is to
// do: run nodes in their functions, wait, or end.
func (a *Advancer) Advance(ctx context.Context, in AdvanceInput) (Directive, error) {
	t := &turn{Advancer: a, in: in, guard: in.Guard(), began: a.Clock.Now()}
	d, err := t.advance(ctx)
	if err != nil {
		return t.ended(ctx, err)
	}
	return d, nil
}

func (t *turn) advance(ctx context.Context) (Directive, error) {
	c, err := t.Store.Load(ctx, t.guard.Ref)
	if err != nil {
		return Directive{}, err
	}
	t.control = c
	t.bound = c.Status == Running && c.Generation == t.guard.Generation && c.MachineRun == t.guard.MachineRun
	fresh := c.Status == Queued && c.Generation == t.guard.Generation && c.MachineRun == ""
	if !t.bound && !fresh {
		return Directive{}, ErrSuperseded
	}
	if fresh && c.StartedAt.IsZero() {
		t.control.StartedAt, t.control.MachineStart = t.began.UTC(), t.in.MachineStart
		t.Observer.Execution(EventOf(EventStarted, t.control, t.began))
	}
	if c.CancelAsked && len(c.Claims) == 0 {
		return t.cancelled(ctx)
	}
	if t.state, err = t.States.take(ctx, c); err != nil {
		return t.broken(ctx, err)
	}
	return t.decide(ctx)
}

// bind ties the generation to this machine run. It is done before anything is
// written or started. A run of pure nodes that ends at once goes without it: what
// is pure may be computed twice, and the first ending wins. That saves a write.
func (t *turn) bind(ctx context.Context) error {
	if t.bound {
		return nil
	}
	c, err := t.Store.Bind(ctx, t.guard, t.in.MachineStart, t.began)
	if err != nil {
		return err
	}
	t.control, t.bound = c, true
	return nil
}

// lateBind is how long a run computes before it is shown as running.
const lateBind = 50 * time.Millisecond

// decide looks at what is open, then goes on.
func (t *turn) decide(ctx context.Context) (Directive, error) {
	if d, stop, err := t.mindClaims(ctx); stop || err != nil {
		return d, err
	}
	failed := t.state.failure(t.control)
	if overtime(t.control, t.state.wf, t.began) && (failed == nil || !undecided(*failed)) {
		return t.timedOut(ctx)
	}
	if failed != nil {
		return t.fail(ctx, failureOf(t.state.wf.Node(failed.Run.Node), &failed.Run))
	}
	if left := t.control.WaitUntil.Sub(t.began); left > 0 {
		return t.pause(ctx, t.control.WaitUntil)
	}
	return t.proceed(ctx)
}

// ended handles a writer's failure: what was superseded ends quietly, after the
// effects of an ending that may have been lost are repeated.
func (t *turn) ended(ctx context.Context, err error) (Directive, error) {
	if !errors.Is(err, ErrSuperseded) && !errors.Is(err, ErrCancelled) {
		if fault.Is(err, fault.NotFound) {
			return done, nil // erased meanwhile
		}
		if f := fault.Of(err); f.Kind == fault.Invalid && t.state != nil {
			return t.unwritable(ctx, f)
		}
		return Directive{}, err
	}
	c, err := t.Store.Load(ctx, t.guard.Ref)
	if err != nil {
		return Directive{}, err
	}
	t.control = c
	t.bound = c.Status == Running && c.MachineRun == t.guard.MachineRun
	switch {
	case c.Status.Terminal():
		return done, t.release(ctx, c, c.Generation)
	case c.Status == Waiting && c.Generation == t.guard.Generation:
		if err := t.Line.Release(ctx, c.Ref, c.Generation); err != nil || !c.AwaitsChild {
			return done, err
		}
		return done, t.lookAtChild(ctx)
	case c.Generation > t.guard.Generation:
		return done, t.Line.Release(ctx, c.Ref, t.guard.Generation)
	case c.CancelAsked && t.bound && len(c.Claims) == 0:
		return t.cancelled(ctx)
	case c.CancelAsked && t.bound:
		return Directive{Do: "wait", Seconds: 1}, nil // a claim is still open; its closing lets us settle
	}
	return done, nil // another machine run of this generation is at work
}

// mindClaims deals with claims that are still open when advance is called: those
// of dead invocations are dropped, for the others it waits.
func (t *turn) mindClaims(ctx context.Context) (d Directive, stop bool, err error) {
	if len(t.control.Claims)+len(t.in.Reports) > 0 {
		// Claims may be those of an earlier generation; minding them is writing.
		if err := t.bind(ctx); err != nil {
			return d, true, err
		}
	}
	reports := map[int]Report{}
	for _, r := range t.in.Reports {
		if r.Error != "" {
			reports[r.Seq] = r
			if _, open := t.control.Claims[r.Seq]; !open {
				if err := t.notStarted(ctx, r); err != nil {
					return d, true, err
				}
			}
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(t.control.Claims)) {
		claim := t.control.Claims[seq]
		report, reported := reports[seq]
		reported = reported && report.Attempt == claim.Attempt
		if left := claim.Deadline.Sub(t.began); !reported && left > 0 {
			return Directive{Do: "wait", Seconds: seconds(min(left, ShortWait))}, true, nil
		}
		if err := t.claimDied(ctx, seq, claim); err != nil {
			return d, true, err
		}
	}
	if t.control.CancelAsked {
		d, err = t.cancelled(ctx)
		return d, true, err
	}
	return Directive{}, false, nil
}

// notStarted notes an attempt whose function failed before it claimed anything,
// so that such failures are bounded, and a late start of it claims nothing.
func (t *turn) notStarted(ctx context.Context, r Report) error {
	if _, ready := t.state.step(r.Node, r.Run); !ready {
		return nil // it ended: the report is of a duplicate
	}
	if f, failed := t.state.failed[runID{r.Node, r.Run}]; failed && f.Seq == r.Seq {
		return nil // its end is on record, by a try of this advance that died; the next attempt has a number of its own
	}
	if t.control.Retries[r.Seq].Attempt >= r.Attempt {
		return nil // noted before
	}
	c, err := t.Store.Drop(ctx, t.guard, r.Seq, "", Pending{
		Attempt: r.Attempt, At: t.began.Add(time.Duration(r.Attempt) * time.Second), Code: codeCrashed, Node: r.Node, Run: r.Run,
		Asked: t.control.Retries[r.Seq].Asked,
	})
	if err == nil {
		t.control = c
	}
	return err
}

// codeCrashed marks attempts whose function died, CodeAsked those that asked for
// runs of workflows: such a node goes on when these have ended.
const (
	codeCrashed fault.Code = "CRASHED"
	CodeAsked   fault.Code = "ASKED"
)

// claimDied acts on a claim whose invocation is gone: a safe node runs again; the
// outcome of an unsafe one is unknown, which is recorded as its failure unless
// its author decided in advance.
func (t *turn) claimDied(ctx context.Context, seq int, claim Claim) error {
	t.Log.Warn("a node's function died", "event", "workflow.claim.died", "tenantId", t.guard.Tenant,
		"executionId", t.guard.ID, "node", claim.Node, "attempt", claim.Attempt, "safe", claim.Safe)
	decision := presetOutcome(t.state.wf.Node(claim.Node))
	var err error
	if claim.Safe || decision == OutcomeRetry {
		_, err = t.Store.Drop(ctx, t.guard, seq, claim.Token, Pending{
			Attempt: claim.Attempt, At: t.began, Code: codeCrashed, Node: claim.Node, Run: claim.Run, Asked: claim.Asked,
		})
	} else {
		// One write ends the claim and says why: were it two, a crash between them
		// would leave an unsafe node that looks as if it had never run.
		run := unknownRun(claim, t.began)
		if step, ready := t.state.step(claim.Node, claim.Run); ready && decision == OutcomeSkip {
			run = skippedRun(step, t.began)
		}
		_, err = t.Store.Close(ctx, t.guard.Ref, seq, Closing{
			Token: claim.Token, Record: &Record{Seq: seq, Generation: t.guard.Generation, Token: claim.Token, Run: run},
		})
		err = quiet(err) // a late result came first
	}
	if err != nil {
		return err
	}
	return t.reload(ctx)
}

// reload reads the execution anew.
func (t *turn) reload(ctx context.Context) error {
	c, err := t.Store.Load(ctx, t.guard.Ref)
	if err != nil {
		return err
	}
	if c.Generation != t.guard.Generation || c.Status != Running {
		return ErrSuperseded
	}
	t.control = c
	t.state, err = t.States.rebuild(ctx, c)
	return err
}

// pause waits in the state machine if the time is near, otherwise suspends.
func (t *turn) pause(ctx context.Context, until time.Time) (Directive, error) {
	until = t.untilDeadline(until)
	left := until.Sub(t.Clock.Now())
	if left > ShortWait || t.lifeLeft() < left+handOverBefore {
		return t.suspend(ctx, until)
	}
	t.segment.WaitUntil = until
	if err := t.flush(ctx); err != nil {
		return Directive{}, err
	}
	return Directive{Do: "wait", Seconds: seconds(left)}, nil
}

// lifeLeft is how long the machine run may still live.
func (t *turn) lifeLeft() time.Duration {
	return MachineLife - t.Clock.Now().Sub(t.in.MachineStart)
}

// seconds rounds up: a wait must not end before its time.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

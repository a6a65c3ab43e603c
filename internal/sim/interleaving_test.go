package sim

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Each test here is one interleaving that the design names. Nothing happens by
// chance: the world has no faults, and the test itself moves messages and
// machine runs.

// still is a world without chance.
func still(t *testing.T, slots int) (*world, ident.Tenant) {
	t.Helper()
	db, table := openTable(t)
	return stillOn(t, db, table, "ten_"+strings.ReplaceAll(t.Name(), "/", "_"), slots)
}

// stillOn is still on a table that is there.
func stillOn(t testing.TB, db http.RoundTripper, table, name string, slots int) (*world, ident.Tenant) {
	t.Helper()
	w := newWorld(uint64(len(t.Name())), db, table)
	w.still = true
	tn := ident.Tenant(name)
	limits := tenant.DefaultLimits(tenant.Enterprise)
	limits.MaxConcurrent = slots
	w.limits[tn], w.ceiling[tn] = limits, slots
	if err := w.runs.MakeTenant(context.Background(), tn); err != nil {
		t.Fatal(err)
	}
	return w, tn
}

func (w *world) mustLaunch(t *testing.T, tn ident.Tenant, wf ident.Workflow) execution.Ref {
	t.Helper()
	w.serial++
	l, err := w.desk.Launch(context.Background(), execution.Launch{Tenant: tn, WorkflowID: wf, Trigger: "api"})
	if err != nil {
		t.Fatal(err)
	}
	return execution.Ref{Tenant: tn, ID: l.ID}
}

// admitNext delivers the oldest message.
func (w *world) admitNext(t *testing.T) execution.Message {
	t.Helper()
	if len(w.messages) == 0 {
		t.Fatal("there is no message")
	}
	m := w.messages[0]
	w.messages = w.messages[1:]
	if err := w.admit.Admit(context.Background(), m.Message); err != nil {
		t.Fatal(err)
	}
	return m.Message
}

// drain lets everything happen, in order, without time passing.
func (w *world) drain(t *testing.T) {
	t.Helper()
	for range 200 {
		switch {
		case len(w.messages) > 0 && !w.messages[0].at.After(w.clock.Now()):
			w.admitNext(t)
		case w.stepFirst():
		default:
			return
		}
	}
	t.Fatal("it does not come to rest")
}

// stepFirst takes one state of the first machine run that can.
func (w *world) stepFirst() bool {
	for _, m := range w.machines {
		if w.runnable(m) {
			w.step(m)
			return true
		}
	}
	return false
}

func (w *world) status(t *testing.T, ref execution.Ref) execution.Control {
	t.Helper()
	c, err := w.runs.Load(context.Background(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) want(t *testing.T, ref execution.Ref, s execution.Status) execution.Control {
	t.Helper()
	c := w.status(t, ref)
	if c.Status != s {
		t.Fatalf("the execution is %s (%+v), want %s", c.Status, c.Error, s)
	}
	return c
}

func (w *world) count(ref execution.Ref, node string) int {
	return w.nodes.calls[call{string(ref.ID), node, 0}]
}

// wantIdle fails if a slot is held or a run is counted as open.
func (w *world) wantIdle(t *testing.T, tn ident.Tenant) {
	t.Helper()
	slots, err := w.runs.Slots(context.Background(), tn)
	if err != nil || len(slots.Leases) > 0 {
		t.Fatalf("slots are held: %v %v", slots.Leases, err)
	}
	if open, err := w.runs.Open(context.Background(), tn); err != nil || open != 0 {
		t.Fatalf("%d runs are counted as open, want none (%v)", open, err)
	}
}

func TestRunGoesFromQueueToEnd(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.want(t, ref, execution.Queued)
	w.drain(t)
	c := w.want(t, ref, execution.Completed)
	if c.NodesDone != 6 || c.NodesTotal != 6 {
		t.Errorf("progress is %d of %d, want 6 of 6", c.NodesDone, c.NodesTotal)
	}
	w.wantIdle(t, tn)
}

func TestRedeliveredMessageRepeatsStartAndIsHarmless(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	m := w.admitNext(t)
	if err := w.admit.Admit(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	if len(w.machines) != 2 {
		t.Fatalf("%d machine runs were started, want the start repeated", len(w.machines))
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	if n := w.count(ref, "http1"); n != 1 {
		t.Errorf("http1 was called %d times, want once", n)
	}
	w.wantIdle(t, tn)
}

// Simulation, seed 960: a start that was repeated late ran under a lease that was
// nearly over; sweep gave the slot away while the run was at work.
func TestStartThatIsRepeatedLateRetakesItsLease(t *testing.T) {
	ctx := context.Background()
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	m := w.admitNext(t)
	w.machines = nil // the machine run ends before its first advance
	w.clock.Advance(admission.LeaseTime - time.Second)
	if err := w.admit.Admit(ctx, m); err != nil {
		t.Fatal(err)
	}
	w.step(w.machines[0])
	w.clock.Advance(time.Minute)
	w.sweep(ctx)
	slots, err := w.runs.Slots(ctx, tn)
	if _, held := slots.Leases[ref.ID]; !held || err != nil {
		t.Fatalf("the slot was given away: %v %v", slots.Leases, err)
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	w.wantIdle(t, tn)
}

func TestStaleGenerationClaimsNothing(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	old := w.machines[0]
	w.step(old) // advance: run http1
	w.clock.Advance(admission.LeaseTime + time.Second)
	if _, err := w.admit.Sweep(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	if c := w.status(t, ref); c.Generation != 2 || c.Status != execution.Queued {
		t.Fatalf("after the sweep it is %s in generation %d, want queued in 2", c.Status, c.Generation)
	}
	w.runTask(old) // the zombie wakes up
	if n := w.count(ref, "http1"); n != 0 {
		t.Fatalf("the stale generation called http1 %d times", n)
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	w.wantIdle(t, tn)
}

func TestDeadClaimOfSafeNodeRunsAgain(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	m := w.machines[0]
	w.step(m)
	w.killDuring(t, m, 1) // after the claim, during the node
	w.drain(t)
	w.clock.Advance(2 * time.Second)
	w.drain(t)
	w.want(t, ref, execution.Completed)
	w.wantIdle(t, tn)
}

func TestDeadClaimOfUnsafeNodeAsksForDecision(t *testing.T) {
	for _, decision := range []string{execution.OutcomeRetry, execution.OutcomeSkip} {
		t.Run(decision, func(t *testing.T) {
			w, tn := still(t, 1)
			ref := w.mustLaunch(t, tn, "wf_calls")
			w.admitNext(t)
			m := w.machines[0]
			w.stepUntil(t, m, "pay3")
			w.killDuring(t, m, 1)
			w.drain(t)
			c := w.want(t, ref, execution.Failed)
			if c.Error == nil || c.Error.Code != fault.CodeNodeOutcomeUnknown || c.Error.Node != "pay3" {
				t.Fatalf("the failure is %+v, want an unknown outcome of pay3", c.Error)
			}
			w.wantIdle(t, tn)
			if _, err := w.desk.Resume(context.Background(), ref, execution.ResumeOptions{}); !fault.Is(err, fault.Conflict) {
				t.Fatalf("resume without a decision gives %v, want a conflict", err)
			}
			before := w.count(ref, "pay3")
			if _, err := w.desk.Resume(context.Background(), ref, execution.ResumeOptions{UnknownOutcome: decision}); err != nil {
				t.Fatal(err)
			}
			w.drain(t)
			w.want(t, ref, execution.Completed)
			again := w.count(ref, "pay3") - before
			if want := map[string]int{execution.OutcomeRetry: 1, execution.OutcomeSkip: 0}[decision]; again != want {
				t.Errorf("pay3 was called %d times after the decision, want %d", again, want)
			}
			if n := w.count(ref, "http1"); n != 1 {
				t.Errorf("http1 had completed and was called %d times", n)
			}
			w.wantIdle(t, tn)
		})
	}
}

// Advance records that an unsafe call's outcome is unknown, and dies; its next try sees
// the report of that attempt, and no claim. Seed 3958: the attempt was noted as one that
// had not started, so that after the decision the next one took its number and its
// place on record. Who had read that record before, as the log of a run with parallel
// branches does, never saw the new one, and the node was called once more.
func TestAttemptThatIsOnRecordIsNotNotedAsNotStarted(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	m := w.machines[0]
	w.stepUntil(t, m, "pay3")
	w.killDuring(t, m, 1)
	w.wire.between = func() {
		if c, err := w.peek(ref); err != nil || len(c.Claims) == 0 {
			w.wire.killed = true
		}
	}
	w.step(m)
	w.wire.between = nil
	if c := w.status(t, ref); len(c.Claims) != 0 || c.Status != execution.Running {
		t.Fatalf("advance was to die when the claim's end is on record: %s with %d claims", c.Status, len(c.Claims))
	}
	w.drain(t)
	if c := w.want(t, ref, execution.Failed); len(c.Retries) != 0 {
		t.Errorf("an attempt that ended is noted for another try: %+v", c.Retries)
	}
	if _, err := w.desk.Resume(context.Background(), ref, execution.ResumeOptions{UnknownOutcome: execution.OutcomeRetry}); err != nil {
		t.Fatal(err)
	}
	before := w.count(ref, "pay3")
	w.drain(t)
	w.want(t, ref, execution.Completed)
	if again := w.count(ref, "pay3") - before; again != 1 {
		t.Errorf("pay3 was called %d times after the decision, want once", again)
	}
	w.wantIdle(t, tn)
}

func TestResumeIsRefusedWhileClaimIsAlive(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	m := w.machines[0]
	w.step(m)
	c := w.status(t, ref)
	g := execution.Guard{Ref: ref, Generation: 1, MachineRun: c.MachineRun}
	_, err := w.runs.Claim(context.Background(), g, m.tasks[0].Seq, execution.Claim{Token: "t", Attempt: 1, Deadline: w.clock.Now().Add(time.Minute), Node: "http1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Resume(context.Background(), ref, execution.ResumeOptions{}); !fault.Is(err, fault.Conflict) {
		t.Fatalf("resume while a claim is alive gives %v, want a conflict", err)
	}
}

func TestLateResultIsRecordedAndChangesNoStatus(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	m := w.machines[0]
	w.step(m)
	ctx := context.Background()
	c := w.status(t, ref)
	g := execution.Guard{Ref: ref, Generation: 1, MachineRun: c.MachineRun}
	seq := m.tasks[0].Seq
	if _, err := w.runs.Claim(ctx, g, seq, execution.Claim{Token: "late", Attempt: 1, Deadline: w.clock.Now().Add(time.Minute), Node: "http1", Safe: true}); err != nil {
		t.Fatal(err)
	}
	if c, err := w.desk.Cancel(ctx, ref); err != nil || !c.CancelAsked {
		t.Fatalf("cancel gives %+v, %v; want it asked", c, err)
	}
	run := workflow.NodeRun{Node: "http1", Status: workflow.RunCompleted}
	if _, err := w.runs.Close(ctx, ref, seq, execution.Closing{Token: "late", Record: &execution.Record{Seq: seq, Generation: 1, Token: "late", Run: run}}); err != nil {
		t.Fatal(err)
	}
	if w.want(t, ref, execution.Running); w.count(ref, "pay3") != 0 {
		t.Fatal("a node was started")
	}
	m.tasks, m.next, m.reports = nil, "advance", []execution.Report{}
	w.drain(t)
	w.want(t, ref, execution.Cancelled)
	runs, err := w.desk.Runs(ctx, ref)
	if err != nil || runs[len(runs)-1].Node != "http1" {
		t.Fatalf("the late result is not recorded: %v %v", runs, err)
	}
	w.wantIdle(t, tn)
}

func TestCancelEndsWhatHasNoClaimAtOnce(t *testing.T) {
	ctx := context.Background()
	t.Run("queued", func(t *testing.T) {
		w, tn := still(t, 1)
		ref := w.mustLaunch(t, tn, "wf_calls")
		if _, err := w.desk.Cancel(ctx, ref); err != nil {
			t.Fatal(err)
		}
		w.want(t, ref, execution.Cancelled)
		w.drain(t)
		w.want(t, ref, execution.Cancelled)
		w.wantIdle(t, tn)
	})
	t.Run("in line", func(t *testing.T) {
		w, tn := still(t, 1)
		w.mustLaunch(t, tn, "wf_calls")
		ref := w.mustLaunch(t, tn, "wf_calls")
		w.admitNext(t)
		w.admitNext(t)
		if place, err := w.desk.Position(ctx, ref); err != nil || place != 1 {
			t.Fatalf("its place in line is %d (%v), want 1", place, err)
		}
		if _, err := w.desk.Cancel(ctx, ref); err != nil {
			t.Fatal(err)
		}
		w.drain(t)
		w.want(t, ref, execution.Cancelled)
		w.wantIdle(t, tn)
	})
	t.Run("suspended", func(t *testing.T) {
		w, tn := still(t, 1)
		ref := w.mustLaunch(t, tn, "wf_wait")
		w.drain(t)
		w.want(t, ref, execution.Waiting)
		w.wantIdle(t, tn) // it holds no slot while it waits
		if _, err := w.desk.Cancel(ctx, ref); err != nil {
			t.Fatal(err)
		}
		w.want(t, ref, execution.Cancelled)
		w.clock.Advance(time.Hour)
		w.drain(t)
		w.want(t, ref, execution.Cancelled)
		w.wantIdle(t, tn)
	})
}

func TestSlotFreedBetweenRefusalAndParkingIsNotLost(t *testing.T) {
	w, tn := still(t, 1)
	first, second := w.mustLaunch(t, tn, "wf_pure"), w.mustLaunch(t, tn, "wf_pure")
	w.admitNext(t) // the first has the slot
	calls := 0
	w.wire.at = func(int) mishap {
		if calls++; calls == 2 {
			// The second was refused, and is not in line yet: nobody is when the first ends.
			w.wire.at = nil
			w.drain(t)
			w.want(t, first, execution.Completed)
		}
		return fine
	}
	w.admitNext(t)
	w.wire.at = nil
	w.drain(t)
	w.want(t, second, execution.Completed)
	w.wantIdle(t, tn)
}

// Simulation, seed 3389: a cancel died before it left the line, and the place that
// it kept was given a slot, which nobody was there to give back.
func TestPlaceInLineOfAnEndedRunGetsNoSlot(t *testing.T) {
	ctx := context.Background()
	w, tn := still(t, 1)
	ended := w.mustLaunch(t, tn, "wf_pure")
	w.messages = nil
	if _, err := w.desk.Cancel(ctx, ended); err != nil {
		t.Fatal(err)
	}
	if _, err := w.runs.Park(ctx, tn, []admission.Parked{{Ref: ended, Generation: 1, Plan: tenant.Pro}}, false); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Second) // within a millisecond, chance decides who stands first
	next := w.mustLaunch(t, tn, "wf_pure")
	if m := w.admitNext(t); m.Execution != next.ID { // it goes behind the line, and tries once more
		t.Fatalf("the message is of %s", m.Execution)
	}
	slots, err := w.runs.Slots(ctx, tn)
	if err != nil {
		t.Fatal(err)
	}
	if _, held := slots.Leases[next.ID]; !held || len(slots.Leases) != 1 {
		t.Fatalf("leases %v, want one, of the run that is queued", slots.Leases)
	}
	if m := w.admitNext(t); m.Execution != next.ID {
		t.Fatalf("a message for %s, want the one that has the slot", m.Execution)
	}
	if heads, err := w.runs.Heads(ctx, tn, 10); err != nil || len(heads) != 0 {
		t.Fatalf("line %v, %v; want it empty", heads, err)
	}
}

// A cancel that saw an error is asked again: what the first one left undone is done then.
func TestCancelAskedAgainGivesTheSlotBack(t *testing.T) {
	ctx := context.Background()
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_pure")
	if _, err := w.desk.Cancel(ctx, ref); err != nil {
		t.Fatal(err)
	}
	// As it stands when the release was lost: the message had taken the slot.
	if _, ok, err := w.runs.Acquire(ctx, admission.Acquire{Ref: ref, Generation: 1, Until: w.clock.Now().Add(time.Hour), Limit: 1}); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := w.desk.Cancel(ctx, ref); !fault.Is(err, fault.Conflict) {
		t.Fatalf("cancelling what is cancelled: %v, want a conflict", err)
	}
	if slots, err := w.runs.Slots(ctx, tn); err != nil || len(slots.Leases) != 0 {
		t.Fatalf("leases %v, %v; want none", slots.Leases, err)
	}
}

func TestRaisedLimitAdmitsParkedRunsAtOnce(t *testing.T) {
	w, tn := still(t, 1)
	for range 4 {
		w.mustLaunch(t, tn, "wf_calls")
	}
	for range 4 {
		w.admitNext(t)
	}
	if len(w.machines) != 1 {
		t.Fatalf("%d runs were started with one slot", len(w.machines))
	}
	limits := w.limits[tn]
	limits.MaxConcurrent = 3
	w.limits[tn] = limits
	if err := w.admit.Tidy(context.Background(), tn); err != nil {
		t.Fatal(err)
	}
	for len(w.messages) > 0 {
		w.admitNext(t)
	}
	if len(w.machines) != 3 {
		t.Fatalf("%d runs are started after the limit was raised to 3", len(w.machines))
	}
	w.drain(t)
	w.wantIdle(t, tn)
}

// A sweeper whose clock is ahead by as much as clocks may differ takes no run over
// whose functions can still be at work.
func TestSweepWithAClockAheadTakesNoLivingRun(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	w.step(w.machines[0])
	ahead := *w.admit
	sweep := func(lived time.Duration) execution.Control {
		t.Helper()
		ahead.Clock = clock.NewManual(begin.Add(lived + 30*time.Second))
		if _, err := ahead.Sweep(context.Background(), false); err != nil {
			t.Fatal(err)
		}
		return w.status(t, ref)
	}
	// The machine run's end and the longest function after it: LeaseTime without the skew.
	for _, lived := range []time.Duration{0, execution.MachineLife, admission.LeaseTime - 31*time.Second} {
		if c := sweep(lived); c.Generation != 1 || c.Status != execution.Running {
			t.Fatalf("after %s it is %s in generation %d", lived, c.Status, c.Generation)
		}
	}
	if c := sweep(admission.LeaseTime); c.Generation != 2 {
		t.Errorf("a run that nobody works on is still in generation %d", c.Generation)
	}
}

// The machine run dies when the ending of its run, or its suspension, is written and
// its slot not yet freed. Sweep gives the slot on in its next pass, although the run
// in line has been looked at so often that it is itself due much later.
func TestSlotThatNobodyLivedToFreeIsGivenOn(t *testing.T) {
	for wf, becomes := range map[ident.Workflow]execution.Status{"wf_pure": execution.Completed, "wf_wait": execution.Waiting} {
		t.Run(string(becomes), func(t *testing.T) {
			ctx := context.Background()
			w, tn := still(t, 1)
			dies, inLine := w.mustLaunch(t, tn, wf), w.mustLaunch(t, tn, "wf_pure")
			w.admitNext(t)
			w.admitNext(t)
			if err := w.runs.Touch(ctx, inLine, 1, w.clock.Now().Add(10*time.Minute), time.Time{}); err != nil {
				t.Fatal(err)
			}
			w.wire.between = func() {
				if c, err := w.peek(dies); err != nil || c.Status == becomes {
					w.wire.killed = true
				}
			}
			for w.machines[0].next != "" { // the state machine tries advance again, and then gives up
				w.step(w.machines[0])
			}
			w.wire.between = nil
			w.want(t, dies, becomes)
			if slots, err := w.runs.Slots(ctx, tn); err != nil || len(slots.Leases) != 1 {
				t.Fatalf("leases %v (%v), want the one that was to be freed", slots.Leases, err)
			}
			w.messages = nil // a timer's message may be lost too
			w.sweep(ctx)
			w.drain(t)
			w.want(t, inLine, execution.Completed)
			w.want(t, dies, becomes)
			if slots, err := w.runs.Slots(ctx, tn); err != nil || len(slots.Leases) != 0 || slots.Line != 0 {
				t.Fatalf("slots %+v (%v), want none in use", slots, err)
			}
		})
	}
}

func TestHandOverKeepsTheSlot(t *testing.T) {
	w, tn := still(t, 1)
	ctx := context.Background()
	ref := w.mustLaunch(t, tn, "wf_calls")
	waiting := w.mustLaunch(t, tn, "wf_pure")
	w.admitNext(t)
	w.admitNext(t)
	w.clock.Advance(execution.MachineLife - time.Minute) // too little is left for a node
	w.step(w.machines[0])
	c := w.want(t, ref, execution.Queued)
	if c.Generation != 2 || c.Hops != 1 {
		t.Fatalf("generation %d, hops %d; want it handed over once", c.Generation, c.Hops)
	}
	slots, err := w.runs.Slots(ctx, tn)
	if _, held := slots.Leases[ref.ID]; !held || err != nil {
		t.Fatalf("the slot was given away: %v %v", slots.Leases, err)
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	w.want(t, waiting, execution.Completed)
	w.wantIdle(t, tn)
}

func TestWakeOfATimerIsOnce(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_wait")
	w.drain(t)
	w.want(t, ref, execution.Waiting)
	w.clock.Advance(30 * time.Minute)
	w.messages = append(w.messages, w.messages...) // SQS delivers twice
	if _, err := w.admit.Sweep(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	w.drain(t)
	if n := w.count(ref, "http1"); n != 1 {
		t.Fatalf("http1 was called %d times after the timer", n)
	}
}

func TestMonthChangesWhileRunsAreOpen(t *testing.T) {
	w, tn := still(t, 1)
	limits := w.limits[tn]
	limits.MonthlyRuns = 2
	w.limits[tn] = limits
	first := w.mustLaunch(t, tn, "wf_pure")
	w.mustLaunch(t, tn, "wf_pure")
	_, err := w.desk.Launch(context.Background(), execution.Launch{Tenant: tn, WorkflowID: "wf_pure"})
	if f := fault.Of(err); f.Code != fault.CodePlanRuns || f.RetryAfter != 20*time.Minute {
		t.Fatalf("the third run gives %v, retry after %v", err, f.RetryAfter)
	}
	w.clock.Advance(21 * time.Minute) // November
	third := w.mustLaunch(t, tn, "wf_pure")
	if open, err := w.runs.Open(context.Background(), tn); err != nil || open != 3 {
		t.Fatalf("%d open runs are counted over the change of the month, want 3 (%v)", open, err)
	}
	w.drain(t)
	w.want(t, first, execution.Completed)
	w.want(t, third, execution.Completed)
	w.wantIdle(t, tn)
}

func TestIdempotencyKeyCountsOnce(t *testing.T) {
	w, tn := still(t, 1)
	ctx := context.Background()
	ask := execution.Launch{Tenant: tn, WorkflowID: "wf_pure", IdempotencyKey: "k", BodyHash: "a"}
	one, err := w.desk.Launch(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	two, err := w.desk.Launch(ctx, ask)
	if err != nil || two.ID != one.ID || !two.Repeated {
		t.Fatalf("the repeat gives %+v, %v; want %s again", two, err, one.ID)
	}
	ask.BodyHash = "b"
	if _, err := w.desk.Launch(ctx, ask); fault.Of(err).Code != fault.CodeIdempotency {
		t.Fatalf("another body under the key gives %v", err)
	}
	if open, _ := w.runs.Open(ctx, tn); open != 1 {
		t.Fatalf("%d runs are counted, want 1", open)
	}
}

func TestRateLimitIsATokenBucket(t *testing.T) {
	w, tn := still(t, 1)
	limits := w.limits[tn]
	limits.RunsPerMinute = 6
	w.limits[tn] = limits
	launch := func() error {
		_, err := w.desk.Launch(context.Background(), execution.Launch{Tenant: tn, WorkflowID: "wf_pure"})
		return err
	}
	for i := range 6 {
		if err := launch(); err != nil {
			t.Fatalf("run %d of a full bucket: %v", i+1, err)
		}
	}
	if f := fault.Of(launch()); f == nil || f.Code != fault.CodePlanRate || f.RetryAfter <= 0 {
		t.Fatalf("the seventh gives %v", f)
	}
	w.clock.Advance(10 * time.Second)
	if err := launch(); err != nil {
		t.Fatalf("after ten seconds one more fits: %v", err)
	}
	if err := launch(); err == nil {
		t.Fatal("but not two")
	}
}

// killDuring runs the machine run's next task in a function that dies at its
// n-th call of the database, counted from 0.
func (w *world) killDuring(t *testing.T, m *machine, n int) {
	t.Helper()
	w.killNext = &n
	w.runTask(m)
	if m.reports[len(m.reports)-1].Error == "" {
		t.Fatal("the function was to die")
	}
}

// stepUntil steps until the machine run is about to run the node.
func (w *world) stepUntil(t *testing.T, m *machine, node string) {
	t.Helper()
	for range 50 {
		if m.next == "run" && m.tasks[0].Node == node {
			return
		}
		w.step(m)
	}
	t.Fatalf("it never came to %s", node)
}

func TestReportSeenAgainIsOneAttempt(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	m := w.machines[0]
	w.step(m)
	w.killDuring(t, m, 0) // before it could claim anything
	for range 10 {        // the wait before the next attempt brings the same report back
		w.drain(t)
		w.clock.Advance(time.Second)
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	if n := w.count(ref, "http1"); n != 1 {
		t.Errorf("http1 was called %d times, want once", n)
	}
	w.wantIdle(t, tn)
}

// TestDeadClaimOfAnEarlierGenerationIsMinded was seed 53 of the simulation: the
// new generation met the old claim before it was bound, and stood still.
func TestDeadClaimOfAnEarlierGenerationIsMinded(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_calls")
	w.admitNext(t)
	m := w.machines[0]
	w.step(m)
	w.killDuring(t, m, 1) // after the claim
	w.machines = nil      // the machine run dies too
	w.clock.Advance(admission.LeaseTime + time.Second)
	if _, err := w.admit.Sweep(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		w.drain(t)
		w.clock.Advance(2 * time.Second)
	}
	w.want(t, ref, execution.Completed)
	w.wantIdle(t, tn)
}

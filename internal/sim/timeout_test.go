package sim

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// TestARunWhoseTimeIsUpEndsAlthoughItsFunctionDies lets each function that runs after
// the deadline of executionTimeout die at each of its calls of the database, alone
// or with its machine run: the run ends by its timeout all the same, nothing of it
// starts, and the next run has its slot.
func TestARunWhoseTimeIsUpEndsAlthoughItsFunctionDies(t *testing.T) {
	for _, c := range []struct {
		workflow  ident.Workflow
		limit     time.Duration
		functions int // that run after the deadline: advance; or admit, by its timer, and advance
	}{{"wf_timed", 40 * time.Second, 1}, {"wf_brief", 80 * time.Second, 2}} {
		for victim := range c.functions {
			for _, alone := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/function=%d/alone=%v", c.workflow, victim, alone), func(t *testing.T) {
					deaths := 0
					for dieAfterDeadline(t, overdue{c.workflow, c.limit, victim, deaths, alone}) {
						deaths++
					}
					if deaths < 3 {
						t.Errorf("the function made only %d calls", deaths)
					}
				})
			}
		}
	}
}

// overdue says which function of a run dies after its deadline, and at which call.
type overdue struct {
	workflow ident.Workflow
	limit    time.Duration
	victim   int
	call     int
	alone    bool
}

// dieAfterDeadline plays one run; false if the function ended before that call.
func dieAfterDeadline(t *testing.T, o overdue) bool {
	t.Helper()
	ctx := context.Background()
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, o.workflow)
	w.drain(t) // to its wait
	deadline := w.status(t, ref).StartedAt.Add(o.limit)
	w.clock.Advance(o.limit)
	for range o.victim {
		w.nextFunction()
	}
	w.killNext = &o.call
	before := w.saw["a function was killed"]
	w.nextFunction()
	died := w.saw["a function was killed"] > before
	if died && !o.alone {
		w.machines = nil
	}
	for range 2 + int(admission.LeaseTime/time.Minute) {
		w.drain(t)
		w.clock.Advance(time.Minute)
		w.sweep(ctx)
	}
	w.drain(t)
	end := w.want(t, ref, execution.Failed)
	if end.Error.Code != fault.CodeExecutionTimeout {
		t.Fatalf("call %d: it failed by %+v", o.call, end.Error)
	}
	if late := end.FinishedAt.Sub(deadline); late < 0 || late > admission.LeaseTime+2*time.Minute {
		t.Fatalf("call %d: it ended %v after its deadline", o.call, late)
	}
	if n := w.count(ref, "pay3") + w.count(ref, "pay2") + w.count(ref, "http5"); n != 0 {
		t.Fatalf("call %d: %d calls came after the deadline", o.call, n)
	}
	next := w.mustLaunch(t, tn, "wf_pure") // sweep looks at the slots of tenants that have something open
	w.drain(t)
	w.sweep(ctx)
	w.drain(t)
	w.want(t, next, execution.Completed)
	w.wantIdle(t, tn)
	return died
}

// nextFunction runs the next function: of a machine run, or admit for the oldest
// message that is due; one that fails comes again.
func (w *world) nextFunction() {
	for _, m := range w.machines {
		if !w.runnable(m) {
			continue
		}
		if m.next == "wait" {
			w.step(m)
		}
		w.step(m)
		return
	}
	w.deliver(context.Background())
}

// The decision on an unknown outcome is asked for although the time was up too: a
// resume must not call an unsafe node again that may have had its effect.
func TestUnknownOutcomeIsAskedForAlthoughTheTimeIsUp(t *testing.T) {
	ctx := context.Background()
	for _, decision := range []string{execution.OutcomeRetry, execution.OutcomeSkip} {
		t.Run(decision, func(t *testing.T) {
			w, tn := still(t, 1)
			ref := w.mustLaunch(t, tn, "wf_timed")
			w.admitNext(t)
			m := w.machines[0]
			w.stepUntil(t, m, "pay1")
			w.killDuring(t, m, 1) // after the claim
			w.clock.Advance(41 * time.Second)
			w.drain(t)
			if c := w.want(t, ref, execution.Failed); c.Error.Code != fault.CodeNodeOutcomeUnknown || c.Error.Node != "pay1" {
				t.Fatalf("the failure is %+v, want the unknown outcome of pay1", c.Error)
			}
			if _, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{}); !fault.Is(err, fault.Conflict) {
				t.Fatalf("resume without a decision gives %v, want a conflict", err)
			}
			before := w.count(ref, "pay1")
			if _, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{UnknownOutcome: decision}); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				w.drain(t)
				w.clock.Advance(time.Second)
			}
			w.want(t, ref, execution.Completed)
			if again := w.count(ref, "pay1") - before; again != map[string]int{execution.OutcomeRetry: 1}[decision] {
				t.Errorf("pay1 was called %d times after the decision", again)
			}
			w.wantIdle(t, tn)
		})
	}
}

// Simulation, seed 192: the report of a function that died before it had claimed
// anything was taken for another node's, whose attempts it used up.
func TestReportOfAFunctionThatNeverStartedIsOfItsOwnNode(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_parallel")
	w.admitNext(t)
	m := w.machines[0]
	w.step(m)
	w.runTask(m)          // http1
	w.killDuring(t, m, 0) // pay1, before its claim
	w.killDuring(t, m, 0) // http2
	w.step(m)
	noted := map[string]int{}
	for _, p := range w.status(t, ref).Retries {
		noted[p.Node] += p.Attempt
	}
	if len(noted) != 2 || noted["pay1"] != 1 || noted["http2"] != 1 {
		t.Fatalf("attempts %v, want one of pay1 and one of http2", noted)
	}
	for range 5 {
		w.drain(t)
		w.clock.Advance(time.Second)
	}
	w.want(t, ref, execution.Completed)
	for _, node := range []string{"http1", "pay1", "http2", "http3"} {
		if n := w.count(ref, node); n != 1 {
			t.Errorf("%s was called %d times", node, n)
		}
	}
	w.wantIdle(t, tn)
}

package sim

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// childrenOf are the runs that an execution started, as they were made.
func (w *world) childrenOf(t *testing.T, ref execution.Ref) (out []execution.Control) {
	t.Helper()
	links, err := w.runs.Links(context.Background(), ref, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		out = append(out, w.status(t, execution.Ref{Tenant: ref.Tenant, ID: l.Child}))
	}
	return out
}

func (w *world) onlyChild(t *testing.T, ref execution.Ref) execution.Control {
	t.Helper()
	all := w.childrenOf(t, ref)
	if len(all) != 1 {
		t.Fatalf("%d runs were started, want one", len(all))
	}
	return all[0]
}

// With one slot, a parent that kept it would wait for its child for ever.
func TestParentGivesItsSlotToItsChild(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_each")
	w.drain(t)
	w.want(t, ref, execution.Completed)
	kids := w.childrenOf(t, ref)
	if len(kids) != 3 {
		t.Fatalf("%d runs were started, want 3", len(kids))
	}
	for i, c := range kids {
		if c.Status != execution.Completed || c.Parent.Item != i || c.Trigger != "workflow" || c.TriggeredBy != string(ref.ID) || c.Depth != 1 {
			t.Errorf("run %d is %+v", i, c)
		}
		if i > 0 && c.CreatedAt.Before(kids[i-1].FinishedAt) {
			t.Errorf("run %d began before the one before it had ended", i)
		}
		if n := w.count(c.Ref, "pay1"); n != 1 {
			t.Errorf("pay1 of run %d was called %d times", i, n)
		}
	}
	w.wantIdle(t, tn)
	if bad := w.checkFamilies(tn); len(bad) > 0 {
		t.Error(bad)
	}
}

func TestNestedRunsAndRunsThatNobodyWaitsFor(t *testing.T) {
	w, tn := still(t, 1)
	nested := w.mustLaunch(t, tn, "wf_nested")
	w.drain(t)
	w.want(t, nested, execution.Completed)
	detached := w.mustLaunch(t, tn, "wf_detached")
	for !w.status(t, detached).Status.Terminal() {
		w.next(t)
	}
	w.want(t, detached, execution.Completed)
	w.drain(t)
	kid := w.onlyChild(t, nested)
	if below := w.onlyChild(t, kid.Ref); below.Depth != 2 || below.Root != nested.ID || below.Status != execution.Completed {
		t.Errorf("the run two levels down is %+v", below)
	}
	for _, c := range w.childrenOf(t, detached) {
		if c.Status.Terminal() || !c.Parent.Detached { // it has a wait node, its parent has ended
			t.Errorf("a run that nobody waits for is %s", c.Status)
		}
	}
	if bad := w.calm(context.Background(), []ident.Tenant{tn}); len(bad) > 0 {
		t.Error(bad)
	}
}

func TestWorkflowThatCallsItselfStops(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_self")
	w.drain(t)
	c := w.want(t, ref, execution.Failed)
	if c.Error.Code != fault.CodeLoopLimit || !strings.Contains(c.Error.Message, "levels deep") {
		t.Errorf("the failure is %+v", c.Error)
	}
	if all := w.all(tn); len(all) != execution.MaxDepth+1 {
		t.Errorf("there are %d runs, want %d", len(all), execution.MaxDepth+1)
	}
	w.wantIdle(t, tn)
}

// The child ends while its parent is on the way to be suspended: it finds nobody to
// wake, so the parent must look once more.
func TestChildThatEndsBeforeItsParentIsSuspendedIsNotMissed(t *testing.T) {
	w, tn := still(t, 2)
	ref := w.mustLaunch(t, tn, "wf_sub")
	w.admitNext(t)
	m := w.machines[0]
	started := 0
	w.wire.at = func(int) mishap { // the parent's turn stands still once the child is there
		if started++; started == 1 || len(w.messages) == 0 {
			return fine
		}
		w.wire.at = nil
		w.drainBut(t, m)
		return fine
	}
	w.step(m)
	w.wire.at = nil
	kid := w.onlyChild(t, ref)
	w.want(t, kid.Ref, execution.Completed)
	if c := w.status(t, ref); c.Status != execution.Waiting || !c.AwaitsChild {
		t.Fatalf("the parent is %s", c.Status)
	}
	if len(w.messages) != 1 || w.messages[0].Child != kid.ID {
		t.Fatalf("the parent does not wake itself: %+v", w.messages)
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	w.wantIdle(t, tn)
}

// drainBut lets everything happen except in one machine run.
func (w *world) drainBut(t *testing.T, m *machine) {
	t.Helper()
	rest := w.machines
	w.machines = nil
	w.drain(t)
	w.machines = append(rest, w.machines...)
}

func TestLostWakeOfAParentIsRepairedBySweep(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_sub")
	for w.status(t, ref).Status != execution.Waiting {
		w.next(t)
	}
	kid := w.onlyChild(t, ref)
	for !w.status(t, kid.Ref).Status.Terminal() {
		w.next(t)
	}
	if len(w.messages) != 1 || !w.messages[0].Wake {
		t.Fatalf("the messages are %+v, want the wake", w.messages)
	}
	w.messages = nil
	w.drain(t)
	w.want(t, ref, execution.Waiting)
	w.clock.Advance(execution.FirstLook + time.Second)
	w.sweep(context.Background())
	w.drain(t)
	w.want(t, ref, execution.Completed)
	w.wantIdle(t, tn)
}

// next does the next thing: a message, or a state of a machine run.
func (w *world) next(t *testing.T) {
	t.Helper()
	if !w.stepFirst() {
		w.admitNext(t)
	}
}

// A child that goes on for long must not wake its parent for nothing.
func TestSweepLeavesAParentAloneWhileItsChildGoes(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_sub")
	for w.status(t, ref).Status != execution.Waiting {
		w.next(t)
	}
	w.messages = nil
	for range 5 {
		w.clock.Advance(25 * time.Second)
		if _, err := w.admit.Sweep(context.Background(), false); err != nil {
			t.Fatal(err)
		}
		for _, m := range w.messages {
			if m.Execution == ref.ID {
				t.Fatal("the parent was woken")
			}
		}
	}
}

func TestEndingOfAChildThatIsToldTwiceWakesOnce(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_sub")
	var wakes []delivery
	for range 100 {
		if len(w.messages) > 0 && w.messages[0].Wake {
			wakes = append(wakes, w.messages[0])
		}
		if w.status(t, ref).Status.Terminal() {
			break
		}
		w.next(t)
	}
	c := w.want(t, ref, execution.Completed)
	w.messages = append(w.messages, wakes...)
	w.drain(t)
	if again := w.want(t, ref, execution.Completed); again.Generation != c.Generation || len(wakes) == 0 {
		t.Errorf("generation %d became %d after %d old messages", c.Generation, again.Generation, len(wakes))
	}
	if n := w.count(ref, "http2"); n != 1 {
		t.Errorf("http2 was called %d times", n)
	}
	w.wantIdle(t, tn)
}

// The resume URL is for wait nodes: a run that waits for a child is not woken by it.
func TestResumeURLDoesNotWakeAParent(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_sub")
	for w.status(t, ref).Status != execution.Waiting {
		w.next(t)
	}
	c := w.status(t, ref)
	if err := w.desk.Wake(context.Background(), ref, execution.Waking{Token: c.ResumeToken}); !fault.Is(err, fault.Conflict) {
		t.Errorf("the call gives %v, want a conflict", err)
	}
	w.want(t, ref, execution.Waiting)
}

func TestCancelOfAParentEndsItsChildren(t *testing.T) {
	ctx := context.Background()
	for _, lose := range []bool{false, true} {
		t.Run(fmt.Sprintf("lost=%v", lose), func(t *testing.T) {
			w, tn := still(t, 1)
			ref := w.mustLaunch(t, tn, "wf_nested")
			for len(w.all(tn)) < 3 {
				w.next(t)
			}
			if lose { // who cancels dies when the parent is settled
				writes := 0
				w.wire.at = func(int) mishap {
					if writes++; writes == 2 {
						return fatal
					}
					return fine
				}
			}
			err := w.function(func(ctx context.Context) error { _, err := w.desk.Cancel(ctx, ref); return err })
			w.wire.at = nil
			if (err != nil) != lose {
				t.Fatal(err)
			}
			w.want(t, ref, execution.Cancelled)
			if lose {
				w.clock.Advance(2 * execution.FirstLook)
				w.sweep(ctx)
			}
			w.drain(t)
			for _, c := range w.all(tn) {
				if c.Status != execution.Cancelled || c.EndsChild {
					t.Errorf("%s (depth %d) is %s", c.ID, c.Depth, c.Status)
				}
			}
			w.wantIdle(t, tn)
		})
	}
}

// Between reading the parent and settling it a child is started: it must not be left.
func TestCancelThatRacesTheStartOfAChild(t *testing.T) {
	ctx := context.Background()
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_sub")
	w.admitNext(t)
	m := w.machines[0]
	reads := 0
	w.wire.at = func(int) mishap {
		if reads++; reads == 2 { // the cancel has read; before it writes, the child is made
			w.wire.at = nil
			w.step(m)
		}
		return fine
	}
	if _, err := w.desk.Cancel(ctx, ref); err != nil {
		t.Fatal(err)
	}
	w.want(t, ref, execution.Cancelled)
	if kid := w.onlyChild(t, ref); kid.Status != execution.Cancelled {
		t.Errorf("the child is %s", kid.Status)
	}
	w.drain(t)
	w.wantIdle(t, tn)
}

// The other way round: what was cancelled starts no child.
func TestCancelledParentStartsNoChild(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_sub")
	w.admitNext(t)
	calls := 0
	w.wire.at = func(int) mishap {
		if calls++; calls == 4 { // the turn has loaded and bound
			w.wire.at = nil
			if _, err := w.desk.Cancel(context.Background(), ref); err != nil {
				t.Error(err)
			}
		}
		return fine
	}
	w.drain(t)
	w.want(t, ref, execution.Cancelled)
	if kids := w.childrenOf(t, ref); len(kids) != 0 {
		t.Errorf("a child was started: %+v", kids)
	}
	w.wantIdle(t, tn)
}

// The failure of a child is its parent's; resuming the parent goes on in the child,
// with the decision on an unknown outcome handed down.
func TestResumeOfAParentResumesItsChild(t *testing.T) {
	for _, decision := range []string{execution.OutcomeRetry, execution.OutcomeSkip} {
		t.Run(decision, func(t *testing.T) {
			ctx := context.Background()
			w, tn := still(t, 1)
			ref := w.mustLaunch(t, tn, "wf_sub")
			var m *machine
			for m == nil {
				w.next(t)
				for _, x := range w.machines {
					if x.next == "run" && x.tasks[0].Node == "pay3" {
						m = x
					}
				}
			}
			w.killDuring(t, m, 1)
			w.drain(t)
			kid := w.onlyChild(t, ref)
			c := w.want(t, ref, execution.Failed)
			if c.Error.Code != fault.CodeNodeOutcomeUnknown || c.Error.Node != "sub1" || !strings.Contains(c.Error.Message, string(kid.ID)) || !strings.Contains(c.Error.Message, "pay3") {
				t.Fatalf("the failure is %+v", c.Error)
			}
			w.want(t, kid.Ref, execution.Failed)
			if _, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{}); !fault.Is(err, fault.Conflict) {
				t.Fatalf("resume without a decision gives %v", err)
			}
			before := w.count(kid.Ref, "pay3")
			if _, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{UnknownOutcome: decision}); err != nil {
				t.Fatal(err)
			}
			w.drain(t)
			w.want(t, ref, execution.Completed)
			if again := w.want(t, w.onlyChild(t, ref).Ref, execution.Completed); again.ID != kid.ID {
				t.Errorf("another run was started: %s", again.ID)
			}
			want := map[string]int{execution.OutcomeRetry: 1, execution.OutcomeSkip: 0}[decision]
			if got := w.count(kid.Ref, "pay3") - before; got != want || w.count(kid.Ref, "http1") != 1 {
				t.Errorf("pay3 was called %d times after the decision, want %d; http1 %d times", got, want, w.count(kid.Ref, "http1"))
			}
			w.wantIdle(t, tn)
		})
	}
}

// A child that somebody cancelled fails its parent's node, and goes on when the
// parent is resumed.
func TestResumeOfAParentWhoseChildWasCancelled(t *testing.T) {
	ctx := context.Background()
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_sub")
	for w.status(t, ref).Status != execution.Waiting {
		w.next(t)
	}
	kid := w.onlyChild(t, ref)
	if _, err := w.desk.Cancel(ctx, kid.Ref); err != nil {
		t.Fatal(err)
	}
	w.drain(t)
	if c := w.want(t, ref, execution.Failed); c.Error.Code != fault.CodeCancelled {
		t.Errorf("the failure is %+v", c.Error)
	}
	if _, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{}); err != nil {
		t.Fatal(err)
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	w.want(t, kid.Ref, execution.Completed)
	w.wantIdle(t, tn)
}

// An agent that waits for workflows pays for each model call once.
func TestAgentGoesOnWhereItAsked(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_agent")
	w.drain(t)
	w.want(t, ref, execution.Completed)
	if n := w.models.billed[string(ref.ID)]; n != agentAsks+1 {
		t.Errorf("%d model calls were billed, want %d", n, agentAsks+1)
	}
	if kids := w.childrenOf(t, ref); len(kids) != agentAsks {
		t.Errorf("%d runs were started, want %d", len(kids), agentAsks)
	}
	w.wantIdle(t, tn)
}

// An agent whose budget is used up on the way goes on from there when it is resumed.
func TestResumedAgentPaysForNothingTwice(t *testing.T) {
	ctx := context.Background()
	w, tn := still(t, 1)
	limits := w.limits[tn]
	limits.AITokens = aiPrompt + aiAnswer
	w.limits[tn] = limits
	ref := w.mustLaunch(t, tn, "wf_agent")
	w.drain(t)
	w.want(t, ref, execution.Failed)
	limits.AITokens *= 10
	w.limits[tn] = limits
	if _, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{}); err != nil {
		t.Fatal(err)
	}
	w.drain(t)
	w.want(t, ref, execution.Completed)
	if n := w.models.billed[string(ref.ID)]; n != agentAsks+1 {
		t.Errorf("%d model calls were billed, want %d", n, agentAsks+1)
	}
	w.wantIdle(t, tn)
}

var everyCall = flag.Int("sim.every", 9, "of the calls that may go wrong, take each nth")

// TestEachCallOfTheDatabaseMayGoWrong lets each single call of a run with sub-runs
// be refused, lose its answer, or take its function with it.
func TestEachCallOfTheDatabaseMayGoWrong(t *testing.T) {
	for _, wf := range []ident.Workflow{"wf_each", "wf_agent", "wf_nested"} {
		for name, what := range map[string]mishap{"refused": refused, "lost": lost, "fatal": fatal} {
			t.Run(fmt.Sprintf("%s/%s", wf, name), func(t *testing.T) {
				for n, total := 0, 1; n < total; n += *everyCall {
					total = oneMishap(t, wf, n, what)
				}
			})
		}
	}
}

// oneMishap plays one run in which the call of that number goes wrong, and returns
// how many calls there were. Where an unsafe call's outcome is unknown, it is decided.
func oneMishap(t *testing.T, wf ident.Workflow, number int, what mishap) int {
	t.Helper()
	ctx := context.Background()
	w, _ := still(t, 1)
	tn := ident.Tenant(fmt.Sprintf("ten_%s_%d", strings.ReplaceAll(t.Name(), "/", "_"), number))
	limits := tenant.DefaultLimits(tenant.Enterprise)
	limits.MaxConcurrent, limits.AITokens = 1, 100_000
	w.limits = map[ident.Tenant]tenant.Limits{tn: limits}
	if err := w.runs.MakeTenant(ctx, tn); err != nil {
		t.Fatal(err)
	}
	ref := w.mustLaunch(t, tn, wf)
	w.accepted[ref] = true
	w.wire.calls = 0
	w.wire.at = func(call int) mishap {
		if call == number {
			return what
		}
		return fine
	}
	bad := w.calm(ctx, []ident.Tenant{tn})
	calls := w.wire.calls
	w.wire.at = nil
	if c := w.status(t, ref); c.Error != nil && c.Error.Code == fault.CodeNodeOutcomeUnknown {
		if _, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{UnknownOutcome: execution.OutcomeRetry}); err != nil {
			t.Fatal(err)
		}
		bad = append(bad, w.calm(ctx, []ident.Tenant{tn})...)
	}
	if c := w.status(t, ref); c.Status != execution.Completed {
		bad = append(bad, fmt.Sprintf("it is %s (%+v)", c.Status, c.Error))
	}
	if len(bad) > 0 {
		t.Fatalf("call %d: %s\n\n%s", number, strings.Join(bad, "\n"), strings.Join(w.log, "\n"))
	}
	return calls
}

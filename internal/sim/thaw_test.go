package sim

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// TestInstanceThatStoodStillDoesNoHarm freezes the instance of whatever function runs
// at each of its calls of the database in turn, for longer than its leases, claims and
// reservations hold. Meanwhile everything goes on without it: the run is taken over
// and ends, or a person decides about what is unknown. Then it thaws, with all that it
// believed, and nothing may happen twice, stay held, or be counted wrong.
func TestInstanceThatStoodStillDoesNoHarm(t *testing.T) {
	for _, wf := range []ident.Workflow{"wf_calls", "wf_parallel", "wf_ai", "wf_agent", "wf_sub"} {
		t.Run(string(wf), func(t *testing.T) {
			froze := 0
			db, table := openTable(t)
			for at := 0; ; at++ {
				w, tn := stillOn(t, db, table, fmt.Sprintf("ten_%s_%d", wf, at), 2)
				limits := w.limits[tn]
				limits.AITokens = 100_000
				w.limits[tn] = limits
				ref := w.mustLaunch(t, tn, wf)
				w.accepted[ref] = true
				frozen := w.freezeAt(t, at, tn)
				w.toTheEnd(t, tn)
				if !*frozen {
					break // the run has no more calls
				}
				froze++
				if c := w.status(t, ref); !c.Status.Terminal() {
					t.Errorf("frozen at call %d: the run is %s", at, c.Status)
				}
				w.wantIdle(t, tn)
				if t.Failed() {
					for _, line := range w.log {
						t.Log(line)
					}
					t.FailNow()
				}
			}
			if froze < 10 {
				t.Errorf("the run was frozen at %d calls only", froze)
			}
		})
	}
}

// freezeAt lets the instance that makes the n-th call of the database from now on
// stand still before it.
func (w *world) freezeAt(t *testing.T, n int, tn ident.Tenant) *bool {
	frozen := new(bool)
	w.wire.calls = 0
	w.wire.at = func(call int) mishap {
		if call == n {
			w.wire.at = nil
			*frozen = true
			w.note("the instance is frozen")
			w.elsewhere(t, tn)
			w.note("the instance thaws")
		}
		return fine
	}
	return frozen
}

// elsewhere lets the rest of the world go on.
func (w *world) elsewhere(t *testing.T, tn ident.Tenant) {
	frozen := w.current
	rest := w.machines[:0:0]
	for _, m := range w.machines {
		if m != frozen {
			rest = append(rest, m)
		}
	}
	w.machines = rest
	w.toTheEnd(t, tn)
	if frozen != nil {
		w.machines = append(w.machines, frozen)
	}
}

// toTheEnd lets leases run out and everything come to rest, and decides where a run
// asks for that: what may have happened does not happen again.
func (w *world) toTheEnd(t *testing.T, tn ident.Tenant) {
	t.Helper()
	ctx := context.Background()
	rest := func() {
		w.clock.Advance(admission.LeaseTime + time.Minute)
		w.sweep(ctx)
		if bad := w.calm(ctx, []ident.Tenant{tn}); len(bad) > 0 {
			t.Fatal(bad)
		}
	}
	rest()
	for _, c := range w.all(tn) {
		if c.Status == execution.Failed && c.Parent.ID == "" {
			if _, err := w.desk.Resume(ctx, c.Ref, execution.ResumeOptions{UnknownOutcome: execution.OutcomeSkip}); err != nil {
				t.Fatal(err)
			}
			rest()
		}
	}
}

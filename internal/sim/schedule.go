package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Bounds of one schedule.
const (
	launches  = 8
	busySteps = 120  // with faults
	calmSteps = 4000 // without; everything must end within them
)

// run plays one schedule and returns what went wrong.
func (w *world) run(ctx context.Context) []string {
	tenants := w.makeTenants(ctx)
	w.wire.rate = []float64{0, 0.02, 0.1}[w.rnd.IntN(3)]
	for range busySteps {
		w.something(ctx, tenants)
		if bad := w.check(ctx, tenants); len(bad) > 0 {
			return bad
		}
	}
	w.wire.rate = 0
	return w.calm(ctx, tenants)
}

func (w *world) makeTenants(ctx context.Context) []ident.Tenant {
	var out []ident.Tenant
	for i := range 1 + w.rnd.IntN(2) {
		t := ident.Tenant(fmt.Sprintf("ten_%x_%d", w.seed, i))
		limits := tenant.DefaultLimits(tenant.Enterprise)
		limits.MaxConcurrent = 1 + w.rnd.IntN(3)
		limits.AITokens = int64(100 * (1 + w.rnd.IntN(12)))
		w.limits[t] = limits
		if err := w.runs.MakeTenant(ctx, t); err != nil {
			panic(err)
		}
		out = append(out, t)
	}
	return out
}

// something does one of the things that could happen next.
func (w *world) something(ctx context.Context, tenants []ident.Tenant) {
	switch p := w.rnd.IntN(100); {
	case p < 10 && len(w.accepted) < launches:
		w.launch(ctx, tenants[w.rnd.IntN(len(tenants))])
	case p < 45:
		w.deliver(ctx)
	case p < 85:
		w.stepAny()
	case p < 90:
		w.clock.Advance(time.Duration(w.rnd.IntN(20000)) * time.Millisecond)
	case p < 91:
		w.clock.Advance(time.Duration(w.rnd.IntN(700)) * time.Second)
	case p < 94:
		w.sweep(ctx)
	case p < 97:
		w.act(ctx)
	default:
		w.stepAny()
	}
}

func (w *world) launch(ctx context.Context, t ident.Tenant) {
	ids := []ident.Workflow{"wf_pure", "wf_calls", "wf_wait", "wf_parallel", "wf_loop", "wf_ai", "wf_capped",
		"wf_sub", "wf_each", "wf_goon", "wf_detached", "wf_nested", "wf_self", "wf_agent", "wf_forked"}
	w.serial++
	id := ident.Execution(fmt.Sprintf("exe_%x_%03d", w.seed, w.serial))
	launched, err := w.desk.Launch(ctx, execution.Launch{
		Tenant: t, ID: id, WorkflowID: ids[w.rnd.IntN(len(ids))], Trigger: "api", RejectIfFull: w.chance(0.1),
	})
	w.note("launch %s: %v", id, err)
	if err == nil {
		w.accepted[execution.Ref{Tenant: t, ID: launched.ID}] = true
		return
	}
	// The caller saw an error, yet the run may have been written: then it must end too.
	if _, peeked := w.peek(execution.Ref{Tenant: t, ID: id}); peeked == nil {
		w.accepted[execution.Ref{Tenant: t, ID: id}] = true
	}
}

// deliver hands any message that is due to admit; one that fails comes again.
func (w *world) deliver(ctx context.Context) {
	var due []int
	for i, m := range w.messages {
		if !m.at.After(w.clock.Now()) {
			due = append(due, i)
		}
	}
	if len(due) == 0 {
		return
	}
	i := due[w.rnd.IntN(len(due))]
	m := w.messages[i]
	w.messages = append(w.messages[:i:i], w.messages[i+1:]...)
	err := w.function(func(ctx context.Context) error { return w.admit.Admit(ctx, m.Message) })
	w.note("deliver %s gen %d wake %v: %v", m.Execution, m.Generation, m.Wake, err)
	if err != nil {
		m.at = w.clock.Now().Add(3 * time.Minute)
		w.messages = append(w.messages, m)
	}
	_ = ctx
}

func (w *world) stepAny() {
	var ready []*machine
	live := w.machines[:0]
	for _, m := range w.machines {
		if w.runnable(m) {
			ready = append(ready, m)
		}
		if m.next != "" {
			live = append(live, m)
		}
	}
	w.machines = live
	if len(ready) > 0 {
		w.step(ready[w.rnd.IntN(len(ready))])
	}
}

func (w *world) sweep(ctx context.Context) {
	var swept any
	err := w.function(func(ctx context.Context) (err error) {
		swept, err = w.sweeper.Sweep(ctx, false)
		if _, failed := w.ledger.Expire(ctx); err == nil {
			err = failed
		}
		return err
	})
	w.note("sweep: %+v %v", swept, err)
	_ = ctx
}

// act is what a tenant does: cancel, or resume what failed.
func (w *world) act(ctx context.Context) {
	ref, ok := w.pick()
	if !ok {
		return
	}
	if w.chance(0.4) {
		_, err := w.desk.Cancel(ctx, ref)
		w.note("cancel %s: %v", ref.ID, err)
		if err == nil {
			w.asked[ref] = true
		}
		return
	}
	if w.chance(0.2) { // what an exhausted budget waits for
		limits := w.limits[ref.Tenant]
		limits.AITokens += 300
		w.limits[ref.Tenant] = limits
	}
	w.resume(ctx, ref)
}

func (w *world) resume(ctx context.Context, ref execution.Ref) {
	outcome := ""
	if w.chance(0.5) {
		outcome = []string{execution.OutcomeRetry, execution.OutcomeSkip}[w.rnd.IntN(2)]
	}
	_, err := w.desk.Resume(ctx, ref, execution.ResumeOptions{UnknownOutcome: outcome})
	w.note("resume %s %s: %v", ref.ID, outcome, err)
}

// pick is any execution, those that others started included. Ids sort as they were
// made, and maps have no order.
func (w *world) pick() (execution.Ref, bool) {
	w.adopt()
	refs := slices.SortedFunc(maps.Keys(w.accepted), func(a, b execution.Ref) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if len(refs) == 0 {
		return execution.Ref{}, false
	}
	return refs[w.rnd.IntN(len(refs))], true
}

// calm lets everything come to rest: messages are delivered, machine runs go on,
// time passes, sweep runs each minute.
func (w *world) calm(ctx context.Context, tenants []ident.Tenant) []string {
	for i := range calmSteps {
		w.deliver(ctx)
		w.stepAny()
		if i%10 == 9 {
			w.clock.Advance(10 * time.Second)
		}
		if i%60 == 59 {
			w.sweep(ctx)
		}
		if bad := w.check(ctx, tenants); len(bad) > 0 {
			return bad
		}
		if i%20 == 0 && w.atRest(ctx) {
			var bad []string
			w.past(func() { bad = w.checkRest(ctx, tenants) })
			return bad
		}
	}
	return append(w.unfinished(ctx), "not at rest after the calm steps")
}

// peek reads an execution past the faults.
func (w *world) peek(ref execution.Ref) (c execution.Control, err error) {
	w.past(func() { c, err = w.runs.Load(context.Background(), ref) })
	return c, err
}

// recorded reads what was kept of an execution's node runs, past the faults.
func (w *world) recorded(c execution.Control) (records []execution.Record, err error) {
	w.past(func() { records, err = w.runs.Records(context.Background(), c, 0) })
	return records, err
}

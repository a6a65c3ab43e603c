package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// lagging is how often sweep, in a busy time, finds its index as it was a pass before.
const lagging = 0.3

// Bounds of one schedule.
const (
	launches  = 8
	busySteps = 120  // with faults
	calmSteps = 8000 // without; everything must end within them
)

// run plays one schedule and returns what went wrong: a busy time, rest, then
// people come and see to what failed, and rest again.
func (w *world) run(ctx context.Context) []string {
	w.clock.Advance(time.Duration(w.rnd.IntN(1200)) * time.Second) // some begin just before the month ends
	tenants := w.makeTenants(ctx)
	rate := []float64{0, 0.02, 0.1}[w.rnd.IntN(3)]
	if bad := w.busy(ctx, tenants, rate, busySteps); len(bad) > 0 {
		return bad
	}
	if bad := w.calm(ctx, tenants); len(bad) > 0 {
		return bad
	}
	w.wire.rate = rate
	w.mend(ctx)
	if bad := w.busy(ctx, tenants, rate, busySteps/3); len(bad) > 0 {
		return bad
	}
	return w.calm(ctx, tenants)
}

// busy lets things happen, with faults.
func (w *world) busy(ctx context.Context, tenants []ident.Tenant, rate float64, steps int) []string {
	w.wire.rate, w.wire.lagging = rate, lagging
	w.wire.between = func() { w.meanwhile(ctx, tenants) }
	defer func() { w.wire.between = nil }()
	for range steps {
		w.something(ctx, tenants)
		if bad := w.check(ctx, tenants); len(bad) > 0 {
			return bad
		}
	}
	w.wire.rate, w.wire.lagging = 0, 0
	w.saw["sweep read an index that lagged behind"] += w.wire.stale
	w.wire.stale = 0
	clear(w.stopped)
	return nil
}

func (w *world) makeTenants(ctx context.Context) []ident.Tenant {
	var out []ident.Tenant
	for i := range 1 + w.rnd.IntN(2) {
		t := ident.Tenant(fmt.Sprintf("ten_%x_%d", w.seed, i))
		limits := tenant.DefaultLimits(tenant.Enterprise)
		limits.MaxConcurrent = 1 + w.rnd.IntN(3)
		limits.AITokens = int64(100 * (1 + w.rnd.IntN(12)))
		w.limits[t], w.ceiling[t] = limits, limits.Slots()
		if err := w.runs.MakeTenant(ctx, t); err != nil {
			panic(err)
		}
		out = append(out, t)
	}
	return out
}

// meanwhile lets something happen between two calls of a function that runs.
func (w *world) meanwhile(ctx context.Context, tenants []ident.Tenant) {
	if !w.chance(0.03) {
		return
	}
	defer w.wire.aside()()
	w.wire.between = nil
	w.note("meanwhile:")
	w.saw["a function met another"]++
	switch p := w.rnd.IntN(100); {
	case p < 5 && !w.timed:
		w.freeze(ctx)
	case p < 30:
		w.deliver(ctx)
	case p < 75:
		w.stepAny()
	case p < 85:
		w.sweep(ctx)
	default:
		w.act(ctx, tenants)
	}
	w.note("and on")
}

// freeze lets the running function stand still until its lease is over and others
// have gone on in its place; then it believes what it read before. A node's function
// cannot: its timeout ends it, and leases are made to outlive that.
func (w *world) freeze(ctx context.Context) {
	w.saw["a function stood still beyond its lease"]++
	w.clock.Advance(admission.LeaseTime + time.Minute)
	w.sweep(ctx)
	for range 2 + w.rnd.IntN(10) {
		w.deliver(ctx)
		w.stepAny()
	}
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
	case p < 99:
		w.act(ctx, tenants)
	default:
		w.stepAny()
	}
}

// deliver hands any message that is due to admit, often with others of its tenant; what
// fails comes again.
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
	batch := w.batch(due)
	messages := make([]execution.Message, len(batch))
	for i, m := range batch {
		messages[i] = m.Message
	}
	var errs []error
	died := w.function(func(ctx context.Context) error {
		errs = w.admit.AdmitAll(ctx, messages)
		return errors.Join(errs...)
	})
	for i, m := range batch {
		err := errs[i]
		w.note("deliver %s gen %d wake %v: %v", m.Execution, m.Generation, m.Wake, err)
		if err != nil || errors.Is(died, errKilled) { // a function that dies reports nothing
			m.at = w.clock.Now().Add(3 * time.Minute)
			w.messages = append(w.messages, m)
		}
	}
	_ = ctx
}

// batch takes one of the messages that are due, and others of the same tenant.
func (w *world) batch(due []int) (batch []delivery) {
	first := due[w.rnd.IntN(len(due))]
	t := w.messages[first].Tenant
	batch = append(batch, w.messages[first])
	taken := map[int]bool{first: true}
	for _, i := range due {
		if i != first && w.messages[i].Tenant == t && w.chance(0.5) {
			batch, taken[i] = append(batch, w.messages[i]), true
		}
	}
	var rest []delivery
	for i, m := range w.messages {
		if !taken[i] {
			rest = append(rest, m)
		}
	}
	w.messages = rest
	if len(batch) > 1 {
		w.saw["messages came together"]++
	}
	return batch
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
	var swept admission.Swept
	err := w.function(func(ctx context.Context) (err error) {
		swept, err = w.sweeper.Sweep(ctx, false)
		if _, failed := w.ledger.Expire(ctx); err == nil {
			err = failed
		}
		return err
	})
	w.note("sweep: %+v %v", swept, err)
	w.saw["sweep sent a message again"] += swept.Resent
	w.saw["sweep took a lease back"] += swept.Reclaimed
	w.saw["sweep woke a run"] += swept.Woken
	_ = ctx
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
			if bad := w.checkLines(ctx, tenants); len(bad) > 0 {
				return bad
			}
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

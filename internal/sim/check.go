package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// check holds the promises that are always true.
func (w *world) check(ctx context.Context, tenants []ident.Tenant) []string {
	bad := w.nodes.wrong
	if w.wire.writes == w.checked {
		return bad
	}
	w.checked = w.wire.writes
	for _, t := range tenants {
		var slots admission.Slots
		var err error
		w.past(func() { slots, err = w.runs.Slots(ctx, t) })
		if err != nil {
			bad = append(bad, err.Error())
			continue
		}
		held, limit := len(slots.Leases), w.limits[t].Slots()
		ceiling := max(limit, w.ceiling[t])
		if held > ceiling {
			bad = append(bad, fmt.Sprintf("%s holds %d slots, its limit is %d, and it held %d when that was lowered", t, held, limit, ceiling))
		}
		w.ceiling[t] = max(limit, min(held, ceiling))
		if slots.Line > 0 {
			w.saw["a run stood in line"]++
		}
	}
	return bad
}

// checkLines holds, after a sweep that met no fault, that nobody stands in line beside
// a slot of an execution that does not need it.
func (w *world) checkLines(ctx context.Context, tenants []ident.Tenant) (bad []string) {
	for _, t := range tenants {
		slots, err := w.runs.Slots(ctx, t)
		if err != nil {
			return []string{err.Error()}
		}
		for id := range slots.Leases {
			c, err := w.peek(execution.Ref{Tenant: t, ID: id})
			if slots.Line > 0 && (err != nil || c.Status != execution.Queued && c.Status != execution.Running) {
				bad = append(bad, fmt.Sprintf("%s has a line beside the slot of %s, which is %s (%v)", t, id, c.Status, err))
			}
		}
	}
	return bad
}

// checkRunning holds, when a node of an execution calls the other side, that the
// execution has a slot, of the generation in which it runs, and that each node run
// has one claim or one attempt that is noted, not more.
func (w *world) checkRunning(c execution.Control) {
	open := map[string]int{}
	for _, claim := range c.Claims {
		open[fmt.Sprintf("%s/%d", claim.Node, claim.Run)]++
	}
	for seq, p := range c.Retries {
		if _, claimed := c.Claims[seq]; !claimed {
			open[fmt.Sprintf("%s/%d", p.Node, p.Run)]++
		}
	}
	for run, n := range open {
		if n > 1 {
			w.nodes.wrong = append(w.nodes.wrong, fmt.Sprintf("%s has %s open %d times: claims %v, attempts %v", c.ID, run, n, c.Claims, c.Retries))
		}
	}
	var slots admission.Slots
	var err error
	w.past(func() { slots, err = w.runs.Slots(context.Background(), c.Tenant) })
	if lease, held := slots.Leases[c.ID]; err != nil || !held || lease.Generation != c.Generation {
		w.nodes.wrong = append(w.nodes.wrong, fmt.Sprintf("%s runs in generation %d without a slot of it: %v (%v)", c.ID, c.Generation, slots.Leases, err))
	}
}

// checkTime holds that no call starts when an execution's time is up by its
// workflow's executionTimeout.
func (w *world) checkTime(s execution.Stepping) {
	limit := s.Workflow.Settings.ExecutionTimeout
	if limit <= 0 || w.nodes.Family(s.Step) == node.Pure {
		return
	}
	c, err := w.peek(execution.Ref{Tenant: ident.Tenant(s.Info.Tenant), ID: ident.Execution(s.Info.ExecutionID)})
	from := c.StartedAt
	if c.TimedFrom.After(from) {
		from = c.TimedFrom
	}
	over := w.clock.Now().Sub(from.Add(time.Duration(limit * float64(time.Second))))
	if err != nil || !from.IsZero() && over >= time.Millisecond { // what is kept is whole milliseconds
		w.nodes.wrong = append(w.nodes.wrong, fmt.Sprintf("%s starts %s %v after its time was up (%v)", c.ID, s.Step.Node.Name, over, err))
	}
}

// atRest reports whether nothing is left to happen.
func (w *world) atRest(ctx context.Context) bool {
	if len(w.machines) > 0 || len(w.messages) > 0 || w.wire.writes == w.restless {
		return false
	}
	w.adopt()
	if len(w.unfinished(ctx)) > 0 {
		w.restless = w.wire.writes
		return false
	}
	return true
}

// unfinished names the accepted executions that have not ended.
func (w *world) unfinished(context.Context) []string {
	var out []string
	for ref := range w.accepted {
		c, err := w.peek(ref)
		if err != nil {
			out = append(out, fmt.Sprintf("%s: %v", ref.ID, err))
			continue
		}
		if !c.Status.Terminal() || c.EndsChild {
			out = append(out, fmt.Sprintf("%s is still %s (generation %d, claims %v, retries %v)",
				ref.ID, c.Status, c.Generation, c.Claims, c.Retries))
		}
	}
	return out
}

// checkRest holds the promises that are true when everything is quiet.
func (w *world) checkRest(ctx context.Context, tenants []ident.Tenant) []string {
	var bad []string
	for _, t := range tenants {
		// Sweep tidies the tenants that have something open; here nothing is.
		if err := w.admit.Tidy(ctx, t); err != nil {
			return []string{err.Error()}
		}
		slots, err := w.runs.Slots(ctx, t)
		if err != nil {
			return []string{err.Error()}
		}
		if len(slots.Leases) > 0 {
			bad = append(bad, fmt.Sprintf("%s: slots are held at rest: %v", t, slots.Leases))
		}
		heads, _ := w.runs.Heads(ctx, t, 10)
		if len(heads) > 0 {
			bad = append(bad, fmt.Sprintf("%s: the line is not empty at rest: %v", t, heads))
		}
		open, err := w.runs.Open(ctx, t)
		if err != nil || open != 0 {
			bad = append(bad, fmt.Sprintf("%s: %d open runs are counted at rest (%v)", t, open, err))
		}
	}
	for _, t := range tenants {
		bad = append(bad, w.checkMonths(ctx, t)...)
		bad = append(bad, w.checkBooks(ctx, t)...)
		bad = append(bad, w.checkFamilies(t)...)
	}
	for ref := range w.asked {
		if c, err := w.peek(ref); err == nil && c.Status != execution.Cancelled && c.Status != execution.Completed && c.Status != execution.Failed {
			bad = append(bad, fmt.Sprintf("%s was cancelled and is %s", ref.ID, c.Status))
		}
	}
	return bad
}

// checkMonths holds that each accepted run is counted once, in the month in which
// it was accepted. Runs that runs start are none of these.
func (w *world) checkMonths(ctx context.Context, t ident.Tenant) (bad []string) {
	made := map[string]int64{}
	for _, c := range w.all(t) {
		w.remember(c)
		if c.Parent.ID == "" {
			made[usage.Period(c.CreatedAt)]++
		}
	}
	if made[w.months()[1]] > 0 {
		w.saw["a month ended"]++
	}
	for _, month := range w.months() {
		if n, err := w.ledger.MonthRuns(ctx, t, month); err != nil || n != made[month] {
			bad = append(bad, fmt.Sprintf("%s: %d runs of %s are counted, %d were accepted (%v)", t, n, month, made[month], err))
		}
	}
	return bad
}

// remember notes what became of an execution.
func (w *world) remember(c execution.Control) {
	for what, so := range map[string]bool{
		"a run was handed over": c.Hops > 0, "a run was resumed": c.ResumedAt > 0, "a run was a retry": c.Trigger == "retry",
		"a retry kept node runs": c.Trigger == "retry" && c.Next > 0, "an outcome was decided": c.Outcome != "", "a run was started by a run": c.Parent.ID != "",
		"a node kept something": c.Partials > 0, "a run was cancelled": c.Status == execution.Cancelled, "a run completed": c.Status == execution.Completed,
	} {
		if so {
			w.saw[what]++
		}
	}
	if c.Error != nil {
		w.saw["failed: "+string(c.Error.Code)]++
	}
}

package sim

import (
	"context"
	"fmt"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// check holds the promises that are always true.
func (w *world) check(ctx context.Context, tenants []ident.Tenant) []string {
	bad := w.nodes.wrong
	if w.wire.writes == w.checked {
		return bad // and limits are only raised
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
		if held, limit := len(slots.Leases), w.limits[t].Slots(); held > limit {
			bad = append(bad, fmt.Sprintf("%s holds %d slots, its limit is %d", t, held, limit))
		}
	}
	return bad
}

// atRest reports whether nothing is left to happen.
func (w *world) atRest(ctx context.Context) bool {
	if len(w.machines) > 0 || len(w.messages) > 0 || w.wire.writes == w.restless {
		return false
	}
	w.restless = w.wire.writes
	w.adopt()
	return len(w.unfinished(ctx)) == 0
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

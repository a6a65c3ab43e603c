package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// request is a launch that its caller may send again, and the execution it must
// then be answered with; "" while nothing was written.
type request struct {
	execution.Launch
	made ident.Execution
}

// launch starts a run, or sends an earlier request again, as callers do who saw an
// error or are impatient, and queues that deliver twice.
func (w *world) launch(ctx context.Context, t ident.Tenant) {
	if len(w.requests) > 0 && w.chance(0.25) {
		w.launchAgain(ctx, w.rnd.IntN(len(w.requests)))
		return
	}
	w.serial++
	r := request{Launch: execution.Launch{
		Tenant: t, ID: ident.Execution(fmt.Sprintf("exe_%x_%03d", w.seed, w.serial)),
		WorkflowID: w.anyWorkflow(), Trigger: "api", RejectIfFull: w.chance(0.1),
	}}
	if w.chance(0.5) {
		r.IdempotencyKey = fmt.Sprintf("key-%d", w.serial)
	}
	w.requests = append(w.requests, r)
	w.send(ctx, len(w.requests)-1)
}

// anyWorkflow is one of the shapes. The one that calls itself makes a dozen runs that
// are all alike, so it comes seldom.
func (w *world) anyWorkflow() ident.Workflow {
	ids := []ident.Workflow{"wf_pure", "wf_calls", "wf_wait", "wf_parallel", "wf_loop", "wf_ai", "wf_capped",
		"wf_sub", "wf_each", "wf_goon", "wf_detached", "wf_nested", "wf_agent", "wf_forked", "wf_family",
		"wf_nap", "wf_hook", "wf_timed", "wf_brief", "wf_late"}
	if w.chance(0.01) {
		return "wf_self"
	}
	return ids[w.rnd.IntN(len(ids))]
}

// launchAgain repeats a request: with its key, as an API's caller does, or with its
// id, which those of webhooks and schedules derive.
func (w *world) launchAgain(ctx context.Context, i int) {
	r := &w.requests[i]
	if r.IdempotencyKey != "" {
		w.serial++
		r.ID = ident.Execution(fmt.Sprintf("exe_%x_%03d", w.seed, w.serial))
	}
	w.saw["a launch came again"]++
	w.send(ctx, i)
}

// send launches, and holds that a repeated request is answered with the run that it
// made first.
func (w *world) send(ctx context.Context, i int) {
	r := &w.requests[i]
	launched, err := w.desk.Launch(ctx, r.Launch)
	w.note("launch %s %s: %s %v", r.ID, r.WorkflowID, launched.ID, err)
	made := launched.ID
	if err != nil {
		// The caller saw an error, yet the run may have been written: then it must end too.
		if _, missing := w.peek(execution.Ref{Tenant: r.Tenant, ID: r.ID}); missing != nil {
			return
		}
		made = r.ID
	}
	if r.made != "" && made != r.made {
		w.nodes.wrong = append(w.nodes.wrong, fmt.Sprintf("a repeated request made %s beside %s", made, r.made))
	}
	r.made = made
	w.accepted[execution.Ref{Tenant: r.Tenant, ID: made}] = true
}

// act is what people do: cancel, resume, retry, answer a wait, and what operators
// do: change limits, suspend a tenant, kill all that it has open.
func (w *world) act(ctx context.Context, tenants []ident.Tenant) {
	t := tenants[w.rnd.IntN(len(tenants))]
	switch p := w.rnd.IntN(100); {
	case p < 30:
		w.cancel(ctx)
	case p < 60:
		w.resumeOne(ctx)
	case p < 70:
		w.retry(ctx)
	case p < 82:
		w.answer(ctx)
	case p < 91:
		w.limit(ctx, t)
	case p < 96:
		w.stopped[t] = !w.stopped[t]
		w.note("tenant %s suspended: %v", t, w.stopped[t])
		w.saw["a tenant was suspended"]++
	default:
		w.killAll(ctx, t)
	}
}

func (w *world) cancel(ctx context.Context) {
	if ref, ok := w.pick(); ok {
		w.cancelOne(ctx, ref)
	}
}

func (w *world) cancelOne(ctx context.Context, ref execution.Ref) {
	_, err := w.desk.Cancel(ctx, ref)
	w.note("cancel %s: %v", ref.ID, err)
	if err == nil {
		w.asked[ref] = true
	}
}

// killAll cancels all that a tenant has open, one after the other.
func (w *world) killAll(ctx context.Context, t ident.Tenant) {
	w.saw["all of a tenant was killed"]++
	for _, ref := range w.known() {
		if c, err := w.peek(ref); err == nil && ref.Tenant == t && !c.Status.Terminal() {
			w.cancelOne(ctx, ref)
		}
	}
}

func (w *world) resumeOne(ctx context.Context) {
	ref, ok := w.pickOf(func(c execution.Control) bool { return c.Status == execution.Failed })
	if !ok {
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

// mend resumes most of what failed, if it can go on.
func (w *world) mend(ctx context.Context) {
	for _, ref := range w.known() {
		if c, err := w.peek(ref); err == nil && c.Status == execution.Failed && c.Error.Code != fault.CodeLoopLimit && w.chance(0.6) {
			w.resume(ctx, ref)
		}
	}
}

// retry starts an ended execution anew, from the start or from a node that ran.
func (w *world) retry(ctx context.Context) {
	ref, ok := w.pickOf(func(c execution.Control) bool { return c.Status.Terminal() })
	if !ok {
		return
	}
	w.serial++
	opt := execution.RetryOptions{ID: ident.Execution(fmt.Sprintf("exe_%x_%03d", w.seed, w.serial))}
	if c, err := w.peek(ref); err == nil && w.chance(0.6) {
		if records, err := w.recorded(c); err == nil && len(records) > 0 {
			opt.FromNode = records[w.rnd.IntN(len(records))].Run.Node
		}
	}
	_, err := w.desk.Retry(ctx, ref, opt)
	w.note("retry %s from %q as %s: %v", ref.ID, opt.FromNode, opt.ID, err)
}

// answer calls the resume URL of a run, whether it waits or not.
func (w *world) answer(ctx context.Context) {
	ref, ok := w.pickOf(func(c execution.Control) bool { return c.WorkflowID == "wf_hook" })
	if !ok {
		return
	}
	c, err := w.peek(ref)
	if err != nil {
		return
	}
	a := execution.Waking{Token: c.ResumeToken}
	if w.chance(0.5) {
		a.Items = []workflow.Item{workflow.EmptyItem()}
	}
	for range 1 + w.rnd.IntN(2) { // people press buttons twice
		err = w.desk.Wake(ctx, ref, a)
		w.note("answer %s: %v", ref.ID, err)
		if err == nil {
			w.saw["a call woke a run"]++
		}
	}
}

// limit gives a tenant another number of slots. A lowered limit holds for what
// starts from then on.
func (w *world) limit(ctx context.Context, t ident.Tenant) {
	limits := w.limits[t]
	before := limits.Slots()
	limits.MaxConcurrent = 1 + w.rnd.IntN(3)
	w.limits[t] = limits
	w.ceiling[t] = max(w.ceiling[t], limits.Slots())
	w.checked = -1
	w.note("tenant %s has %d slots", t, limits.Slots())
	switch {
	case limits.Slots() < before:
		w.saw["a limit was lowered"]++
	case limits.Slots() > before:
		w.saw["a limit was raised"]++
		err := w.function(func(ctx context.Context) error { return w.admit.Tidy(ctx, t) })
		w.note("tidy %s: %v", t, err)
	}
}

// pick is any execution, those that others started included.
func (w *world) pick() (execution.Ref, bool) {
	return w.pickOf(func(execution.Control) bool { return true })
}

// pickOf is any execution of some, or any at all if there is none of them.
func (w *world) pickOf(wanted func(execution.Control) bool) (execution.Ref, bool) {
	refs := w.known()
	some := slices.DeleteFunc(slices.Clone(refs), func(ref execution.Ref) bool {
		c, err := w.peek(ref)
		return err != nil || !wanted(c)
	})
	if len(some) > 0 {
		refs = some
	}
	if len(refs) == 0 {
		return execution.Ref{}, false
	}
	return refs[w.rnd.IntN(len(refs))], true
}

// known are all executions. Ids sort as they were made, and maps have no order.
func (w *world) known() []execution.Ref {
	w.adopt()
	return slices.SortedFunc(maps.Keys(w.accepted), func(a, b execution.Ref) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

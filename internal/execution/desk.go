package execution

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Desk is where executions are asked for and acted upon. It implements API.
type Desk struct {
	Store     Store
	Workflows Workflows
	Limits    Limits
	Line      Line
	Observer  Observer
	Clock     clock.Clock
	// LeaseTime is how long a slot taken at once (onLimit: reject) holds.
	LeaseTime time.Duration
}

var _ API = (*Desk)(nil)

// Launch accepts a run: it is written and counted in one transaction, then its
// message is sent. If only the sending fails the run is accepted all the same:
// sweep sends the message again.
func (d *Desk) Launch(ctx context.Context, l Launch) (Launched, error) {
	tn, limits, err := d.Limits.Limits(ctx, l.Tenant)
	if err != nil {
		return Launched{}, err
	}
	if tn.Suspended {
		return Launched{}, fault.New(fault.Forbidden, fault.CodeForbidden, "The tenant is suspended; ask the platform's operator.")
	}
	wf, version, err := d.workflow(ctx, l)
	if err != nil {
		return Launched{}, err
	}
	if err := checkStart(wf, l.Start); err != nil {
		return Launched{}, err
	}
	now := d.Clock.Now().UTC()
	if l.ID == "" {
		l.ID = ident.Execution(ident.New(ident.PrefixExecution, now))
	}
	c := Creation{
		Control: Control{
			Ref: Ref{l.Tenant, l.ID}, WorkflowID: l.WorkflowID, Version: version, Plan: tn.Plan,
			Status: Queued, Generation: 1, Trigger: l.Trigger, TriggeredBy: l.TriggeredBy, Test: l.Test,
			NodesTotal: countNodes(wf), CreatedAt: now, QueuedAt: now, LastOfferedAt: now,
			DueAt: now.Add(FirstLook), ResumeToken: ident.Token(), Next: min(len(l.CopyRuns), 1),
		},
		Start: l.Start, Limits: limits, IdempotencyKey: l.IdempotencyKey, BodyHash: l.BodyHash, Runs: l.CopyRuns, Mark: l.Mark,
	}
	if l.RejectIfFull {
		c.LeaseUntil = now.Add(d.LeaseTime)
	}
	launched, err := d.Store.Create(ctx, c)
	if err != nil || launched.Repeated {
		return launched, err
	}
	d.Observer.Execution(EventOf(EventQueued, c.Control, now))
	_ = d.offer(ctx, c.Control) // sweep repairs a lost message
	return launched, nil
}

// workflow is what the execution runs: its start may bring one that is not stored.
func (d *Desk) workflow(ctx context.Context, l Launch) (*workflow.Workflow, int, error) {
	if l.Start.Workflow == nil {
		return d.Workflows.Workflow(ctx, l.Tenant, l.WorkflowID, l.Version)
	}
	wf, err := workflow.Parse(l.Start.Workflow)
	return wf, l.Version, err
}

func (d *Desk) offer(ctx context.Context, c Control) error {
	return d.Line.Offer(ctx, Message{Tenant: c.Tenant, Execution: c.ID, Generation: c.Generation, Plan: c.Plan})
}

// checkStart refuses a start node that the workflow does not have.
func checkStart(wf *workflow.Workflow, s Start) error {
	for _, name := range []string{s.Node, s.Destination} {
		if name != "" && wf.Node(name) == nil {
			return fault.New(fault.Invalid, fault.CodeValidation, "The workflow has no node named %q; use the name of one of its nodes.", name)
		}
	}
	if s.Node == "" && StartNode(wf, s.Mode) == nil {
		return fault.New(fault.Invalid, fault.CodeValidation, "The workflow has no node to start from; add a trigger, or name a startNode.")
	}
	return nil
}

// Get reads one execution.
func (d *Desk) Get(ctx context.Context, ref Ref) (Control, error) { return d.Store.Load(ctx, ref) }

// List reads a tenant's executions, newest first.
func (d *Desk) List(ctx context.Context, t ident.Tenant, f Filter) (Page, error) {
	return d.Store.List(ctx, t, f)
}

// Position is the place in the tenant's line.
func (d *Desk) Position(ctx context.Context, ref Ref) (int, error) { return d.Line.Position(ctx, ref) }

// Response is the answer for the webhook's caller.
func (d *Desk) Response(ctx context.Context, ref Ref) (*Response, error) {
	return d.Store.GetResponse(ctx, ref)
}

// Runs returns the latest record of each node run, in the order in which they ran.
func (d *Desk) Runs(ctx context.Context, ref Ref) ([]workflow.NodeRun, error) {
	c, err := d.Store.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	return d.RunsOf(ctx, c)
}

// RunsOf is Runs of an execution that was just read.
func (d *Desk) RunsOf(ctx context.Context, c Control) ([]workflow.NodeRun, error) {
	records, err := d.Store.Records(ctx, c, 0)
	if err != nil {
		return nil, err
	}
	records = latest(records)
	runs := make([]workflow.NodeRun, len(records))
	for i, r := range records {
		runs[i] = r.Run
	}
	return runs, nil
}

// LastOf is the last of RunsOf, nil if nothing has run; what the others gave is not read.
func (d *Desk) LastOf(ctx context.Context, c Control) (*workflow.NodeRun, error) {
	if c.ResumedAt > 0 { // a record may have taken the place of one that came before others
		runs, err := d.RunsOf(ctx, c)
		if err != nil || len(runs) == 0 {
			return nil, err
		}
		return &runs[len(runs)-1], nil
	}
	records, err := d.Store.Records(ctx, c, LastRecord)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	return &records[0].Run, nil
}

// latest keeps the last record of each (node, run index), in the order in which
// the node runs first came.
func latest(records []Record) []Record {
	type id struct {
		node  string
		index int
	}
	at := make(map[id]int, len(records))
	out := make([]Record, 0, len(records))
	for _, r := range records {
		k := id{r.Run.Node, r.Run.Index}
		if i, seen := at[k]; seen {
			out[i] = r
			continue
		}
		at[k] = len(out)
		out = append(out, r)
	}
	return out
}

// Cancel ends an execution: at once where no claim is open, otherwise when the
// node that runs has ended.
func (d *Desk) Cancel(ctx context.Context, ref Ref) (Control, error) {
	k := Canceller{Store: d.Store, Line: d.Line, Observer: d.Observer, Clock: d.Clock}
	return k.Cancel(ctx, ref)
}

// Resume goes on with a failed execution from the node that failed.
func (d *Desk) Resume(ctx context.Context, ref Ref, opt ResumeOptions) (Control, error) {
	c, err := d.Store.Load(ctx, ref)
	if err != nil {
		return c, err
	}
	if err := d.mayResume(ctx, c, opt); err != nil {
		return c, err
	}
	now := d.Clock.Now().UTC()
	next, err := d.Store.Requeue(ctx, Requeue{
		Ref: ref, Generation: c.Generation, From: []Status{Failed}, Now: now, DueAt: now.Add(FirstLook),
		Resumed: true, Outcome: opt.UnknownOutcome, Version: opt.Version,
	})
	if errors.Is(err, ErrSuperseded) {
		return next, fault.New(fault.Conflict, fault.CodeConflict, "The execution is %s by now; only a failed one can be resumed.", next.Status)
	}
	if err != nil {
		return next, err
	}
	d.Observer.Execution(EventOf(EventResumed, next, now))
	_ = d.offer(ctx, next) // sweep repairs a lost message
	return next, nil
}

func (d *Desk) mayResume(ctx context.Context, c Control, opt ResumeOptions) error {
	now := d.Clock.Now()
	for _, claim := range c.Claims {
		if claim.Deadline.After(now) {
			return fault.New(fault.Conflict, fault.CodeConflict, "Node %q is still running; try again when it has ended.", claim.Node)
		}
	}
	switch {
	case c.Status != Failed:
		return fault.New(fault.Conflict, fault.CodeConflict, "The execution is %s; only a failed one can be resumed.", c.Status)
	case opt.UnknownOutcome != "" && opt.UnknownOutcome != OutcomeRetry && opt.UnknownOutcome != OutcomeSkip:
		return fault.New(fault.Invalid, fault.CodeValidation, "unknownOutcome must be %q or %q.", OutcomeRetry, OutcomeSkip)
	case c.Error != nil && c.Error.Code == fault.CodeNodeOutcomeUnknown && opt.UnknownOutcome == "":
		return fault.New(fault.Conflict, fault.CodeNodeOutcomeUnknown,
			"It is not known whether node %q had its effect. Check the other side, then resume with a decision (unknownOutcome): %q runs it again, %q goes on without it.",
			c.Error.Node, OutcomeRetry, OutcomeSkip)
	case opt.Version > 0:
		_, _, err := d.Workflows.Workflow(ctx, c.Tenant, c.WorkflowID, opt.Version)
		return err
	}
	return nil
}

// The decisions on an unknown outcome.
const (
	OutcomeRetry = "retry"
	OutcomeSkip  = "skip"
)

// Wake goes on with a waiting execution: its resume URL was called.
func (d *Desk) Wake(ctx context.Context, ref Ref, w Waking) error {
	c, err := d.Store.Load(ctx, ref)
	if err != nil {
		return err
	}
	if c.ResumeToken == "" || subtle.ConstantTimeCompare([]byte(w.Token), []byte(c.ResumeToken)) == 0 {
		return notFound(ref)
	}
	if c.Status != Waiting || c.AwaitsChild || w.Generation > 0 && w.Generation != c.Generation {
		return fault.New(fault.Conflict, fault.CodeConflict, "The execution is %s; it does not wait for this call.", c.Status)
	}
	now := d.Clock.Now().UTC()
	q := Requeue{Ref: ref, Generation: c.Generation, From: []Status{Waiting}, Now: now, DueAt: now.Add(FirstLook)}
	if w.Items != nil {
		if q.Record, err = d.wakeRecord(ctx, c, w); err != nil {
			return err
		}
	}
	next, err := d.Store.Requeue(ctx, q)
	if errors.Is(err, ErrSuperseded) {
		return fault.New(fault.Conflict, fault.CodeConflict, "The execution is %s by now; it does not wait for this call.", next.Status)
	}
	if err != nil {
		return err
	}
	d.Observer.Execution(EventOf(EventResumed, next, now))
	_ = d.offer(ctx, next) // sweep repairs a lost message
	return nil
}

// wakeRecord supersedes the record of the node run that is answered with one that has
// the items.
func (d *Desk) wakeRecord(ctx context.Context, c Control, w Waking) (*Record, error) {
	records, err := d.Store.Records(ctx, c, 0)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	r, err := answerTo(c, records, w, d.Clock.Now())
	if err != nil {
		return nil, err
	}
	r.Run.Outputs = [][]workflow.Item{w.Items}
	r.Run.OutItems = len(w.Items)
	return r, nil
}

func notFound(ref Ref) error {
	return fault.New(fault.NotFound, fault.CodeNotFound, "There is no execution %s.", ref.ID)
}

package archive

import (
	"context"
	"log/slog"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// Stage is how far an erasure has come.
type Stage string

// The stages. Ending: executions that run are being ended. Erasing: a pass
// removes what it finds. Verifying: a pass that should find nothing.
const (
	Ending    Stage = "ending"
	Erasing   Stage = "erasing"
	Verifying Stage = "verifying"
	Done      Stage = "done"
)

// quiet is how long after the last removal the verifying pass begins: callers
// that had read the tenant before it was suspended have ended by then.
const quiet = 10 * time.Second

// Erasure is the record of an erasure. It outlives the tenant, and is the proof.
type Erasure struct {
	Tenant  ident.Tenant `json:"tenant"`
	By      string       `json:"by"`
	AskedAt time.Time    `json:"askedAt"`
	DoneAt  time.Time    `json:"doneAt,omitzero"`
	Stage   Stage        `json:"stage"`
	Removed Counts       `json:"removed"` // by all passes
	Ended   int64        `json:"ended"`   // executions that were cancelled for it
	// Where the present pass stands, and what it has found and looked at.
	Part      string    `json:"part,omitempty"`
	Cursor    string    `json:"cursor,omitempty"`
	Found     int64     `json:"found"`
	Looked    int64     `json:"looked"`
	RemovedAt time.Time `json:"removedAt,omitzero"` // when a pass last removed something
	Rev       int64     `json:"-"`
}

// Tenancy marks the tenant that is to be erased.
type Tenancy interface {
	BeginErasure(ctx context.Context, by tenant.Actor, t ident.Tenant) error
}

// Executions ends what runs.
type Executions interface {
	List(ctx context.Context, t ident.Tenant, f execution.Filter) (execution.Page, error)
	Cancel(ctx context.Context, ref execution.Ref) (execution.Control, error)
}

// Schedules are the tenant's schedules, here and at the scheduler outside.
type Schedules interface {
	ListSchedules(ctx context.Context, t ident.Tenant) ([]trigger.Schedule, error)
	Unschedule(ctx context.Context, id ident.Schedule) error
}

// Eraser erases tenants.
type Eraser struct {
	Tenancy    Tenancy
	Executions Executions
	Schedules  Schedules
	Shredder   Shredder
	Register   Register
	Clock      clock.Clock
	Log        *slog.Logger
}

// Ask begins the erasure of a tenant, or returns how far it is.
func (e *Eraser) Ask(ctx context.Context, by tenant.Actor, t ident.Tenant) (Erasure, error) {
	r, err := e.Register.Erasure(ctx, t)
	if !fault.Is(err, fault.NotFound) {
		return r, err
	}
	if err := e.Tenancy.BeginErasure(ctx, by, t); err != nil {
		return r, err
	}
	r = Erasure{Tenant: t, By: by.ID, AskedAt: e.Clock.Now().UTC(), Stage: Ending, Removed: Counts{}}
	err = e.Register.PutErasure(ctx, r)
	if fault.Is(err, fault.Conflict) { // another caller was faster
		return e.Register.Erasure(ctx, t)
	}
	r.Rev++
	return r, err
}

// Go goes on with an erasure for as long as it may take, and returns how far it
// came. It stops early where something must be waited for.
func (e *Eraser) Go(ctx context.Context, t ident.Tenant, limit time.Duration) (Erasure, error) {
	r, err := e.Register.Erasure(ctx, t)
	if err != nil {
		return r, err
	}
	end := e.Clock.Now().Add(limit)
	for r.Stage != Done && e.Clock.Now().Before(end) {
		going, err := e.step(ctx, &r)
		if err != nil {
			return r, err
		}
		if err := e.Register.PutErasure(ctx, r); err != nil {
			if fault.Is(err, fault.Conflict) { // another caller goes on
				return e.Register.Erasure(ctx, t)
			}
			return r, err
		}
		r.Rev++
		if !going {
			break
		}
	}
	return r, nil
}

// Pending goes on with all erasures that have not ended.
func (e *Eraser) Pending(ctx context.Context, limit time.Duration) error {
	all, err := e.Register.PendingErasures(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		r, err := e.Go(ctx, t, limit/time.Duration(len(all)))
		if err != nil {
			e.Log.Error("an erasure could not go on", "tenantId", string(t), "error", err)
			continue
		}
		e.Log.Info("erasure of a tenant", "event", "tenant.erasure", "tenantId", string(t), "stage", string(r.Stage), "removed", r.Removed.Sum())
	}
	return nil
}

// step does one step; false if there is nothing to do but wait.
func (e *Eraser) step(ctx context.Context, r *Erasure) (bool, error) {
	if r.Stage == Ending {
		open, err := e.end(ctx, r)
		if err != nil || open > 0 {
			return false, err
		}
		r.Stage = Erasing
		return true, e.unschedule(ctx, r.Tenant)
	}
	parts := e.Shredder.Parts()
	if r.Part == "" {
		if e.Clock.Now().Before(r.RemovedAt.Add(quiet)) {
			return false, nil
		}
		r.Part, r.Cursor, r.Found, r.Looked = parts[0], "", 0, 0
	}
	s, err := e.Shredder.Shred(ctx, r.Tenant, r.Part, r.Cursor)
	if err != nil {
		return false, err
	}
	r.Removed.Add(s.Removed)
	r.Found += s.Removed.Sum()
	r.Looked += s.Looked
	if s.Removed.Sum() > 0 {
		r.RemovedAt = e.Clock.Now().UTC()
	}
	if r.Cursor = s.Next; r.Cursor == "" {
		e.nextPart(r, parts)
	}
	return true, nil
}

// nextPart goes to the next part, or ends the pass. A pass that found nothing
// ends the erasure.
func (e *Eraser) nextPart(r *Erasure, parts []string) {
	for i, p := range parts {
		if p == r.Part && i+1 < len(parts) {
			r.Part = parts[i+1]
			return
		}
	}
	r.Part = ""
	if r.Found == 0 {
		r.Stage, r.DoneAt = Done, e.Clock.Now().UTC()
		return
	}
	r.Stage = Verifying
}

// endBatch is the page in which open executions are read.
const endBatch = 100

// end cancels what is open; it returns how many executions have not ended yet.
func (e *Eraser) end(ctx context.Context, r *Erasure) (open int, err error) {
	for _, s := range []execution.Status{execution.Queued, execution.Waiting, execution.Running} {
		for cursor := ""; ; {
			page, err := e.Executions.List(ctx, r.Tenant, execution.Filter{Status: s, Limit: endBatch, Cursor: cursor})
			if err != nil {
				return open, err
			}
			for _, c := range page.Items {
				after, err := e.Executions.Cancel(ctx, c.Ref)
				if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
					return open, err
				}
				if err == nil && !after.Status.Terminal() {
					open++ // a node runs: its end is the execution's
				}
				if err == nil && !c.CancelAsked {
					r.Ended++
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return open, nil
}

func (e *Eraser) unschedule(ctx context.Context, t ident.Tenant) error {
	all, err := e.Schedules.ListSchedules(ctx, t)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := e.Schedules.Unschedule(ctx, s.ID); err != nil {
			return err
		}
	}
	return nil
}

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

// The stages. Ending: executions that run are being ended. Unregistering: services
// are told to call the tenant's addresses no more. Erasing: a pass removes what it
// finds. Verifying: a pass that should find nothing.
const (
	Ending        Stage = "ending"
	Unregistering Stage = "unregistering"
	Erasing       Stage = "erasing"
	Verifying     Stage = "verifying"
	Done          Stage = "done"
)

// unregisterFor bounds how long an erasure waits for services: the first five tries
// of each registration fall into it. What a service keeps longer is named in the
// record, and its calls are answered with 404.
const unregisterFor = 20 * time.Minute

// maxLeft bounds how many addresses the record names.
const maxLeft = 100

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
	// Registered is how many addresses services may have had, Unregistered how many of
	// them were taken away, and Left those that were not, by UnregisterBy.
	Registered   int64     `json:"registered,omitempty"`
	Unregistered int64     `json:"unregistered,omitempty"`
	Left         []Left    `json:"left,omitempty"`
	UnregisterBy time.Time `json:"unregisterBy,omitzero"`
	// Where the present pass stands, and what it has found and looked at.
	Part      string    `json:"part,omitempty"`
	Cursor    string    `json:"cursor,omitempty"`
	Found     int64     `json:"found"`
	Looked    int64     `json:"looked"`
	RemovedAt time.Time `json:"removedAt,omitzero"` // when a pass last removed something
	Rev       int64     `json:"-"`
}

// Left is an address that a service may still call.
type Left struct {
	Service string `json:"service"` // the trigger's node type
	Address string `json:"address"`
	Problem string `json:"problem,omitempty"`
}

// Registrations are the tenant's addresses at services.
type Registrations interface {
	Registrations(ctx context.Context, t ident.Tenant) ([]trigger.Registration, error)
	// Unregister has all of them taken away, by and by.
	Unregister(ctx context.Context, t ident.Tenant) error
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
	Services   Registrations
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
		r.Stage, r.UnregisterBy = Unregistering, e.Clock.Now().UTC().Add(unregisterFor)
		return true, e.unschedule(ctx, r.Tenant)
	}
	if r.Stage == Unregistering {
		waits, err := e.unregister(ctx, r)
		if err != nil || waits {
			return false, err
		}
		r.Stage = Erasing
		return true, nil
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

// unregister has services forget the tenant's addresses; true while one of them is
// still to answer and there is time.
func (e *Eraser) unregister(ctx context.Context, r *Erasure) (waits bool, err error) {
	all, err := e.Services.Registrations(ctx, r.Tenant)
	if err != nil {
		return false, err
	}
	r.Left = nil
	var held int64
	for _, reg := range all {
		if reg.State.Held == nil {
			continue
		}
		held++
		if reg.Want.Active || reg.State.Rev != reg.Rev || reg.State.Status != trigger.RegistrationFailed {
			waits = true
		}
		if len(r.Left) < maxLeft {
			r.Left = append(r.Left, leftOf(reg))
		}
	}
	r.Registered = max(r.Registered, held)
	r.Unregistered = r.Registered - held
	if !waits || !e.Clock.Now().Before(r.UnregisterBy) {
		return false, nil
	}
	return true, e.Services.Unregister(ctx, r.Tenant)
}

func leftOf(reg trigger.Registration) Left {
	left := Left{Service: reg.Want.Type, Address: reg.State.Held.Address, Problem: reg.State.Problem}
	if _, n, err := trigger.ParseSource(reg.State.Held.Source); err == nil {
		left.Service = n.Type
	}
	if left.Problem == "" {
		left.Problem = "The service has not answered in time."
	}
	return left
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

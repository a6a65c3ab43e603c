package admission

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// hasExpired reports whether a lease is over.
func (d *Desk) hasExpired(s Slots) bool {
	now := d.Clock.Now()
	for _, lease := range s.Leases {
		if now.After(lease.Until) {
			return true
		}
	}
	return false
}

// evict takes back the slots whose leases are over.
func (d *Desk) evict(ctx context.Context, t ident.Tenant, s Slots) error {
	now := d.Clock.Now()
	for _, id := range slices.Sorted(maps.Keys(s.Leases)) {
		lease := s.Leases[id]
		if !now.After(lease.Until) {
			continue
		}
		if err := d.reclaim(ctx, execution.Ref{Tenant: t, ID: id}, lease); err != nil {
			return err
		}
	}
	return nil
}

// reclaim ends what a lease stood for: it raises the generation, so that nothing
// of the old one can act any more, frees the slot, and offers the execution anew.
// One that has ended or waits is only freed.
func (d *Desk) reclaim(ctx context.Context, ref execution.Ref, lease Lease) error {
	next, err := d.requeueDead(ctx, ref, lease.Generation)
	if err != nil {
		return err
	}
	if _, err := d.Store.Free(ctx, ref, lease); err != nil {
		return err
	}
	if next == nil {
		return nil
	}
	d.Log.Warn("repaired: the lease of an execution had run out", "event", "workflow.lease.repaired",
		"tenantId", ref.Tenant, "executionId", ref.ID, "generation", next.Generation)
	return d.Queue.Send(ctx, *next)
}

// requeueDead raises the generation of an execution whose machine run is gone,
// and returns the message for the new one; nil if it is not queued or running.
func (d *Desk) requeueDead(ctx context.Context, ref execution.Ref, gen int) (*execution.Message, error) {
	now := d.Clock.Now()
	c, err := d.Store.Requeue(ctx, execution.Requeue{
		Ref: ref, Generation: gen, From: []execution.Status{execution.Queued, execution.Running},
		Now: now, DueAt: now.Add(execution.FirstLook),
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, nil
	case errors.Is(err, execution.ErrSuperseded):
		if c.Status != execution.Queued || c.Generation != gen+1 {
			return nil, nil
		}
	case err != nil:
		return nil, err
	}
	return &execution.Message{Tenant: ref.Tenant, Execution: ref.ID, Generation: c.Generation, Plan: c.Plan}, nil
}

package admission

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Bounds of the backoff with which the message of a queued execution is sent again.
const (
	resendMin = 30 * time.Second
	resendMax = 10 * time.Minute
)

// sweepAhead is how far sweep looks ahead, so that timers which are due before
// its next pass get a delayed message and wake to the second.
const sweepAhead = 70 * time.Second

// Swept counts what one pass did.
type Swept struct {
	Looked, Resent, Reclaimed, Woken int
}

// Sweep repairs what crashes left: messages that were lost, leases that ran out,
// lines beside slots that are free or that nobody needs any more; and wakes timers
// that are due. A tenant with a line is looked at in every pass, since the next run in
// line may itself be due much later. After a restart of the local platform, all open
// executions are looked at (recover).
func (d *Desk) Sweep(ctx context.Context, recover bool) (Swept, error) {
	var done Swept
	tenants := map[ident.Tenant]bool{}
	before := d.Clock.Now().Add(sweepAhead)
	if recover {
		before = before.Add(100 * 365 * 24 * time.Hour)
	}
	for shard := range d.Store.Shards() {
		for cursor := ""; ; {
			refs, next, err := d.Store.Due(ctx, shard, before, cursor)
			if err != nil {
				return done, err
			}
			for _, ref := range refs {
				done.Looked++
				tenants[ref.Tenant] = true
				if err := d.look(ctx, ref, recover, &done); err != nil {
					d.Log.Error("sweep could not repair an execution", "tenantId", ref.Tenant, "executionId", ref.ID, "error", err)
				}
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	if err := d.lined(ctx, tenants); err != nil {
		return done, err
	}
	for _, t := range slices.Sorted(maps.Keys(tenants)) {
		if err := d.Tidy(ctx, t); err != nil {
			d.Log.Error("sweep could not tidy a tenant's slots", "tenantId", t, "error", err)
		}
	}
	return done, ctx.Err()
}

// Tidy repairs one tenant's slots: leases that are over are evicted, those of
// executions that ended or wait freed, grants finished, and free slots granted to the line.
func (d *Desk) Tidy(ctx context.Context, t ident.Tenant) error {
	slots, err := d.Store.Slots(ctx, t)
	if err != nil {
		return err
	}
	if err := d.evict(ctx, t, slots); err != nil {
		return err
	}
	if err := d.mindLeases(ctx, t, slots); err != nil {
		return err
	}
	if slots, err = d.Store.Slots(ctx, t); err != nil || slots.Line == 0 {
		return err
	}
	return d.GrantFree(ctx, t, slots)
}

// mindLeases looks at each lease: who should have freed it, or should have sent
// its message, may have died before it came to that.
func (d *Desk) mindLeases(ctx context.Context, t ident.Tenant, slots Slots) error {
	for _, id := range slices.Sorted(maps.Keys(slots.Leases)) {
		ref, lease := execution.Ref{Tenant: t, ID: id}, slots.Leases[id]
		c, err := d.Store.Load(ctx, ref)
		gone := fault.Is(err, fault.NotFound)
		switch {
		case err != nil && !gone:
			return err
		case gone || c.Status.Terminal() || c.Status == execution.Waiting:
			// One that is woken meanwhile retakes the lease, which is another one then.
			if _, err := d.Store.Free(ctx, ref, lease); err != nil {
				return err
			}
		case c.Status == execution.Queued && c.Generation == lease.Generation:
			if err := d.finishGrant(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// finishGrant sends the message of an execution that was given a slot and still
// stands in line. Where it has the tenant's only slot, nobody else would.
func (d *Desk) finishGrant(ctx context.Context, c execution.Control) error {
	place, err := d.Store.PlaceInLine(ctx, c.Ref)
	if err != nil || place == 0 {
		return err
	}
	return d.callIn(ctx, execution.Message{Tenant: c.Tenant, Execution: c.ID, Generation: c.Generation, Plan: c.Plan})
}

// look decides on one open execution.
func (d *Desk) look(ctx context.Context, ref execution.Ref, recover bool, done *Swept) error {
	c, err := d.Store.Load(ctx, ref)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := d.Clock.Now()
	switch {
	case c.EndsChild:
		return d.lookCancelled(ctx, c)
	case c.AwaitsChild:
		return d.lookParent(ctx, c, now, done)
	case c.Status == execution.Waiting:
		return d.lookWaiting(ctx, c, now, done)
	case c.DueAt.After(now) && !recover:
		return nil // not yet: only timers are looked at ahead
	case c.Status == execution.Queued:
		return d.lookQueued(ctx, c, recover, done)
	case c.Status == execution.Running:
		return d.lookRunning(ctx, c, done)
	case c.Status == execution.Failed && d.Failed != nil:
		return d.Failed(ctx, c)
	}
	return nil
}

// lookWaiting sends the message that wakes the execution at its time.
func (d *Desk) lookWaiting(ctx context.Context, c execution.Control, now time.Time, done *Swept) error {
	delay := c.DueAt.Sub(now)
	if delay > sweepAhead {
		return nil
	}
	done.Woken++
	return d.Queue.Send(ctx, execution.Message{
		Tenant: c.Tenant, Execution: c.ID, Generation: c.Generation, Plan: c.Plan, Wake: true, Delay: max(0, delay),
	})
}

// lookParent wakes an execution whose child has ended: the message that said so was lost.
func (d *Desk) lookParent(ctx context.Context, c execution.Control, now time.Time, done *Swept) error {
	ended, err := execution.ChildEnded(ctx, d.Store, c.Tenant, c.Child)
	if err != nil {
		return err
	}
	if !ended {
		return d.Store.Touch(ctx, c.Ref, c.Generation, now.Add(backoff(c, now)), time.Time{})
	}
	done.Woken++
	return d.Queue.Send(ctx, c.ChildEnded())
}

// lookCancelled cancels what a cancelled execution waited for: who cancelled it
// died before it came to that.
func (d *Desk) lookCancelled(ctx context.Context, c execution.Control) error {
	if _, err := d.Cancel.Cancel(ctx, c.Ref); !fault.Is(err, fault.Conflict) {
		return err
	}
	return nil
}

// backoff is how long sweep leaves an execution alone: longer the longer it has been queued.
func backoff(c execution.Control, now time.Time) time.Duration {
	return min(max(now.Sub(c.QueuedAt), resendMin), resendMax)
}

// lookQueued sends the message again, with backoff, unless the execution is in line.
func (d *Desk) lookQueued(ctx context.Context, c execution.Control, recover bool, done *Swept) error {
	now := d.Clock.Now()
	next := now.Add(backoff(c, now))
	place, err := d.Store.PlaceInLine(ctx, c.Ref)
	if err != nil {
		return err
	}
	if place > 0 || (!recover && now.Sub(c.LastOfferedAt) < resendMin) {
		return d.Store.Touch(ctx, c.Ref, c.Generation, next, time.Time{})
	}
	done.Resent++
	if err := d.Queue.Send(ctx, execution.Message{Tenant: c.Tenant, Execution: c.ID, Generation: c.Generation, Plan: c.Plan}); err != nil {
		return err
	}
	return d.Store.Touch(ctx, c.Ref, c.Generation, next, now)
}

// lookRunning leaves an execution alone while its lease holds; without one it
// waits until its machine run cannot live any more.
func (d *Desk) lookRunning(ctx context.Context, c execution.Control, done *Swept) error {
	slots, err := d.Store.Slots(ctx, c.Tenant)
	if err != nil {
		return err
	}
	now := d.Clock.Now()
	until := c.MachineStart.Add(LeaseTime)
	lease, held := slots.Leases[c.ID]
	if held {
		until = lease.Until
	}
	if !now.After(until) {
		return d.Store.Touch(ctx, c.Ref, c.Generation, until.Add(time.Second), time.Time{})
	}
	done.Reclaimed++
	if held {
		lease.Generation = c.Generation
		return d.reclaim(ctx, c.Ref, lease)
	}
	next, err := d.requeueDead(ctx, c.Ref, c.Generation)
	if err != nil || next == nil {
		return err
	}
	return d.Queue.Send(ctx, *next)
}

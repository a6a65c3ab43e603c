package admission

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// LeaseTime is how long a lease holds: a machine run's life, the longest
// function timeout, 30 s of clock skew, and a minute for the start. Nothing that
// runs under a lease can outlive it: a start that comes later retakes it.
const LeaseTime = execution.MachineLife + execution.LongestTask + 30*time.Second + startTime

const startTime = time.Minute

// Desk admits executions and keeps the line.
type Desk struct {
	Store   Store
	Limits  execution.Limits
	Queue   Queue
	Machine Machine   // nil where nothing is started
	Cancel  Canceller // nil where nothing is swept
	Clock   clock.Clock
	Log     *slog.Logger
	// Failed finishes what a failure still has to do, for sweep; nil: nothing is left.
	Failed func(ctx context.Context, c execution.Control) error
}

// Offer sends the execution's message to its plan's queue.
func (d *Desk) Offer(ctx context.Context, m execution.Message) error { return d.Queue.Send(ctx, m) }

// Position is the place in line, from 1; 0 if it is not in line.
func (d *Desk) Position(ctx context.Context, ref execution.Ref) (int, error) {
	return d.Store.PlaceInLine(ctx, ref)
}

// Leave removes the execution from the line, with all its generations up to gen.
func (d *Desk) Leave(ctx context.Context, ref execution.Ref, gen int) error {
	return d.Store.Unpark(ctx, ref, gen)
}

// limit is the number of slots that the tenant may use now.
func (d *Desk) limit(ctx context.Context, t ident.Tenant) (int, error) {
	tn, limits, err := d.Limits.Limits(ctx, t)
	if err != nil || tn.Suspended {
		return 0, err
	}
	return limits.Slots(), nil
}

func (d *Desk) ask(m execution.Message, limit int) Acquire {
	return Acquire{Ref: m.Ref(), Generation: m.Generation, Until: d.Clock.Now().Add(LeaseTime), Limit: limit}
}

// heldAlready decides on a lease that the execution has: of the same generation,
// a redelivered or granted message, so the start is repeated, and the lease retaken
// if the machine run could outlive it; of an older one, a hand-over, so it is
// retaken; of a newer one, a stale message.
func (d *Desk) heldAlready(ctx context.Context, m execution.Message, limit int, lease Lease) (bool, error) {
	switch {
	case lease.Generation == m.Generation && !lease.Until.Before(d.Clock.Now().Add(LeaseTime-startTime)):
		return true, nil
	case lease.Generation > m.Generation:
		return false, nil
	}
	_, ok, err := d.Store.Retake(ctx, d.ask(m, limit), lease)
	if err == nil && !ok {
		err = fault.New(fault.Unavailable, fault.CodeUnavailable, "The slot changed hands meanwhile.") // the message comes again
	}
	return ok, err
}

// start starts the state machine run of the generation.
func (d *Desk) start(ctx context.Context, m execution.Message) error {
	input, err := json.Marshal(execution.MachineInput{Tenant: m.Tenant, Execution: m.Execution, Generation: m.Generation, Reports: []execution.Report{}})
	if err != nil {
		return err
	}
	return d.Machine.Start(ctx, fmt.Sprintf("%s-%d", m.Execution, m.Generation), input)
}

// wake makes a waiting execution queued and returns the message of its new
// generation; nil if there is nothing to wake.
func (d *Desk) wake(ctx context.Context, m execution.Message) (*execution.Message, error) {
	now := d.Clock.Now()
	c, err := d.Store.Requeue(ctx, execution.Requeue{
		Ref: m.Ref(), Generation: m.Generation, From: []execution.Status{execution.Waiting},
		Now: now, NotBefore: notBefore(m, now), DueAt: now.Add(execution.FirstLook), Child: m.Child,
	})
	switch {
	case errors.Is(err, execution.ErrSuperseded):
		// Our own earlier try may have raised it and died before admitting.
		if c.Status == execution.Queued && c.Generation == m.Generation+1 {
			break
		}
		return nil, nil
	case fault.Is(err, fault.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	m.Generation, m.Wake, m.Child = c.Generation, false, ""
	return &m, nil
}

// notBefore holds a timer to its time; a child's ending wakes whenever it comes.
func notBefore(m execution.Message, now time.Time) time.Time {
	if m.Child != "" {
		return time.Time{}
	}
	return now
}

// Release frees the slot of a generation up to gen and lets the head of the line in.
func (d *Desk) Release(ctx context.Context, ref execution.Ref, gen int) error {
	slots, ok, err := d.Store.FreeGeneration(ctx, ref, gen)
	if err != nil {
		return err
	}
	if lease, held := slots.Leases[ref.ID]; !ok && held && lease.Generation < gen {
		if slots, err = d.Store.Free(ctx, ref, lease); err != nil {
			return err
		}
	}
	if slots.Line == 0 {
		return nil
	}
	limit, err := d.limit(ctx, ref.Tenant)
	if err != nil {
		return err
	}
	return (&granter{Desk: d, tenant: ref.Tenant, limit: limit, slots: slots}).handOn(ctx)
}

package execution

import (
	"context"
	"errors"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// Canceller ends executions, with the run that each waits for.
type Canceller struct {
	Store    Store
	Line     Line
	Observer Observer
	Clock    clock.Clock
}

// cancelTries bounds the rounds of Cancel against a control item that moves.
const cancelTries = 8

// Cancel ends an execution: at once where no claim is open, otherwise when the
// node that runs has ended.
func (k *Canceller) Cancel(ctx context.Context, ref Ref) (Control, error) {
	for range cancelTries {
		c, err := k.Store.Load(ctx, ref)
		if err != nil {
			return c, err
		}
		if c.Status.Terminal() {
			return c, k.endedAlready(ctx, c)
		}
		if len(c.Claims) > 0 {
			c, err = k.Store.AskCancel(ctx, ref)
			if err == nil && len(c.Claims) > 0 {
				return c, nil // whoever closes the claim sees it
			}
			if err != nil && !errors.Is(err, ErrSuperseded) {
				return c, err
			}
			continue
		}
		settled, err := k.settle(ctx, c)
		if !errors.Is(err, ErrSuperseded) {
			return settled, err
		}
	}
	return Control{}, fault.New(fault.Unavailable, fault.CodeUnavailable, "The execution changes too fast to be cancelled; try again.")
}

func (k *Canceller) settle(ctx context.Context, c Control) (Control, error) {
	now := k.Clock.Now().UTC()
	_, err := k.Store.Settle(ctx, Settlement{
		Guard: Guard{Ref: c.Ref}, AnyGeneration: true, From: c.Status, Status: Cancelled, Child: c.Child,
		Failure: &Failure{Code: fault.CodeCancelled, Message: "The execution was cancelled."}, Now: now,
	})
	if err != nil {
		return c, err
	}
	c.Status, c.FinishedAt, c.EndsChild = Cancelled, now, c.Child != ""
	k.Observer.Execution(EventOf(EventCancelled, c, now))
	return c, k.makeRoom(ctx, c)
}

// endedAlready refuses to cancel what has ended. What a cancel that died after
// the ending did not get to is repeated: the caller saw an error, and asks again.
func (k *Canceller) endedAlready(ctx context.Context, c Control) error {
	if c.Status == Cancelled {
		if err := k.makeRoom(ctx, c); err != nil {
			return err
		}
	}
	return fault.New(fault.Conflict, fault.CodeConflict, "The execution has ended already: it is %s.", c.Status)
}

// makeRoom takes an execution that was cancelled out of the line, frees its slot,
// and does what else its ending brings about.
func (k *Canceller) makeRoom(ctx context.Context, c Control) error {
	if err := k.Line.Leave(ctx, c.Ref, c.Generation); err != nil {
		return err
	}
	if err := k.Line.Release(ctx, c.Ref, c.Generation); err != nil {
		return err
	}
	return k.after(ctx, c)
}

// after is what an ending brings about beside the execution itself; it can be
// repeated whole.
func (k *Canceller) after(ctx context.Context, c Control) error {
	if err := k.endChild(ctx, c); err != nil {
		return err
	}
	return wakeParent(ctx, k.Store, k.Line, c)
}

// endChild cancels the run that a cancelled one waited for. Until it is done the
// execution stays where sweep finds it.
func (k *Canceller) endChild(ctx context.Context, c Control) error {
	if !c.EndsChild {
		return nil
	}
	_, err := k.Cancel(ctx, Ref{c.Tenant, c.Child})
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
		return err
	}
	return k.Store.Tidied(ctx, c.Ref)
}

// wakeParent wakes the run that waits for one that has ended. The parent looks at
// its child after it was suspended, so one of the two sees the other; a message
// that is lost is sent again by sweep.
func wakeParent(ctx context.Context, store Store, line Line, c Control) error {
	if c.Parent.ID == "" || c.Parent.Detached {
		return nil
	}
	p, err := store.Load(ctx, Ref{c.Tenant, c.Parent.ID})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || p.Status != Waiting || !p.AwaitsChild || p.Child != c.ID {
		return err
	}
	return line.Offer(ctx, p.ChildEnded())
}

// ChildEnded is the message that wakes an execution because its child has ended.
func (c Control) ChildEnded() Message {
	return Message{Tenant: c.Tenant, Execution: c.ID, Generation: c.Generation, Plan: c.Plan, Wake: true, Child: c.Child}
}

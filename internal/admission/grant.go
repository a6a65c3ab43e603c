package admission

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// grantBatch is how many heads of a line are read at once, at most: so many who free
// slots at one time find a head of their own.
const grantBatch = 25

// grantTime is how long one who granted a slot has to send the head's message and
// to take it out of line, before another may think that he died.
const grantTime = 5 * time.Second

// granter gives free slots to the heads of a tenant's line. Several are at work
// whenever several runs end together; each leaves the heads that another has just
// granted to that one. Were their messages sent twice, a line of a thousand runs
// would cost half as much again.
type granter struct {
	*Desk
	tenant ident.Tenant
	limit  int
	slots  Slots // as they were seen last
	// most is how many slots it gives: those that it answers for. Who frees one gives
	// one on; who begins a line gives all that were free before it.
	most int
	// strays is for slots that nobody answers for: it asks once, for the first in line.
	strays bool
	// repairs is for sweep: it sends what a granter that died had not sent.
	repairs bool
}

// GrantFree gives free slots to the heads of the line, and repairs what another
// who did that has left undone.
func (d *Desk) GrantFree(ctx context.Context, t ident.Tenant, slots Slots) error {
	limit, err := d.limit(ctx, t)
	if err != nil {
		return err
	}
	return (&granter{Desk: d, tenant: t, limit: limit, slots: slots, most: limit, repairs: true}).grant(ctx)
}

// grant goes on until its slots, the free ones or the line are used up.
func (g *granter) grant(ctx context.Context) error {
	for g.most > 0 && g.free() > 0 && g.slots.Line > 0 {
		heads, empty, err := g.heads(ctx)
		switch {
		case err != nil:
			return err
		case empty:
			// Who parked since left it to us to let him in.
			if g.slots, err = g.Store.ClearLine(ctx, g.tenant, g.slots.Line); err != nil {
				return err
			}
			continue
		case len(heads) == 0:
			return nil // all who stand there have a slot
		}
		if goOn, err := g.one(ctx, heads[g.turn(len(heads))]); err != nil || !goOn || g.strays {
			return err
		}
	}
	return nil
}

// handOn gives on the slot that was just freed. Are more free, and nobody else is at
// work, then one who freed a slot has died, or knew an older, lower limit: another
// head is let in for him.
func (g *granter) handOn(ctx context.Context) error {
	g.most = 1
	seen := g.free()
	if err := g.grant(ctx); err != nil || seen < 2 || g.most > 0 {
		return err
	}
	var err error
	if g.slots, err = g.Store.Slots(ctx, g.tenant); err != nil || g.free() < seen-1 {
		return err
	}
	g.most, g.strays = 1, true
	return g.grant(ctx)
}

// turn is which of the first n heads is granted next. Who frees a slot sees one more
// free than who freed one just before, and takes the head behind that one's. Did all
// begin at the first, each would be refused once for every other: fifty runs that end
// together would need a thousand transactions, on one item.
func (g *granter) turn(n int) int {
	if g.repairs || g.strays {
		return 0
	}
	return min(g.free(), n) - 1
}

func (g *granter) free() int { return g.limit - len(g.slots.Leases) }

// heads are the first in line to whom nobody else is giving a slot, as many as are
// free or a batch; empty says that nobody stands in line at all.
func (g *granter) heads(ctx context.Context) (heads []Parked, empty bool, err error) {
	for n := min(g.free(), grantBatch); ; n *= 2 {
		all, err := g.Store.Heads(ctx, g.tenant, n)
		if err != nil {
			return nil, false, err
		}
		empty = len(all) == 0
		more := len(all) == n
		if heads = slices.DeleteFunc(all, g.underway); len(heads) > 0 || !more {
			return heads, empty, nil
		}
	}
}

// underway reports whether another is just giving the head its slot.
func (g *granter) underway(head Parked) bool {
	lease, held := g.slots.Leases[head.ID]
	return held && !g.repairs && lease.Generation == head.Generation && g.Clock.Now().Before(lease.Until.Add(grantTime-LeaseTime))
}

// one gives a slot to one head of the line; false if none is free. One that has
// ended meanwhile (whoever cancelled it died before leaving the line) only leaves:
// with a slot, nobody would be there to give it back.
func (g *granter) one(ctx context.Context, head Parked) (bool, error) {
	m := execution.Message{Tenant: head.Tenant, Execution: head.ID, Generation: head.Generation, Plan: head.Plan}
	ask := g.ask(m, g.limit)
	seen, ok, err := g.Store.Grant(ctx, ask)
	switch {
	case errors.Is(err, ErrNotQueued):
		return true, g.Store.Unpark(ctx, head.Ref, head.Generation)
	case err != nil:
		return false, err
	case ok:
		g.most--
		g.slots.Leases[head.ID] = Lease{Generation: head.Generation, Until: ask.Until}
	default:
		g.slots = seen
		if _, held := seen.Leases[head.ID]; !held {
			return false, nil // none is free
		}
		if g.underway(head) {
			return true, nil
		}
	}
	return true, g.callIn(ctx, m)
}

// callIn ends a grant: the message of an execution that has its slot now is sent, and
// it leaves the line.
func (d *Desk) callIn(ctx context.Context, m execution.Message) error {
	if err := d.Queue.Send(ctx, m); err != nil {
		return err
	}
	return d.Store.Unpark(ctx, execution.Ref{Tenant: m.Tenant, ID: m.Execution}, m.Generation)
}

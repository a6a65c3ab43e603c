package admission

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Admit handles one message of a plan's queue: a slot and a start, or a place in
// line. An error means that the message must come again.
func (d *Desk) Admit(ctx context.Context, m execution.Message) error {
	return d.AdmitAll(ctx, []execution.Message{m})[0]
}

// AdmitAll handles messages that came together, and returns an error for each that
// must come again. Those of one tenant are taken in their order; no tenant waits for
// the messages of another.
func (d *Desk) AdmitAll(ctx context.Context, messages []execution.Message) []error {
	errs := make([]error, len(messages))
	var crowds []*crowd
	of := map[ident.Tenant]*crowd{}
	for i, m := range messages {
		c, ok := of[m.Tenant]
		if !ok {
			c = &crowd{Desk: d, tenant: m.Tenant}
			of[m.Tenant], crowds = c, append(crowds, c)
		}
		c.messages = append(c.messages, arrival{m, &errs[i]})
	}
	var others errgroup.Group
	for i, c := range crowds {
		if i == len(crowds)-1 { // mostly the only one: it needs no goroutine of its own
			c.admit(ctx)
			break
		}
		others.Go(func() error { c.admit(ctx); return nil })
	}
	_ = others.Wait() // each message has its own error
	return errs
}

// crowd is the messages of one tenant that came together. From the first that finds no
// slot on they go in line without asking for one, and all in one write. A tenant that
// sends thousands of runs keeps the places in which admit works that much shorter,
// and the others of its plan wait for such a place.
type crowd struct {
	*Desk
	tenant   ident.Tenant
	messages []arrival
	full     *Slots // when no slot was to be had; nil before that
	evicted  bool   // slots were taken back, which nobody else gives on
	limit    int    // of slots, as it was read last
	line     []Parked
	waiting  []arrival // whose executions are in line
}

// arrival is a message and where its error goes.
type arrival struct {
	execution.Message
	err *error
}

func (c *crowd) admit(ctx context.Context) {
	for _, m := range c.messages {
		*m.err = c.one(ctx, m)
	}
	if len(c.line) == 0 {
		return
	}
	err := c.park(ctx)
	for _, m := range c.waiting {
		*m.err = err
	}
}

// park puts them in line. Who begins a line tries once more: a slot may have been
// freed between the refusal and the parking, by one who saw no line. Who joins one
// leaves that to those who free slots: were all to try, the messages of a tenant with
// a long line would stand in each other's way at its slots. Only where nobody is left
// to free a slot, since one who did has died, they try too.
func (c *crowd) park(ctx context.Context) error {
	began, err := c.Store.Park(ctx, c.tenant, c.line, c.full.Line > 0)
	if err != nil || !began && !c.evicted && len(c.full.Leases) > 0 {
		return err
	}
	slots, err := c.Store.Slots(ctx, c.tenant)
	if err != nil {
		return err
	}
	g := &granter{Desk: c.Desk, tenant: c.tenant, limit: c.limit, slots: slots}
	g.most = g.free()
	return g.grant(ctx)
}

func (c *crowd) one(ctx context.Context, m arrival) error {
	if m.Wake {
		woken, err := c.wake(ctx, m.Message)
		if err != nil || woken == nil {
			return err
		}
		m.Message = *woken
	}
	limit, err := c.Desk.limit(ctx, m.Tenant)
	if fault.Is(err, fault.NotFound) {
		c.Log.Warn("message for a tenant that is gone", "tenantId", m.Tenant, "executionId", m.Execution)
		return nil
	}
	if err != nil {
		return err
	}
	if limit == 0 {
		// A suspended tenant's line would keep what has been cancelled or erased.
		known, err := c.Store.Load(ctx, m.Ref())
		if fault.Is(err, fault.NotFound) || (err == nil && known.Status.Terminal()) {
			return nil
		}
	}
	c.limit = limit
	admitted, err := c.acquire(ctx, m)
	if err != nil || !admitted {
		return err
	}
	return c.start(ctx, m.Message)
}

// acquire takes a slot for the message's execution, or notes it for the line. It
// reports whether the execution may be started.
func (c *crowd) acquire(ctx context.Context, m arrival) (bool, error) {
	if c.full != nil {
		// Who has a slot since its message was sent had it when they were full.
		if _, held := c.full.Leases[m.Execution]; !held {
			c.stand(m)
			return false, nil
		}
	}
	for evicted := false; ; evicted = true {
		slots, ok, err := c.Store.Acquire(ctx, c.ask(m.Message, c.limit))
		if err != nil || ok {
			return ok, err
		}
		if lease, held := slots.Leases[m.Execution]; held {
			return c.heldAlready(ctx, m.Message, c.limit, lease)
		}
		if !evicted && c.hasExpired(slots) {
			if err := c.evict(ctx, m.Tenant, slots); err != nil {
				return false, err
			}
			c.evicted = true
			continue
		}
		c.full = &slots
		c.stand(m)
		return false, nil
	}
}

// stand notes that the execution goes in line, once: its message may have come twice,
// of two generations even.
func (c *crowd) stand(m arrival) {
	c.waiting = append(c.waiting, m)
	for i, p := range c.line {
		if p.ID == m.Execution {
			c.line[i].Generation = max(p.Generation, m.Generation)
			return
		}
	}
	c.line = append(c.line, Parked{Ref: m.Ref(), Generation: m.Generation, Plan: m.Plan})
}

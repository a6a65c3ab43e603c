package live

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// aloneFor is how long an instance believes that a tenant has no connections.
const aloneFor = time.Second

// Bounds of the work that one batch does at a time.
const (
	maxTenantsAtOnce = 8
	maxPostsAtOnce   = 32 // of one tenant
)

// Changed tells those who watch that executions have changed. An error means that
// the same changes should be told again.
func (h *Hub) Changed(ctx context.Context, changes []execution.Ref) error {
	byTenant := map[ident.Tenant][]ident.Execution{}
	var order []ident.Tenant
	for _, ref := range changes {
		ids, known := byTenant[ref.Tenant]
		if !known {
			order = append(order, ref.Tenant)
		}
		if !slices.Contains(ids, ref.ID) {
			byTenant[ref.Tenant] = append(ids, ref.ID)
		}
	}
	group := errgroup.Group{}
	group.SetLimit(maxTenantsAtOnce)
	for _, t := range order {
		group.Go(func() error { return h.changed(ctx, t, byTenant[t]) })
	}
	return group.Wait()
}

// changed tells one tenant's clients.
func (h *Hub) changed(ctx context.Context, t ident.Tenant, ids []ident.Execution) error {
	audience, err := h.audience(ctx, t)
	if err != nil || len(audience) == 0 {
		return err
	}
	for _, id := range ids {
		watching := slices.DeleteFunc(slices.Clone(audience), func(c Connection) bool { return !c.wants(id) })
		if len(watching) == 0 {
			continue
		}
		ref := execution.Ref{Tenant: t, ID: id}
		events, err := h.news(ctx, ref)
		if err == nil {
			var lost []string
			lost, err = h.deliver(ctx, watching, events)
			audience = slices.DeleteFunc(audience, func(c Connection) bool { return slices.Contains(lost, c.ID) })
		}
		if err != nil {
			h.forget(ref) // what was not told is told with the next change
			return err
		}
	}
	return nil
}

// audience are the tenant's connections, looked up unless it is known that there
// are none.
func (h *Hub) audience(ctx context.Context, t ident.Tenant) ([]Connection, error) {
	now := h.Clock.Now()
	h.mu.Lock()
	seen, alone := h.alone[t]
	h.mu.Unlock()
	if alone && now.Sub(seen) < aloneFor {
		return nil, nil
	}
	served, err := h.served(ctx, t)
	if err == nil && len(served) == 0 {
		h.noteAlone(t, now)
	}
	return served, err
}

// served are the tenant's connections. Those whose time is over are closed, so that
// their clients come back with a new ticket.
func (h *Hub) served(ctx context.Context, t ident.Tenant) ([]Connection, error) {
	all, err := h.Connections.Connections(ctx, t)
	if err != nil {
		return nil, err
	}
	now := h.Clock.Now()
	served := all[:0]
	for _, c := range all {
		if now.Before(c.Expires) {
			served = append(served, c)
			continue
		}
		h.drop(ctx, c)
	}
	return served, nil
}

// maxAlone bounds how many tenants without connections are remembered.
const maxAlone = 10_000

func (h *Hub) noteAlone(t ident.Tenant, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.alone) >= maxAlone {
		clear(h.alone)
	}
	h.alone[t] = now
}

// news are the events of an execution since the last look at it.
func (h *Hub) news(ctx context.Context, ref execution.Ref) ([][]byte, error) {
	c, err := h.Executions.Load(ctx, ref)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // erased
	}
	if err != nil {
		return nil, err
	}
	before := h.toldOf(ref)
	records, err := h.Executions.Records(ctx, c, before.from)
	if err != nil {
		return nil, err
	}
	nodes := nodesOf(c, records, before)
	var out [][]byte
	if len(nodes) > 0 {
		if out, err = h.nodeEvents(ctx, c, nodes); err != nil {
			return nil, err
		}
	}
	if v := executionVersion(c); v != before.execution {
		before.execution = v
		event, err := h.Forms.Execution(c, v)
		if err != nil {
			return nil, err
		}
		out = append(out, event)
	}
	return out, nil
}

func (h *Hub) nodeEvents(ctx context.Context, c execution.Control, nodes []Node) ([][]byte, error) {
	wf, _, err := h.Workflows.Workflow(ctx, c.Tenant, c.WorkflowID, c.Version)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // it was deleted meanwhile
	}
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(nodes)+1)
	for _, n := range nodes {
		event, err := h.Forms.Node(wf, c, n)
		if err != nil {
			return nil, err
		}
		out = append(out, event)
	}
	return out, nil
}

// toldOf is what this instance has told of an execution. Changes of one execution
// are handled one after the other: the stream gives them in order.
func (h *Hub) toldOf(ref execution.Ref) *told {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.told.Get(ref)
	if !ok {
		t = &told{}
		h.told.Add(ref, t)
	}
	return t
}

func (h *Hub) forget(ref execution.Ref) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told.Remove(ref)
}

// deliver sends the events to each client, in order, and returns the connections
// that were lost by it.
func (h *Hub) deliver(ctx context.Context, to []Connection, events [][]byte) ([]string, error) {
	var mu sync.Mutex
	var lost []string
	group := errgroup.Group{}
	group.SetLimit(maxPostsAtOnce)
	for _, c := range to {
		group.Go(func() error {
			for _, e := range events {
				err := h.Pusher.Post(ctx, c.ID, e)
				if err == nil {
					continue
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if !fault.Is(err, fault.NotFound) {
					h.Log.Warn("a live connection cannot be served", "tenantId", string(c.Tenant), "error", err)
				}
				h.drop(ctx, c)
				mu.Lock()
				lost = append(lost, c.ID)
				mu.Unlock()
				return nil
			}
			return nil
		})
	}
	return lost, group.Wait()
}

// drop ends a connection and forgets it. Should that fail, the next event or the
// expiry of its record does it.
func (h *Hub) drop(ctx context.Context, c Connection) {
	if err := errors.Join(h.Pusher.Close(ctx, c.ID), h.Connections.ForgetConnection(ctx, c)); err != nil {
		h.Log.Warn("a live connection was not cleaned up", "tenantId", string(c.Tenant), "error", err)
	}
}

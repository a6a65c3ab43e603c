package dynamostore

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// attrWorkflow is the workflow that has a webhook's address.
const attrWorkflow = "wf"

func keyOfHook(t ident.Tenant, h trigger.Hook) key {
	if h.Dynamic() {
		return hookPatternKey(t, h.Method, len(h.Segments()), h.Path)
	}
	return hookKey(t, h.Method, h.Path)
}

// hookWrite gives an address to a workflow, unless another one has it.
func hookWrite(t ident.Tenant, h trigger.Hook) write {
	w := overwrite(keyOfHook(t, h), h, attrs{attrWorkflow: str(string(h.Workflow))})
	w.cond, w.values = ifAbsent+" OR "+attrWorkflow+" = :wf", attrs{":wf": str(string(h.Workflow))}
	w.lost = errHookTaken(h.Method, h.Path)
	return w
}

// Hook finds where a call of the path leads, and the path's parameters: a fixed
// path first, then the patterns with as many segments. Segments are unescaped.
func (c *Catalog) Hook(ctx context.Context, t ident.Tenant, method string, path []string) (trigger.Hook, map[string]string, error) {
	fixed := strings.Join(path, "/")
	d, err := c.load(ctx, hookKey(t, method, fixed), "webhook")
	if err == nil {
		h, err := decodeHook(t)(d)
		return h, nil, err
	}
	if !fault.Is(err, fault.NotFound) {
		return trigger.Hook{}, nil, err
	}
	docs, _, err := c.query(ctx, span{pk: tenantPK(t), prefix: hookPatternPrefix(method, len(path))})
	if err != nil {
		return trigger.Hook{}, nil, err
	}
	hooks, err := decodeAll(docs, decodeHook(t))
	if err != nil {
		return trigger.Hook{}, nil, err
	}
	h, params, ok := trigger.Best(hooks, path)
	if !ok {
		return trigger.Hook{}, nil, fault.New(fault.NotFound, fault.CodeNotFound,
			"No active workflow listens to %s %s; activate the workflow, and check the method and the path.", method, fixed)
	}
	return h, params, nil
}

func decodeHook(t ident.Tenant) func(doc) (trigger.Hook, error) {
	return func(d doc) (trigger.Hook, error) {
		h := trigger.Hook{}
		err := d.decode(&h)
		h.Tenant = t
		return h, err
	}
}

// Schedule reads one schedule.
func (c *Catalog) Schedule(ctx context.Context, t ident.Tenant, id ident.Schedule) (trigger.Schedule, error) {
	d, err := c.load(ctx, scheduleKey(t, id), "schedule "+string(id))
	if err != nil {
		return trigger.Schedule{}, err
	}
	return decodeSchedule(t)(d)
}

// Schedules lists a tenant's schedules.
func (c *Catalog) Schedules(ctx context.Context, t ident.Tenant) ([]trigger.Schedule, error) {
	docs, _, err := c.query(ctx, span{pk: tenantPK(t), prefix: schedulePrefix})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeSchedule(t))
}

func decodeSchedule(t ident.Tenant) func(doc) (trigger.Schedule, error) {
	return func(d doc) (trigger.Schedule, error) {
		s := trigger.Schedule{}
		err := d.decode(&s)
		s.Tenant = t
		return s, err
	}
}

// PutSchedule stores a schedule.
func (c *Catalog) PutSchedule(ctx context.Context, s trigger.Schedule, a tenant.Audit) error {
	return c.commit(ctx, overwrite(scheduleKey(s.Tenant, s.ID), s, nil), auditWrite(a))
}

// DeleteSchedule removes a schedule.
func (c *Catalog) DeleteSchedule(ctx context.Context, t ident.Tenant, id ident.Schedule, a tenant.Audit) error {
	return c.commit(ctx, remove(scheduleKey(t, id), "schedule "+string(id)), auditWrite(a))
}

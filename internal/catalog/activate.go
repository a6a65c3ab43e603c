package catalog

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Activate registers the current version's webhooks, forms, chats and schedules. A
// workflow without any is refused: nothing would ever start it.
func (c *Catalog) Activate(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Workflow) (Head, error) {
	return c.change(ctx, t, id, func(before Head) (Saving, error) {
		raw, err := c.Store.Source(ctx, t, id, before.Version)
		if err != nil {
			return Saving{}, err
		}
		wf, err := workflow.Parse(raw)
		if err != nil {
			return Saving{}, err
		}
		after := before
		after.Active, after.UpdatedAt, after.UpdatedBy = true, c.now(), by.ID
		s := Saving{Head: after}
		if err := c.register(ctx, &s, before, wf, by); err != nil {
			return Saving{}, err
		}
		if len(s.Head.Hooks)+len(s.Head.Schedules)+len(s.Head.Entries) == 0 {
			return Saving{}, nothingStarts(wf)
		}
		for i := range s.Wants { // who activates again wants to know whether the service still calls
			s.Wants[i].Check = true
		}
		s.Audit = c.audit(by, after, "workflow.activated", before, s.Head)
		return s, nil
	})
}

// nothingStarts says why a workflow cannot be active, and what to do.
func nothingStarts(wf *workflow.Workflow) error {
	for _, n := range wf.Nodes {
		if n.Type == typeManual && !n.Disabled {
			return fault.New(fault.Invalid, fault.CodeValidation,
				"Only a person starts this workflow: its trigger, %q, is a Manual Trigger. Run it from its page or by POST /api/workflows/{id}/run; to have it start by itself, add a schedule, a webhook, a form, a chat or a trigger of a service.", n.Name)
		}
	}
	return fault.New(fault.Invalid, fault.CodeValidation,
		"The workflow has no trigger that could start it by itself; add a schedule, a webhook, a form, a chat or a trigger of a service, or run it by POST /api/workflows/{id}/run.")
}

// typeManual is the trigger of people.
const typeManual = "n8n-nodes-base.manualTrigger"

// Deactivate takes the webhooks and schedules away.
func (c *Catalog) Deactivate(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Workflow) (Head, error) {
	return c.change(ctx, t, id, func(before Head) (Saving, error) {
		after := before
		after.Active, after.UpdatedAt, after.UpdatedBy = false, c.now(), by.ID
		after.Hooks, after.Schedules, after.Entries = nil, nil, nil
		return Saving{
			Head: after, DropHooks: before.Hooks, Wants: c.unwanted(before.Tenant, before.Hooks, nil), DropSchedules: before.Schedules,
			Audit: c.audit(by, after, "workflow.deactivated", before, after),
		}, nil
	})
}

// register plans the triggers of the version in s: what it has is put, what only
// the version before had is dropped.
func (c *Catalog) register(ctx context.Context, s *Saving, before Head, wf *workflow.Workflow, by tenant.Actor) error {
	set, err := c.triggers(ctx, s.Head, wf, by)
	if err != nil {
		return err
	}
	s.PutHooks, s.Head.Hooks, s.Head.Entries = set.Hooks, set.Hooks, set.Entries
	for _, h := range before.Hooks {
		if !slices.ContainsFunc(set.Hooks, func(n trigger.Hook) bool { return n.Method == h.Method && n.Path == h.Path }) {
			s.DropHooks = append(s.DropHooks, h)
		}
	}
	s.Wants = append(set.Wants, c.unwanted(before.Tenant, before.Hooks, set.Hooks)...)
	s.Head.Schedules = nil
	for _, sch := range set.Schedules {
		if sch, err = c.keepFirst(ctx, sch); err != nil {
			return err
		}
		s.PutSchedules = append(s.PutSchedules, sch)
		s.Head.Schedules = append(s.Head.Schedules, sch.ID)
	}
	for _, id := range before.Schedules {
		if !slices.Contains(s.Head.Schedules, id) {
			s.DropSchedules = append(s.DropSchedules, id)
		}
	}
	s.Head.Stale = slices.DeleteFunc(slices.Clone(s.Head.Stale), func(id ident.Schedule) bool {
		return slices.Contains(s.Head.Schedules, id)
	})
	return nil
}

// keepFirst leaves the count of a schedule alone whose timing did not change: a
// new version must not shift "every second Monday".
func (c *Catalog) keepFirst(ctx context.Context, s trigger.Schedule) (trigger.Schedule, error) {
	if s.Poll != nil {
		first, err := c.Schedules.Schedule(ctx, s.Tenant, s.Poll.Mark)
		if err == nil && first.Poll != nil { // it polls already: the new version goes on where it stands
			s.Poll.Since = first.Poll.Since
		} else if err != nil && !fault.Is(err, fault.NotFound) {
			return s, err
		}
	}
	old, err := c.Schedules.Schedule(ctx, s.Tenant, s.ID)
	if fault.Is(err, fault.NotFound) {
		return s, nil
	}
	if err == nil && old.Timing == s.Timing {
		s.First, s.CreatedAt, s.CreatedBy = old.First, old.CreatedAt, old.CreatedBy
	}
	return s, err
}

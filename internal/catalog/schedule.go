package catalog

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// NewSchedule is what is asked for with a schedule that the API makes.
type NewSchedule struct {
	Workflow ident.Workflow
	Name     string
	Cron     string
	Timezone string // "" for the tenant's
	Input    []byte // JSON items; nil for one empty item
}

// maxOwnSchedules is the most schedules that the API makes for one workflow: they
// are deleted with it, in one transaction.
const maxOwnSchedules = 40

// AddSchedule makes a schedule for a workflow, whether that is active or not.
func (c *Catalog) AddSchedule(ctx context.Context, by tenant.Actor, t ident.Tenant, n NewSchedule) (trigger.Schedule, error) {
	if _, err := c.Store.Head(ctx, t, n.Workflow); err != nil {
		return trigger.Schedule{}, err
	}
	own, err := c.ownSchedules(ctx, t, n.Workflow)
	if err != nil {
		return trigger.Schedule{}, err
	}
	if len(own) >= maxOwnSchedules {
		return trigger.Schedule{}, fault.New(fault.Conflict, fault.CodeConflict, "The workflow has %d schedules already, which is the most.", maxOwnSchedules)
	}
	if n.Timezone == "" {
		tn, err := c.Tenants.Tenant(ctx, t)
		if err != nil {
			return trigger.Schedule{}, err
		}
		n.Timezone = tn.Timezone
	}
	timing, err := trigger.Cron(n.Cron, n.Timezone)
	if err != nil {
		e := fault.New(fault.Invalid, fault.CodeValidation, "The schedule cannot be made: %v.", err)
		e.Fields = []fault.Field{{Location: "body.cron", Message: err.Error()}}
		return trigger.Schedule{}, e
	}
	now := c.now()
	s := trigger.Schedule{
		ID: ident.Schedule(ident.New(ident.PrefixSchedule, now)), Tenant: t, Workflow: n.Workflow, Name: n.Name,
		Timing: timing, First: timing.First(now), Input: n.Input, CreatedAt: now, CreatedBy: by.ID,
	}
	if s.First.IsZero() {
		return s, fault.New(fault.Invalid, fault.CodeValidation, "The schedule %q never comes.", n.Cron)
	}
	if err := c.Timetable.Put(ctx, s); err != nil {
		return s, err
	}
	return s, c.Schedules.PutSchedule(ctx, s, c.auditSchedule(by, s, "schedule.created", nil, s))
}

// ListSchedules lists a tenant's schedules, the nodes' and the API's.
func (c *Catalog) ListSchedules(ctx context.Context, t ident.Tenant) ([]trigger.Schedule, error) {
	return c.Schedules.Schedules(ctx, t)
}

// DeleteSchedule removes a schedule that the API made.
func (c *Catalog) DeleteSchedule(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Schedule) error {
	s, err := c.Schedules.Schedule(ctx, t, id)
	if err != nil {
		return err
	}
	if !s.Own() {
		return fault.New(fault.Conflict, fault.CodeConflict,
			"This schedule belongs to node %q of an active workflow; change or deactivate the workflow.", s.Node)
	}
	if err := c.Schedules.DeleteSchedule(ctx, t, id, c.auditSchedule(by, s, "schedule.deleted", s, nil)); err != nil {
		return err
	}
	return c.Timetable.Remove(ctx, id)
}

func (c *Catalog) auditSchedule(by tenant.Actor, s trigger.Schedule, action string, before, after any) tenant.Audit {
	return tenant.NewAudit(c.now(), tenant.Audit{Tenant: s.Tenant, Actor: by, Action: action, Target: string(s.ID)}, before, after)
}

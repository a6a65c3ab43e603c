package tenant

import (
	"context"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// DefaultTimezone is n8n's default for workflows that name none.
const DefaultTimezone = "America/New_York"

// maxName is the longest name of a tenant or key, in bytes.
const maxName = 200

// Tenants lists all tenants, newest first.
func (d *Directory) Tenants(ctx context.Context, p Paging) ([]Tenant, string, error) {
	return d.Store.Tenants(ctx, p)
}

// NewTenant is what an operator gives for a new tenant.
type NewTenant struct {
	ID       ident.Tenant // "" makes one
	Name     string
	Plan     PlanName
	Timezone string // "" for the default
}

// CreateTenant makes a tenant and its owner's key; the key's text is shown once.
func (d *Directory) CreateTenant(ctx context.Context, by Actor, n NewTenant) (Tenant, string, error) {
	now := d.Clock.Now().UTC()
	if n.ID == "" {
		n.ID = ident.Tenant(ident.New(ident.PrefixTenant, now))
	}
	if n.Timezone == "" {
		n.Timezone = DefaultTimezone
	}
	t := Tenant{ID: n.ID, Name: strings.TrimSpace(n.Name), Plan: n.Plan, Timezone: n.Timezone, CreatedAt: now}
	if err := t.check(); err != nil {
		return Tenant{}, "", err
	}
	k, text := newKey(Key{Tenant: t.ID, Name: "owner", Role: Owner, CreatedBy: by.ID}, now)
	if err := d.Store.CreateTenant(ctx, t, k, d.audit(by, t.ID, "tenant.created", string(t.ID), nil, t)); err != nil {
		return Tenant{}, "", err
	}
	d.tenants.drop(t.ID)
	return t, text, nil
}

// Change is what an operator changes of a tenant; nil keeps what is.
type Change struct {
	Name      *string
	Plan      *PlanName
	Overrides *Overrides // replaces all overrides
	Suspended *bool
	Timezone  *string
}

// changeTries bounds the rounds against other writers of the same tenant.
const changeTries = 5

// ChangeTenant applies a change; it holds everywhere within 5 s, also for runs
// that are queued already.
func (d *Directory) ChangeTenant(ctx context.Context, by Actor, id ident.Tenant, c Change) (Tenant, error) {
	for range changeTries {
		before, err := d.Store.Tenant(ctx, id)
		if err != nil {
			return Tenant{}, err
		}
		if before.Erasing {
			return Tenant{}, fault.New(fault.Conflict, fault.CodeConflict, "The tenant is being erased; it cannot be changed any more.")
		}
		after := c.over(before)
		if err := after.check(); err != nil {
			return Tenant{}, err
		}
		err = d.Store.UpdateTenant(ctx, after, d.audit(by, id, "tenant.changed", string(id), before, after))
		if err == nil {
			d.tenants.drop(id)
			after.Rev++
			return after, nil
		}
		if !fault.Is(err, fault.Conflict) {
			return Tenant{}, err
		}
	}
	return Tenant{}, fault.New(fault.Unavailable, fault.CodeUnavailable, "The tenant is being changed by others; try again.")
}

// BeginErasure suspends a tenant for good: its data is about to be erased. The
// record of it is the platform's, since the tenant's own are erased too.
func (d *Directory) BeginErasure(ctx context.Context, by Actor, id ident.Tenant) error {
	for range changeTries {
		before, err := d.Store.Tenant(ctx, id)
		if err != nil || before.Erasing {
			return err
		}
		after := before
		after.Suspended, after.Erasing = true, true
		err = d.Store.UpdateTenant(ctx, after, d.audit(by, "", "tenant.erased", string(id), nil, map[string]any{"tenant": id}))
		if !fault.Is(err, fault.Conflict) {
			d.tenants.drop(id)
			return err
		}
	}
	return fault.New(fault.Unavailable, fault.CodeUnavailable, "The tenant is being changed by others; try again.")
}

func (c Change) over(t Tenant) Tenant {
	set(&t.Name, c.Name)
	set(&t.Plan, c.Plan)
	set(&t.Overrides, c.Overrides)
	set(&t.Suspended, c.Suspended)
	set(&t.Timezone, c.Timezone)
	t.Name = strings.TrimSpace(t.Name)
	return t
}

func (t Tenant) check() error {
	if t.Name == "" || len(t.Name) > maxName {
		return invalid("body.name", "must have 1 to 200 bytes")
	}
	if !t.Plan.Valid() {
		return invalid("body.plan", "must be FREE, PRO or ENTERPRISE")
	}
	if _, err := time.LoadLocation(t.Timezone); err != nil || t.Timezone == "" || t.Timezone == "Local" {
		return invalid("body.timezone", "must be an IANA time zone, for example Asia/Colombo")
	}
	return t.Overrides.Over(DefaultLimits(t.Plan)).check()
}

// check refuses limits that could not be held.
func (l Limits) check() error {
	if l.MaxConcurrent < Unlimited || l.MaxConcurrent > MaxConcurrent {
		return invalid("body.limits.maxConcurrent", "must be -1 to 500")
	}
	for name, n := range map[string]int64{
		"monthlyRuns": l.MonthlyRuns, "aiTokens": l.AITokens, "runsPerMinute": l.RunsPerMinute,
		"maxQueued": l.MaxQueued, "retentionDays": int64(l.RetentionDays),
	} {
		if n < Unlimited {
			return invalid("body.limits."+name, "must be -1 (unlimited) or more")
		}
	}
	if l.RequestsPerMinute < Unlimited || l.RequestsPerMinute == 0 {
		return invalid("body.limits.requestsPerMinute", "must be -1 (unlimited), or 1 or more")
	}
	if l.MonthlyPriceUSD < 0 {
		return invalid("body.limits.monthlyPriceUsd", "must be 0 or more")
	}
	return nil
}

// PutPlan sets a plan's limits; they hold everywhere within 5 s.
func (d *Directory) PutPlan(ctx context.Context, by Actor, p PlanName, l Limits) error {
	if err := l.check(); err != nil {
		return err
	}
	before, err := d.Plan(ctx, p)
	if err != nil {
		return err
	}
	err = d.Store.PutPlan(ctx, p, l, d.audit(by, "", "plan.changed", string(p), before, l))
	d.plans.drop(struct{}{})
	return err
}

package admission

import (
	"context"
	"errors"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// TidyPlan tidies the slots of all tenants of a plan whose line is not empty: the
// plan's limits have changed. It goes on past tenants that fail, and returns all
// errors.
func (d *Desk) TidyPlan(ctx context.Context, p tenant.PlanName) error {
	tenants := map[ident.Tenant]bool{}
	if err := d.lined(ctx, tenants); err != nil {
		return err
	}
	var failed []error
	for t := range tenants {
		failed = append(failed, d.tidyIf(ctx, t, p))
	}
	return errors.Join(failed...)
}

// lined adds the tenants whose line is not empty.
func (d *Desk) lined(ctx context.Context, to map[ident.Tenant]bool) error {
	for shard := range d.Store.Shards() {
		for cursor := ""; ; {
			tenants, next, err := d.Store.Lined(ctx, shard, cursor)
			if err != nil {
				return err
			}
			for _, t := range tenants {
				to[t] = true
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	return nil
}

func (d *Desk) tidyIf(ctx context.Context, t ident.Tenant, p tenant.PlanName) error {
	tn, _, err := d.Limits.Limits(ctx, t)
	if fault.Is(err, fault.NotFound) || (err == nil && tn.Plan != p) {
		return nil
	}
	if err != nil {
		return err
	}
	slots, err := d.Store.Slots(ctx, t)
	if err != nil || slots.Line == 0 {
		return err
	}
	return d.Tidy(ctx, t)
}

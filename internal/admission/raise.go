package admission

import (
	"context"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// TidyPlan tidies the slots of all tenants of a plan whose line is not empty: the
// plan's limits have changed. Tenants with a line have open executions, so the
// open index knows them. It goes on past tenants that fail, and returns all errors.
func (d *Desk) TidyPlan(ctx context.Context, p tenant.PlanName) error {
	tenants, err := d.openTenants(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for t := range tenants {
		failed = append(failed, d.tidyIf(ctx, t, p))
	}
	return errors.Join(failed...)
}

// openTenants are the tenants that have open executions.
func (d *Desk) openTenants(ctx context.Context) (map[ident.Tenant]bool, error) {
	tenants := map[ident.Tenant]bool{}
	far := d.Clock.Now().Add(100 * 365 * 24 * time.Hour)
	for shard := range d.Store.Shards() {
		for cursor := ""; ; {
			refs, next, err := d.Store.Due(ctx, shard, far, cursor)
			if err != nil {
				return nil, err
			}
			for _, ref := range refs {
				tenants[ref.Tenant] = true
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	return tenants, nil
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

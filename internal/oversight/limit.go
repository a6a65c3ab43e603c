package oversight

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Raised lets waiting executions in after the tenant's limits have changed. The
// change holds whatever happens here, so a failure is only logged; sweep repairs it.
func (o *Office) Raised(ctx context.Context, t ident.Tenant) {
	if err := o.Slots.Tidy(ctx, t); err != nil {
		o.Log.Error("a tenant's waiting executions were not offered", "tenantId", t, "error", err)
	}
}

// RaisedPlan does so for the tenants of a plan.
func (o *Office) RaisedPlan(ctx context.Context, p tenant.PlanName) {
	if err := o.Slots.TidyPlan(ctx, p); err != nil {
		o.Log.Error("waiting executions of a plan were not offered", "plan", p, "error", err)
	}
}

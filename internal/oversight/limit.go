package oversight

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// offerTime is how long a change of limits may let waiting executions in before it is
// answered. At 30 ms a call a thousand would take longer than a request may: those who
// are in let the others in as they end, and sweep does what is left.
const offerTime = 10 * time.Second

// Raised lets waiting executions in after the tenant's limits have changed. The
// change holds whatever happens here, so a failure is only logged; sweep repairs it.
func (o *Office) Raised(ctx context.Context, t ident.Tenant) {
	ctx, stop := context.WithTimeout(ctx, offerTime)
	defer stop()
	if err := o.Slots.Tidy(ctx, t); err != nil {
		o.Log.Error("a tenant's waiting executions were not offered", "tenantId", t, "error", err)
	}
}

// RaisedPlan does so for the tenants of a plan.
func (o *Office) RaisedPlan(ctx context.Context, p tenant.PlanName) {
	ctx, stop := context.WithTimeout(ctx, offerTime)
	defer stop()
	if err := o.Slots.TidyPlan(ctx, p); err != nil {
		o.Log.Error("waiting executions of a plan were not offered", "plan", p, "error", err)
	}
}

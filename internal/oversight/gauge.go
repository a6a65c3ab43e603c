package oversight

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// Gauge is what the tenants of one plan do at a moment.
type Gauge struct {
	Slots  int // in use
	Parked int // executions in line
	// Budget is how much of its month's AI tokens the tenant that used the most of
	// them has committed, in percent.
	Budget float64
}

// Gauges reads the tenants that have something open, and sums up by plan. All
// plans are in it.
func (o *Office) Gauges(ctx context.Context) (map[tenant.PlanName]Gauge, error) {
	refs, err := o.opens(ctx)
	if err != nil {
		return nil, err
	}
	all := map[tenant.PlanName]Gauge{}
	for _, p := range tenant.PlanNames() {
		all[p] = Gauge{}
	}
	period := usage.Period(o.Clock.Now())
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for t := range tenantsOf(refs) {
		g.Go(func() error {
			plan, one, err := o.gauge(ctx, t, period)
			if fault.Is(err, fault.NotFound) {
				return nil // erased meanwhile
			}
			mu.Lock()
			defer mu.Unlock()
			sum := all[plan]
			sum.Slots += one.Slots
			sum.Parked += one.Parked
			sum.Budget = max(sum.Budget, one.Budget)
			all[plan] = sum
			return err
		})
	}
	return all, g.Wait()
}

func tenantsOf(refs []execution.Ref) map[ident.Tenant]bool {
	out := map[ident.Tenant]bool{}
	for _, r := range refs {
		out[r.Tenant] = true
	}
	return out
}

func (o *Office) gauge(ctx context.Context, t ident.Tenant, period string) (tenant.PlanName, Gauge, error) {
	tn, limits, err := o.Directory.Limits(ctx, t)
	if err != nil {
		return "", Gauge{}, err
	}
	load, err := o.Ledger.Load(ctx, t)
	if err != nil {
		return "", Gauge{}, err
	}
	tokens, err := o.Ledger.Tokens(ctx, t, period)
	return tn.Plan, Gauge{Slots: load.Slots, Parked: load.Parked, Budget: percent(tokens.Committed, limits.AITokens)}, err
}

// percent is 0 of a limit that there is not.
func percent(n, limit int64) float64 {
	switch {
	case limit < 0:
		return 0
	case limit == 0:
		return 100
	}
	return 100 * float64(n) / float64(limit)
}

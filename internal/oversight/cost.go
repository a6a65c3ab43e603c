package oversight

import (
	"context"
	"sync"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// Costs sums up the AI calls of a month over all tenants, or of one.
func (o *Office) Costs(ctx context.Context, t ident.Tenant, period string, by usage.Dimension) (*usage.Costs, error) {
	sum := usage.NewCosts(by)
	var mu sync.Mutex
	read := func(ctx context.Context, id ident.Tenant) error {
		return o.Ledger.UsageRecords(ctx, id, period, func(r usage.Record) bool {
			mu.Lock()
			defer mu.Unlock()
			sum.Add(r)
			return true
		})
	}
	if t != "" {
		return sum, read(ctx, t)
	}
	return sum, o.each(ctx, func(ctx context.Context, t tenant.Tenant) error { return read(ctx, t.ID) })
}

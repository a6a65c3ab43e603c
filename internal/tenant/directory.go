package tenant

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// cacheFor is how old a tenant, a plan or a key may be when a decision is made
// on it. A change holds everywhere within 5 s; the rest is for slow reads.
const cacheFor = 4 * time.Second

// cacheSize bounds each cache of one instance, in entries.
const cacheSize = 20_000

// Directory knows tenants, plans, keys and members, and changes them. It is safe
// for concurrent use; make it with NewDirectory.
type Directory struct {
	Store Store
	Clock clock.Clock

	tenants *cache[ident.Tenant, Tenant]
	plans   *cache[struct{}, map[PlanName]Limits]
	keys    *cache[ident.Key, Key]
	touched *lru.Cache[ident.Key, time.Time]
}

// NewDirectory returns a Directory over the store.
func NewDirectory(s Store, c clock.Clock) *Directory {
	touched, err := lru.New[ident.Key, time.Time](cacheSize)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &Directory{
		Store: s, Clock: c,
		tenants: newCache[ident.Tenant, Tenant](c, cacheSize),
		plans:   newCache[struct{}, map[PlanName]Limits](c, 1),
		keys:    newCache[ident.Key, Key](c, cacheSize),
		touched: touched,
	}
}

// Limits returns the tenant and what it may use now, from plan and overrides, at
// most 5 s old; fault.NotFound if there is no such tenant.
func (d *Directory) Limits(ctx context.Context, id ident.Tenant) (Tenant, Limits, error) {
	t, err := d.Tenant(ctx, id)
	if err != nil {
		return Tenant{}, Limits{}, err
	}
	plan, err := d.Plan(ctx, t.Plan)
	if err != nil {
		return Tenant{}, Limits{}, err
	}
	return t, t.Overrides.Over(plan), nil
}

// Tenant returns a tenant, at most 5 s old.
func (d *Directory) Tenant(ctx context.Context, id ident.Tenant) (Tenant, error) {
	if id == "" {
		return Tenant{}, fault.New(fault.Internal, fault.CodeInternal, "No tenant was given.")
	}
	return d.tenants.get(ctx, id, func(ctx context.Context) (Tenant, error) { return d.Store.Tenant(ctx, id) })
}

// Plan returns a plan's limits, at most 5 s old.
func (d *Directory) Plan(ctx context.Context, p PlanName) (Limits, error) {
	if !p.Valid() {
		return Limits{}, fault.New(fault.NotFound, fault.CodeNotFound, "There is no plan %q.", string(p))
	}
	all, err := d.plans.get(ctx, struct{}{}, d.Store.Plans)
	if err != nil {
		return Limits{}, err
	}
	if l, ok := all[p]; ok {
		return l, nil
	}
	return DefaultLimits(p), nil
}

// Package tenanttest has a store of tenants that lives in memory, and the suite
// that every store of tenants must pass.
package tenanttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Memory is a tenant.Store in memory, for tests.
type Memory struct {
	mu      sync.Mutex
	tenants map[ident.Tenant]tenant.Tenant
	plans   map[tenant.PlanName]tenant.Limits
	keys    map[ident.Key]tenant.Key
	members []tenant.Member
	audits  []tenant.Audit
	prices  map[string]tenant.Price

	// Reads counts reads by name, for tests of caches.
	Reads map[string]int
	// Fail, if set, is the answer to every call.
	Fail error
}

var _ tenant.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		tenants: map[ident.Tenant]tenant.Tenant{}, plans: map[tenant.PlanName]tenant.Limits{},
		keys: map[ident.Key]tenant.Key{}, prices: map[string]tenant.Price{}, Reads: map[string]int{},
	}
}

func (m *Memory) lock(read string) func() {
	m.mu.Lock()
	m.Reads[read]++
	return m.mu.Unlock
}

// Count returns how often the named read was made.
func (m *Memory) Count(read string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Reads[read]
}

func missing(what string) error {
	return fault.New(fault.NotFound, fault.CodeNotFound, "There is no %s.", what)
}

func taken() error { return fault.New(fault.Conflict, fault.CodeConflict, "It exists already.") }

// Tenant reads one tenant.
func (m *Memory) Tenant(_ context.Context, id ident.Tenant) (tenant.Tenant, error) {
	defer m.lock("tenant")()
	t, ok := m.tenants[id]
	if m.Fail != nil || !ok {
		return t, cmp.Or(m.Fail, missing("tenant"))
	}
	return t, nil
}

// Tenants lists tenants, newest first.
func (m *Memory) Tenants(_ context.Context, p tenant.Paging) ([]tenant.Tenant, string, error) {
	defer m.lock("tenants")()
	at := func(t tenant.Tenant) string { return t.CreatedAt.Format(time.RFC3339Nano) + string(t.ID) }
	all := slices.SortedFunc(maps.Values(m.tenants), func(a, b tenant.Tenant) int { return strings.Compare(at(b), at(a)) })
	page, next := paged(all, p, at)
	return page, next, m.Fail
}

func paged[T any](all []T, p tenant.Paging, at func(T) string) ([]T, string) {
	if p.Cursor != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(v T) bool { return at(v) >= p.Cursor })
	}
	if p.Limit > 0 && len(all) > p.Limit {
		return all[:p.Limit], at(all[p.Limit-1])
	}
	return all, ""
}

// CreateTenant makes a tenant and its first key.
func (m *Memory) CreateTenant(_ context.Context, t tenant.Tenant, first tenant.Key, a tenant.Audit) error {
	defer m.lock("")()
	if _, ok := m.tenants[t.ID]; ok || m.Fail != nil {
		return cmp.Or(m.Fail, taken())
	}
	t.Rev = 1
	m.tenants[t.ID], m.keys[first.ID] = t, first
	m.audits = append(m.audits, a)
	return nil
}

// UpdateTenant replaces a tenant.
func (m *Memory) UpdateTenant(_ context.Context, t tenant.Tenant, a tenant.Audit) error {
	defer m.lock("")()
	if m.tenants[t.ID].Rev != t.Rev || m.Fail != nil {
		return cmp.Or(m.Fail, taken())
	}
	t.Rev++
	m.tenants[t.ID] = t
	m.audits = append(m.audits, a)
	return nil
}

// Plans reads all plans.
func (m *Memory) Plans(context.Context) (map[tenant.PlanName]tenant.Limits, error) {
	defer m.lock("plans")()
	return maps.Clone(m.plans), m.Fail
}

// PutPlan sets a plan.
func (m *Memory) PutPlan(_ context.Context, p tenant.PlanName, l tenant.Limits, a tenant.Audit) error {
	defer m.lock("")()
	m.plans[p] = l
	m.audits = append(m.audits, a)
	return m.Fail
}

// Key reads one key.
func (m *Memory) Key(_ context.Context, id ident.Key) (tenant.Key, error) {
	defer m.lock("key")()
	k, ok := m.keys[id]
	if m.Fail != nil || !ok {
		return k, cmp.Or(m.Fail, missing("key"))
	}
	return k, nil
}

// Keys lists keys, newest first.
func (m *Memory) Keys(_ context.Context, t ident.Tenant) ([]tenant.Key, error) {
	defer m.lock("keys")()
	var out []tenant.Key
	for _, k := range m.keys {
		if k.Tenant == t {
			k.Hash = nil
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b tenant.Key) int { return strings.Compare(string(b.ID), string(a.ID)) })
	return out, m.Fail
}

// CreateKey makes a key.
func (m *Memory) CreateKey(_ context.Context, k tenant.Key, a tenant.Audit) error {
	defer m.lock("")()
	if _, ok := m.keys[k.ID]; ok || m.Fail != nil {
		return cmp.Or(m.Fail, taken())
	}
	m.keys[k.ID] = k
	m.audits = append(m.audits, a)
	return nil
}

// UpdateKey replaces a key.
func (m *Memory) UpdateKey(_ context.Context, k tenant.Key, a tenant.Audit) error {
	defer m.lock("")()
	if old, ok := m.keys[k.ID]; !ok || old.Rev != k.Rev || m.Fail != nil {
		return cmp.Or(m.Fail, taken())
	}
	k.Rev, k.LastUsed = k.Rev+1, m.keys[k.ID].LastUsed
	m.keys[k.ID] = k
	m.audits = append(m.audits, a)
	return nil
}

// DeleteKey ends a key of the tenant.
func (m *Memory) DeleteKey(_ context.Context, t ident.Tenant, id ident.Key, a tenant.Audit) error {
	defer m.lock("")()
	if k, ok := m.keys[id]; !ok || k.Tenant != t || m.Fail != nil {
		return cmp.Or(m.Fail, missing("key"))
	}
	delete(m.keys, id)
	m.audits = append(m.audits, a)
	return nil
}

// TouchKey notes a use.
func (m *Memory) TouchKey(_ context.Context, t ident.Tenant, id ident.Key, at time.Time) error {
	defer m.lock("touch")()
	if k, ok := m.keys[id]; ok && k.Tenant == t && at.Sub(k.LastUsed) > time.Minute {
		k.LastUsed = at
		m.keys[id] = k
	}
	return m.Fail
}

// Members lists a tenant's members.
func (m *Memory) Members(_ context.Context, t ident.Tenant) ([]tenant.Member, error) {
	defer m.lock("members")()
	return m.filter(func(o tenant.Member) bool { return o.Tenant == t }), m.Fail
}

// Memberships lists the memberships of an address.
func (m *Memory) Memberships(_ context.Context, email string) ([]tenant.Member, error) {
	defer m.lock("memberships")()
	return m.filter(func(o tenant.Member) bool { return o.Email == email }), m.Fail
}

func (m *Memory) filter(keep func(tenant.Member) bool) []tenant.Member {
	return slices.DeleteFunc(slices.Clone(m.members), func(o tenant.Member) bool { return !keep(o) })
}

// CreateMember adds a member.
func (m *Memory) CreateMember(_ context.Context, n tenant.Member, a tenant.Audit) error {
	defer m.lock("")()
	if len(m.filter(func(o tenant.Member) bool { return o.Tenant == n.Tenant && o.Email == n.Email })) > 0 {
		return taken()
	}
	m.members = append(m.members, n)
	m.audits = append(m.audits, a)
	return m.Fail
}

// UpdateMember replaces a member.
func (m *Memory) UpdateMember(_ context.Context, n tenant.Member, a tenant.Audit) error {
	defer m.lock("")()
	i := slices.IndexFunc(m.members, func(o tenant.Member) bool { return o.ID == n.ID })
	if i < 0 {
		return taken()
	}
	m.members[i] = n
	m.audits = append(m.audits, a)
	return m.Fail
}

// DeleteMember removes a member.
func (m *Memory) DeleteMember(_ context.Context, n tenant.Member, a tenant.Audit) error {
	defer m.lock("")()
	i := slices.IndexFunc(m.members, func(o tenant.Member) bool { return o.ID == n.ID && o.Tenant == n.Tenant })
	if i < 0 {
		return missing("member")
	}
	m.members = slices.Delete(m.members, i, i+1)
	m.audits = append(m.audits, a)
	return m.Fail
}

// Audits lists records, newest first.
func (m *Memory) Audits(_ context.Context, t ident.Tenant, p tenant.Paging) ([]tenant.Audit, string, error) {
	defer m.lock("audits")()
	var all []tenant.Audit
	for _, a := range m.audits {
		if t == "" || a.Tenant == t {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b tenant.Audit) int { return strings.Compare(b.ID, a.ID) })
	page, next := paged(all, p, func(a tenant.Audit) string { return a.ID })
	return page, next, m.Fail
}

// Prices lists prices.
func (m *Memory) Prices(context.Context) ([]tenant.Price, error) {
	defer m.lock("prices")()
	var out []tenant.Price
	for _, k := range slices.Sorted(maps.Keys(m.prices)) {
		out = append(out, m.prices[k])
	}
	return out, m.Fail
}

// PutPrice sets a price.
func (m *Memory) PutPrice(_ context.Context, p tenant.Price, a tenant.Audit) error {
	defer m.lock("")()
	m.prices[strings.ToLower(p.Model)+p.From.Format(time.RFC3339)] = p
	m.audits = append(m.audits, a)
	return m.Fail
}

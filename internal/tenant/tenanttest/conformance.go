package tenanttest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Conformance runs the suite that every tenant.Store must pass. Each store that
// newStore returns is empty.
func Conformance(t *testing.T, newStore func(t *testing.T) tenant.Store) {
	for name, test := range map[string]func(*testing.T, tenant.Store){
		"tenants": testTenants, "tenant lists": testTenantPages, "plans": testPlans,
		"keys": testKeys, "members": testMembers, "audit": testAudits, "prices": testPrices,
	} {
		t.Run(name, func(t *testing.T) { test(t, newStore(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: want %v, got %v", what, kind, err)
	}
}

func newTenant(id string) tenant.Tenant {
	return tenant.Tenant{ID: ident.Tenant(id), Name: "N " + id, Plan: tenant.Pro, Timezone: "Asia/Colombo", CreatedAt: now}
}

func newKey(tn ident.Tenant, i int) tenant.Key {
	return tenant.Key{
		ID:     ident.Key(ident.New(ident.PrefixKey, now.Add(time.Duration(i)*time.Second))),
		Tenant: tn, Name: fmt.Sprint("key ", i), Role: tenant.Owner, Hash: []byte{1, 2, 3}, CreatedAt: now, CreatedBy: "x",
	}
}

func audit(tn ident.Tenant, i int) tenant.Audit {
	return tenant.NewAudit(now.Add(time.Duration(i)*time.Second),
		tenant.Audit{Tenant: tn, Actor: tenant.Actor{ID: "k", Role: tenant.Owner}, Action: "a.b", Target: fmt.Sprint(i)}, nil, map[string]int{"i": i})
}

func testTenants(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	_, err := s.Tenant(ctx, "ten_a")
	wantKind(t, "missing tenant", err, fault.NotFound)

	a := newTenant("ten_a")
	must(t, s.CreateTenant(ctx, a, newKey("ten_a", 1), audit("ten_a", 1)))
	got, err := s.Tenant(ctx, "ten_a")
	must(t, err)
	if got.Rev == 0 {
		t.Error("a stored tenant has a revision")
	}
	rev := got.Rev
	got.Rev = 0
	same(t, "tenant", a, got)
	wantKind(t, "the same id again", s.CreateTenant(ctx, a, newKey("ten_a", 2), audit("ten_a", 2)), fault.Conflict)

	got.Rev, got.Suspended = rev, true
	must(t, s.UpdateTenant(ctx, got, audit("ten_a", 3)))
	wantKind(t, "a second change of the same revision", s.UpdateTenant(ctx, got, audit("ten_a", 4)), fault.Conflict)
	again, err := s.Tenant(ctx, "ten_a")
	must(t, err)
	if !again.Suspended || again.Rev == rev {
		t.Errorf("the change is not there: %+v", again)
	}
	keys, err := s.Keys(ctx, "ten_a")
	must(t, err)
	audits, _, err := s.Audits(ctx, "ten_a", tenant.Paging{})
	must(t, err)
	if len(keys) != 1 || len(audits) != 2 {
		t.Errorf("refused changes left traces: %d keys, %d audit records", len(keys), len(audits))
	}
}

func testTenantPages(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	var want []ident.Tenant
	for i := range 7 {
		tn := newTenant(fmt.Sprint("ten_", i))
		tn.CreatedAt = now.Add(time.Duration(i) * time.Hour)
		must(t, s.CreateTenant(ctx, tn, newKey(tn.ID, i), audit(tn.ID, i)))
		want = append([]ident.Tenant{tn.ID}, want...)
	}
	var got []ident.Tenant
	pages := 0
	for cursor := ""; ; pages++ {
		items, next, err := s.Tenants(ctx, tenant.Paging{Limit: 3, Cursor: cursor})
		must(t, err)
		for _, tn := range items {
			got = append(got, tn.ID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	same(t, "all pages", want, got)
	if pages != 2 {
		t.Errorf("7 tenants in pages of 3: want 2 more pages, got %d", pages)
	}
}

func testPlans(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	plans, err := s.Plans(ctx)
	must(t, err)
	if len(plans) != 0 {
		t.Errorf("nothing was set, got %v", plans)
	}
	l := tenant.Limits{MaxConcurrent: 3, MonthlyRuns: -1, AITokens: 7, RunsPerMinute: 8, MaxQueued: 9, RetentionDays: 10, MonthlyPriceUSD: 49}
	must(t, s.PutPlan(ctx, tenant.Free, tenant.DefaultLimits(tenant.Free), audit("", 1)))
	must(t, s.PutPlan(ctx, tenant.Free, l, audit("", 2)))
	plans, err = s.Plans(ctx)
	must(t, err)
	same(t, "plans", map[tenant.PlanName]tenant.Limits{tenant.Free: l}, plans)
}

func testKeys(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	k1, k2, op := newKey("ten_a", 1), newKey("ten_a", 2), newKey("", 3)
	k2.Scopes, k2.ExpiresAt = []tenant.Scope{tenant.ReadAccount}, now.Add(time.Hour)
	op.Role = tenant.Operator
	for i, k := range []tenant.Key{k1, k2, op} {
		must(t, s.CreateKey(ctx, k, audit(k.Tenant, i)))
	}
	got, err := s.Key(ctx, k2.ID)
	must(t, err)
	was := got.Rev
	got.Rev = 0
	same(t, "key for its check", k2, got)

	list, err := s.Keys(ctx, "ten_a")
	must(t, err)
	if len(list) != 2 || list[0].ID != k2.ID || list[1].ID != k1.ID || list[0].Hash != nil {
		t.Errorf("want k2, k1 without hashes, got %+v", list)
	}
	operators, err := s.Keys(ctx, "")
	must(t, err)
	if len(operators) != 1 || operators[0].ID != op.ID {
		t.Errorf("operators' keys: %+v", operators)
	}

	must(t, s.TouchKey(ctx, "ten_a", k1.ID, now))
	must(t, s.TouchKey(ctx, "ten_a", k1.ID, now.Add(30*time.Second)))
	must(t, s.TouchKey(ctx, "ten_a", "key_gone", now))
	list, err = s.Keys(ctx, "ten_a")
	must(t, err)
	if !list[1].LastUsed.Equal(now) {
		t.Errorf("last use: want %v, got %v", now, list[1].LastUsed)
	}

	k2.Rev, k2.RequestsPerMinute = was, 7
	must(t, s.TouchKey(ctx, "ten_a", k2.ID, now))
	must(t, s.UpdateKey(ctx, k2, audit("ten_a", 7)))
	wantKind(t, "a change of what was changed", s.UpdateKey(ctx, k2, audit("ten_a", 8)), fault.Conflict)
	got, err = s.Key(ctx, k2.ID)
	must(t, err)
	list, err = s.Keys(ctx, "ten_a")
	must(t, err)
	if got.RequestsPerMinute != 7 || len(got.Hash) == 0 || got.Rev == was || list[0].RequestsPerMinute != 7 || !list[0].LastUsed.Equal(now) {
		t.Errorf("changed key: %+v, in the list %+v", got, list[0])
	}

	wantKind(t, "another tenant's key", s.DeleteKey(ctx, "ten_b", k1.ID, audit("ten_b", 9)), fault.NotFound)
	if _, err := s.Key(ctx, k1.ID); err != nil {
		t.Errorf("another tenant ended the key: %v", err)
	}
	must(t, s.DeleteKey(ctx, "ten_a", k1.ID, audit("ten_a", 10)))
	_, err = s.Key(ctx, k1.ID)
	wantKind(t, "deleted key", err, fault.NotFound)
}

func testMembers(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	m := tenant.Member{ID: "mem_1", Tenant: "ten_a", Email: "a@example.com", Role: tenant.Viewer, CreatedAt: now}
	other := m
	other.ID, other.Tenant = "mem_2", "ten_b"
	must(t, s.CreateMember(ctx, m, audit("ten_a", 1)))
	must(t, s.CreateMember(ctx, other, audit("ten_b", 2)))
	wantKind(t, "the same address again", s.CreateMember(ctx, tenant.Member{ID: "mem_3", Tenant: "ten_a", Email: m.Email}, audit("ten_a", 3)), fault.Conflict)

	m.Role = tenant.Owner
	must(t, s.UpdateMember(ctx, m, audit("ten_a", 4)))
	got, err := s.Members(ctx, "ten_a")
	must(t, err)
	same(t, "members", []tenant.Member{m}, got)
	places, err := s.Memberships(ctx, m.Email)
	must(t, err)
	same(t, "memberships", []tenant.Member{m, other}, places)

	must(t, s.DeleteMember(ctx, m, audit("ten_a", 5)))
	wantKind(t, "deleted twice", s.DeleteMember(ctx, m, audit("ten_a", 6)), fault.NotFound)
	places, err = s.Memberships(ctx, m.Email)
	must(t, err)
	same(t, "memberships after", []tenant.Member{other}, places)
}

func testAudits(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	for i := range 5 {
		tn := ident.Tenant([]string{"ten_a", "ten_b"}[i%2])
		must(t, s.CreateKey(ctx, newKey(tn, i), audit(tn, i)))
	}
	list := func(tn ident.Tenant) (targets []string) {
		for cursor := ""; ; {
			page, next, err := s.Audits(ctx, tn, tenant.Paging{Limit: 2, Cursor: cursor})
			must(t, err)
			for _, a := range page {
				targets = append(targets, a.Target)
				if len(a.After) == 0 || !a.At.Equal(ident.Time(a.ID)) || a.Actor.ID != "k" {
					t.Errorf("incomplete record %+v", a)
				}
			}
			if cursor = next; cursor == "" {
				return targets
			}
		}
	}
	same(t, "one tenant's", []string{"4", "2", "0"}, list("ten_a"))
	same(t, "all", []string{"4", "3", "2", "1", "0"}, list(""))
}

func testPrices(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	p := tenant.Price{Model: "gpt-4o", From: now, Input: 2_500_000, Output: 10_000_000, Cached: 1_250_000}
	later := p
	later.From, later.Input = now.AddDate(0, 1, 0), 1
	must(t, s.PutPrice(ctx, later, audit("", 1)))
	must(t, s.PutPrice(ctx, p, audit("", 2)))
	p.Cached = 5
	must(t, s.PutPrice(ctx, p, audit("", 3)))
	got, err := s.Prices(ctx)
	must(t, err)
	same(t, "prices", []tenant.Price{p, later}, got)
}

package tenant_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/tenant/tenanttest"
)

var operator = tenant.Actor{ID: "key_op", Role: tenant.Operator}

type fixture struct {
	dir   *tenant.Directory
	store *tenanttest.Memory
	clock *clock.Manual
	id    ident.Tenant
	key   string
}

// setup makes a directory with one tenant of the plan PRO.
func setup(t *testing.T) *fixture {
	t.Helper()
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	store := tenanttest.NewMemory()
	dir := tenant.NewDirectory(store, c)
	tn, key, err := dir.CreateTenant(t.Context(), operator, tenant.NewTenant{Name: "Acme", Plan: tenant.Pro})
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{dir, store, c, tn.ID, key}
}

func ptr[T any](v T) *T { return &v }

func TestMemoryStore(t *testing.T) {
	tenanttest.Conformance(t, func(*testing.T) tenant.Store { return tenanttest.NewMemory() })
}

func TestLimitsFollowPlanAndOverridesWithinFiveSeconds(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	slots := func() int {
		_, l, err := f.dir.Limits(ctx, f.id)
		if err != nil {
			t.Fatal(err)
		}
		return l.Slots()
	}
	if slots() != 5 {
		t.Fatalf("PRO has 5 slots, got %d", slots())
	}
	// Another instance changes plan and tenant; this one sees it when its cache ends.
	other := tenant.NewDirectory(f.store, f.clock)
	l := tenant.DefaultLimits(tenant.Pro)
	l.MaxConcurrent = 7
	if err := other.PutPlan(ctx, operator, tenant.Pro, l); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(5 * time.Second)
	if slots() != 7 {
		t.Errorf("after the plan's change: %d", slots())
	}
	if _, err := other.ChangeTenant(ctx, operator, f.id, tenant.Change{Overrides: &tenant.Overrides{MaxConcurrent: ptr(9)}}); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(5 * time.Second)
	if slots() != 9 {
		t.Errorf("after the override: %d", slots())
	}
	// The instance that changes it sees it at once.
	if _, err := f.dir.ChangeTenant(ctx, operator, f.id, tenant.Change{Overrides: &tenant.Overrides{}, Plan: ptr(tenant.Free)}); err != nil {
		t.Fatal(err)
	}
	if slots() != 1 {
		t.Errorf("after the change of plan: %d", slots())
	}
}

func TestLimitsReadOnceForManyCallers(t *testing.T) {
	f := setup(t)
	before := f.store.Count("tenant")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, _, err := f.dir.Limits(t.Context(), f.id); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.store.Count("tenant") - before; n != 1 {
		t.Errorf("want one read, got %d", n)
	}
}

func TestMissingTenantIsAnErrorNeverADefault(t *testing.T) {
	f := setup(t)
	if _, _, err := f.dir.Limits(t.Context(), ""); err == nil {
		t.Error("no tenant gave limits")
	}
	if _, _, err := f.dir.Limits(t.Context(), "ten_none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown tenant: %v", err)
	}
	f.store.Fail = errors.New("down")
	f.clock.Advance(5 * time.Second)
	if _, _, err := f.dir.Limits(t.Context(), f.id); err == nil {
		t.Error("a store that is down gave limits")
	}
	f.store.Fail = nil
	if _, _, err := f.dir.Limits(t.Context(), f.id); err != nil {
		t.Errorf("a failed read must not be kept: %v", err)
	}
}

func TestAuthenticate(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	who, err := f.dir.Authenticate(ctx, f.key)
	if err != nil {
		t.Fatal(err)
	}
	if who.Tenant != f.id || who.Role != tenant.Owner || who.Plan != tenant.Pro || !ident.Valid(ident.PrefixKey, who.ID) {
		t.Errorf("identity %+v", who)
	}
	last := f.key[len(f.key)-1:]
	for name, text := range map[string]string{
		"empty": "", "prefix only": "alk_", "cut": f.key[:30], "unknown id": "alk_01ARZ3NDEKTSV4RRFFQ69G5FAV_" + f.key[31:],
		"wrong secret": f.key[:len(f.key)-1] + map[bool]string{true: "B", false: "A"}[last == "A"],
		"longer":       f.key + "x", "no secret": f.key[:31], "jwt": "eyJhbGciOiJub25lIn0.e30.", "spaces": " " + f.key,
	} {
		if who, err := f.dir.Authenticate(ctx, text); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}

func TestSuspendedTenantIsRefused(t *testing.T) {
	f := setup(t)
	if _, err := f.dir.ChangeTenant(t.Context(), operator, f.id, tenant.Change{Suspended: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.dir.Authenticate(t.Context(), f.key); !fault.Is(err, fault.Forbidden) {
		t.Errorf("got %v", err)
	}
}

func TestKeysEnd(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	by := tenant.Actor{ID: "mem_1", Role: tenant.Owner}
	k, text, err := f.dir.CreateKey(ctx, by, f.id, tenant.NewKey{
		Name: "ci", Role: tenant.Editor, ExpiresAt: f.clock.Now().Add(time.Hour), Scopes: []tenant.Scope{tenant.WriteExecutions},
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, string(k.Hash)) || k.ExpiresAt.IsZero() {
		t.Errorf("key %+v", k)
	}
	who, err := f.dir.Authenticate(ctx, text)
	if err != nil || who.Role != tenant.Editor || len(who.Scopes) != 1 {
		t.Fatalf("%+v %v", who, err)
	}
	f.clock.Advance(time.Hour)
	if _, err := f.dir.Authenticate(ctx, text); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("an expired key: %v", err)
	}

	k2, text2, err := f.dir.CreateKey(ctx, by, f.id, tenant.NewKey{Name: "x", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	other := tenant.NewDirectory(f.store, f.clock)
	if _, err := other.Authenticate(ctx, text2); err != nil {
		t.Fatal(err)
	}
	if err := f.dir.DeleteKey(ctx, by, f.id, k2.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.dir.Authenticate(ctx, text2); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("deleted here: %v", err)
	}
	f.clock.Advance(5 * time.Second)
	if _, err := other.Authenticate(ctx, text2); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("deleted elsewhere, after 5 s: %v", err)
	}
}

func TestOperatorsHaveNoTenantAndTenantsNoOperators(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	_, text, err := f.dir.CreateKey(ctx, operator, "", tenant.NewKey{Name: "op", Role: tenant.Operator})
	if err != nil {
		t.Fatal(err)
	}
	who, err := f.dir.Authenticate(ctx, text)
	if err != nil || who.Tenant != "" || who.Role != tenant.Operator {
		t.Errorf("%+v %v", who, err)
	}
	for tn, role := range map[ident.Tenant]tenant.Role{f.id: tenant.Operator, "": tenant.Owner} {
		if _, _, err := f.dir.CreateKey(ctx, operator, tn, tenant.NewKey{Name: "bad", Role: role}); !fault.Is(err, fault.Invalid) {
			t.Errorf("tenant %q with role %s: %v", tn, role, err)
		}
	}
	// A record that says so all the same is refused.
	if _, err := f.dir.IdentityOf(ctx, tenant.Member{Tenant: "", Role: tenant.Owner}); err == nil {
		t.Error("an owner of nothing was let in")
	}
	if _, err := f.dir.IdentityOf(ctx, tenant.Member{Tenant: f.id, Role: tenant.Operator}); err == nil {
		t.Error("an operator inside a tenant was let in")
	}
}

func TestLastUseIsWrittenOnceAMinute(t *testing.T) {
	f := setup(t)
	for range 90 { // three minutes, every two seconds
		if _, err := f.dir.Authenticate(t.Context(), f.key); err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(2 * time.Second)
	}
	if n := f.store.Count("touch"); n < 2 || n > 4 {
		t.Errorf("want about 3 writes in 3 minutes, got %d", n)
	}
}

func TestMembers(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	add := func(email string, role tenant.Role) (tenant.Member, error) {
		return f.dir.AddMember(ctx, operator, tenant.Member{Tenant: f.id, Email: email, Role: role})
	}
	owner, err := add(" Boss@Example.com ", tenant.Owner)
	if err != nil || owner.Email != "boss@example.com" {
		t.Fatalf("%+v %v", owner, err)
	}
	for email, kind := range map[string]fault.Kind{"boss@example.com": fault.Conflict, "nobody": fault.Invalid, "": fault.Invalid} {
		if _, err := add(email, tenant.Viewer); !fault.Is(err, kind) {
			t.Errorf("%q: want %v, got %v", email, kind, err)
		}
	}
	if _, err := f.dir.ChangeMember(ctx, operator, f.id, owner.ID, tenant.Viewer); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last owner lost the role: %v", err)
	}
	if err := f.dir.RemoveMember(ctx, operator, f.id, owner.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last owner was removed: %v", err)
	}
	second, err := add("b@example.com", tenant.Owner)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.dir.RemoveMember(ctx, operator, "ten_other", second.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant removed the member: %v", err)
	}
	if err := f.dir.RemoveMember(ctx, operator, f.id, owner.ID); err != nil {
		t.Error(err)
	}
	if _, err := f.dir.MemberOf(ctx, "BOSS@example.com", ""); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a former member: %v", err)
	}
	if m, err := f.dir.MemberOf(ctx, "b@example.com", ""); err != nil || m.ID != second.ID {
		t.Errorf("%+v %v", m, err)
	}
	if _, err := f.dir.MemberOf(ctx, "b@example.com", "ten_other"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a tenant that the person is no member of: %v", err)
	}
	if _, err := f.dir.AddMember(ctx, operator, tenant.Member{Tenant: "ten_other", Email: "b@example.com", Role: tenant.Owner}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.dir.MemberOf(ctx, "b@example.com", ""); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a person of two tenants who names none: %v", err)
	}
}

func TestEveryChangeIsAuditedWithoutSecrets(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	by := tenant.Actor{ID: "mem_9", Role: tenant.Owner}
	k, text, err := f.dir.CreateKey(ctx, by, f.id, tenant.NewKey{Name: "ci", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Second)
	if _, err := f.dir.ChangeTenant(ctx, operator, f.id, tenant.Change{Plan: ptr(tenant.Free)}); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Second)
	if err := f.dir.DeleteKey(ctx, by, f.id, k.ID); err != nil {
		t.Fatal(err)
	}
	audits, _, err := f.dir.Audits(ctx, f.id, tenant.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range audits {
		got[a.Action] = a.Actor.ID
		if whole := string(a.Before) + string(a.After); strings.Contains(whole, text[31:]) || strings.Contains(strings.ToLower(whole), "hash") {
			t.Errorf("%s shows a secret: %s", a.Action, whole)
		}
	}
	want := map[string]string{"tenant.created": "key_op", "key.created": "mem_9", "tenant.changed": "key_op", "key.deleted": "mem_9"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !strings.Contains(string(audits[1].Before), `"PRO"`) || !strings.Contains(string(audits[1].After), `"FREE"`) {
		t.Errorf("before %s after %s", audits[1].Before, audits[1].After)
	}
}

func TestLimitsThatCannotBeHeldAreRefused(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	for name, o := range map[string]tenant.Overrides{
		"too many slots": {MaxConcurrent: ptr(501)}, "negative slots": {MaxConcurrent: ptr(-2)}, "runs": {MonthlyRuns: ptr(int64(-2))},
		"tokens": {AITokens: ptr(int64(-5))}, "retention": {RetentionDays: ptr(-9)},
	} {
		if _, err := f.dir.ChangeTenant(ctx, operator, f.id, tenant.Change{Overrides: &o}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.dir.ChangeTenant(ctx, operator, f.id, tenant.Change{Timezone: ptr("Mars/Olympus")}); !fault.Is(err, fault.Invalid) {
		t.Errorf("time zone: %v", err)
	}
	if err := f.dir.PutPlan(ctx, operator, "GOLD", tenant.DefaultLimits(tenant.Pro)); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown plan: %v", err)
	}
	if _, _, err := f.dir.CreateTenant(ctx, operator, tenant.NewTenant{Name: "X", Plan: "GOLD"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("tenant of an unknown plan: %v", err)
	}
}

func TestScopes(t *testing.T) {
	for _, c := range []struct {
		have, need tenant.Scope
		want       bool
	}{
		{tenant.ReadWorkflows, tenant.ReadWorkflows, true},
		{tenant.WriteWorkflows, tenant.ReadWorkflows, true},
		{tenant.ReadWorkflows, tenant.WriteWorkflows, false},
		{tenant.WriteWorkflows, tenant.ReadAccount, false},
	} {
		if got := c.have.Covers(c.need); got != c.want {
			t.Errorf("%s covers %s: %v", c.have, c.need, got)
		}
	}
}

func TestRoles(t *testing.T) {
	order := []tenant.Role{tenant.Viewer, tenant.Editor, tenant.Owner}
	for i, have := range order {
		for j, need := range order {
			if got := have.Allows(need); got != (i >= j) {
				t.Errorf("%s allows %s: %v", have, need, got)
			}
		}
		if have.Allows(tenant.Operator) || tenant.Operator.Allows(have) || tenant.Role("").Allows(have) {
			t.Errorf("%s mixes with the operator or nobody", have)
		}
	}
}

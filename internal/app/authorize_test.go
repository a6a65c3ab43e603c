package app

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oidc"
	"github.com/automatelanka/automatelanka/internal/oidc/oidctest"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/tenant/tenanttest"
)

// TestPeopleAreLetIntoTheirTenants follows tokens through issuer and memberships.
func TestPeopleAreLetIntoTheirTenants(t *testing.T) {
	ctx := t.Context()
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	i := oidctest.New(t)
	d := &door{directory: tenant.NewDirectory(tenanttest.NewMemory(), c), tokens: oidc.New(i.URL, "app", c)}
	op := tenant.Actor{ID: "op", Role: tenant.Operator}
	var keys []string
	for _, name := range []string{"ten_a", "ten_b"} {
		_, key, err := d.directory.CreateTenant(ctx, op, tenant.NewTenant{ID: ident.Tenant(name), Name: name, Plan: tenant.Pro})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	for _, m := range []tenant.Member{
		{Tenant: "ten_a", Email: "ann@example.com", Role: tenant.Editor}, {Tenant: "ten_a", Email: "both@example.com", Role: tenant.Viewer},
		{Tenant: "ten_b", Email: "both@example.com", Role: tenant.Owner}, {Tenant: "", Email: "op@example.com", Role: tenant.Operator},
	} {
		if _, err := d.directory.AddMember(ctx, op, m); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []struct {
		email, named string
		tenant       string
		role         tenant.Role
		kind         fault.Kind // of the refusal, where role is ""
	}{
		{"Ann@example.com", "", "ten_a", tenant.Editor, 0},
		{"ann@example.com", "ten_a", "ten_a", tenant.Editor, 0},
		{"ann@example.com", "ten_b", "", "", fault.Forbidden}, // a claim alone opens no tenant
		{"both@example.com", "", "", "", fault.Forbidden},
		{"both@example.com", "ten_b", "ten_b", tenant.Owner, 0},
		{"op@example.com", "", "", tenant.Operator, 0},
		{"stranger@example.com", "ten_a", "", "", fault.Forbidden},
	} {
		claims := i.Claims(p.email, c.Now())
		if p.named != "" {
			claims["custom:tenant"] = p.named
		}
		got, err := d.verify(ctx, oidctest.Token(t, jwt.SigningMethodRS256, i.Key, claims))
		if p.role == "" {
			if !fault.Is(err, p.kind) || got != nil {
				t.Errorf("%s for %q: %v, %v", p.email, p.named, got, err)
			}
			continue
		}
		who, ok := tenant.IdentityOf(got)
		if err != nil || !ok || string(who.Tenant) != p.tenant || who.Role != p.role {
			t.Errorf("%s for %q: %v, %v", p.email, p.named, got, err)
		}
	}
	for n, key := range keys {
		got, err := d.verify(ctx, key)
		if who, ok := tenant.IdentityOf(got); err != nil || !ok || who.Role != tenant.Owner || string(who.Tenant) != []string{"ten_a", "ten_b"}[n] {
			t.Errorf("key %d: %v %v", n, got, err)
		}
	}
	if _, err := d.verify(ctx, ""); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("nothing: %v", err)
	}
	d.tokens = nil
	if _, err := d.verify(ctx, oidctest.Token(t, jwt.SigningMethodRS256, i.Key, i.Claims("ann@example.com", c.Now()))); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a token where no issuer is configured: %v", err)
	}
}

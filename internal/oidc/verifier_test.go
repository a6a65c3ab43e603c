package oidc

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/oidc/oidctest"
)

func claimsOf(i *oidctest.Issuer, now time.Time) jwt.MapClaims {
	m := i.Claims("A@example.com", now)
	m["custom:tenant"] = "ten_a"
	return m
}

func TestGoodTokens(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	i := oidctest.New(t)
	v := New(i.URL, "app", c)
	claims := claimsOf(i, c.Now())
	p, err := v.Verify(t.Context(), oidctest.Token(t, jwt.SigningMethodRS256, i.Key, claims))
	if err != nil || p != (Person{"s1", "A@example.com", "ten_a"}) {
		t.Errorf("%+v %v", p, err)
	}
	claims["email_verified"] = "true" // Cognito's form
	delete(claims, "custom:tenant")
	if p, err = v.Verify(t.Context(), oidctest.Token(t, jwt.SigningMethodRS256, i.Key, claims)); err != nil || p.Tenant != "" {
		t.Errorf("%+v %v", p, err)
	}
}

func TestBadTokensAreRefused(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	i, other := oidctest.New(t), oidctest.New(t)
	v := New(i.URL, "app", c)
	with := func(name string, value any) jwt.MapClaims {
		m := claimsOf(i, c.Now())
		m[name] = value
		return m
	}
	rs := jwt.SigningMethodRS256
	for name, token := range map[string]string{
		"no token":          "",
		"not a token":       "a.b.c",
		"expired":           oidctest.Token(t, rs, i.Key, with("exp", c.Now().Add(-time.Second).Unix())),
		"other audience":    oidctest.Token(t, rs, i.Key, with("aud", "another")),
		"other issuer":      oidctest.Token(t, rs, i.Key, with("iss", "https://evil.example")),
		"other key":         oidctest.Token(t, rs, other.Key, claimsOf(i, c.Now())),
		"unsigned":          oidctest.Token(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claimsOf(i, c.Now())),
		"public key as MAC": oidctest.Token(t, jwt.SigningMethodHS256, i.Key.N.Bytes(), claimsOf(i, c.Now())),
		"no e-mail":         oidctest.Token(t, rs, i.Key, with("email", "")),
		"e-mail unverified": oidctest.Token(t, rs, i.Key, with("email_verified", false)),
		"e-mail maybe":      oidctest.Token(t, rs, i.Key, with("email_verified", "yes")),
	} {
		if p, err := v.Verify(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestIssuerThatIsDownIsAskedSeldom(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	i := oidctest.New(t)
	i.Down.Store(true)
	v := New(i.URL, "app", c)
	token := oidctest.Token(t, jwt.SigningMethodRS256, i.Key, claimsOf(i, c.Now()))
	for range 10 {
		if _, err := v.Verify(t.Context(), token); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("got %v", err)
		}
	}
	if n := i.Asks.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	i.Down.Store(false)
	c.Advance(retryAfter)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("after it came back: %v", err)
	}
}

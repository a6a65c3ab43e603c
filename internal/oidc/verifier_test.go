package oidc

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// issuer is a small OpenID Connect provider.
type issuer struct {
	*httptest.Server
	key  *rsa.PrivateKey
	down atomic.Bool
	asks atomic.Int32
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.asks.Add(1)
		if i.down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/a", "token_endpoint": i.URL + "/t",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		enc := base64.RawURLEncoding.EncodeToString
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]any{{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1",
			"n": enc(key.N.Bytes()), "e": enc(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) token(t *testing.T, method jwt.SigningMethod, key crypto.PrivateKey, claims jwt.MapClaims) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, claims)
	tok.Header["kid"] = "k1"
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (i *issuer) claims(now time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": i.URL, "aud": "app", "sub": "s1", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
		"email": "A@example.com", "email_verified": true, "custom:tenant": "ten_a",
	}
}

func TestGoodTokens(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	i := newIssuer(t)
	v := New(i.URL, "app", c)
	claims := i.claims(c.Now())
	p, err := v.Verify(t.Context(), i.token(t, jwt.SigningMethodRS256, i.key, claims))
	if err != nil || p != (Person{"s1", "A@example.com", "ten_a"}) {
		t.Errorf("%+v %v", p, err)
	}
	claims["email_verified"] = "true" // Cognito's form
	delete(claims, "custom:tenant")
	if p, err = v.Verify(t.Context(), i.token(t, jwt.SigningMethodRS256, i.key, claims)); err != nil || p.Tenant != "" {
		t.Errorf("%+v %v", p, err)
	}
}

func TestBadTokensAreRefused(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	i, other := newIssuer(t), newIssuer(t)
	v := New(i.URL, "app", c)
	with := func(name string, value any) jwt.MapClaims {
		m := i.claims(c.Now())
		m[name] = value
		return m
	}
	rs := jwt.SigningMethodRS256
	for name, token := range map[string]string{
		"no token":          "",
		"not a token":       "a.b.c",
		"expired":           i.token(t, rs, i.key, with("exp", c.Now().Add(-time.Second).Unix())),
		"other audience":    i.token(t, rs, i.key, with("aud", "another")),
		"other issuer":      i.token(t, rs, i.key, with("iss", "https://evil.example")),
		"other key":         i.token(t, rs, other.key, i.claims(c.Now())),
		"unsigned":          i.token(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, i.claims(c.Now())),
		"public key as MAC": i.token(t, jwt.SigningMethodHS256, i.key.N.Bytes(), i.claims(c.Now())),
		"no e-mail":         i.token(t, rs, i.key, with("email", "")),
		"e-mail unverified": i.token(t, rs, i.key, with("email_verified", false)),
		"e-mail maybe":      i.token(t, rs, i.key, with("email_verified", "yes")),
	} {
		if p, err := v.Verify(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestIssuerThatIsDownIsAskedSeldom(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	i := newIssuer(t)
	i.down.Store(true)
	v := New(i.URL, "app", c)
	token := i.token(t, jwt.SigningMethodRS256, i.key, i.claims(c.Now()))
	for range 10 {
		if _, err := v.Verify(t.Context(), token); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("got %v", err)
		}
	}
	if n := i.asks.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	i.down.Store(false)
	c.Advance(retryAfter)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("after it came back: %v", err)
	}
}

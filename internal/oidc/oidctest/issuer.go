// Package oidctest is a small OpenID Connect issuer for tests.
package oidctest

import (
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
)

// Issuer signs tokens with its key and publishes the key.
type Issuer struct {
	*httptest.Server
	Key  *rsa.PrivateKey
	Down atomic.Bool  // discovery fails
	Asks atomic.Int32 // how often it was discovered
}

// New starts an issuer, which ends with the test.
func New(t *testing.T) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{Key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", i.discover)
	mux.HandleFunc("/keys", i.keys)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *Issuer) discover(w http.ResponseWriter, _ *http.Request) {
	i.Asks.Add(1)
	if i.Down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/a", "token_endpoint": i.URL + "/t",
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	enc := base64.RawURLEncoding.EncodeToString
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1",
		"n": enc(i.Key.N.Bytes()), "e": enc(big.NewInt(int64(i.Key.E)).Bytes()),
	}}})
}

// Claims are those of a good token for the audience "app".
func (i *Issuer) Claims(email string, now time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": i.URL, "aud": "app", "sub": "s1", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
		"email": email, "email_verified": true,
	}
}

// Token signs claims by a method and key, which need not be the issuer's own.
func Token(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, claims)
	tok.Header["kid"] = "k1"
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

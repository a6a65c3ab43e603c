// Package issuer is the OpenID Connect issuer of the local platform: discovery,
// keys, authorization code with PKCE, and in place of a sign-in form a page on
// which one picks who to be. It is for one machine and asks for no password; a
// deployment has Cognito, or an issuer of its own (see infra/auth.yaml).
package issuer

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// ClientID is the console's.
const ClientID = "automatelanka-console"

// Path is where the issuer lies on the platform's address.
const Path = "/oidc"

const (
	keyBits    = 2048
	codeLife   = time.Minute
	tokenLife  = 12 * time.Hour
	maxCodes   = 1000
	maxRequest = 64 << 10
)

// Person is somebody who may sign in.
type Person struct {
	Email, Name, Tenant, Role string
}

// Issuer gives out tokens. It is safe for concurrent use; make it with New.
type Issuer struct {
	url    string
	clock  clock.Clock
	people func(context.Context) ([]Person, error)
	key    *rsa.PrivateKey
	kid    string
	mux    *http.ServeMux

	mu    sync.Mutex
	codes map[string]grant
}

// grant is what a code stands for.
type grant struct {
	person    Person
	redirect  string
	challenge string
	nonce     string
	until     time.Time
}

// New makes an issuer for a platform at an address (without a slash at its end);
// people lists who may be picked. Its key lives as long as the process.
func New(platform string, c clock.Clock, people func(context.Context) ([]Person, error)) (*Issuer, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	i := &Issuer{
		url: platform + Path, clock: c, people: people, key: key, kid: ident.Token(), mux: http.NewServeMux(), codes: map[string]grant{},
	}
	i.mux.HandleFunc("GET "+Path+"/.well-known/openid-configuration", i.discover)
	i.mux.HandleFunc("GET "+Path+"/keys", i.keys)
	i.mux.HandleFunc("GET "+Path+"/authorize", i.choose)
	i.mux.HandleFunc("POST "+Path+"/authorize", i.grant)
	i.mux.HandleFunc("POST "+Path+"/token", i.token)
	return i, nil
}

// URL is the issuer's name in its tokens.
func (i *Issuer) URL() string { return i.url }

// ServeHTTP answers below Path. Pages of other addresses may ask too: the console
// is developed on one of its own.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != Path+"/authorize" {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	i.mux.ServeHTTP(w, r)
}

func (i *Issuer) discover(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": i.url, "authorization_endpoint": i.url + "/authorize", "token_endpoint": i.url + "/token", "jwks_uri": i.url + "/keys",
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported": []string{"openid", "email"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"none"},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	enc := base64.RawURLEncoding.EncodeToString
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": i.kid,
		"n": enc(i.key.N.Bytes()), "e": enc(big.NewInt(int64(i.key.E)).Bytes()),
	}}})
}

// token changes a code for an ID token, once, for the one who began the sign-in.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "authorization_code" || r.PostForm.Get("client_id") != ClientID {
		refuse(w, "invalid_request", "The request needs grant_type authorization_code and the client_id "+ClientID+".")
		return
	}
	i.mu.Lock()
	g, ok := i.codes[r.PostForm.Get("code")]
	delete(i.codes, r.PostForm.Get("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if !ok || !i.clock.Now().Before(g.until) || g.redirect != r.PostForm.Get("redirect_uri") ||
		subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) != 1 {
		refuse(w, "invalid_grant", "The sign-in has expired or was not begun here; sign in again.")
		return
	}
	signed, err := i.sign(g)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, map[string]any{
		"id_token": signed, "access_token": signed, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()),
	})
}

func (i *Issuer) sign(g grant) (string, error) {
	now := i.clock.Now()
	claims := jwt.MapClaims{
		"iss": i.url, "aud": ClientID, "sub": g.person.Email, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"email": g.person.Email, "email_verified": true, "name": g.person.Name,
	}
	if g.person.Tenant != "" {
		claims["custom:tenant"] = g.person.Tenant
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"] = i.kid
	return t.SignedString(i.key)
}

// keep makes a code for a grant.
func (i *Issuer) keep(g grant) string {
	code := ident.Token()
	now := i.clock.Now()
	g.until = now.Add(codeLife)
	i.mu.Lock()
	defer i.mu.Unlock()
	for old, x := range i.codes {
		if now.After(x.until) || len(i.codes) >= maxCodes {
			delete(i.codes, old)
		}
	}
	i.codes[code] = g
	return code
}

// mayReturn reports whether an address is the console's: on the platform's own
// address, or on this machine.
func (i *Issuer) mayReturn(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Fragment != "" {
		return false
	}
	own, err := url.Parse(i.url)
	if err == nil && u.Host == own.Host {
		return true
	}
	return u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || u.Hostname() == "::1"
}

func refuse(w http.ResponseWriter, code, text string) {
	answer(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": text})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

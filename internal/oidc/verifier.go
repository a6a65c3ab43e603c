// Package oidc verifies the tokens of the OpenID Connect issuer that people sign
// in with.
package oidc

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// fetchLimit bounds each request to the issuer.
const fetchLimit = 3 * time.Second

// retryAfter is how long a failed discovery is not repeated, so that an issuer that
// is down does not take each request 3 s.
const retryAfter = 5 * time.Second

// Verifier verifies tokens of one issuer for one audience.
type Verifier struct {
	issuer, audience string
	clock            clock.Clock
	client           *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	tokens   string // the endpoint
	failed   time.Time
	err      error
}

// New returns a verifier. The issuer is asked for its keys when the first token comes.
func New(issuer, audience string, c clock.Clock) *Verifier {
	return &Verifier{issuer: issuer, audience: audience, clock: c, client: &http.Client{Timeout: fetchLimit}}
}

// Person is who a token speaks of.
type Person struct {
	Subject string
	Email   string // verified by the issuer
	Tenant  string // the claim custom:tenant; "" if the token names none
}

// Verify checks signature, issuer, audience and time of a token, and returns the
// person with a verified e-mail address. fault.Unauthenticated is the answer to a
// token that does not hold, fault.Unavailable to an issuer that does not answer.
func (v *Verifier) Verify(ctx context.Context, token string) (Person, error) {
	ctx = oidc.ClientContext(ctx, v.client)
	verifier, err := v.load(ctx)
	if err != nil {
		return Person{}, fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The sign-in service does not answer; try again.")
	}
	t, err := verifier.Verify(ctx, token)
	if err != nil {
		return Person{}, refused(err)
	}
	var claims struct {
		Email    string   `json:"email"`
		Verified verified `json:"email_verified"`
		Tenant   string   `json:"custom:tenant"`
	}
	if err := t.Claims(&claims); err != nil {
		return Person{}, refused(err)
	}
	if claims.Email == "" || !bool(claims.Verified) {
		return Person{}, fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "The token has no verified e-mail address.")
	}
	return Person{Subject: t.Subject, Email: claims.Email, Tenant: claims.Tenant}, nil
}

// TokenEndpoint is where the issuer gives out tokens.
func (v *Verifier) TokenEndpoint(ctx context.Context) (string, error) {
	if _, err := v.load(oidc.ClientContext(ctx, v.client)); err != nil {
		return "", err
	}
	return v.tokens, nil
}

func refused(err error) error {
	return fault.Wrap(err, fault.Unauthenticated, fault.CodeUnauthenticated, "The token is wrong or has expired; sign in again.")
}

// verified is the claim email_verified: a boolean, or text at Cognito.
type verified bool

// UnmarshalJSON takes true and "true", and nothing else, for true.
func (v *verified) UnmarshalJSON(b []byte) error {
	*v = string(b) == "true" || string(b) == `"true"`
	return nil
}

// load discovers the issuer once.
func (v *Verifier) load(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.verifier != nil {
		return v.verifier, nil
	}
	now := v.clock.Now()
	if v.err != nil && now.Before(v.failed.Add(retryAfter)) {
		return nil, v.err
	}
	// The provider keeps the context for fetching keys later on.
	p, err := oidc.NewProvider(context.WithoutCancel(ctx), v.issuer)
	if err != nil {
		v.err, v.failed = err, now
		return nil, err
	}
	v.tokens = p.Endpoint().TokenURL
	v.verifier = p.VerifierContext(context.WithoutCancel(ctx), &oidc.Config{ClientID: v.audience, Now: v.clock.Now})
	return v.verifier, nil
}

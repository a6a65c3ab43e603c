package credential

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// authorizationTime is how long a member may take at the service.
const authorizationTime = 10 * time.Minute

// verifierField is the name under which the proof key is sealed.
const verifierField = "verifier"

// Authorize begins an authorization: the answer is the address that the member
// opens. Its state is good once, for ten minutes, and for this credential alone;
// the proof key (PKCE, RFC 7636) stays here, sealed.
func (v *Vault) Authorize(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Credential, redirect string) (string, time.Time, error) {
	r, err := v.Store.Credential(ctx, t, id)
	if err != nil {
		return "", time.Time{}, err
	}
	k, err := v.kind(r.Type)
	if err != nil {
		return "", time.Time{}, err
	}
	fields := k.Complete(r.Values)
	if k.Grant(fields) != AuthorizationCode {
		return "", time.Time{}, fault.New(fault.Invalid, fault.CodeValidation, "Credentials of the type %s need no authorization; test it instead.", r.Type)
	}
	verifier := ident.Secret()
	boxes, err := v.Sealer.Seal(ctx, r.Owner(), map[string]string{verifierField: verifier})
	if err != nil {
		return "", time.Time{}, err
	}
	state := string(t) + "." + ident.Secret()
	p := Pending{
		Tenant: t, Credential: id, Member: by.ID, Role: string(by.Role), Verifier: boxes[verifierField], Redirect: redirect,
		UpdatedAt: r.UpdatedAt, ExpiresAt: v.now().Add(authorizationTime),
	}
	to, err := k.authorizationURL(fields, redirect, state, verifier)
	if err != nil {
		return "", time.Time{}, err
	}
	return to, p.ExpiresAt, v.Store.Begin(ctx, hashState(state), p)
}

// hashState is what is stored of a state: whoever reads the table cannot use it.
func hashState(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:])
}

func (k *Kind) authorizationURL(fields map[string]string, redirect, state, verifier string) (string, error) {
	u, err := url.Parse(FillURL(k.OAuth2.AuthURL, fields))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return "", refuse("body.fields.authUrl", "The credential's authorization address is no URL; mend it first.")
	}
	q := u.Query()
	extra, _ := url.ParseQuery(Fill(k.OAuth2.AuthQuery, fields))
	for name, values := range extra {
		q[name] = values
	}
	q.Set("response_type", "code")
	q.Set("client_id", fields["clientId"])
	q.Set("redirect_uri", redirect)
	q.Set("state", state)
	if scope := k.OAuth2.ScopeOf(fields); scope != "" {
		q.Set("scope", scope)
	}
	if !k.OAuth2.NoPKCE {
		sum := sha256.Sum256([]byte(verifier))
		q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		q.Set("code_challenge_method", "S256")
	}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String(), nil
}

// Return is how a member comes back from the service.
type Return struct {
	State, Code string
	Error       string // the service's, if it refused
}

// Connect ends an authorization: the code is exchanged for a token, which is
// sealed. It returns the credential that is connected now.
func (o *Opener) Connect(ctx context.Context, a Authorizations, back Return) (Record, Pending, error) {
	t, _, ok := strings.Cut(back.State, ".")
	if !ok || t == "" {
		return Record{}, Pending{}, fault.New(fault.NotFound, fault.CodeNotFound, "The authorization is unknown; begin it again.")
	}
	p, err := a.Finish(ctx, ident.Tenant(t), hashState(back.State), o.Clock.Now())
	if err != nil {
		return Record{}, Pending{}, err
	}
	r, err := o.Store.Credential(ctx, p.Tenant, p.Credential)
	if err != nil {
		return Record{}, p, err
	}
	switch {
	case back.Error != "":
		return r, p, fault.New(fault.Invalid, fault.CodeValidation, "The service refused the authorization: %s.", cut(back.Error))
	case back.Code == "":
		return r, p, fault.New(fault.Invalid, fault.CodeValidation, "The service sent no code; begin the authorization again.")
	case !r.UpdatedAt.Equal(p.UpdatedAt):
		return r, p, fault.New(fault.Conflict, fault.CodeConflict, "The credential was changed meanwhile; begin the authorization again.")
	}
	return r, p, o.exchange(ctx, r, p, back.Code)
}

// exchange trades the code for a token, and keeps it.
func (o *Opener) exchange(ctx context.Context, r Record, p Pending, code string) error {
	k := o.Types.Get(r.Type)
	if k == nil {
		return missing(r.Type, refOf(r))
	}
	texts, err := o.Unsealer.Unseal(ctx, r.Owner(), map[string]Box{verifierField: p.Verifier})
	if err != nil {
		return err
	}
	secrets, err := o.Unsealer.Unseal(ctx, r.Owner(), r.Secrets)
	if err != nil {
		return err
	}
	for name, v := range r.Values {
		secrets[name] = v
	}
	fields := k.Complete(secrets)
	c := TokenCall{URL: FillURL(k.OAuth2.TokenURL, fields), Form: map[string]string{
		"grant_type": "authorization_code", "code": code, "redirect_uri": p.Redirect,
	}}
	if !k.OAuth2.NoPKCE {
		c.Form["code_verifier"] = texts[verifierField]
	}
	k.authenticate(&c, fields)
	data, err := o.call(ctx, c)
	if err != nil {
		return err
	}
	if k.tokenIn(data) == "" {
		return fault.New(fault.Invalid, fault.CodeUpstream, "The service's answer has no access token.")
	}
	return o.connect(ctx, k, r, data)
}

// connect writes the first token: it waits for a renewal of the one before, and
// wins over it.
func (o *Opener) connect(ctx context.Context, k *Kind, r Record, data map[string]any) error {
	holder, deadline := ident.Token(), o.Clock.Now().Add(waitTime)
	for {
		got, err := o.Store.TakeLease(ctx, r.Owner(), r.Token.Version, Lease{Holder: holder, Until: o.Clock.Now().Add(leaseTime)})
		if err != nil {
			return err
		}
		if got {
			_, err := o.store(ctx, k, r, holder, data)
			return err
		}
		if !o.Clock.Now().Before(deadline) {
			return fault.New(fault.Conflict, fault.CodeConflict, "The credential's token is being renewed; begin the authorization again.")
		}
		if err := clock.Sleep(ctx, o.Clock, waitStep); err != nil {
			return err
		}
		if r, err = o.Store.Credential(ctx, r.Tenant, r.ID); err != nil {
			return err
		}
	}
}

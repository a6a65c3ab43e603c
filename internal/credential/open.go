package credential

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Opener opens credentials for nodes. What it opened is kept for some seconds:
// a change of a credential reaches every node within cacheTime.
type Opener struct {
	Store    Tokens
	Sealer   Sealer
	Unsealer Unsealer
	Endpoint Endpoint
	Types    *Registry
	Clock    clock.Clock
	Log      *slog.Logger
	// NoTokens leaves the tokens of OAuth2 out, for a function that only needs what
	// the owner entered, and that calls nobody.
	NoTokens bool

	mu     sync.Mutex
	opened map[cacheKey]entry
}

const (
	cacheTime = 30 * time.Second
	// maxCached bounds what one function keeps in memory.
	maxCached = 1000
	// skew is how long before its end a token is renewed.
	skew = time.Minute
)

type cacheKey struct {
	tenant   ident.Tenant
	typ      string
	id, name string
}

type entry struct {
	fields map[string]string
	until  time.Time
}

// Open returns the fields of the credential that a node refers to, by its id or by
// type and name: with the type's defaults, the domains that may get it, and a
// token that is good for a while yet. It implements node.CredentialSource.
func (o *Opener) Open(ctx context.Context, tenant, typ string, ref workflow.CredentialRef) (map[string]string, error) {
	k := cacheKey{ident.Tenant(tenant), typ, ref.ID, ref.Name}
	if fields, ok := o.cached(k); ok {
		return fields, nil
	}
	r, err := o.find(ctx, k.tenant, typ, ref)
	if err != nil {
		return nil, err
	}
	fields, until, err := o.fields(ctx, r, "")
	if err != nil {
		return nil, err
	}
	o.keep(k, fields, until)
	o.touch(ctx, r)
	return maps.Clone(fields), nil
}

// Renew returns the fields with another token than old has: one that was renewed
// meanwhile, or a new one. It implements node.CredentialRenewer.
func (o *Opener) Renew(ctx context.Context, tenant, typ string, ref workflow.CredentialRef, old map[string]string) (map[string]string, error) {
	k := cacheKey{ident.Tenant(tenant), typ, ref.ID, ref.Name}
	r, err := o.find(ctx, k.tenant, typ, ref)
	if err != nil {
		return nil, err
	}
	fields, until, err := o.fields(ctx, r, old[FieldToken])
	if err != nil {
		return nil, err
	}
	o.keep(k, fields, until)
	return maps.Clone(fields), nil
}

func (o *Opener) cached(k cacheKey) (map[string]string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.opened[k]
	if !ok || !o.Clock.Now().Before(e.until) {
		return nil, false
	}
	return maps.Clone(e.fields), true
}

func (o *Opener) keep(k cacheKey, fields map[string]string, until time.Time) {
	now := o.Clock.Now()
	if latest := now.Add(cacheTime); until.IsZero() || until.After(latest) {
		until = latest
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.opened == nil || len(o.opened) >= maxCached {
		o.opened = map[cacheKey]entry{}
	}
	o.opened[k] = entry{fields, until}
}

// touch notes the use. A use that could not be noted is no reason to fail.
func (o *Opener) touch(ctx context.Context, r Record) {
	if now := o.Clock.Now(); now.Sub(r.LastUsed) >= time.Minute {
		if err := o.Store.TouchCredential(ctx, r.Owner(), now); err != nil {
			o.Log.Warn("the use of a credential could not be noted", "tenantId", string(r.Tenant), "credentialId", string(r.ID), "error", err)
		}
	}
}

// find finds the credential that a node refers to.
func (o *Opener) find(ctx context.Context, t ident.Tenant, typ string, ref workflow.CredentialRef) (Record, error) {
	if t == "" {
		return Record{}, fault.New(fault.Internal, fault.CodeInternal, "A credential was asked for without a tenant.")
	}
	r, ok, err := find(ctx, o.Store, t, typ, ref)
	if err == nil && !ok {
		err = missing(typ, ref)
	}
	return r, err
}

// Has reports whether a reference leads to a credential of the tenant.
func Has(ctx context.Context, s Reader, t ident.Tenant, typ string, ref workflow.CredentialRef) (bool, error) {
	_, ok, err := find(ctx, s, t, typ, ref)
	return ok, err
}

// find finds a credential by id, or else by type and name: n8n's exports have ids
// of their own. A credential of another type is none.
func find(ctx context.Context, s Reader, t ident.Tenant, typ string, ref workflow.CredentialRef) (Record, bool, error) {
	if ident.Valid(ident.PrefixCredential, ref.ID) {
		r, err := s.Credential(ctx, t, ident.Credential(ref.ID))
		if err == nil && r.Type == typ {
			return r, true, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return Record{}, false, err
		}
	}
	name := strings.TrimSpace(ref.Name)
	if name == "" {
		return Record{}, false, nil
	}
	r, err := s.CredentialNamed(ctx, t, typ, name)
	if fault.Is(err, fault.NotFound) {
		return Record{}, false, nil
	}
	return r, err == nil, err
}

func refOf(r Record) workflow.CredentialRef {
	return workflow.CredentialRef{ID: string(r.ID), Name: r.Name}
}

// missing says which credential is absent, and what to do.
func missing(typ string, ref workflow.CredentialRef) error {
	what := "credential \"" + ref.Name + "\""
	if ref.Name == "" {
		what = "credential " + ref.ID
	}
	return fault.New(fault.Invalid, fault.CodeCredentialMissing,
		"There is no %s of the type %s. Make it under that name, or choose another one in the node; then resume the run.", what, typ)
}

// fields opens a record. With refused set the token must be another one. Until is
// when the token has to be looked at again; zero: not for its sake.
func (o *Opener) fields(ctx context.Context, r Record, refused string) (fields map[string]string, until time.Time, err error) {
	k := o.Types.Get(r.Type)
	secrets, err := o.Unsealer.Unseal(ctx, r.Owner(), r.Secrets)
	if err != nil {
		return nil, time.Time{}, err
	}
	fields = maps.Clone(r.Values)
	if fields == nil {
		fields = map[string]string{}
	}
	maps.Copy(fields, secrets)
	if k == nil { // a type that was taken out
		return fields, time.Time{}, nil
	}
	fields = k.Complete(fields)
	if o.NoTokens {
		delete(fields, FieldTokenData)
	} else if k.HasToken() {
		t, err := o.token(ctx, k, r, fields, refused)
		if err != nil {
			return nil, time.Time{}, err
		}
		until = t.expires
		if !until.IsZero() {
			until = until.Add(-skew)
		}
		t.addTo(k, fields)
	}
	domains := r.Domains
	if len(domains) == 0 {
		domains = k.DomainsOf(fields)
	}
	fields[FieldDomains] = strings.Join(domains, ",")
	return fields, until, nil
}

// access is an opened token.
type access struct {
	data    map[string]any // the endpoint's answer
	expires time.Time
}

// hiddenMembers are members of a token endpoint's answer that nodes must not see.
var hiddenMembers = map[string]bool{"access_token": true, "refresh_token": true, "id_token": true}

// addTo puts the token into the fields: the token itself, and what else the
// service said (the address of an instance, a team) as oauthTokenData.<name>.
func (a access) addTo(k *Kind, fields map[string]string) {
	delete(fields, FieldTokenData)
	fields[FieldToken] = k.tokenIn(a.data)
	for name, v := range a.data {
		if s, ok := v.(string); ok && !hiddenMembers[name] {
			fields[FieldTokenData+"."+name] = s
		}
	}
}

// tokenIn is the access token in a token endpoint's answer.
func (k *Kind) tokenIn(data map[string]any) string {
	for _, path := range []string{k.OAuth2.TokenPath, "access_token"} {
		var v any = data
		for _, step := range strings.Split(path, ".") {
			m, _ := v.(map[string]any)
			v = m[step]
		}
		if s, ok := v.(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func decodeAnswer(text string) map[string]any {
	var data map[string]any
	_ = json.Unmarshal([]byte(text), &data) // what is no object has no token
	return data
}

package credential

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// One function at a time renews a token: it takes the lease of the credential's
// item by a conditional write, calls the token endpoint, and writes the new token
// and the end of the lease in one update. The others read the item until the
// token's version has risen, and take what they find.
//
// What happens when a renewal dies on the way:
//   - before the endpoint was called: the lease ends after leaseTime, and the next
//     one renews.
//   - after the endpoint answered, before the token was written: a service that
//     keeps refresh tokens gives another token the next time. One that gives each
//     refresh token once (rotation) mostly accepts the old one for some seconds or
//     minutes more; if it does not, the credential must be connected again, and
//     every run says so (CREDENTIAL_EXPIRED) without asking the service again.
//   - the answer of the write was lost: the write is repeated, and finds itself.
//   - the answer of the endpoint was lost: it is called once more with the same
//     refresh token, at once, while the service still accepts it.
const (
	leaseTime = 40 * time.Second // longer than the calls that it covers
	callTime  = 15 * time.Second // of one call of a token endpoint
	waitTime  = 45 * time.Second // how long others wait for a new token
	waitStep  = 150 * time.Millisecond
	saveTries = 4
	loginTime = 5 * time.Minute // of tokens whose service does not say how long they hold
)

// token returns a token that is good for a while; refused is one that the service
// has refused.
func (o *Opener) token(ctx context.Context, k *Kind, r Record, fields map[string]string, refused string) (access, error) {
	deadline := o.Clock.Now().Add(waitTime)
	for {
		a, ok, err := o.current(ctx, k, r, refused)
		if err != nil || ok {
			return a, err
		}
		holder := ident.Token()
		got, err := o.Store.TakeLease(ctx, r.Owner(), r.Token.Version, Lease{Holder: holder, Until: o.Clock.Now().Add(leaseTime)})
		if err != nil {
			return access{}, err
		}
		if got {
			return o.renew(ctx, k, r, fields, holder)
		}
		if !o.Clock.Now().Before(deadline) {
			return access{}, fault.New(fault.Unavailable, fault.CodeUnavailable, "The token of the credential %q is being renewed, and that takes too long; try again.", r.Name)
		}
		if err := clock.Sleep(ctx, o.Clock, waitStep+time.Duration(ident.Fraction()*float64(waitStep))); err != nil {
			return access{}, err
		}
		if r, err = o.Store.Credential(ctx, r.Tenant, r.ID); err != nil {
			return access{}, err
		}
	}
}

// current is the token that is stored, if it is still good.
func (o *Opener) current(ctx context.Context, k *Kind, r Record, refused string) (access, bool, error) {
	if r.Token.Failed != "" {
		return access{}, false, expired(r, r.Token.Failed)
	}
	if !r.Token.Given() {
		return access{}, false, nil
	}
	if !r.Token.ExpiresAt.IsZero() && !o.Clock.Now().Add(skew).Before(r.Token.ExpiresAt) {
		return access{}, false, nil
	}
	a, err := o.unsealToken(ctx, r)
	if err != nil {
		return access{}, false, err
	}
	return a, k.tokenIn(a.data) != "" && (refused == "" || k.tokenIn(a.data) != refused), nil
}

func (o *Opener) unsealToken(ctx context.Context, r Record) (access, error) {
	if !r.Token.Given() {
		return access{}, nil
	}
	texts, err := o.Unsealer.Unseal(ctx, r.Owner(), map[string]Box{FieldTokenData: r.Token.Box})
	if err != nil {
		return access{}, err
	}
	return access{decodeAnswer(texts[FieldTokenData]), r.Token.ExpiresAt}, nil
}

func expired(r Record, why string) error {
	return fault.New(fault.Invalid, fault.CodeCredentialExpired,
		"The credential %q (%s) must be connected again: %s Open its authorization, then resume the run.", r.Name, r.Type, why)
}

// renew gets a new token while the lease is held. The caller's own end must not
// lose what the service gives, so it goes on without it.
func (o *Opener) renew(ctx context.Context, k *Kind, r Record, fields map[string]string, holder string) (access, error) {
	ctx = context.WithoutCancel(ctx)
	old, err := o.unsealToken(ctx, r)
	if err != nil {
		return access{}, o.giveBack(ctx, r, holder, err)
	}
	data, err := o.grant(ctx, k, r, fields, old.data)
	if err != nil {
		return access{}, o.giveBack(ctx, r, holder, err)
	}
	for name, v := range old.data { // what is said once only: a refresh token, an instance
		if _, again := data[name]; !again && k.Grant(fields) == AuthorizationCode && name != "expires_in" {
			data[name] = v
		}
	}
	o.Log.Info("the token of a credential was renewed", "event", "credential.renewed",
		"tenantId", string(r.Tenant), "credentialId", string(r.ID), "credentialType", r.Type)
	a, err := o.store(ctx, k, r, holder, data)
	if err != nil { // it is good all the same, for this run
		o.Log.Error("a renewed token could not be kept", "event", "credential.renewal.lost",
			"tenantId", string(r.Tenant), "credentialId", string(r.ID), "error", err)
	}
	return a, nil
}

// giveBack ends the lease after a failure. That a refresh token is refused is
// kept, so that no other run asks the service again.
func (o *Opener) giveBack(ctx context.Context, r Record, holder string, err error) error {
	f := fault.Of(err)
	if f.Code != fault.CodeCredentialExpired {
		o.endLease(ctx, r, holder)
		return err
	}
	var said refusal
	if k := o.Types.Get(r.Type); !r.Token.Given() || k.Grant(k.Complete(r.Values)) != AuthorizationCode || errors.As(err, &said) && said.client() {
		o.endLease(ctx, r, holder)
		return expired(r, f.Message)
	}
	t := r.Token
	t.Version++
	t.Failed = f.Message
	kept, lost := o.Store.SaveToken(ctx, r.Owner(), holder, t)
	if lost == nil && !kept { // another one renewed it meanwhile, with the same refresh token
		return fault.New(fault.Unavailable, fault.CodeUnavailable, "The token of the credential %q was renewed by another run meanwhile; try again.", r.Name)
	}
	return expired(r, f.Message)
}

func (o *Opener) endLease(ctx context.Context, r Record, holder string) {
	if err := o.Store.EndLease(ctx, r.Owner(), holder); err != nil {
		o.Log.Warn("the lease of a credential ends by itself", "credentialId", string(r.ID), "error", err)
	}
}

// store seals and writes a new token. It is written several times if need be: a
// refresh token that is lost here may be the only one.
func (o *Opener) store(ctx context.Context, k *Kind, r Record, holder string, data map[string]any) (access, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return access{}, err
	}
	now := o.Clock.Now().UTC()
	t := Token{Version: r.Token.Version + 1, GotAt: now, ExpiresAt: expiry(k, data, now)}
	var ok bool
	for range saveTries {
		boxes, failed := o.Sealer.Seal(ctx, r.Owner(), map[string]string{FieldTokenData: string(text)})
		if err = failed; err != nil {
			continue
		}
		t.Box = boxes[FieldTokenData]
		if ok, err = o.Store.SaveToken(ctx, r.Owner(), holder, t); err == nil {
			break
		}
	}
	if err == nil && !ok {
		err = fault.New(fault.Conflict, fault.CodeConflict, "The credential was changed while its token was renewed; begin again.")
	}
	return access{data, t.ExpiresAt}, err
}

// expiry is when a token ends by what the endpoint said; zero if it said nothing.
func expiry(k *Kind, data map[string]any, now time.Time) time.Time {
	if seconds, ok := data["expires_in"].(float64); ok && seconds > 0 {
		return now.Add(time.Duration(seconds) * time.Second)
	}
	if k.OAuth2.Grant == Login {
		return now.Add(loginTime + skew)
	}
	return time.Time{}
}

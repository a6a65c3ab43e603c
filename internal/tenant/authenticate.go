package tenant

import (
	"context"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// touchEvery is how often a key's last use is written.
const touchEvery = time.Minute

// Identity is a verified credential: who calls, for which tenant, as what.
type Identity struct {
	Actor
	Tenant ident.Tenant // "" only for operators
	Plan   PlanName     // "" only for operators
	Scopes []Scope      // empty: all that the role may do
	// RequestsPerMinute is what an API key may send; 0 is without limit.
	RequestsPerMinute int64
}

// Authenticate verifies the text of an API key. Its answers are at most 5 s old:
// a key that was deleted is refused from then on. Anything but a good key of a
// tenant that is not suspended is an error.
func (d *Directory) Authenticate(ctx context.Context, text string) (Identity, error) {
	id, secret, ok := splitKey(text)
	if !ok {
		return Identity{}, errUnauthenticated()
	}
	k, err := d.keys.get(ctx, id, func(ctx context.Context) (Key, error) { return d.Store.Key(ctx, id) })
	if fault.Is(err, fault.NotFound) {
		return Identity{}, errUnauthenticated()
	}
	if err != nil {
		return Identity{}, err
	}
	now := d.Clock.Now()
	if !k.accepts(secret, now) {
		return Identity{}, errUnauthenticated()
	}
	who, err := d.identity(ctx, Actor{string(k.ID), k.Role}, k.Tenant)
	if err != nil {
		return Identity{}, err
	}
	who.Scopes = slices.Clone(k.Scopes)
	if who.RequestsPerMinute, err = d.rate(ctx, k); err != nil {
		return Identity{}, err
	}
	d.touch(ctx, k, now)
	return who, nil
}

// IdentityOf is the identity of a member whose token was verified elsewhere.
func (d *Directory) IdentityOf(ctx context.Context, m Member) (Identity, error) {
	return d.identity(ctx, Actor{string(m.ID), m.Role}, m.Tenant)
}

// identity checks the tenant of a credential. A credential without a tenant is
// an operator's, and only an operator's.
func (d *Directory) identity(ctx context.Context, a Actor, t ident.Tenant) (Identity, error) {
	if (t == "") != (a.Role == Operator) {
		return Identity{}, errUnauthenticated()
	}
	if t == "" {
		return Identity{Actor: a}, nil
	}
	tn, err := d.Tenant(ctx, t)
	if fault.Is(err, fault.NotFound) {
		return Identity{}, errUnauthenticated()
	}
	if err != nil {
		return Identity{}, err
	}
	if tn.Suspended {
		return Identity{}, fault.New(fault.Forbidden, fault.CodeForbidden, "The tenant is suspended; ask the platform's operator.")
	}
	return Identity{Actor: a, Tenant: t, Plan: tn.Plan}, nil
}

// rate is how many requests a minute a key may send now.
func (d *Directory) rate(ctx context.Context, k Key) (int64, error) {
	if k.Tenant == "" {
		return k.RequestsPerMinute, nil
	}
	_, limits, err := d.Limits(ctx, k.Tenant)
	return k.rate(limits), err
}

// touch notes the use of a key. A failure is no reason to refuse the call.
func (d *Directory) touch(ctx context.Context, k Key, now time.Time) {
	if last, ok := d.touched.Get(k.ID); ok && now.Sub(last) < touchEvery {
		return
	}
	d.touched.Add(k.ID, now)
	if d.Store.TouchKey(ctx, k.Tenant, k.ID, now) != nil {
		d.touched.Remove(k.ID)
	}
}

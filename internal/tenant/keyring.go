package tenant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Keys lists a tenant's API keys; the tenant "" lists the operators'.
func (d *Directory) Keys(ctx context.Context, t ident.Tenant) ([]Key, error) {
	return d.Store.Keys(ctx, t)
}

// NewKey is what is asked for with a new key.
type NewKey struct {
	Name      string
	Role      Role
	Scopes    []Scope
	ExpiresAt time.Time // zero: never
	// RequestsPerMinute is at most the plan's; 0: as the plan has it.
	RequestsPerMinute int64
}

// CreateKey makes an API key; its text is shown once and cannot be read again.
func (d *Directory) CreateKey(ctx context.Context, by Actor, t ident.Tenant, n NewKey) (Key, string, error) {
	if err := checkRole(t, n.Role); err != nil {
		return Key{}, "", err
	}
	n.Name = strings.TrimSpace(n.Name)
	if n.Name == "" || len(n.Name) > maxName {
		return Key{}, "", invalid("body.name", "must have 1 to 200 bytes")
	}
	for _, s := range n.Scopes {
		if !slices.Contains(Scopes(), s) {
			return Key{}, "", invalid("body.scopes", "must be of "+scopeNames())
		}
	}
	now := d.Clock.Now().UTC()
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		return Key{}, "", invalid("body.expiresAt", "must lie ahead")
	}
	if err := d.checkRate(ctx, t, n.RequestsPerMinute); err != nil {
		return Key{}, "", err
	}
	k, text := newKey(Key{
		Tenant: t, Name: n.Name, Role: n.Role, Scopes: n.Scopes, CreatedBy: by.ID, ExpiresAt: n.ExpiresAt.UTC(),
		RequestsPerMinute: n.RequestsPerMinute,
	}, now)
	if n.ExpiresAt.IsZero() {
		k.ExpiresAt = time.Time{}
	}
	return k, text, d.Store.CreateKey(ctx, k, d.audit(by, t, "key.created", string(k.ID), nil, k))
}

// checkRate refuses a key's limit that would do nothing, because the plan's is lower.
func (d *Directory) checkRate(ctx context.Context, t ident.Tenant, perMinute int64) error {
	if perMinute < 0 {
		return invalid("body.requestsPerMinute", "must be 1 or more, or left out to have the plan's")
	}
	if t == "" || perMinute == 0 {
		return nil
	}
	_, limits, err := d.Limits(ctx, t)
	if err == nil && limits.RequestsPerMinute >= 0 && perMinute > limits.RequestsPerMinute {
		return invalid("body.requestsPerMinute", fmt.Sprintf("must be at most %d, which the plan allows each key", limits.RequestsPerMinute))
	}
	return err
}

// LimitKey sets how many requests a minute a key may send; 0 is as the plan has
// it. It holds within 10 s, as DeleteKey does.
func (d *Directory) LimitKey(ctx context.Context, by Actor, t ident.Tenant, id ident.Key, perMinute int64) (Key, error) {
	if err := d.checkRate(ctx, t, perMinute); err != nil {
		return Key{}, err
	}
	for range 3 { // another change of it may come between
		k, err := d.Store.Key(ctx, id)
		if err == nil && k.Tenant != t {
			err = fault.New(fault.NotFound, fault.CodeNotFound, "There is no key %s.", id)
		}
		if err != nil || k.RequestsPerMinute == perMinute {
			return k, err
		}
		old := map[string]any{"requestsPerMinute": k.RequestsPerMinute}
		k.RequestsPerMinute = perMinute
		err = d.Store.UpdateKey(ctx, k, d.audit(by, t, "key.changed", string(id), old, map[string]any{"requestsPerMinute": perMinute}))
		if !fault.Is(err, fault.Conflict) {
			d.keys.drop(id)
			return k, err
		}
	}
	return Key{}, fault.New(fault.Unavailable, fault.CodeUnavailable, "The key is being changed by others; try again.")
}

// DeleteKey ends a key; it is refused everywhere within 10 s (its answers are
// cached for 5 s here and for 5 s at the gateway).
func (d *Directory) DeleteKey(ctx context.Context, by Actor, t ident.Tenant, id ident.Key) error {
	err := d.Store.DeleteKey(ctx, t, id, d.audit(by, t, "key.deleted", string(id), map[string]any{"id": id}, nil))
	d.keys.drop(id)
	return err
}

func scopeNames() string {
	names := make([]string, 0, len(Scopes()))
	for _, s := range Scopes() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

package tenant

import (
	"context"
	"slices"
	"strings"
	"time"

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
	k, text := newKey(Key{
		Tenant: t, Name: n.Name, Role: n.Role, Scopes: n.Scopes, CreatedBy: by.ID, ExpiresAt: n.ExpiresAt.UTC(),
	}, now)
	if n.ExpiresAt.IsZero() {
		k.ExpiresAt = time.Time{}
	}
	return k, text, d.Store.CreateKey(ctx, k, d.audit(by, t, "key.created", string(k.ID), nil, k))
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

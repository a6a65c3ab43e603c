package catalog

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// unwanted are the registrations of a tenant's hooks that are not among the ones that stay.
func (c *Catalog) unwanted(t ident.Tenant, hooks, stay []trigger.Hook) []trigger.Want {
	var out []trigger.Want
	for _, h := range hooks {
		stays := slices.ContainsFunc(stay, func(s trigger.Hook) bool { return s.Registers && s.Path == h.Path })
		if h.Registers && !stays {
			out = append(out, h.Unwanted(t, c.now()))
		}
	}
	return out
}

// callRegistrar has the changed registrations looked at. A call that is lost does
// no harm: they are due within a minute.
func (c *Catalog) callRegistrar(ctx context.Context, s Saving) {
	if c.Registrar == nil || len(s.Wants) == 0 {
		return
	}
	refs := make([]trigger.RegistrationRef, len(s.Wants))
	for i, w := range s.Wants {
		refs[i] = trigger.RegistrationRef{Tenant: s.Head.Tenant, ID: w.ID}
	}
	_ = c.Registrar.Register(ctx, refs)
}

// ListRegistrations lists what a tenant's triggers have registered at services.
func (c *Catalog) ListRegistrations(ctx context.Context, t ident.Tenant) ([]trigger.Registration, error) {
	if c.Registrations == nil {
		return nil, nil
	}
	return c.Registrations.Registrations(ctx, t)
}

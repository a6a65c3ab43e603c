package httpapi

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// The members of an authorizer's context that say why a credential was refused.
// An HTTP API cannot shape the answer of a refusal, so the authorizer lets the
// request through without an identity, and the API answers with a problem.
const (
	ClaimError  = "error"
	ClaimDetail = "detail"
)

// Refusal is the authorizer's context for a refused credential.
func Refusal(err error) map[string]any {
	f := fault.Of(err)
	return map[string]any{ClaimError: f.Kind.String(), ClaimDetail: f.Message}
}

// WithCaller puts what the authorizer said into the context of a request: an
// identity, or why there is none.
func WithCaller(ctx context.Context, claims map[string]any) context.Context {
	if kind, ok := claims[ClaimError].(string); ok {
		detail, _ := claims[ClaimDetail].(string)
		if kind == fault.Forbidden.String() {
			return WithRefusal(ctx, fault.New(fault.Forbidden, fault.CodeForbidden, "%s", detail))
		}
		return WithRefusal(ctx, fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "%s", detail))
	}
	if who, ok := tenant.IdentityOf(claims); ok {
		return tenant.WithIdentity(ctx, who)
	}
	return ctx
}

// note records what the caller did to something of a tenant; after says what came
// of it.
func (a *API) note(ctx context.Context, t ident.Tenant, action, target string, after any) error {
	return a.Audit.Note(ctx, tenant.NewAudit(a.Clock.Now().UTC(), tenant.Audit{Tenant: t, Actor: caller(ctx).Actor, Action: action, Target: target}, nil, after))
}

package tenant

import (
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// The names of an identity's parts in an authorizer's context. API Gateway passes
// texts only.
const (
	claimTenant = "tenant"
	claimRole   = "role"
	claimActor  = "actor"
	claimPlan   = "plan"
	claimScopes = "scopes"
	claimRate   = "rate"
)

// Claims writes the identity as an authorizer's context.
func (i Identity) Claims() map[string]any {
	scopes := make([]string, len(i.Scopes))
	for n, s := range i.Scopes {
		scopes[n] = string(s)
	}
	return map[string]any{
		claimTenant: string(i.Tenant), claimRole: string(i.Role), claimActor: i.ID, claimPlan: string(i.Plan),
		claimScopes: strings.Join(scopes, " "), claimRate: strconv.FormatInt(i.RequestsPerMinute, 10),
	}
}

// IdentityOf reads what Claims wrote; false if it is no identity.
func IdentityOf(claims map[string]any) (Identity, bool) {
	text := func(name string) string {
		s, _ := claims[name].(string)
		return s
	}
	i := Identity{
		Actor: Actor{text(claimActor), Role(text(claimRole))}, Tenant: ident.Tenant(text(claimTenant)), Plan: PlanName(text(claimPlan)),
	}
	for _, s := range strings.Fields(text(claimScopes)) {
		i.Scopes = append(i.Scopes, Scope(s))
	}
	i.RequestsPerMinute, _ = strconv.ParseInt(text(claimRate), 10, 64) // none: without limit
	return i, i.valid()
}

// valid holds that a tenant's credential has a tenant, and an operator's none.
func (i Identity) valid() bool {
	if i.ID == "" || i.Role == "" {
		return false
	}
	return (i.Tenant == "") == (i.Role == Operator)
}

package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Account is the caller's tenant, with what it may use now.
type Account struct {
	ID        ident.Tenant    `json:"id"`
	Name      string          `json:"name"`
	Plan      tenant.PlanName `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	Timezone  string          `json:"timezone"`
	Limits    tenant.Limits   `json:"limits" doc:"-1 is unlimited."`
	Role      tenant.Role     `json:"role" enum:"viewer,editor,owner" doc:"The caller's."`
	CreatedAt Stamp           `json:"createdAt"`
}

// Caller is whose credential it is: the first thing that a client of people asks.
type Caller struct {
	Role    tenant.Role `json:"role" enum:"viewer,editor,owner,operator"`
	Account *Account    `json:"account,omitempty" doc:"The caller's tenant; an operator belongs to none."`
}

func accountRoutes(a *API) {
	callerRoute(a)
	type output struct{ Body Account }
	add(a, route{
		id: "getAccount", method: http.MethodGet, path: "/api/account", summary: "The caller's tenant and its limits", tag: "account",
		role: tenant.Viewer, scope: tenant.ReadAccount,
	}, func(ctx context.Context, _ *empty) (*output, error) {
		account, err := a.account(ctx)
		return &output{account}, err
	})
}

// callerRoute answers members and operators alike, so that nobody has to try which
// routes refuse a credential.
func callerRoute(a *API) {
	type output struct{ Body Caller }
	add(a, route{
		id: "getCaller", method: http.MethodGet, path: "/api/caller", summary: "The caller's role, and tenant if there is one", tag: "account",
		role: tenant.Viewer, operators: true, scope: tenant.ReadAccount,
	}, func(ctx context.Context, _ *empty) (*output, error) {
		if role := caller(ctx).Role; role == tenant.Operator {
			return &output{Caller{Role: role}}, nil
		}
		account, err := a.account(ctx)
		return &output{Caller{Role: account.Role, Account: &account}}, err
	})
}

// account is the caller's tenant.
func (a *API) account(ctx context.Context) (Account, error) {
	who := caller(ctx)
	t, limits, err := a.Directory.Limits(ctx, who.Tenant)
	return Account{t.ID, t.Name, t.Plan, t.Timezone, limits, who.Role, Stamp(t.CreatedAt)}, err
}

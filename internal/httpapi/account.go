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

func accountRoutes(a *API) {
	type output struct{ Body Account }
	add(a, route{
		id: "getAccount", method: http.MethodGet, path: "/api/account", summary: "The caller's tenant and its limits", tag: "account",
		role: tenant.Viewer, scope: tenant.ReadAccount,
	}, func(ctx context.Context, _ *empty) (*output, error) {
		who := caller(ctx)
		t, limits, err := a.Directory.Limits(ctx, who.Tenant)
		if err != nil {
			return nil, err
		}
		return &output{Account{t.ID, t.Name, t.Plan, t.Timezone, limits, who.Role, Stamp(t.CreatedAt)}}, nil
	})
}

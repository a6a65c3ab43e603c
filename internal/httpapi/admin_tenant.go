package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Tenant is a tenant as operators see it.
type Tenant struct {
	ID        ident.Tenant     `json:"id"`
	Name      string           `json:"name"`
	Plan      tenant.PlanName  `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	Suspended bool             `json:"suspended"`
	Timezone  string           `json:"timezone"`
	Overrides tenant.Overrides `json:"limits" doc:"What replaces the plan's limits for this tenant."`
	CreatedAt Stamp            `json:"createdAt"`
}

func tenantOf(t tenant.Tenant) Tenant {
	return Tenant{t.ID, t.Name, t.Plan, t.Suspended, t.Timezone, t.Overrides, Stamp(t.CreatedAt)}
}

// TenantRequest makes a tenant.
type TenantRequest struct {
	Name     string          `json:"name" minLength:"1" maxLength:"200"`
	Plan     tenant.PlanName `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	Timezone string          `json:"timezone,omitempty" doc:"IANA name." example:"Asia/Colombo"`
}

// NewTenant is a tenant with its owner's key, which is shown this once.
type NewTenant struct {
	Tenant
	APIKey string `json:"apiKey"`
}

// TenantChange changes a tenant; what is left out stays.
type TenantChange struct {
	Name      *string           `json:"name,omitempty"`
	Plan      *tenant.PlanName  `json:"plan,omitempty" enum:"FREE,PRO,ENTERPRISE"`
	Suspended *bool             `json:"suspended,omitempty"`
	Timezone  *string           `json:"timezone,omitempty"`
	Overrides *tenant.Overrides `json:"limits,omitempty" doc:"Replaces all overrides; {} takes them away."`
}

// TenantPath names a tenant in a route; it is exported because huma reads no parameters of others.
type TenantPath struct {
	ID ident.Tenant `path:"id" doc:"The tenant's id." maxLength:"60"`
}

const listTenants = "tenants"

func adminTenantRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator}
	type output struct{ Body Tenant }
	type newOutput struct{ Body NewTenant }
	add(a, admin.at("adminListTenants", http.MethodGet, "/api/admin/tenants", "List tenants, newest first").refuses(http.StatusNotFound),
		func(ctx context.Context, in *PageInput) (*ListOutput[Tenant], error) {
			page, err := in.paging("", listTenants)
			if err != nil {
				return nil, err
			}
			all, next, err := a.Directory.Tenants(ctx, page)
			if err != nil {
				return nil, err
			}
			items := make([]Tenant, len(all))
			for i, t := range all {
				items[i] = tenantOf(t)
			}
			return pageOf("", listTenants, items, next), nil
		})
	add(a, admin.at("adminCreateTenant", http.MethodPost, "/api/admin/tenants", "Make a tenant and its owner's key").gives(http.StatusCreated),
		func(ctx context.Context, in *struct{ Body TenantRequest }) (*newOutput, error) {
			t, key, err := a.Directory.CreateTenant(ctx, caller(ctx).Actor, tenant.NewTenant{
				Name: in.Body.Name, Plan: in.Body.Plan, Timezone: in.Body.Timezone,
			})
			if err != nil {
				return nil, err
			}
			if err := a.Tenants.MakeTenant(ctx, t.ID); err != nil { // its first run makes them
				a.Log.Warn("a new tenant's slots and counters were not made", "tenantId", string(t.ID), "error", err)
			}
			return &newOutput{NewTenant{tenantOf(t), key}}, nil
		})
	add(a, admin.at("adminGetTenant", http.MethodGet, "/api/admin/tenants/{id}", "Get a tenant").refuses(http.StatusNotFound),
		func(ctx context.Context, in *TenantPath) (*output, error) {
			t, err := a.Directory.Tenant(ctx, in.ID)
			return &output{tenantOf(t)}, err
		})
	add(a, admin.at("adminChangeTenant", http.MethodPut, "/api/admin/tenants/{id}", "Change plan, limits or suspension; holds within 5 s").
		refuses(http.StatusNotFound, http.StatusServiceUnavailable),
		func(ctx context.Context, in *struct {
			TenantPath
			Body TenantChange
		}) (*output, error) {
			b := in.Body
			t, err := a.Directory.ChangeTenant(ctx, caller(ctx).Actor, in.ID, tenant.Change{
				Name: b.Name, Plan: b.Plan, Suspended: b.Suspended, Timezone: b.Timezone, Overrides: b.Overrides,
			})
			if err != nil {
				return nil, err
			}
			a.Office.Raised(ctx, t.ID) // what waits may start now
			return &output{tenantOf(t)}, nil
		})
}

// Plan is a plan with its limits.
type Plan struct {
	Name tenant.PlanName `json:"name" enum:"FREE,PRO,ENTERPRISE"`
	tenant.Limits
}

// PlanPath names a plan in a route; it is exported because huma reads no parameters of others.
type PlanPath struct {
	Plan tenant.PlanName `path:"plan" enum:"FREE,PRO,ENTERPRISE"`
}

func adminPlanRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator, errors: []int{http.StatusNotFound}}
	type output struct{ Body Plan }
	get := func(ctx context.Context, p tenant.PlanName) (*output, error) {
		l, err := a.Directory.Plan(ctx, p)
		return &output{Plan{p, l}}, err
	}
	add(a, admin.at("adminListPlans", http.MethodGet, "/api/admin/plans", "List the plans, higher ones first"),
		func(ctx context.Context, _ *empty) (*ListOutput[Plan], error) {
			var items []Plan
			for _, name := range tenant.PlanNames() {
				p, err := get(ctx, name)
				if err != nil {
					return nil, err
				}
				items = append(items, p.Body)
			}
			return pageOf("", "plans", items, ""), nil
		})
	add(a, admin.at("adminGetPlan", http.MethodGet, "/api/admin/plans/{plan}", "Get a plan's limits"),
		func(ctx context.Context, in *PlanPath) (*output, error) { return get(ctx, in.Plan) })
	add(a, admin.at("adminPutPlan", http.MethodPut, "/api/admin/plans/{plan}", "Set a plan's limits; they hold within 5 s"),
		func(ctx context.Context, in *struct {
			PlanPath
			Body tenant.Overrides
		}) (*output, error) {
			now, err := a.Directory.Plan(ctx, in.Plan)
			if err != nil {
				return nil, err
			}
			if in.Body == (tenant.Overrides{}) {
				return nil, fault.New(fault.Invalid, fault.CodeValidation, "Name at least one limit.")
			}
			l := in.Body.Over(now)
			if err := a.Directory.PutPlan(ctx, caller(ctx).Actor, in.Plan, l); err != nil {
				return nil, err
			}
			a.Office.RaisedPlan(ctx, in.Plan) // what waits may start now
			return &output{Plan{in.Plan, l}}, nil
		})
}

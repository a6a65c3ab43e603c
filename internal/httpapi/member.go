package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Member is a person with a role in the tenant.
type Member struct {
	ID        ident.Member `json:"id"`
	Email     string       `json:"email"`
	Name      string       `json:"name"`
	Role      tenant.Role  `json:"role" enum:"viewer,editor,owner"`
	CreatedAt Stamp        `json:"createdAt"`
}

func memberOf(m tenant.Member) Member {
	return Member{m.ID, m.Email, m.Name, m.Role, Stamp(m.CreatedAt)}
}

// MemberRequest adds a person.
type MemberRequest struct {
	Email string      `json:"email" maxLength:"320"`
	Name  string      `json:"name,omitempty" maxLength:"200"`
	Role  tenant.Role `json:"role" enum:"viewer,editor,owner"`
}

// RoleRequest changes a member's role.
type RoleRequest struct {
	Role tenant.Role `json:"role" enum:"viewer,editor,owner"`
}

// MemberPath names a member in a route; it is exported because huma reads no parameters of others.
type MemberPath struct {
	ID ident.Member `path:"id" doc:"The member's id." maxLength:"60"`
}

const listMembers = "members"

func memberRoutes(a *API) {
	type output struct{ Body Member }
	read := route{tag: "members", role: tenant.Viewer, scope: tenant.ReadAccount}
	own := route{tag: "members", role: tenant.Owner, scope: tenant.WriteAccount, errors: []int{http.StatusConflict}}
	add(a, read.at("listMembers", http.MethodGet, "/api/members", "List the tenant's members"),
		func(ctx context.Context, _ *empty) (*ListOutput[Member], error) {
			t := caller(ctx).Tenant
			members, err := a.Directory.Members(ctx, t)
			if err != nil {
				return nil, err
			}
			items := make([]Member, len(members))
			for i, m := range members {
				items[i] = memberOf(m)
			}
			return pageOf(t, listMembers, items, ""), nil
		})
	add(a, own.at("addMember", http.MethodPost, "/api/members", "Give a person a role").gives(http.StatusCreated),
		func(ctx context.Context, in *struct{ Body MemberRequest }) (*output, error) {
			who := caller(ctx)
			m, err := a.Directory.AddMember(ctx, who.Actor, tenant.Member{
				Tenant: who.Tenant, Email: in.Body.Email, Name: in.Body.Name, Role: in.Body.Role,
			})
			return &output{memberOf(m)}, err
		})
	add(a, own.at("changeMember", http.MethodPut, "/api/members/{id}", "Give a member another role").refuses(http.StatusNotFound),
		func(ctx context.Context, in *struct {
			MemberPath
			Body RoleRequest
		}) (*output, error) {
			who := caller(ctx)
			m, err := a.Directory.ChangeMember(ctx, who.Actor, who.Tenant, in.ID, in.Body.Role)
			return &output{memberOf(m)}, err
		})
	add(a, own.at("removeMember", http.MethodDelete, "/api/members/{id}", "End a membership").refuses(http.StatusNotFound),
		func(ctx context.Context, in *MemberPath) (*empty, error) {
			who := caller(ctx)
			return nil, a.Directory.RemoveMember(ctx, who.Actor, who.Tenant, in.ID)
		})
}

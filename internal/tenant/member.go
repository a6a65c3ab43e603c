package tenant

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Member is one person's place in one tenant. People sign in with a token of the
// configured issuer and are recognised by their verified e-mail address.
type Member struct {
	ID        ident.Member `json:"id"`
	Tenant    ident.Tenant `json:"tenant"` // "" for operators
	Email     string       `json:"email"`  // lower case
	Name      string       `json:"name"`
	Role      Role         `json:"role"`
	CreatedAt time.Time    `json:"createdAt"`
}

// MemberOf finds the membership that a verified e-mail address has. A person of
// several tenants must name one; a tenant that is named must be among them.
func (d *Directory) MemberOf(ctx context.Context, email string, named ident.Tenant) (Member, error) {
	all, err := d.Store.Memberships(ctx, normalEmail(email))
	if err != nil {
		return Member{}, err
	}
	if named != "" {
		all = slices.DeleteFunc(all, func(m Member) bool { return m.Tenant != named })
	}
	if len(all) != 1 {
		return Member{}, errUnauthenticated()
	}
	return all[0], nil
}

// Members lists a tenant's members.
func (d *Directory) Members(ctx context.Context, t ident.Tenant) ([]Member, error) {
	return d.Store.Members(ctx, t)
}

// AddMember gives a person a role in a tenant.
func (d *Directory) AddMember(ctx context.Context, by Actor, m Member) (Member, error) {
	addr, err := mail.ParseAddress(m.Email)
	if err != nil || addr.Name != "" {
		return Member{}, invalid("body.email", "must be an e-mail address")
	}
	if err := checkRole(m.Tenant, m.Role); err != nil {
		return Member{}, err
	}
	m.Email = normalEmail(addr.Address)
	existing, err := d.Store.Memberships(ctx, m.Email)
	if err != nil {
		return Member{}, err
	}
	if slices.ContainsFunc(existing, func(o Member) bool { return o.Tenant == m.Tenant }) {
		return Member{}, fault.New(fault.Conflict, fault.CodeConflict, "%s is a member already.", m.Email)
	}
	now := d.Clock.Now().UTC()
	m.ID, m.CreatedAt = ident.Member(ident.New(ident.PrefixMember, now)), now
	return m, d.Store.CreateMember(ctx, m, d.audit(by, m.Tenant, "member.created", string(m.ID), nil, m))
}

// ChangeMember gives a member another role.
func (d *Directory) ChangeMember(ctx context.Context, by Actor, t ident.Tenant, id ident.Member, role Role) (Member, error) {
	if err := checkRole(t, role); err != nil {
		return Member{}, err
	}
	m, others, err := d.member(ctx, t, id)
	if err != nil {
		return Member{}, err
	}
	if err := keepsOwner(m, role, others); err != nil {
		return Member{}, err
	}
	before := m
	m.Role = role
	return m, d.Store.UpdateMember(ctx, m, d.audit(by, t, "member.changed", string(id), before, m))
}

// RemoveMember ends a membership.
func (d *Directory) RemoveMember(ctx context.Context, by Actor, t ident.Tenant, id ident.Member) error {
	m, others, err := d.member(ctx, t, id)
	if err != nil {
		return err
	}
	if err := keepsOwner(m, "", others); err != nil {
		return err
	}
	return d.Store.DeleteMember(ctx, m, d.audit(by, t, "member.deleted", string(id), m, nil))
}

func (d *Directory) member(ctx context.Context, t ident.Tenant, id ident.Member) (Member, []Member, error) {
	all, err := d.Store.Members(ctx, t)
	if err != nil {
		return Member{}, nil, err
	}
	for i, m := range all {
		if m.ID == id {
			return m, slices.Delete(all, i, i+1), nil
		}
	}
	return Member{}, nil, fault.New(fault.NotFound, fault.CodeNotFound, "There is no member %s.", id)
}

// keepsOwner refuses to take the role from the last owner among the members.
func keepsOwner(m Member, next Role, others []Member) error {
	if m.Role != Owner || next == Owner {
		return nil
	}
	if slices.ContainsFunc(others, func(o Member) bool { return o.Role == Owner }) {
		return nil
	}
	return fault.New(fault.Conflict, fault.CodeConflict, "This is the last owner; make another member owner first.")
}

func checkRole(t ident.Tenant, r Role) error {
	allowed := []Role{Viewer, Editor, Owner}
	if t == "" {
		allowed = []Role{Operator}
	}
	if !slices.Contains(allowed, r) {
		return invalid("body.role", "must be viewer, editor or owner")
	}
	return nil
}

func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func invalid(location, message string) error {
	e := fault.New(fault.Invalid, fault.CodeValidation, "%s %s.", strings.TrimPrefix(location, "body."), message)
	e.Fields = []fault.Field{{Location: location, Message: message}}
	return e
}

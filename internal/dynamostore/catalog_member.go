package dynamostore

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Members lists a tenant's members, in the order in which they were added.
func (c *Catalog) Members(ctx context.Context, t ident.Tenant) ([]tenant.Member, error) {
	docs, _, err := c.query(ctx, span{pk: tenantPK(t), prefix: memberPrefix})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeMember)
}

// Memberships lists the memberships of an e-mail address.
func (c *Catalog) Memberships(ctx context.Context, email string) ([]tenant.Member, error) {
	docs, _, err := c.query(ctx, span{pk: emailPK(email)})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeMember)
}

func decodeMember(d doc) (tenant.Member, error) {
	m := tenant.Member{}
	return m, d.decode(&m)
}

// CreateMember adds a member.
func (c *Catalog) CreateMember(ctx context.Context, m tenant.Member, a tenant.Audit) error {
	return c.commit(ctx, insert(membershipKey(m.Email, m.Tenant), m, nil), insert(memberKey(m.Tenant, m.ID), m, nil), auditWrite(a))
}

// UpdateMember replaces a member that exists.
func (c *Catalog) UpdateMember(ctx context.Context, m tenant.Member, a tenant.Audit) error {
	entry := overwrite(memberKey(m.Tenant, m.ID), m, nil)
	entry.cond, entry.lost = ifPresent, errOvertaken()
	return c.commit(ctx, entry, overwrite(membershipKey(m.Email, m.Tenant), m, nil), auditWrite(a))
}

// DeleteMember ends a membership.
func (c *Catalog) DeleteMember(ctx context.Context, m tenant.Member, a tenant.Audit) error {
	return c.commit(ctx, remove(memberKey(m.Tenant, m.ID), "member "+string(m.ID)), erase(membershipKey(m.Email, m.Tenant)), auditWrite(a))
}

// auditDoc is an audit record as it is stored.
type auditDoc struct {
	Tenant ident.Tenant    `json:"t,omitempty"`
	Actor  string          `json:"a"`
	Role   tenant.Role     `json:"r"`
	Action string          `json:"do"`
	Target string          `json:"on"`
	Before json.RawMessage `json:"b,omitempty"`
	After  json.RawMessage `json:"n,omitempty"`
}

func auditWrite(a tenant.Audit) write {
	d := auditDoc{a.Tenant, a.Actor.ID, a.Actor.Role, a.Action, a.Target, a.Before, a.After}
	return insert(auditKey(a.Tenant, a.ID), d, attrs{attrList: str(listAudits), attrListKey: str(a.ID)})
}

// Audits lists audit records, newest first.
func (c *Catalog) Audits(ctx context.Context, t ident.Tenant, p tenant.Paging) ([]tenant.Audit, string, error) {
	s := span{pk: auditPK(t), desc: true, limit: p.Limit, after: p.Cursor}
	if t == "" {
		s.pk, s.index = listAudits, true
	}
	docs, next, err := c.query(ctx, s)
	if err != nil {
		return nil, "", err
	}
	out, err := decodeAll(docs, decodeAudit)
	return out, next, err
}

func decodeAudit(d doc) (tenant.Audit, error) {
	var a auditDoc
	err := d.decode(&a)
	id := getStr(d.item, attrSK)
	return tenant.Audit{
		ID: id, At: ident.Time(id), Tenant: a.Tenant, Actor: tenant.Actor{ID: a.Actor, Role: a.Role},
		Action: a.Action, Target: a.Target, Before: a.Before, After: a.After,
	}, err
}

// Prices lists all prices, by model and date.
func (c *Catalog) Prices(ctx context.Context) ([]tenant.Price, error) {
	docs, _, err := c.query(ctx, span{pk: pricesPK})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, func(d doc) (tenant.Price, error) {
		p := tenant.Price{}
		return p, d.decode(&p)
	})
}

// PutPrice sets a price.
func (c *Catalog) PutPrice(ctx context.Context, p tenant.Price, a tenant.Audit) error {
	k := priceKey(strings.ToLower(p.Model), p.From.Format(sortTime))
	return c.commit(ctx, overwrite(k, p, nil), auditWrite(a))
}

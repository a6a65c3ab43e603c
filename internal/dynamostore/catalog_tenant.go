package dynamostore

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

var _ tenant.Store = (*Catalog)(nil)

// attrUsed is when a key was used last, in milliseconds; it changes often and is
// no part of the document.
const attrUsed = "lu"

// Tenant reads one tenant.
func (c *Catalog) Tenant(ctx context.Context, id ident.Tenant) (tenant.Tenant, error) {
	d, err := c.load(ctx, tenantKey(id), "tenant "+string(id))
	if err != nil {
		return tenant.Tenant{}, err
	}
	return decodeTenant(d)
}

func decodeTenant(d doc) (tenant.Tenant, error) {
	t := tenant.Tenant{}
	err := d.decode(&t)
	t.Rev = d.rev()
	return t, err
}

// Tenants lists all tenants, newest first.
func (c *Catalog) Tenants(ctx context.Context, p tenant.Paging) ([]tenant.Tenant, string, error) {
	docs, next, err := c.query(ctx, span{pk: listTenants, index: true, desc: true, limit: p.Limit, after: p.Cursor})
	if err != nil {
		return nil, "", err
	}
	out, err := decodeAll(docs, decodeTenant)
	return out, next, err
}

func tenantExtra(t tenant.Tenant) attrs {
	return attrs{attrList: str(listTenants), attrListKey: str(t.CreatedAt.UTC().Format(sortTime) + "#" + string(t.ID))}
}

// sortTime is a time format whose texts sort as the times do.
const sortTime = "2006-01-02T15:04:05.000Z"

// CreateTenant makes a tenant with its first key.
func (c *Catalog) CreateTenant(ctx context.Context, t tenant.Tenant, first tenant.Key, a tenant.Audit) error {
	writes := append(keyWrites(first), insert(tenantKey(t.ID), t, tenantExtra(t)), auditWrite(a))
	return c.commit(ctx, writes...)
}

// UpdateTenant replaces a tenant.
func (c *Catalog) UpdateTenant(ctx context.Context, t tenant.Tenant, a tenant.Audit) error {
	return c.commit(ctx, replace(tenantKey(t.ID), t, t.Rev, tenantExtra(t)), auditWrite(a))
}

// Plans reads the limits of all plans.
func (c *Catalog) Plans(ctx context.Context) (map[tenant.PlanName]tenant.Limits, error) {
	docs, _, err := c.query(ctx, span{pk: plansPK})
	if err != nil {
		return nil, err
	}
	out := make(map[tenant.PlanName]tenant.Limits, len(docs))
	for _, d := range docs {
		// What was stored before a limit came to be has the limit's first value.
		l := tenant.DefaultLimits(tenant.PlanName(getStr(d.item, attrSK)))
		if err := d.decode(&l); err != nil {
			return nil, err
		}
		out[tenant.PlanName(getStr(d.item, attrSK))] = l
	}
	return out, nil
}

// PutPlan sets a plan's limits.
func (c *Catalog) PutPlan(ctx context.Context, p tenant.PlanName, l tenant.Limits, a tenant.Audit) error {
	return c.commit(ctx, overwrite(planKey(string(p)), l, nil), auditWrite(a))
}

// Key reads what the check of a key needs.
func (c *Catalog) Key(ctx context.Context, id ident.Key) (tenant.Key, error) {
	d, err := c.load(ctx, keyCheckKey(id), "key "+string(id))
	if err != nil {
		return tenant.Key{}, err
	}
	return decodeKey(d)
}

// attrHash is a key's hash.
const attrHash = "hs"

func decodeKey(d doc) (tenant.Key, error) {
	k := tenant.Key{}
	err := d.decode(&k)
	k.Hash = getBin(d.item, attrHash)
	k.LastUsed = fromMillis(getNum(d.item, attrUsed))
	k.Rev = getNum(d.item, attrRev)
	return k, err
}

// Keys lists a tenant's keys, newest first.
func (c *Catalog) Keys(ctx context.Context, t ident.Tenant) ([]tenant.Key, error) {
	docs, _, err := c.query(ctx, span{pk: tenantPK(t), prefix: keyPrefix, desc: true})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeKey)
}

// keyWrites are a key's two items: one for the check, which finds the tenant, and
// one in the tenant's partition, which has no hash.
func keyWrites(k tenant.Key) []write {
	extra := keyExtra(k)
	check := insert(keyCheckKey(k.ID), k, extra)
	check.put[attrHash] = bin(k.Hash)
	return []write{check, insert(keyKey(k.Tenant, k.ID), k, extra)}
}

func keyExtra(k tenant.Key) attrs {
	if k.ExpiresAt.IsZero() {
		return nil
	}
	// Expiry is checked at each use; TTL only clears away, a month later.
	return attrs{attrExpires: num(k.ExpiresAt.Add(30 * 24 * time.Hour).Unix())}
}

// UpdateKey replaces a key. A use that is noted at the same moment may get lost.
func (c *Catalog) UpdateKey(ctx context.Context, k tenant.Key, a tenant.Audit) error {
	shown, err := c.load(ctx, keyKey(k.Tenant, k.ID), "key "+string(k.ID))
	if err != nil {
		return err
	}
	check, own := replace(keyCheckKey(k.ID), k, k.Rev, keyExtra(k)), overwrite(keyKey(k.Tenant, k.ID), k, keyExtra(k))
	check.put[attrHash] = bin(k.Hash)
	if used, ok := shown.item[attrUsed]; ok {
		own.put[attrUsed] = used
	}
	own.cond, own.lost = ifPresent, errOvertaken() // it was deleted meanwhile
	return c.commit(ctx, check, own, auditWrite(a))
}

// CreateKey makes a key.
func (c *Catalog) CreateKey(ctx context.Context, k tenant.Key, a tenant.Audit) error {
	return c.commit(ctx, append(keyWrites(k), auditWrite(a))...)
}

// DeleteKey ends a key of the tenant.
func (c *Catalog) DeleteKey(ctx context.Context, t ident.Tenant, id ident.Key, a tenant.Audit) error {
	return c.commit(ctx, remove(keyKey(t, id), "key "+string(id)), erase(keyCheckKey(id)), auditWrite(a))
}

// TouchKey notes a use, at most once a minute.
func (c *Catalog) TouchKey(ctx context.Context, t ident.Tenant, id ident.Key, at time.Time) error {
	return c.touch(ctx, keyKey(t, id), at)
}

// touch notes the use of an item, at most once a minute.
func (c *Catalog) touch(ctx context.Context, k key, at time.Time) error {
	_, err := c.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: c.table, Key: k.attrs(),
		UpdateExpression:          aws.String("SET " + attrUsed + " = :at"),
		ConditionExpression:       aws.String(ifPresent + " AND (attribute_not_exists(" + attrUsed + ") OR " + attrUsed + " < :old)"),
		ExpressionAttributeValues: attrs{":at": num(at.UnixMilli()), ":old": num(at.Add(-time.Minute).UnixMilli())},
	})
	var failed *types.ConditionalCheckFailedException
	if err == nil || errors.As(err, &failed) {
		return nil // noted by another instance, or gone
	}
	return unavailable(err)
}

// newest lists what lies under a prefix in the tenant's partition, newest first.
// The cursor is an id: the key without the prefix.
func newest[T any](ctx context.Context, c *Catalog, t ident.Tenant, prefix string, p tenant.Paging, decode func(doc) (T, error)) ([]T, string, error) {
	s := span{pk: tenantPK(t), prefix: prefix, desc: true, limit: p.Limit}
	if p.Cursor != "" {
		s.after = prefix + p.Cursor
	}
	docs, next, err := c.query(ctx, s)
	if err != nil {
		return nil, "", err
	}
	items, err := decodeAll(docs, decode)
	return items, strings.TrimPrefix(next, prefix), err
}

func decodeAll[T any](docs []doc, decode func(doc) (T, error)) ([]T, error) {
	out := make([]T, 0, len(docs))
	for _, d := range docs {
		v, err := decode(d)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, fault.CodeInternal, "A stored record cannot be read.")
		}
		out = append(out, v)
	}
	return out, nil
}

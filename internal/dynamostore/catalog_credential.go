package dynamostore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// What changes while a credential stays the same has attributes of its own. Every
// update of them raises the revision, so that a change of the credential that was
// planned on what was before fails and is planned again.
const (
	attrToken        = "tk" // credential.Token as JSON
	attrTokenVersion = "tv"
	attrLease        = "lh" // who renews the token
	attrLeaseUntil   = "lx"
	attrTokenWriter  = "lw" // who renewed it last: finds a write whose answer was lost
)

var (
	_ credential.Store          = (*Catalog)(nil)
	_ credential.Tokens         = (*Catalog)(nil)
	_ credential.Authorizations = (*Catalog)(nil)
)

// credentialAttrs are a record's attributes beside its document.
func credentialAttrs(r credential.Record) attrs {
	a := attrs{attrTokenVersion: num(int64(r.Token.Version))}
	if r.Token.Given() || r.Token.Failed != "" {
		a[attrToken] = str(jsonText(r.Token))
	}
	if r.Lease.Holder != "" {
		a[attrLease], a[attrLeaseUntil] = str(r.Lease.Holder), num(millis(r.Lease.Until))
	}
	if !r.LastUsed.IsZero() {
		a[attrUsed] = num(millis(r.LastUsed))
	}
	return a
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // a programming error: documents are plain structs
		panic("catalogue document: " + err.Error())
	}
	return string(b)
}

func decodeCredential(t ident.Tenant) func(doc) (credential.Record, error) {
	return func(d doc) (credential.Record, error) {
		r := credential.Record{}
		if err := d.decode(&r); err != nil {
			return r, err
		}
		if text := getStr(d.item, attrToken); text != "" {
			if err := json.Unmarshal([]byte(text), &r.Token); err != nil {
				return r, err
			}
		}
		r.Tenant, r.Rev = t, d.rev()
		r.Token.Version = int(getNum(d.item, attrTokenVersion))
		r.Lease = credential.Lease{Holder: getStr(d.item, attrLease), Until: fromMillis(getNum(d.item, attrLeaseUntil))}
		r.LastUsed = fromMillis(getNum(d.item, attrUsed))
		return r, nil
	}
}

// Credential implements credential.Reader.
func (c *Catalog) Credential(ctx context.Context, t ident.Tenant, id ident.Credential) (credential.Record, error) {
	d, err := c.load(ctx, credentialKey(t, id), "credential "+string(id))
	if err != nil {
		return credential.Record{}, err
	}
	return decodeCredential(t)(d)
}

// CredentialNamed implements credential.Reader.
func (c *Catalog) CredentialNamed(ctx context.Context, t ident.Tenant, typ, name string) (credential.Record, error) {
	d, err := c.load(ctx, credentialNameKey(t, typ, name), "credential of the type "+typ+" named "+name)
	if err != nil {
		return credential.Record{}, err
	}
	var id ident.Credential
	if err := d.decode(&id); err != nil {
		return credential.Record{}, err
	}
	return c.Credential(ctx, t, id)
}

// Credentials implements credential.Store.
func (c *Catalog) Credentials(ctx context.Context, t ident.Tenant, p tenant.Paging) ([]credential.Record, string, error) {
	return newest(ctx, c, t, credentialPrefix, p, decodeCredential(t))
}

// SaveCredential implements credential.Store.
func (c *Catalog) SaveCredential(ctx context.Context, s credential.Saving) error {
	r := s.Record
	k, named := credentialKey(r.Tenant, r.ID), credentialNameKey(r.Tenant, r.Type, r.Name)
	name := insert(named, r.ID, nil)
	name.lost = fault.New(fault.Conflict, credential.CodeNameTaken, "Another credential of the type %s has the name %q.", r.Type, r.Name)
	was := credentialNameKey(r.Tenant, r.Type, s.Before)
	switch {
	case s.Delete:
		gone := remove(k, "credential "+string(r.ID))
		gone.cond, gone.values, gone.lost = "rv = :was", attrs{":was": num(r.Rev)}, errOvertaken()
		return c.commit(ctx, gone, erase(named), auditWrite(s.Audit))
	case r.Rev == 0:
		return c.commit(ctx, insert(k, r, credentialAttrs(r)), name, auditWrite(s.Audit))
	case s.Before == r.Name:
		return c.commit(ctx, replace(k, r, r.Rev, credentialAttrs(r)), auditWrite(s.Audit))
	}
	return c.commit(ctx, replace(k, r, r.Rev, credentialAttrs(r)), name, erase(was), auditWrite(s.Audit))
}

// TouchCredential implements credential.Tokens.
func (c *Catalog) TouchCredential(ctx context.Context, o credential.Owner, at time.Time) error {
	return c.touch(ctx, credentialKey(o.Tenant, o.Credential), at)
}

// TakeLease implements credential.Tokens. Who has it already gets it again: the
// answer of the first write may have been lost.
func (c *Catalog) TakeLease(ctx context.Context, o credential.Owner, version int, l credential.Lease) (bool, error) {
	e := &expression{}
	e.Set(attrLease, str(l.Holder))
	e.Set(attrLeaseUntil, num(millis(l.Until)))
	e.Add(attrRev, 1)
	e.If("tv = :version")
	e.value(":version", num(int64(version)))
	e.If("attribute_not_exists(lh) OR lx < :now OR lh = :lh")
	e.value(":now", num(millis(c.clock.Now())))
	return c.decide(ctx, credentialKey(o.Tenant, o.Credential), e)
}

// SaveToken implements credential.Tokens.
func (c *Catalog) SaveToken(ctx context.Context, o credential.Owner, holder string, t credential.Token) (bool, error) {
	e := &expression{}
	e.Set(attrToken, str(jsonText(t)))
	e.Set(attrTokenVersion, num(int64(t.Version)))
	e.Set(attrTokenWriter, str(holder))
	e.Remove(attrLease, attrLeaseUntil)
	e.Add(attrRev, 1)
	e.If("lh = :lw OR lw = :lw")
	return c.decide(ctx, credentialKey(o.Tenant, o.Credential), e)
}

// EndLease implements credential.Tokens.
func (c *Catalog) EndLease(ctx context.Context, o credential.Owner, holder string) error {
	e := &expression{}
	e.Remove(attrLease, attrLeaseUntil)
	e.Add(attrRev, 1)
	e.If("lh = :holder")
	e.value(":holder", str(holder))
	_, err := c.decide(ctx, credentialKey(o.Tenant, o.Credential), e)
	return err
}

// decide makes an update, and reports whether its conditions held.
func (c *Catalog) decide(ctx context.Context, k key, e *expression) (bool, error) {
	_, err := c.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: c.table, Key: k.attrs(), UpdateExpression: e.update(), ConditionExpression: e.condition(),
		ExpressionAttributeValues: e.values,
	})
	var failed *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &failed):
		return false, nil
	}
	return false, unavailable(err)
}

// Begin implements credential.Store.
func (c *Catalog) Begin(ctx context.Context, state string, p credential.Pending) error {
	extra := attrs{attrExpires: num(p.ExpiresAt.Add(time.Hour).Unix())} // TTL only clears away
	_, err := c.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: c.table, Item: item(pendingKey(p.Tenant, state), p, 1, extra)})
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// Finish implements credential.Authorizations.
func (c *Catalog) Finish(ctx context.Context, t ident.Tenant, state string, now time.Time) (credential.Pending, error) {
	out, err := c.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: c.table, Key: pendingKey(t, state).attrs(), ReturnValues: types.ReturnValueAllOld,
	})
	if err != nil {
		return credential.Pending{}, unavailable(err)
	}
	p := credential.Pending{}
	if out.Attributes != nil {
		if err := (doc{out.Attributes}).decode(&p); err != nil {
			return p, err
		}
	}
	if p.Credential == "" || !now.Before(p.ExpiresAt) {
		return credential.Pending{}, fault.New(fault.NotFound, fault.CodeNotFound, "The authorization is over or was used already; begin it again.")
	}
	p.Tenant = t
	return p, nil
}

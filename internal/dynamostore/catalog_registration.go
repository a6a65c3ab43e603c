package dynamostore

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// A registration has two writers: changes of workflows say what is wanted (the
// document and its revision), the function register says what is so (the state,
// under a lease). Neither writes what is the other's, so none waits for the other.
const attrRegistered = "rs" // trigger.RegistrationState as JSON

// wantGrace is when a want is looked at although nobody called for it: the call
// that follows the write may have been lost.
const wantGrace = 30 * time.Second

// leftTime is how long it is told that an address could not be taken away.
const leftTime = 30 * 24 * time.Hour

// wantWrite changes what is wanted of an address.
func wantWrite(t ident.Tenant, w trigger.Want) write { return wantWriteDue(t, w, w.At.Add(wantGrace)) }

// wantWriteDue is wantWrite for one that is looked at from a time on.
func wantWriteDue(t ident.Tenant, w trigger.Want, due time.Time) write {
	e := &expression{}
	e.Set(attrDoc, str(jsonText(w)))
	e.Set(attrList, str(listRegistrations))
	e.Set(attrListKey, str(registrationDue(t, w.ID, due)))
	e.Remove(attrExpires)
	e.Add(attrRev, 1)
	return write{key: registrationKey(t, w.ID), update: e}
}

func decodeRegistration(t ident.Tenant) func(doc) (trigger.Registration, error) {
	return func(d doc) (trigger.Registration, error) {
		r := trigger.Registration{Tenant: t}
		if err := d.decode(&r.Want); err != nil {
			return r, err
		}
		r.ID, r.Rev = r.Want.ID, d.rev()
		if text := getStr(d.item, attrRegistered); text != "" {
			return r, json.Unmarshal([]byte(text), &r.State)
		}
		return r, nil
	}
}

// Registration reads one registration.
func (c *Catalog) Registration(ctx context.Context, t ident.Tenant, id ident.Registration) (trigger.Registration, error) {
	d, err := c.load(ctx, registrationKey(t, id), "registration "+string(id))
	if err != nil {
		return trigger.Registration{}, err
	}
	return decodeRegistration(t)(d)
}

// Registrations lists a tenant's registrations.
func (c *Catalog) Registrations(ctx context.Context, t ident.Tenant) ([]trigger.Registration, error) {
	docs, _, err := c.query(ctx, span{pk: tenantPK(t), prefix: registrationPrefix})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeRegistration(t))
}

// Unregister wants every registration of a tenant taken away, and has them looked at
// at once.
func (c *Catalog) Unregister(ctx context.Context, t ident.Tenant) error {
	all, err := c.Registrations(ctx, t)
	if err != nil {
		return err
	}
	now := c.clock.Now().UTC()
	for _, r := range all {
		if !r.Want.Active {
			continue
		}
		e := wantWriteDue(t, trigger.Want{ID: r.ID, Workflow: r.Want.Workflow, Node: r.Want.Node, Path: r.Want.Path, At: now}, now).update
		e.If(ifPresent)
		if _, _, err := c.updateRegistration(ctx, trigger.RegistrationRef{Tenant: t, ID: r.ID}, e); err != nil {
			return err
		}
	}
	return nil
}

// DueRegistrations lists up to limit registrations of all tenants that are to be
// looked at by now, the longest due first. The index lags: the lease decides.
func (c *Catalog) DueRegistrations(ctx context.Context, now time.Time, limit int) ([]trigger.RegistrationRef, error) {
	out, err := c.db.Query(ctx, &dynamodb.QueryInput{
		TableName: c.table, IndexName: aws.String(indexListing), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression:    aws.String("ls = :list AND lk < :now"),
		ExpressionAttributeValues: attrs{":list": str(listRegistrations), ":now": str(dueBefore(now))},
	})
	if err != nil {
		return nil, unavailable(err)
	}
	var refs []trigger.RegistrationRef
	for _, item := range out.Items {
		t, isTenant := strings.CutPrefix(getStr(item, attrPK), tenantPK(""))
		id, isRegistration := strings.CutPrefix(getStr(item, attrSK), registrationPrefix)
		if isTenant && isRegistration {
			refs = append(refs, trigger.RegistrationRef{Tenant: ident.Tenant(t), ID: ident.Registration(id)})
		}
	}
	return refs, nil
}

// LeaseRegistration gives a registration to holder, who alone may settle it until
// then, and reads it; false if somebody else has it or there is none. Who has it
// gets it again.
func (c *Catalog) LeaseRegistration(ctx context.Context, ref trigger.RegistrationRef, holder string, until time.Time) (trigger.Registration, bool, error) {
	e := &expression{}
	e.Set(attrLease, str(holder))
	e.Set(attrLeaseUntil, num(millis(until)))
	e.Set(attrList, str(listRegistrations)) // a holder that dies is followed by another
	e.Set(attrListKey, str(registrationDue(ref.Tenant, ref.ID, until)))
	e.If(ifPresent)
	e.If("attribute_not_exists(lh) OR lx < :now OR lh = :lh")
	e.value(":now", num(millis(c.clock.Now())))
	return c.updateRegistration(ctx, ref, e)
}

// NoteRegistration writes the state while the holder goes on; false if the lease
// is another's by now.
func (c *Catalog) NoteRegistration(ctx context.Context, ref trigger.RegistrationRef, holder string, s trigger.RegistrationState) (bool, error) {
	e := &expression{}
	e.Set(attrRegistered, str(jsonText(s)))
	e.If("lh = :holder")
	e.value(":holder", str(holder))
	_, ok, err := c.updateRegistration(ctx, ref, e)
	return ok, err
}

// SettleRegistration writes the state and gives the lease back. Due is when the
// registration is to be looked at again; zero: when the want changes. If it
// changed meanwhile, the lease stays and the registration is returned with the
// new want; settled is then false, and also if the lease is another's by now.
func (c *Catalog) SettleRegistration(ctx context.Context, r trigger.Registration, holder string, due time.Time) (trigger.Registration, bool, error) {
	ref := trigger.RegistrationRef{Tenant: r.Tenant, ID: r.ID}
	e := &expression{}
	e.Set(attrRegistered, str(jsonText(r.State)))
	e.Remove(attrLease, attrLeaseUntil)
	if due.IsZero() {
		e.Remove(attrList, attrListKey)
	} else {
		e.Set(attrList, str(listRegistrations))
		e.Set(attrListKey, str(registrationDue(r.Tenant, r.ID, due)))
	}
	if !r.Want.Active && r.State.Status == trigger.RegistrationFailed {
		e.Set(attrExpires, num(c.clock.Now().Add(leftTime).Unix()))
	}
	e.If("lh = :holder AND rv = :rev")
	e.value(":holder", str(holder))
	e.value(":rev", num(r.Rev))
	_, ok, err := c.updateRegistration(ctx, ref, e)
	if err != nil || ok {
		return r, ok, err
	}
	now, err := c.Registration(ctx, r.Tenant, r.ID)
	return now, false, err
}

// DropRegistration removes a registration of which nothing is left, if that is
// still what is wanted.
func (c *Catalog) DropRegistration(ctx context.Context, r trigger.Registration, holder string) (bool, error) {
	_, err := c.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: c.table, Key: registrationKey(r.Tenant, r.ID).attrs(), ConditionExpression: aws.String("lh = :holder AND rv = :rev"),
		ExpressionAttributeValues: attrs{":holder": str(holder), ":rev": num(r.Rev)},
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

func (c *Catalog) updateRegistration(ctx context.Context, ref trigger.RegistrationRef, e *expression) (trigger.Registration, bool, error) {
	out, err := c.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: c.table, Key: registrationKey(ref.Tenant, ref.ID).attrs(), UpdateExpression: e.update(),
		ConditionExpression: e.condition(), ExpressionAttributeValues: e.values, ReturnValues: types.ReturnValueAllNew,
	})
	var failed *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &failed):
		return trigger.Registration{}, false, nil
	case err != nil:
		return trigger.Registration{}, false, unavailable(err)
	}
	r, err := decodeRegistration(ref.Tenant)(doc{out.Attributes})
	if err != nil {
		return r, false, fault.Wrap(err, fault.Internal, fault.CodeInternal, "A stored record cannot be read.")
	}
	return r, true, nil
}

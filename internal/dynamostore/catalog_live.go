package dynamostore

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/live"
)

var (
	_ live.Tickets     = (*Catalog)(nil)
	_ live.Connections = (*Catalog)(nil)
)

// The attributes of connections and tickets.
const (
	attrTenant   = "tn"
	attrActor    = "ac"
	attrAt       = "at"
	attrUntil    = "xp" // milliseconds; the store's own expiry may be late
	attrWatching = "wa"
)

// PutTicket keeps a ticket until it is taken or expires.
func (c *Catalog) PutTicket(ctx context.Context, t live.Ticket) error {
	item := ticketKey(t.Hash).attrs()
	item[attrTenant], item[attrActor] = str(string(t.Tenant)), str(t.Actor)
	item[attrUntil], item[attrExpires] = num(millis(t.Expires)), num(t.Expires.Unix())
	return c.put(ctx, item)
}

// TakeTicket removes a ticket: of two that try, one gets it.
func (c *Catalog) TakeTicket(ctx context.Context, hash string) (live.Ticket, error) {
	out, err := c.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: c.table, Key: ticketKey(hash).attrs(), ConditionExpression: aws.String(ifPresent), ReturnValues: types.ReturnValueAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return live.Ticket{}, fault.New(fault.NotFound, fault.CodeNotFound, "There is no such ticket.")
	}
	if err != nil {
		return live.Ticket{}, unavailable(err)
	}
	a := out.Attributes
	return live.Ticket{Hash: hash, Tenant: ident.Tenant(getStr(a, attrTenant)), Actor: getStr(a, attrActor), Expires: fromMillis(getNum(a, attrUntil))}, nil
}

// PutConnection keeps a connection until it is forgotten or expires: first by its
// tenant, then the item that finds the tenant. One that was only half kept is not
// found by its messages, is closed, and expires.
func (c *Catalog) PutConnection(ctx context.Context, l live.Connection) error {
	item := connectionKey(l.Tenant, l.ID).attrs()
	item[attrActor], item[attrAt] = str(l.Actor), num(millis(l.At))
	item[attrUntil], item[attrExpires] = num(millis(l.Expires)), num(l.Expires.Unix())
	if err := c.put(ctx, item); err != nil {
		return err
	}
	pointer := connectionTenantKey(l.ID).attrs()
	pointer[attrTenant], pointer[attrExpires] = str(string(l.Tenant)), num(l.Expires.Unix())
	return c.put(ctx, pointer)
}

func (c *Catalog) put(ctx context.Context, item attrs) error {
	if _, err := c.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: c.table, Item: item}); err != nil {
		return unavailable(err)
	}
	return nil
}

// Connection finds a connection by its id alone.
func (c *Catalog) Connection(ctx context.Context, id string) (live.Connection, error) {
	pointer, err := c.load(ctx, connectionTenantKey(id), "such connection")
	if err != nil {
		return live.Connection{}, err
	}
	d, err := c.load(ctx, connectionKey(ident.Tenant(getStr(pointer.item, attrTenant)), id), "such connection")
	if err != nil {
		return live.Connection{}, err
	}
	return decodeConnection(d.item), nil
}

// Connections lists a tenant's connections.
func (c *Catalog) Connections(ctx context.Context, t ident.Tenant) ([]live.Connection, error) {
	docs, _, err := c.query(ctx, span{pk: livePK(t), prefix: connectionPrefix})
	if err != nil {
		return nil, err
	}
	out := make([]live.Connection, len(docs))
	for i, d := range docs {
		out[i] = decodeConnection(d.item)
	}
	return out, nil
}

func decodeConnection(a attrs) live.Connection {
	l := live.Connection{
		ID:     strings.TrimPrefix(getStr(a, attrSK), connectionPrefix),
		Tenant: tenantOfLive(getStr(a, attrPK)),
		Actor:  getStr(a, attrActor), At: fromMillis(getNum(a, attrAt)), Expires: fromMillis(getNum(a, attrUntil)),
	}
	if set, ok := a[attrWatching].(*types.AttributeValueMemberSS); ok {
		l.Subscriptions = set.Value
	}
	return l
}

// Subscribe adds a subscription, or removes it.
func (c *Catalog) Subscribe(ctx context.Context, l live.Connection, subscription string, on bool) error {
	in := &dynamodb.UpdateItemInput{
		TableName: c.table, Key: connectionKey(l.Tenant, l.ID).attrs(),
		UpdateExpression:                    aws.String("DELETE " + attrWatching + " :s"),
		ConditionExpression:                 aws.String(ifPresent),
		ExpressionAttributeValues:           attrs{":s": &types.AttributeValueMemberSS{Value: []string{subscription}}},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if on {
		in.UpdateExpression = aws.String("ADD " + attrWatching + " :s")
		in.ConditionExpression = aws.String(ifPresent + " AND (attribute_not_exists(" + attrWatching + ") OR size(" + attrWatching + ") < :max OR contains(" + attrWatching + ", :one))")
		in.ExpressionAttributeValues[":max"], in.ExpressionAttributeValues[":one"] = num(live.MaxSubscriptions), str(subscription)
	}
	_, err := c.db.UpdateItem(ctx, in)
	var failed *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &failed):
		return unavailable(err)
	case failed.Item == nil:
		return fault.New(fault.NotFound, fault.CodeNotFound, "The connection is not known any more; connect again.")
	}
	return fault.New(fault.LimitExceeded, fault.CodeConnections, "A connection may have %d subscriptions; unsubscribe, or subscribe to *.", live.MaxSubscriptions)
}

// ForgetConnection deletes a connection.
func (c *Catalog) ForgetConnection(ctx context.Context, l live.Connection) error {
	for _, k := range []key{connectionKey(l.Tenant, l.ID), connectionTenantKey(l.ID)} {
		if _, err := c.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: c.table, Key: k.attrs()}); err != nil {
			return unavailable(err)
		}
	}
	return nil
}

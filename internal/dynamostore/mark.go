package dynamostore

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// markTTL is when a mark that nobody moves any more goes by itself: one that a
// poll wrote while its workflow was being deactivated. Marks in use are moved at
// least once a day.
const markTTL = 400 * 24 * time.Hour

// attrMark is what the mark's owner keeps in it, compressed.
const attrMark = "mk"

// markItem is the mark moved on by one revision.
func (r *Runs) markItem(t ident.Tenant, m execution.Mark) attrs {
	item := markKey(t, m.Name).attrs()
	item[attrMark], item[attrRev] = bin(pack(m.Data)), num(m.Rev+1)
	item[attrExpires] = num(r.clock.Now().Add(markTTL).Unix())
	return item
}

// markCondition holds while the mark is as it was read.
func markCondition(rev int64) (string, attrs) {
	if rev == 0 {
		return ifAbsent, nil
	}
	return "rv = :was", attrs{":was": num(rev)}
}

func (r *Runs) markWrite(t ident.Tenant, m execution.Mark) types.TransactWriteItem {
	cond, values := markCondition(m.Rev)
	w := r.putWrite(r.markItem(t, m), cond)
	w.Put.ExpressionAttributeValues = values
	return w
}

// Mark reads where something stands; the zero Rev if it never began.
func (r *Runs) Mark(ctx context.Context, t ident.Tenant, name string) (execution.Mark, error) {
	item, err := r.get(ctx, markKey(t, name))
	if err != nil || item == nil {
		return execution.Mark{Name: name}, err
	}
	return decodeMark(item)
}

func decodeMark(item attrs) (execution.Mark, error) {
	data, err := unpack(getBin(item, attrMark))
	if err != nil {
		err = fault.Wrap(err, fault.Internal, fault.CodeInternal, "A stored mark cannot be read.")
	}
	return execution.Mark{Name: strings.TrimPrefix(getStr(item, attrSK), markPrefix), Rev: getNum(item, attrRev), Data: data}, err
}

// Marks reads all of a tenant's.
func (r *Runs) Marks(ctx context.Context, t ident.Tenant) ([]execution.Mark, error) {
	pages := dynamodb.NewQueryPaginator(r.db, &dynamodb.QueryInput{
		TableName: r.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND begins_with(sk, :mark)"),
		ExpressionAttributeValues: attrs{":pk": str(tenantPK(t)), ":mark": str(markPrefix)},
	})
	var all []execution.Mark
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, item := range out.Items {
			m, err := decodeMark(item)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// PutMark moves a mark without a run; ErrSuperseded if another writer was faster.
func (r *Runs) PutMark(ctx context.Context, t ident.Tenant, m execution.Mark) error {
	cond, values := markCondition(m.Rev)
	_, err := r.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: r.table, Item: r.markItem(t, m), ConditionExpression: &cond, ExpressionAttributeValues: values,
	})
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return execution.ErrSuperseded
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// DropMark forgets a mark; it is no error if there is none.
func (r *Runs) DropMark(ctx context.Context, t ident.Tenant, name string) error {
	if _, err := r.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: r.table, Key: markKey(t, name).attrs()}); err != nil {
		return unavailable(err)
	}
	return nil
}

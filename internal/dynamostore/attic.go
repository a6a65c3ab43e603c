package dynamostore

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/anew"
	"github.com/automatelanka/automatelanka/internal/archive"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// BulkDB is what only retention and erasure use of the DynamoDB client.
type BulkDB interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
}

// Files is the bucket as retention and erasure see it.
type Files interface {
	// Keys calls fn for each key that begins with prefix and comes after another, until
	// it returns false.
	Keys(ctx context.Context, prefix, after string, fn func(key string, size int64) bool) error
	Delete(ctx context.Context, keys ...string) error
}

// Attic removes what is kept no longer. It implements archive's ports.
type Attic struct {
	Runs    *Runs
	Catalog *Catalog
	Bulk    BulkDB
	Files   Files
}

var (
	_ archive.Shelf    = (*Attic)(nil)
	_ archive.Bookmark = (*Attic)(nil)
	_ archive.Shredder = (*Attic)(nil)
	_ archive.Register = (*Attic)(nil)
)

// AnyBefore looks at the oldest execution.
func (a *Attic) AnyBefore(ctx context.Context, t ident.Tenant, at time.Time) (bool, error) {
	out, err := a.Runs.db.Query(ctx, &dynamodb.QueryInput{
		TableName: a.Runs.table, Limit: aws.Int32(1), KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ProjectionExpression: aws.String("sk"),
		ExpressionAttributeValues: attrs{
			":pk": str(tenantPK(t)), ":from": str(executionPrefix), ":to": str(executionPrefix + ident.Floor(ident.PrefixExecution, at)),
		},
	})
	if err != nil {
		return false, unavailable(err)
	}
	return len(out.Items) > 0, nil
}

// Ended lists a tenant's ended executions, newest first.
func (a *Attic) Ended(ctx context.Context, t ident.Tenant, fn func(archive.Ended) bool) error {
	pages := dynamodb.NewQueryPaginator(a.Runs.db, &dynamodb.QueryInput{
		TableName: a.Runs.table, ScanIndexForward: aws.Bool(false),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :e)"),
		FilterExpression:          aws.String("attribute_exists(fa)"),
		ProjectionExpression:      aws.String("pk, sk, st, fa"),
		ExpressionAttributeValues: attrs{":pk": str(tenantPK(t)), ":e": str(executionPrefix)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return unavailable(err)
		}
		for _, item := range page.Items {
			c := decodeControl(item)
			if c.Status.Terminal() && !fn(archive.Ended{Ref: c.Ref, Status: c.Status, At: c.FinishedAt}) {
				return nil
			}
		}
	}
	return nil
}

// Drop removes an execution: first the control item, leaving a mark in its place,
// if it has ended; then what belongs to it; then the mark. A crash leaves the mark.
func (a *Attic) Drop(ctx context.Context, ref execution.Ref) error {
	ended := map[string]types.AttributeValue{
		":c": str(string(execution.Completed)), ":f": str(string(execution.Failed)), ":x": str(string(execution.Cancelled)), ":none": num(0),
	}
	remove := types.TransactWriteItem{Delete: &types.Delete{
		TableName: a.Runs.table, Key: executionKey(ref.Tenant, ref.ID).attrs(),
		ConditionExpression: aws.String("st IN (:c, :f, :x) AND size(cl) = :none"), ExpressionAttributeValues: ended,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
	reasons, ok, err := a.Runs.transact(ctx, remove, a.Runs.putWrite(goneKey(ref).attrs(), ""))
	if err != nil {
		return err
	}
	if item, failed := failedAt(reasons, 0); !ok && failed && item != nil {
		return nil // it goes on by now
	}
	for {
		keys, err := a.keysOf(ctx, executionPK(ref.Tenant, ref.ID))
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			break
		}
		if err := a.deleteAll(ctx, a.Runs.table, keys); err != nil {
			return err
		}
	}
	for _, prefix := range executionFiles(ref) {
		if err := a.deleteFiles(ctx, prefix); err != nil {
			return err
		}
	}
	_, err = a.Runs.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: a.Runs.table, Key: goneKey(ref).attrs()})
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// executionFiles are the prefixes of an execution's files: large checkpoints, and
// the files that travel with items.
func executionFiles(ref execution.Ref) []string {
	return []string{
		string(ref.Tenant) + "/executions/" + string(ref.ID) + "/",
		string(ref.Tenant) + "/" + string(ref.ID) + "/",
	}
}

// Dropping lists the marks of removals that did not end.
func (a *Attic) Dropping(ctx context.Context, t ident.Tenant) ([]execution.Ref, error) {
	out, err := a.Runs.db.Query(ctx, &dynamodb.QueryInput{
		TableName: a.Runs.table, KeyConditionExpression: aws.String("pk = :pk AND begins_with(sk, :gone)"), Limit: aws.Int32(1000),
		ExpressionAttributeValues: attrs{":pk": str(tenantPK(t)), ":gone": str(gonePrefix)},
	})
	if err != nil {
		return nil, unavailable(err)
	}
	var refs []execution.Ref
	for _, item := range out.Items {
		refs = append(refs, execution.Ref{Tenant: t, ID: ident.Execution(strings.TrimPrefix(getStr(item, attrSK), gonePrefix))})
	}
	return refs, nil
}

// keysOf reads the keys of some items of a partition.
func (a *Attic) keysOf(ctx context.Context, pk string) ([]attrs, error) {
	out, err := a.Runs.db.Query(ctx, &dynamodb.QueryInput{
		TableName: a.Runs.table, KeyConditionExpression: aws.String("pk = :pk"), ConsistentRead: aws.Bool(true),
		ProjectionExpression: aws.String("pk, sk"), ExpressionAttributeValues: attrs{":pk": str(pk)},
	})
	if err != nil {
		return nil, unavailable(err)
	}
	return out.Items, nil
}

// maxBatch is how many writes one BatchWriteItem takes.
// Source: DynamoDB API reference, BatchWriteItem.
const maxBatch = 25

// batchTries bounds how often what DynamoDB left undone is sent again.
const batchTries = 8

// batchPause is the first pause, doubled with each try: what DynamoDB left undone it
// was too busy for.
const batchPause = 20 * time.Millisecond

// deleteAll deletes items by their keys.
func (a *Attic) deleteAll(ctx context.Context, table *string, keys []attrs) error {
	for len(keys) > 0 {
		n := min(len(keys), maxBatch)
		var batch []types.WriteRequest
		for _, k := range keys[:n] {
			batch = append(batch, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: attrs{attrPK: k[attrPK], attrSK: k[attrSK]}}})
		}
		left := map[string][]types.WriteRequest{*table: batch}
		for try := 0; len(left) > 0; try++ {
			if try == batchTries {
				return fault.New(fault.Unavailable, fault.CodeUnavailable, "The database is busy; try again.")
			}
			out, err := a.Bulk.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: left})
			if err != nil {
				return unavailable(err)
			}
			if left = out.UnprocessedItems; len(left) == 0 {
				break
			}
			if err := clock.Sleep(ctx, a.Runs.clock, anew.Scattered(batchPause<<try)); err != nil {
				return err
			}
		}
		keys = keys[n:]
	}
	return nil
}

func (a *Attic) deleteFiles(ctx context.Context, prefix string) error {
	var keys []string
	err := a.Files.Keys(ctx, prefix, "", func(key string, _ int64) bool {
		keys = append(keys, key)
		return true
	})
	if err != nil || len(keys) == 0 {
		return err
	}
	return a.Files.Delete(ctx, keys...)
}

// Bookmark reads where the last pass of retention ended.
func (a *Attic) Bookmark(ctx context.Context) (string, error) {
	item, err := a.Runs.get(ctx, bookmarkKey)
	return getStr(item, "at"), err
}

// PutBookmark keeps where a pass ended.
func (a *Attic) PutBookmark(ctx context.Context, cursor string) error {
	item := bookmarkKey.attrs()
	item["at"] = str(cursor)
	if _, err := a.Runs.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: a.Runs.table, Item: item}); err != nil {
		return unavailable(err)
	}
	return nil
}

// Erasure reads the record of an erasure.
func (a *Attic) Erasure(ctx context.Context, t ident.Tenant) (archive.Erasure, error) {
	d, err := a.Catalog.load(ctx, erasureKey(t), "erasure of tenant "+string(t))
	if err != nil {
		return archive.Erasure{}, err
	}
	var e archive.Erasure
	err = d.decode(&e)
	e.Rev = d.rev()
	if e.Removed == nil {
		e.Removed = archive.Counts{}
	}
	return e, err
}

// PutErasure writes it; while it is pending it is in the operators' list.
func (a *Attic) PutErasure(ctx context.Context, e archive.Erasure) error {
	extra := attrs{attrList: str(listErasures), attrListKey: str(string(e.Tenant))}
	if e.Stage == archive.Done {
		extra = nil
	}
	w := insert(erasureKey(e.Tenant), e, extra)
	if e.Rev > 0 {
		w = replace(erasureKey(e.Tenant), e, e.Rev, extra)
	}
	return a.Catalog.commit(ctx, w)
}

// PendingErasures lists the tenants whose erasure has not ended.
func (a *Attic) PendingErasures(ctx context.Context) ([]ident.Tenant, error) {
	docs, _, err := a.Catalog.query(ctx, span{pk: listErasures, index: true})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, func(d doc) (ident.Tenant, error) {
		var e archive.Erasure
		err := d.decode(&e)
		return e.Tenant, err
	})
}

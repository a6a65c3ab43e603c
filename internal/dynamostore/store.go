package dynamostore

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// DB is the part of the DynamoDB client that the stores use.
type DB interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Blobs keeps payloads past the size that an item may have.
type Blobs interface {
	Put(ctx context.Context, key string, b []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
}

// Runs is the store over the runs table. It implements execution.Store,
// admission.Store and usage's ledger.
type Runs struct {
	db    DB
	table *string
	blobs Blobs
	clock clock.Clock
}

// NewRuns makes the store of the runs table.
func NewRuns(db DB, table string, blobs Blobs, c clock.Clock) *Runs {
	return &Runs{db: patient{db, c}, table: &table, blobs: blobs, clock: c}
}

// attrs is one item.
type attrs = map[string]types.AttributeValue

func (k key) attrs() attrs {
	return attrs{attrPK: str(k.pk), attrSK: str(k.sk)}
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func bin(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

var yes = &types.AttributeValueMemberBOOL{Value: true}

// get reads one item consistently; nil if there is none.
func (r *Runs) get(ctx context.Context, k key) (attrs, error) {
	out, err := r.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: r.table, Key: k.attrs(), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, unavailable(err)
	}
	return out.Item, nil
}

// update runs one conditional update. If the condition fails it returns the item
// as it is and ok false.
func (r *Runs) update(ctx context.Context, k key, e expression) (item attrs, ok bool, err error) {
	out, err := r.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: r.table, Key: k.attrs(),
		UpdateExpression: e.update(), ConditionExpression: e.condition(),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return out.Attributes, true, nil
	}
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return failed.Item, false, nil
	}
	return nil, false, unavailable(err)
}

// transact writes all or nothing. If conditions fail it returns the reasons, one
// for each write, and ok false.
func (r *Runs) transact(ctx context.Context, writes ...types.TransactWriteItem) (reasons []types.CancellationReason, ok bool, err error) {
	_, err = r.db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	if err == nil {
		return nil, true, nil
	}
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return nil, false, unavailable(err)
	}
	for _, reason := range cancelled.CancellationReasons {
		if aws.ToString(reason.Code) == "ConditionalCheckFailed" {
			return cancelled.CancellationReasons, false, nil
		}
	}
	return nil, false, unavailable(err)
}

func (r *Runs) updateWrite(k key, e expression) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: r.table, Key: k.attrs(),
		UpdateExpression: e.update(), ConditionExpression: e.condition(),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
}

func (r *Runs) putWrite(item attrs, condition string) types.TransactWriteItem {
	put := &types.Put{TableName: r.table, Item: item}
	if condition != "" {
		put.ConditionExpression = &condition
		put.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	return types.TransactWriteItem{Put: put}
}

// failedAt returns the item that made write i fail, or nil if that write was fine.
func failedAt(reasons []types.CancellationReason, i int) (attrs, bool) {
	if i >= len(reasons) || aws.ToString(reasons[i].Code) != "ConditionalCheckFailed" {
		return nil, false
	}
	return reasons[i].Item, true
}

// tooLarge reports whether the database refused the size of an item.
// Source: DynamoDB, "Error messages and codes": ValidationException; in the reasons
// of a transaction it is ValidationError.
func tooLarge(err error) bool {
	const says = "Item size"
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return slices.ContainsFunc(cancelled.CancellationReasons, func(r types.CancellationReason) bool {
			return aws.ToString(r.Code) == "ValidationError" && strings.Contains(aws.ToString(r.Message), says)
		})
	}
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException" && strings.Contains(api.ErrorMessage(), says)
}

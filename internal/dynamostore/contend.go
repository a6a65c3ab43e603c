package dynamostore

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/automatelanka/automatelanka/internal/anew"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// Some items have many writers: a tenant's counters, its slots, its budget, the
// control item of a run whose nodes end together. Of two that meet there in a
// transaction DynamoDB refuses one, plain writes that meet a transaction are refused
// too, and past some 1,000 write units a second one item takes no more. A write that
// was refused so was not applied, so it is repeated, and callers whose conditions
// are answered see none of it.
const (
	// contendFor bounds for how long a write is sent again: callers of the API wait.
	contendFor = 8 * time.Second
	// contendPause is the first pause, doubled up to contendMost.
	contendPause = 4 * time.Millisecond
	contendMost  = 500 * time.Millisecond
	// crowdedAgain is when callers may come again that were refused to the last.
	crowdedAgain = time.Second
)

// patient is a DB whose writes are repeated as long as other writers are in their way.
type patient struct {
	DB
	clock clock.Clock
}

// PutItem implements DB.
func (p patient) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return contend(ctx, p.clock, func() (*dynamodb.PutItemOutput, error) { return p.DB.PutItem(ctx, in, o...) })
}

// UpdateItem implements DB.
func (p patient) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return contend(ctx, p.clock, func() (*dynamodb.UpdateItemOutput, error) { return p.DB.UpdateItem(ctx, in, o...) })
}

// DeleteItem implements DB.
func (p patient) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return contend(ctx, p.clock, func() (*dynamodb.DeleteItemOutput, error) { return p.DB.DeleteItem(ctx, in, o...) })
}

// TransactWriteItems implements DB.
func (p patient) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return contend(ctx, p.clock, func() (*dynamodb.TransactWriteItemsOutput, error) { return p.DB.TransactWriteItems(ctx, in, o...) })
}

// contend sends a write until it is answered.
func contend[T any](ctx context.Context, c clock.Clock, write func() (T, error)) (T, error) {
	began, pause := c.Now(), contendPause
	for {
		out, err := write()
		if err == nil || !crowded(err) || c.Since(began) >= contendFor {
			return out, err
		}
		if clock.Sleep(ctx, c, anew.Scattered(pause)) != nil {
			return out, err
		}
		pause = min(2*pause, contendMost)
	}
}

// crowded reports whether a write was refused for the sake of other writers alone.
// A transaction of which a condition failed has its answer.
// Source: DynamoDB API reference, TransactWriteItems, CancellationReasons.
func crowded(err error) bool {
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		others := false
		for _, reason := range cancelled.CancellationReasons {
			switch aws.ToString(reason.Code) {
			case "", "None":
			case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
				others = true
			default:
				return false
			}
		}
		return others
	}
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.ErrorCode() {
	case "TransactionConflictException", "ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded":
		return true
	}
	return false
}

// unavailable turns an SDK error into a fault that may be tried again, unless it
// says that an item is too large: that stays so.
func unavailable(err error) error {
	if tooLarge(err) {
		return fault.Wrap(err, fault.Invalid, fault.CodePayloadTooLarge, "This is more than can be kept in one piece (400 KB); shorten it, or split it.")
	}
	if crowded(err) {
		f := fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "Too much is written at this moment; try again in a second.")
		f.RetryAfter = crowdedAgain
		return f
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The database did not answer; try again.")
}

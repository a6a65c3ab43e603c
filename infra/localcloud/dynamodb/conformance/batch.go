package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// numbered is the key, and the item, with the number as its sort key.
func numbered(n int) string { return fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"S":"%d"}}`, n) }

func putRequest(it string) types.WriteRequest {
	return types.WriteRequest{PutRequest: &types.PutRequest{Item: item(it)}}
}

func deleteRequest(key string) types.WriteRequest {
	return types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: item(key)}}
}

func (s suite) batches(t *testing.T) {
	table := s.table(t, "pk:S sk:S")
	t.Run("write", func(t *testing.T) { s.batchWrite(t, table) })
	t.Run("refused writes", func(t *testing.T) { s.batchWriteRefused(t, table) })
	t.Run("get", func(t *testing.T) { s.batchGet(t, table) })
	t.Run("refused gets", func(t *testing.T) { s.batchGetRefused(t, table) })
	t.Run("unprocessed keys", s.unprocessed)
}

func (s suite) batchWrite(t *testing.T, table string) {
	other := s.table(t, "pk:S")
	s.put(t, table, numbered(100))
	var all []types.WriteRequest
	for i := range 23 {
		all = append(all, putRequest(numbered(i)))
	}
	out, err := s.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{
		table: append(all, deleteRequest(numbered(100))), other: {putRequest(`{"pk":{"S":"x"}}`)},
	}})
	if err != nil || len(out.UnprocessedItems) > 0 {
		t.Fatal(out, err)
	}
	for i := range 23 {
		if s.get(t, table, numbered(i)) == nil {
			t.Errorf("item %d is missing", i)
		}
	}
	if s.get(t, table, numbered(100)) != nil || s.get(t, other, `{"pk":{"S":"x"}}`) == nil {
		t.Error("the deletion or the other table's item is missing")
	}
}

func (s suite) batchWriteRefused(t *testing.T, table string) {
	var many []types.WriteRequest
	for i := range 26 {
		many = append(many, putRequest(numbered(i)))
	}
	for _, c := range []struct {
		name, table, want string
		requests          []types.WriteRequest
	}{
		{"no requests", table, "ValidationException: The batch write request list for a table cannot be null or empty: " + table, []types.WriteRequest{}},
		{"26 requests", table, "ValidationException: 1 validation error detected: Value '{26 requests}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]", many},
		{"neither", table, "ValidationException: Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes", []types.WriteRequest{{}}},
		{"duplicates", table, "ValidationException: Provided list of item keys contains duplicates", []types.WriteRequest{putRequest(numbered(1)), deleteRequest(numbered(1))}},
		{"no such table", "conformance-none", "ResourceNotFoundException: Requested resource not found", []types.WriteRequest{putRequest(numbered(1))}},
		{"no key", table, "ValidationException: One or more parameter values were invalid: Missing the key sk in the item", []types.WriteRequest{putRequest(`{"pk":{"S":"a"}}`)}},
		{"half a key", table, "ValidationException: The number of conditions on the keys is invalid", []types.WriteRequest{deleteRequest(`{"pk":{"S":"a"}}`)}},
		{"too large", table, "ValidationException: Item size has exceeded the maximum allowed size", []types.WriteRequest{putRequest(`{"pk":{"S":"a"},"sk":{"S":"b"},"x":{"S":"` + strings.Repeat("x", 400<<10) + `"}}`)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{c.table: c.requests}})
			s.refused(t, err, c.want)
		})
	}
	_, err := s.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{}})
	s.refused(t, err, "ValidationException: 1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: Member must not be null")
}

func (s suite) batchGet(t *testing.T, table string) {
	s.put(t, table, `{"pk":{"S":"g"},"sk":{"S":"1"},"x":{"M":{"a":{"N":"1"},"b":{"N":"2"}}}}`, `{"pk":{"S":"g"},"sk":{"S":"2"}}`)
	out, err := s.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{table: {
		Keys:                 []attributes{item(`{"pk":{"S":"g"},"sk":{"S":"1"}}`), item(`{"pk":{"S":"g"},"sk":{"S":"2"}}`), item(`{"pk":{"S":"g"},"sk":{"S":"3"}}`)},
		ProjectionExpression: aws.String("#x.a, sk"), ExpressionAttributeNames: map[string]string{"#x": "x"}, ConsistentRead: aws.Bool(true),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, it := range out.Responses[table] {
		got = append(got, show(it))
	}
	want := show(item(`{"sk":{"S":"1"},"x":{"M":{"a":{"N":"1"}}}}`)) + show(item(`{"sk":{"S":"2"}}`))
	if joined := strings.Join(got, ""); joined != want || len(out.UnprocessedKeys) > 0 {
		t.Errorf("got %s, unprocessed %v", joined, out.UnprocessedKeys)
	}
}

func (s suite) batchGetRefused(t *testing.T, table string) {
	var many []attributes
	for i := range 101 {
		many = append(many, item(numbered(i)))
	}
	for _, c := range []struct {
		name, table, want string
		ask               types.KeysAndAttributes
	}{
		{"101 keys", table, "ValidationException: Too many items requested for the BatchGetItem call", types.KeysAndAttributes{Keys: many}},
		{"duplicates", table, "ValidationException: Provided list of item keys contains duplicates", types.KeysAndAttributes{Keys: []attributes{item(numbered(1)), item(numbered(1))}}},
		{"no such table", "conformance-none", "ResourceNotFoundException: Requested resource not found", types.KeysAndAttributes{Keys: many[:1]}},
		{"half a key", table, "ValidationException: The number of conditions on the keys is invalid", types.KeysAndAttributes{Keys: []attributes{item(`{"pk":{"S":"a"}}`)}}},
		{"unused name", table, "ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}", types.KeysAndAttributes{
			Keys: many[:1], ProjectionExpression: aws.String("sk"), ExpressionAttributeNames: map[string]string{"#x": "x"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{c.table: c.ask}})
			s.refused(t, err, c.want)
		})
	}
}

// unprocessed gets more than 16 MB: what does not fit is named, and comes when asked again.
func (s suite) unprocessed(t *testing.T) {
	table := s.table(t, "pk:S sk:S")
	var keys []attributes
	for i := range 45 {
		s.put(t, table, fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"S":"%d"},"x":{"S":"%s"}}`, i, strings.Repeat("x", 390000)))
		keys = append(keys, item(numbered(i)))
	}
	ask := map[string]types.KeysAndAttributes{table: {Keys: keys, ProjectionExpression: aws.String("sk, x")}}
	got := map[string]bool{}
	rounds := 0
	for ; len(ask) > 0; rounds++ {
		out, err := s.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: ask})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Responses[table] {
			got[it["sk"].(*types.AttributeValueMemberS).Value] = true
		}
		ask = out.UnprocessedKeys
	}
	if len(got) != 45 || rounds != 2 {
		t.Errorf("%d items came in %d rounds", len(got), rounds)
	}
}

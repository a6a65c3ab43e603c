package dynamodb

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// FuzzDo sends any body to any operation: the answer is JSON, and nothing panics.
func FuzzDo(f *testing.F) {
	for i, body := range []string{
		`{"TableName":"runs","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"ProjectionExpression":"a.b[0], #c","ExpressionAttributeNames":{"#c":"c"}}`,
		`{"TableName":"runs","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"os":{"S":"o"},"du":{"N":"1e2"},"ttl":{"N":"99"},"l":{"L":[{"M":{"x":{"SS":["a"]}}}]}}}`,
		`{"TableName":"runs","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"UpdateExpression":"SET l[0].x = :v REMOVE os ADD du :n","ExpressionAttributeValues":{":v":{"B":"YQ=="},":n":{"N":"1"}},"ReturnValues":"UPDATED_NEW"}`,
		`{"TableName":"runs","KeyConditionExpression":"pk = :p AND sk BETWEEN :a AND :b","ExpressionAttributeValues":{":p":{"S":"a"},":a":{"S":"0"},":b":{"S":"2"}},"Limit":1,"ReturnConsumedCapacity":"INDEXES"}`,
		`{"TableName":"runs","IndexName":"open","ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"S":"1"},"os":{"S":"o"},"du":{"N":"1"}},"Segment":0,"TotalSegments":3}`,
		`{"RequestItems":{"runs":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"S":"2"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"a"},"sk":{"S":"3"}}}}]}}`,
		`{"RequestItems":{"runs":{"Keys":[{"pk":{"S":"a"},"sk":{"S":"2"}}],"ConsistentRead":true}}}`,
		`{"ClientRequestToken":"t","TransactItems":[{"ConditionCheck":{"TableName":"runs","Key":{"pk":{"S":"a"},"sk":{"S":"2"}},"ConditionExpression":"attribute_exists(pk)"}}]}`,
		`{"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/runs/stream/x","ShardId":"shardId-00000001767225600000-00000000","ShardIteratorType":"LATEST"}`,
		`{"ShardIterator":"arn:aws:dynamodb:us-east-1:000000000000:table/runs/stream/x|1|AAAAAAAAAAAAAAAAAAAAAAA="}`,
		`{"TableName":"new","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}`,
		`{"TableName":"runs","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":false}}`,
	} {
		f.Add(i, body)
	}
	store, err := kv.Open(kv.Options{})
	if err != nil {
		f.Fatal(err)
	}
	s, err := New(Options{Store: store, Clock: clock.Real()})
	if err != nil {
		f.Fatal(err)
	}
	spec := runsTable
	spec.StreamLabel = "x"
	spec.LocalIndexes = []IndexSpec{{Name: "local", Key: Key{"pk", "os"}, Projection: "INCLUDE", Include: []string{"l"}}}
	var targets []string
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		targets = append(targets, "DynamoDB_20120810."+name)
	}
	for _, name := range slices.Sorted(maps.Keys(streamOperations)) {
		targets = append(targets, "DynamoDBStreams_20120810."+name)
	}
	f.Fuzz(func(t *testing.T, operation int, body string) {
		if err := s.CreateTable(spec); err != nil { // an earlier body may have deleted it
			t.Fatal(err)
		}
		for i, target := range targets {
			if i != operation && operation >= 0 && operation < len(targets) {
				continue
			}
			if _, answer := s.Do(target, []byte(body)); !json.Valid(answer) {
				t.Fatalf("%s %q answers %q", target, body, answer)
			}
		}
	})
}

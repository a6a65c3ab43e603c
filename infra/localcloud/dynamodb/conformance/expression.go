package conformance

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

//go:embed cases
var caseFiles embed.FS

// testCase is a line of one of the files of cases; doc.go says which has what.
type testCase struct {
	Expression string
	Operation  string
	Parameters parameters
	Values     map[string]any
	Names      map[string]string
	Return     string
	expected
	// Local is what DynamoDB Local does instead.
	Local *expected
}

// expected is the outcome of a case.
type expected struct {
	Want   string
	Answer map[string]any
	Item   map[string]any
	Gone   []string
}

// readCases calls run for each case of a file, as a subtest with the outcome that
// the target must have.
func (s suite) readCases(t *testing.T, file string, run func(t *testing.T, c testCase, want expected)) {
	t.Helper()
	text, err := caseFiles.ReadFile("cases/" + file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var c testCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("%s:%d: %v", file, n, err)
		}
		t.Run(fmt.Sprintf("line%d", n), func(t *testing.T) {
			want := c.expected
			if s.Local && c.Local != nil {
				want = *c.Local
			}
			run(t, c, want)
			if t.Failed() {
				t.Logf("%s:%d: %s", file, n, lines.Bytes())
			}
		})
	}
}

// values makes the SDK's ExpressionAttributeValues; an empty map stays one.
func (c testCase) values() attributes {
	if c.Values == nil {
		return nil
	}
	return toItem(c.Values)
}

func (s suite) conditions(t *testing.T) {
	table := s.table(t, "pk:S sk:S")
	s.put(t, table, richItem)
	s.readCases(t, "condition.jsonl", func(t *testing.T, c testCase, want expected) {
		_, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: &table, Item: item(richItem), ConditionExpression: &c.Expression,
			ExpressionAttributeNames: c.Names, ExpressionAttributeValues: c.values(),
		})
		if want.Want == "holds" {
			want.Want = ""
		}
		s.refused(t, err, want.Want)
	})
}

func (s suite) updates(t *testing.T) {
	table := s.table(t, "pk:S sk:S")
	before := plain(item(richItem))
	s.readCases(t, "update.jsonl", func(t *testing.T, c testCase, want expected) {
		s.put(t, table, richItem)
		out, err := s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &table, Key: item(richKey), UpdateExpression: &c.Expression, ReturnValues: types.ReturnValue(c.Return),
			ExpressionAttributeNames: c.Names, ExpressionAttributeValues: c.values(),
		})
		s.refused(t, err, want.Want)
		answer := map[string]any{}
		if err == nil {
			answer = plain(out.Attributes)
		}
		if d := cmp.Diff(orEmpty(want.Answer), answer); d != "" {
			t.Errorf("answer (-want +got):\n%s", d)
		}
		after := maps.Clone(before)
		maps.Copy(after, want.Item)
		maps.DeleteFunc(after, func(name string, _ any) bool { return slices.Contains(want.Gone, name) })
		if d := cmp.Diff(after, plain(s.get(t, table, richKey))); d != "" {
			t.Errorf("item (-want +got):\n%s", d)
		}
	})
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// parameters are those of a Query or Scan that the cases use.
type parameters struct {
	KeyConditionExpression, FilterExpression, ProjectionExpression, IndexName *string
	Select, ReturnConsumedCapacity                                            string
	Limit, Segment, TotalSegments                                             *int32
	ConsistentRead, ScanIndexForward                                          *bool
	ExclusiveStartKey                                                         map[string]any
}

func (s suite) queries(t *testing.T) {
	table := s.searched(t)
	s.readCases(t, "query.jsonl", func(t *testing.T, c testCase, want expected) {
		var got map[string]any
		var err error
		if c.Operation == "Scan" {
			got, err = s.scan(table, c)
		} else {
			got, err = s.query(table, c)
		}
		s.refused(t, err, want.Want)
		if d := cmp.Diff(orEmpty(want.Answer), orEmpty(got)); d != "" {
			t.Errorf("answer (-want +got):\n%s", d)
		}
	})
}

func (s suite) query(table string, c testCase) (map[string]any, error) {
	p := c.Parameters
	out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &table, IndexName: p.IndexName, KeyConditionExpression: p.KeyConditionExpression,
		FilterExpression: p.FilterExpression, ProjectionExpression: p.ProjectionExpression,
		Select: types.Select(p.Select), ReturnConsumedCapacity: types.ReturnConsumedCapacity(p.ReturnConsumedCapacity),
		Limit: p.Limit, ConsistentRead: p.ConsistentRead, ScanIndexForward: p.ScanIndexForward,
		ExclusiveStartKey: toItem(p.ExclusiveStartKey), ExpressionAttributeNames: c.Names, ExpressionAttributeValues: c.values(),
	})
	if err != nil {
		return nil, err
	}
	return found(out.Items, out.Count, out.ScannedCount, out.LastEvaluatedKey, out.ConsumedCapacity), nil
}

func (s suite) scan(table string, c testCase) (map[string]any, error) {
	p := c.Parameters
	out, err := s.Client.Scan(ctx, &dynamodb.ScanInput{
		TableName: &table, IndexName: p.IndexName, FilterExpression: p.FilterExpression, ProjectionExpression: p.ProjectionExpression,
		Select: types.Select(p.Select), ReturnConsumedCapacity: types.ReturnConsumedCapacity(p.ReturnConsumedCapacity),
		Limit: p.Limit, ConsistentRead: p.ConsistentRead, Segment: p.Segment, TotalSegments: p.TotalSegments,
		ExclusiveStartKey: toItem(p.ExclusiveStartKey), ExpressionAttributeNames: c.Names, ExpressionAttributeValues: c.values(),
	})
	if err != nil {
		return nil, err
	}
	return found(out.Items, out.Count, out.ScannedCount, out.LastEvaluatedKey, out.ConsumedCapacity), nil
}

// found makes the answer of a query or scan comparable with that of a case.
func found(items []attributes, count, scanned int32, last attributes, used *types.ConsumedCapacity) map[string]any {
	out := map[string]any{"Count": float64(count), "ScannedCount": float64(scanned)}
	if items != nil {
		all := []any{}
		for _, it := range items {
			all = append(all, plain(it))
		}
		out["Items"] = all
	}
	if last != nil {
		out["LastEvaluatedKey"] = plain(last)
	}
	if used != nil {
		out["ConsumedCapacity"] = capacityOf(used)
	}
	return out
}

// capacityOf makes a ConsumedCapacity comparable; the table's name is the test's own.
func capacityOf(u *types.ConsumedCapacity) map[string]any {
	out := map[string]any{"TableName": "tab", "CapacityUnits": *u.CapacityUnits}
	if u.Table != nil {
		out["Table"] = map[string]any{"CapacityUnits": aws.ToFloat64(u.Table.CapacityUnits)}
	}
	for name, all := range map[string]map[string]types.Capacity{
		"GlobalSecondaryIndexes": u.GlobalSecondaryIndexes, "LocalSecondaryIndexes": u.LocalSecondaryIndexes,
	} {
		if len(all) == 0 {
			continue
		}
		of := map[string]any{}
		for index, c := range all {
			of[index] = map[string]any{"CapacityUnits": aws.ToFloat64(c.CapacityUnits)}
		}
		out[name] = of
	}
	return out
}

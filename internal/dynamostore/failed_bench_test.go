package dynamostore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oversight"
)

// manyFailures is how many failed executions the search is measured with.
const manyFailures = 200_000

// manyFailed writes failed executions of 30 days: copies of one that failed, under
// other keys. One in a thousand has another text, and the oldest one its own.
func manyFailed(b *testing.B, r *dynamostore.Runs, client *dynamodb.Client) {
	b.Helper()
	ref := execution.Ref{Tenant: "ten_a", ID: ident.Execution(ident.New(ident.PrefixExecution, noon))}
	create(b, r, ref, "wf_1", noon)
	fail(b, r, ref, execution.Failure{Code: "UPSTREAM_ERROR", Node: "Fetch", Type: "n8n-nodes-base.httpRequest", Message: strings.Repeat("The other side answered 500. ", 6)}, noon)
	got, err := client.GetItem(b.Context(), &dynamodb.GetItemInput{TableName: ptr(table.Runs), Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "T#ten_a"}, "sk": &types.AttributeValueMemberS{Value: "E#" + string(ref.ID)},
	}})
	if err != nil || got.Item == nil {
		b.Fatal(err)
	}
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	common := got.Item["fx"].(*types.AttributeValueMemberS).Value
	var batch []types.WriteRequest
	for i := range manyFailures {
		at := noon.Add(-time.Duration(i) * 12 * time.Second)
		item := map[string]types.AttributeValue{}
		for k, v := range got.Item {
			item[k] = v
		}
		id := ident.New(ident.PrefixExecution, at)
		item["pk"], item["sk"] = text(fmt.Sprintf("T#ten_%d", i%500)), text("E#"+id)
		item["fp"], item["fk"] = text("FAILED#"+at.Format(time.DateOnly)), text(at.Format("2006-01-02T15:04:05.000Z")+"#"+id)
		switch {
		case i == manyFailures-1:
			item["fx"] = text(common + " the needle")
		case i%1000 == 0:
			item["fx"] = text(common + " certificate expired")
		}
		batch = append(batch, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
		if len(batch) == 25 || i == manyFailures-1 {
			if _, err := client.BatchWriteItem(b.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table.Runs: batch}}); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
}

func ptr[T any](v T) *T { return &v }

// BenchmarkSearchOfFailures finds the first 50 failures among 200,000 of 30 days.
func BenchmarkSearchOfFailures(b *testing.B) {
	c := clock.NewManual(noon)
	client := table.Client(table.Open(b, c))
	r := dynamostore.NewRuns(client, table.Runs, nil, c)
	manyFailed(b, r, client)
	for name, q := range map[string]oversight.FailedQuery{
		"newest":                   {},
		"common code":              {Code: "UPSTREAM_ERROR"},
		"text of one in 1,000":     {Text: "certificate"},
		"text of the oldest alone": {Text: "needle"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				q.Since, q.Until = noon.AddDate(0, 0, -30), noon.Add(time.Minute)
				found := 0
				err := r.Failed(b.Context(), q, func(oversight.Failed) bool { found++; return found < 50 })
				if err != nil || found == 0 {
					b.Fatal(found, err)
				}
			}
		})
	}
}

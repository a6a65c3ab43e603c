package dynamostore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// create makes a queued execution.
func create(t testing.TB, r *dynamostore.Runs, ref execution.Ref, wf ident.Workflow, now time.Time) {
	t.Helper()
	_, err := r.Create(context.Background(), execution.Creation{
		Control: execution.Control{
			Ref: ref, WorkflowID: wf, Version: 1, Plan: tenant.Enterprise, Status: execution.Queued, Generation: 1,
			CreatedAt: now, QueuedAt: now, DueAt: now,
		},
		Limits: tenant.DefaultLimits(tenant.Enterprise),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fail ends a queued execution with a failure.
func fail(t testing.TB, r *dynamostore.Runs, ref execution.Ref, f execution.Failure, now time.Time) {
	t.Helper()
	_, err := r.Settle(context.Background(), execution.Settlement{
		Guard: execution.Guard{Ref: ref}, AnyGeneration: true, From: execution.Queued, Status: execution.Failed, Failure: &f, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// failures are 40 failed executions of two tenants over three days.
func failures(t *testing.T, r *dynamostore.Runs) []oversight.Failed {
	var all []oversight.Failed
	for i := range 40 {
		at := noon.Add(time.Duration(i) * 91 * time.Minute)
		ref := execution.Ref{Tenant: ident.Tenant("ten_" + "ab"[i%2:i%2+1]), ID: ident.Execution(ident.New(ident.PrefixExecution, at))}
		f := execution.Failure{Code: fault.Code([]string{"UPSTREAM_ERROR", "CODE_ERROR", "CODE"}[i%3]), Node: "Ask", Type: "x.http", Message: fmt.Sprintf("Failed BADLY %d", i%5)}
		wf := ident.Workflow(fmt.Sprintf("wf_%d", i%4))
		create(t, r, ref, wf, at)
		fail(t, r, ref, f, at)
		all = append(all, oversight.Failed{Ref: ref, WorkflowID: wf, At: at, Fingerprint: oversight.Fingerprint(f), Failure: f})
	}
	slices.Reverse(all)
	return all
}

func TestFailedExecutionsAreFoundOverDaysNewestFirst(t *testing.T) {
	c := clock.NewManual(noon)
	r := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	all := failures(t, r)
	c.Advance(72 * time.Hour)
	ever := oversight.FailedQuery{Since: noon.Add(-time.Hour), Until: noon.Add(96 * time.Hour)}
	for name, tc := range map[string]struct {
		narrow func(*oversight.FailedQuery)
		fits   func(oversight.Failed) bool
	}{
		"all":          {func(*oversight.FailedQuery) {}, func(oversight.Failed) bool { return true }},
		"tenant":       {func(q *oversight.FailedQuery) { q.Tenant = "ten_a" }, func(f oversight.Failed) bool { return f.Tenant == "ten_a" }},
		"workflow":     {func(q *oversight.FailedQuery) { q.WorkflowID = "wf_1" }, func(f oversight.Failed) bool { return f.WorkflowID == "wf_1" }},
		"code":         {func(q *oversight.FailedQuery) { q.Code = "CODE" }, func(f oversight.Failed) bool { return f.Failure.Code == "CODE" }},
		"text":         {func(q *oversight.FailedQuery) { q.Text = "Badly 3" }, func(f oversight.Failed) bool { return strings.HasSuffix(f.Failure.Message, "3") }},
		"code as text": {func(q *oversight.FailedQuery) { q.Text = "upstream_" }, func(f oversight.Failed) bool { return f.Failure.Code == "UPSTREAM_ERROR" }},
		"since":        {func(q *oversight.FailedQuery) { q.Since = all[20].At }, func(f oversight.Failed) bool { return !f.At.Before(all[20].At) }},
		"until":        {func(q *oversight.FailedQuery) { q.Until = all[20].At }, func(f oversight.Failed) bool { return f.At.Before(all[20].At) }},
	} {
		q := ever
		tc.narrow(&q)
		var want, got []oversight.Failed
		for _, f := range all {
			if tc.fits(f) {
				want = append(want, f)
			}
		}
		for q.Before = ""; ; { // in pages of seven
			n := 0
			err := r.Failed(context.Background(), q, func(f oversight.Failed) bool {
				q.Before, f.Key = f.Key, ""
				got = append(got, f)
				n++
				return n < 7
			})
			if err != nil {
				t.Fatal(err)
			}
			if n < 7 {
				break
			}
		}
		if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
			t.Errorf("%s: %s", name, d)
		}
	}
	// A range that holds nothing, within a day and over days: by its bounds, or because
	// a cursor came with others than it was given for.
	for name, q := range map[string]oversight.FailedQuery{
		"bounds": {Since: all[9].At, Until: all[9].At.Add(-time.Second)}, "cursor": {Since: all[9].At, Until: ever.Until, Before: all[20].At.Format(time.RFC3339)},
		"days": {Since: ever.Until, Until: ever.Since},
	} {
		err := r.Failed(t.Context(), q, func(f oversight.Failed) bool {
			t.Errorf("%s: %v", name, f)
			return true
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExecutionIsFoundByItsIDWhileItIsOpenOrFailed(t *testing.T) {
	c := clock.NewManual(noon)
	r := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	ref := execution.Ref{Tenant: "ten_a", ID: ident.Execution(ident.New(ident.PrefixExecution, noon))}
	find := func(want bool) {
		t.Helper()
		got, ok, err := r.Find(context.Background(), ref.ID)
		if err != nil || ok != want || (ok && got != ref) {
			t.Errorf("got %v %v %v, want %v", got, ok, err, want)
		}
	}
	find(false)
	create(t, r, ref, "wf_1", noon)
	find(true)
	c.Advance(50 * time.Hour)
	fail(t, r, ref, execution.Failure{Code: "X"}, c.Now())
	find(true)
	// A resumed execution is no failure any more.
	if _, err := r.Requeue(context.Background(), execution.Requeue{
		Ref: ref, Generation: 1, From: []execution.Status{execution.Failed}, Now: c.Now(), DueAt: c.Now(), Resumed: true,
	}); err != nil {
		t.Fatal(err)
	}
	find(true)
	err := r.Failed(context.Background(), oversight.FailedQuery{Since: noon, Until: c.Now().Add(time.Hour)}, func(f oversight.Failed) bool {
		t.Errorf("%v is listed as failed", f)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkFailedSearch looks for one of 200,000 failures of a day by its text.
func BenchmarkFailedSearch(b *testing.B) {
	const total = 200_000
	c := clock.NewManual(noon)
	rt := table.Open(b, c)
	fillFailed(b, table.Client(rt), total)
	r := dynamostore.NewRuns(table.Client(rt), table.Runs, nil, c)
	for _, needle := range []string{"needle 199990.", "needle 100000.", "needle 5."} {
		b.Run(needle, func(b *testing.B) {
			for b.Loop() {
				found := 0
				err := r.Failed(context.Background(), oversight.FailedQuery{Since: noon.Add(-24 * time.Hour), Until: noon, Text: needle},
					func(oversight.Failed) bool { found++; return false })
				if err != nil || found != 1 {
					b.Fatal(found, err)
				}
			}
		})
	}
}

// fillFailed writes failures as Settle leaves them, without their runs.
func fillFailed(b *testing.B, db *dynamodb.Client, n int) {
	s := func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
	for from := 0; from < n; from += 25 {
		var batch []types.WriteRequest
		for i := from; i < min(from+25, n); i++ {
			at := noon.Add(-12*time.Hour + time.Duration(i)*time.Millisecond*200)
			id := ident.New(ident.PrefixExecution, at)
			text := fmt.Sprintf("upstream_error ask the server the server answered 503 for needle %d. try again later or ask its owner", i)
			batch = append(batch, types.WriteRequest{PutRequest: &types.PutRequest{Item: map[string]types.AttributeValue{
				"pk": s(fmt.Sprintf("T#ten_%d", i%100)), "sk": s("E#" + id), "fp": s("FAILED#" + at.Format(time.DateOnly)),
				"fk": s(at.Format("2006-01-02T15:04:05.000Z") + "#" + id), "fg": s("0123456789abcdef"), "fx": s(text), "wf": s("wf_1"),
				"er": s(`{"node":"Ask","nodeId":"1","type":"n8n-nodes-base.httpRequest","code":"UPSTREAM_ERROR","message":"` + text + `"}`),
			}}})
		}
		if _, err := db.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table.Runs: batch}}); err != nil {
			b.Fatal(err)
		}
	}
}

// stalled does not answer questions about one day, until the asker gives up.
type stalled struct {
	dynamostore.DB
	day   string
	asked chan struct{} // closed by the first of them
	open  atomic.Int64
}

func (s *stalled) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	for _, v := range in.ExpressionAttributeValues {
		if v, ok := v.(*types.AttributeValueMemberS); ok && v.Value == "FAILED#"+s.day {
			s.open.Add(1)
			defer s.open.Add(-1)
			close(s.asked)
			<-ctx.Done()
			return nil, ctx.Err()
		}
	}
	return s.DB.Query(ctx, in, o...)
}

// Days are read ahead. When the caller has what it wants, no question outlives the
// call: whoever closes the database next would pull it away beneath it.
func TestReadingAheadOfFailuresEndsWithTheCall(t *testing.T) {
	c := clock.NewManual(noon)
	db := &stalled{DB: table.Client(table.Open(t, c)), day: noon.Format(time.DateOnly), asked: make(chan struct{})}
	r := dynamostore.NewRuns(db, table.Runs, nil, c)
	all := failures(t, r)
	newest := all[0].At.Format(time.DateOnly)
	ever := oversight.FailedQuery{Since: noon, Until: all[0].At.Add(time.Minute), Tenant: all[0].Tenant}
	err := r.Failed(t.Context(), ever, func(f oversight.Failed) bool {
		if f.At.Format(time.DateOnly) == newest {
			return true
		}
		<-db.asked // the day before this one is asked for already
		return false
	})
	if n := db.open.Load(); err != nil || n != 0 {
		t.Errorf("%d questions are still open, %v", n, err)
	}
}

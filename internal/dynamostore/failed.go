package dynamostore

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oversight"
)

// The failed index lists failed executions by the day and time of the failure. It
// has what operators search in: the failure itself, its fingerprint, and its text
// in small letters.
const (
	indexFailed     = "failed"
	attrFailedDay   = "fp"
	attrFailedAt    = "fk"
	attrFingerprint = "fg"
	attrFailedText  = "fx"
)

// maxFailedText is how much of a failure's text is searched, in bytes.
const maxFailedText = 500

// indexFailure lists the execution in the failed index.
func indexFailure(e *expression, s execution.Settlement) {
	e.Set(attrFailedDay, str(failedDay(s.Now)))
	e.Set(attrFailedAt, str(s.Now.UTC().Format(sortTime)+"#"+string(s.ID)))
	var f execution.Failure
	if s.Failure != nil {
		f = *s.Failure
	}
	text := strings.ToLower(strings.ToValidUTF8(string(f.Code)+" "+f.Node+" "+f.Message, ""))
	e.Set(attrFailedText, str(strings.ToValidUTF8(text[:min(len(text), maxFailedText)], "")))
	e.Set(attrFingerprint, str(oversight.Fingerprint(f)))
}

// failedDay is the partition of the failures of a day.
func failedDay(t time.Time) string { return "FAILED#" + t.UTC().Format(time.DateOnly) }

var _ oversight.Index = (*Runs)(nil)

// Failed reads the failed index, newest first, until fn returns false.
func (r *Runs) Failed(ctx context.Context, q oversight.FailedQuery, fn func(oversight.Failed) bool) error {
	since, until := q.Since.UTC(), q.Until.UTC()
	if at, _, ok := strings.Cut(q.Before, "#"); ok { // where the page before ended
		if t, err := time.Parse(sortTime, at); err == nil && t.Before(until) {
			until = t.Add(time.Millisecond)
		}
	}
	ahead := 1
	if q.Text != "" || q.Code != "" || q.Fingerprint != "" || q.Tenant != "" || q.WorkflowID != "" || q.Brief {
		ahead = daysAhead // most days have little that fits, and are read to their end
	}
	var days []time.Time
	for day := until; day.Format(time.DateOnly) >= since.Format(time.DateOnly); day = day.AddDate(0, 0, -1) {
		days = append(days, day)
	}
	return r.failedIn(ctx, days, ahead, q, fn)
}

// daysAhead is how many days are read at one time.
const daysAhead = 8

// dayBuffer is how many failures of a later day wait for those before.
const dayBuffer = 64

// failedIn reads days in their order, some of them ahead.
func (r *Runs) failedIn(ctx context.Context, days []time.Time, ahead int, q oversight.FailedQuery, fn func(oversight.Failed) bool) error {
	ctx, stop := context.WithCancel(ctx)
	var busy sync.WaitGroup
	defer busy.Wait() // no read outlives the call
	defer stop()
	type reading struct {
		found chan oversight.Failed
		err   error
	}
	readings := make([]*reading, 0, len(days))
	begin := func() {
		if len(readings) == len(days) {
			return
		}
		day, x := days[len(readings)], &reading{found: make(chan oversight.Failed, dayBuffer)}
		readings = append(readings, x)
		busy.Go(func() {
			defer close(x.found)
			_, x.err = r.failedOn(ctx, day, q, func(f oversight.Failed) bool {
				select {
				case x.found <- f:
					return true
				case <-ctx.Done():
					return false
				}
			})
		})
	}
	begin()
	for i := range days {
		for f := range readings[i].found {
			if !fn(f) {
				return nil
			}
		}
		if err := readings[i].err; err != nil {
			return err
		}
		// What fits is often found on the first day; only then is more read at once.
		for n := 0; n < 2 && len(readings)-i-1 < ahead; n++ {
			begin()
		}
	}
	return nil
}

// failedOn reads one day; it reports whether fn wants to go on.
func (r *Runs) failedOn(ctx context.Context, day time.Time, q oversight.FailedQuery, fn func(oversight.Failed) bool) (bool, error) {
	if low, high := failedBounds(q); low > high {
		return true, nil // the database refuses a range that holds nothing
	}
	pages := dynamodb.NewQueryPaginator(r.db, r.failedQuery(failedDay(day), q))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, unavailable(err)
		}
		for _, item := range page.Items {
			f := decodeFailed(item)
			if f.Key == q.Before {
				continue
			}
			if !fn(f) {
				return false, nil
			}
		}
	}
	return true, nil
}

// failedBounds are the first and the last key that fit.
func failedBounds(q oversight.FailedQuery) (low, high string) {
	low, high = q.Since.UTC().Format(sortTime), q.Until.UTC().Format(sortTime)
	if q.Before != "" && q.Before < high {
		high = q.Before
	}
	return low, high
}

func (r *Runs) failedQuery(partition string, q oversight.FailedQuery) *dynamodb.QueryInput {
	low, high := failedBounds(q)
	in := &dynamodb.QueryInput{
		TableName: r.table, IndexName: aws.String(indexFailed), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression: aws.String("fp = :fp AND fk BETWEEN :lo AND :hi"),
		ExpressionAttributeValues: attrs{
			":fp": str(partition), ":lo": str(low), ":hi": str(high),
		},
	}
	var conds []string
	where := func(cond, name, value string) {
		if value != "" {
			conds = append(conds, cond)
			in.ExpressionAttributeValues[name] = str(value)
		}
	}
	if q.Tenant != "" {
		where("pk = :t", ":t", tenantPK(q.Tenant))
	}
	where("wf = :w", ":w", string(q.WorkflowID))
	where("fg = :g", ":g", q.Fingerprint)
	where("contains(fx, :x)", ":x", strings.ToLower(q.Text))
	if q.Code != "" {
		where("begins_with(fx, :c)", ":c", strings.ToLower(q.Code)+" ")
	}
	if len(conds) > 0 {
		in.FilterExpression = aws.String(strings.Join(conds, " AND "))
	}
	if q.Brief {
		in.ProjectionExpression = aws.String("pk, sk, fk, fg")
	}
	return in
}

func decodeFailed(item attrs) oversight.Failed {
	f := oversight.Failed{
		Ref: execution.Ref{
			Tenant: ident.Tenant(strings.TrimPrefix(getStr(item, attrPK), "T#")),
			ID:     ident.Execution(strings.TrimPrefix(getStr(item, attrSK), executionPrefix)),
		},
		WorkflowID: ident.Workflow(getStr(item, "wf")), Key: getStr(item, attrFailedAt), Fingerprint: getStr(item, attrFingerprint),
	}
	at, _, _ := strings.Cut(f.Key, "#")
	f.At, _ = time.Parse(sortTime, at)
	if s := getStr(item, "er"); s != "" {
		_ = json.Unmarshal([]byte(s), &f.Failure) // written by encodeFailure
	}
	return f
}

// Find looks an execution up in the open index and in the failed index, from the
// day it was made on.
func (r *Runs) Find(ctx context.Context, id ident.Execution) (execution.Ref, bool, error) {
	made := ident.Time(string(id))
	if made.IsZero() {
		return execution.Ref{}, false, nil
	}
	byID := attrs{":sk": str(executionPrefix + string(id)), ":os": str(openShard(string(id)))}
	ref, ok, err := r.findIn(ctx, &dynamodb.QueryInput{
		TableName: r.table, IndexName: aws.String(indexOpen), KeyConditionExpression: aws.String("os = :os"),
		FilterExpression: aws.String("sk = :sk"), ExpressionAttributeValues: byID,
	})
	now := r.clock.Now().Add(time.Minute).UTC()
	for day := made; err == nil && !ok && day.Format(time.DateOnly) <= now.Format(time.DateOnly); day = day.AddDate(0, 0, 1) {
		ref, ok, err = r.findIn(ctx, &dynamodb.QueryInput{
			TableName: r.table, IndexName: aws.String(indexFailed), KeyConditionExpression: aws.String("fp = :fp"),
			FilterExpression:          aws.String("sk = :sk"),
			ExpressionAttributeValues: attrs{":sk": byID[":sk"], ":fp": str(failedDay(day))},
		})
	}
	return ref, ok, err
}

func (r *Runs) findIn(ctx context.Context, q *dynamodb.QueryInput) (execution.Ref, bool, error) {
	pages := dynamodb.NewQueryPaginator(r.db, q)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return execution.Ref{}, false, unavailable(err)
		}
		if len(page.Items) > 0 {
			return decodeFailed(page.Items[0]).Ref, true, nil
		}
	}
	return execution.Ref{}, false, nil
}

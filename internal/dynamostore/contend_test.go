package dynamostore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func creation(i int, now time.Time) execution.Creation {
	return execution.Creation{
		Control: execution.Control{
			Ref: execution.Ref{Tenant: "ten_hot", ID: ident.Execution(fmt.Sprintf("exe_%04d", i))}, WorkflowID: "wf_1", Version: 1,
			Plan: tenant.Enterprise, Status: execution.Queued, Generation: 1, CreatedAt: now, QueuedAt: now, DueAt: now,
		},
		Limits: tenant.Limits{MonthlyRuns: -1, MaxQueued: -1, RunsPerMinute: -1, MaxConcurrent: 20},
	}
}

// TestHotCounterOfATenant asks for more runs at once than the item that counts them
// takes in a second: what fits into some seconds is accepted by and by, the rest is
// told to come again, and the count is exact.
func TestHotCounterOfATenant(t *testing.T) {
	for name, c := range map[string]struct {
		units, asked int
		most         int // that may be refused
	}{
		"a burst of some seconds": {100, 160, 0}, // 50 transactional writes a second
		"more than anybody waits": {20, 300, 299},
	} {
		t.Run(name, func(t *testing.T) {
			rt := table.OpenHot(t, clock.Real(), c.units)
			synctest.Test(t, func(t *testing.T) {
				store := dynamostore.NewRuns(table.Client(rt), table.Runs, nil, clock.Real())
				if err := store.MakeTenant(t.Context(), "ten_hot"); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				var accepted, refused atomic.Int64
				var wg sync.WaitGroup
				for i := range c.asked {
					wg.Go(func() {
						_, err := store.Create(t.Context(), creation(i, began))
						f := fault.Of(err)
						switch {
						case err == nil:
							accepted.Add(1)
						case f.Kind == fault.Unavailable && f.RetryAfter > 0 && strings.Contains(f.Message, "try again"):
							refused.Add(1)
						default:
							t.Error(err)
						}
					})
				}
				wg.Wait()
				took := time.Since(began)
				open, err := store.Open(t.Context(), "ten_hot")
				if err != nil || open != accepted.Load() {
					t.Errorf("%d runs are counted (%v), %d were accepted", open, err, accepted.Load())
				}
				if n := int(refused.Load()); n > c.most || c.most > 0 && n == 0 {
					t.Errorf("%d of %d were refused, want at most %d", n, c.asked, c.most)
				}
				// API Gateway waits for 29 s; none may be kept for as long.
				if took < time.Second || took > 12*time.Second {
					t.Errorf("it took %s", took)
				}
				page, err := store.List(t.Context(), "ten_hot", execution.Filter{Limit: 100})
				if err != nil || len(page.Items) != int(min(accepted.Load(), 100)) {
					t.Errorf("%d runs are listed (%v), %d were accepted", len(page.Items), err, accepted.Load())
				}
			})
		})
	}
}

// TestHotSlotsOfATenant takes and frees the slots of a tenant from all sides, past
// what their item takes: nobody gets an error, and no slot is lost or given twice.
func TestHotSlotsOfATenant(t *testing.T) {
	rt := table.OpenHot(t, clock.Real(), 40)
	synctest.Test(t, func(t *testing.T) {
		store := dynamostore.NewRuns(table.Client(rt), table.Runs, nil, clock.Real())
		if err := store.MakeTenant(t.Context(), "ten_hot"); err != nil {
			t.Fatal(err)
		}
		var held, most, got atomic.Int64
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				ref := execution.Ref{Tenant: "ten_hot", ID: ident.Execution(fmt.Sprintf("exe_%d", i))}
				_, ok, err := store.Acquire(t.Context(), admission.Acquire{Ref: ref, Generation: 1, Until: time.Now().Add(time.Hour), Limit: 10})
				if err != nil {
					t.Error(err)
				}
				if !ok {
					return
				}
				got.Add(1)
				if n := held.Add(1); n > most.Load() {
					most.Store(n)
				}
				held.Add(-1)
				if _, ok, err := store.FreeGeneration(t.Context(), ref, 1); !ok || err != nil {
					t.Errorf("a slot that is held is not freed: %v, %v", ok, err)
				}
			})
		}
		wg.Wait()
		slots, err := store.Slots(t.Context(), "ten_hot")
		if err != nil || len(slots.Leases) != 0 {
			t.Errorf("%d slots are held at the end (%v)", len(slots.Leases), err)
		}
		if got.Load() < 10 || most.Load() > 10 {
			t.Errorf("%d slots were given, %d of them at once; the limit is 10", got.Load(), most.Load())
		}
	})
}

// TestHotBudgetOfATenant draws on one month of AI tokens from many calls, past what
// its item takes: the budget is exact, and no call fails that the budget holds.
func TestHotBudgetOfATenant(t *testing.T) {
	const calls, fit, each = 120, 60, 100
	rt := table.OpenHot(t, clock.Real(), 100)
	synctest.Test(t, func(t *testing.T) {
		l := ledger(rt, clock.Real(), fit*each)
		var granted atomic.Int64
		var wg sync.WaitGroup
		for i := range calls {
			wg.Go(func() {
				e := estimate("ten_hot", i, each)
				e.Origin.ExecutionID = fmt.Sprintf("exe_%d", i) // only the month is hot
				e.Origin.WorkflowID = fmt.Sprintf("wf_%d", i)
				r, err := l.Reserve(t.Context(), e)
				if fault.Of(err) != nil && fault.Of(err).Code == fault.CodeAIBudget {
					return
				}
				if err == nil {
					granted.Add(1)
					err = l.Settle(t.Context(), r, usage.Record{ID: r.ID, Origin: e.Origin, Usage: workflow.TokenUsage{Total: each}, At: noon})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		m, err := l.Tokens(t.Context(), "ten_hot", "2026-11")
		if err != nil || granted.Load() != fit || m.Used != fit*each || m.Committed != m.Used {
			t.Errorf("%d granted, %+v (%v); want %d calls, all used", granted.Load(), m, err, fit)
		}
	})
}

// inTheWay refuses the first writes as DynamoDB does when they meet others.
type inTheWay struct {
	next   http.RoundTripper
	answer string
	left   int
	at     []time.Time
}

func (w *inTheWay) RoundTrip(r *http.Request) (*http.Response, error) {
	op := r.Header.Get("X-Amz-Target")
	if w.left == 0 || strings.HasSuffix(op, ".GetItem") || strings.HasSuffix(op, ".Query") {
		return w.next.RoundTrip(r)
	}
	w.left--
	w.at = append(w.at, time.Now())
	return &http.Response{
		StatusCode: http.StatusBadRequest, Request: r, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader([]byte(w.answer))),
	}, nil
}

const refusal = `{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"in the way"%s}`

// TestEveryWriteWaitsForOthersInItsWay: plain updates, puts and deletes meet
// transactions as transactions do, and each of the services' words for it is known.
func TestEveryWriteWaitsForOthersInItsWay(t *testing.T) {
	plain := []string{
		fmt.Sprintf(refusal, "TransactionConflictException", ""), fmt.Sprintf(refusal, "ThrottlingException", ""),
		fmt.Sprintf(refusal, "ProvisionedThroughputExceededException", ""), fmt.Sprintf(refusal, "RequestLimitExceeded", ""),
	}
	var transactions []string
	for _, code := range []string{"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} {
		transactions = append(transactions, fmt.Sprintf(refusal, "TransactionCanceledException", `,"CancellationReasons":[{"Code":"None"},{"Code":"`+code+`"}]`))
	}
	ref := execution.Ref{Tenant: "ten_a", ID: "exe_1"}
	for name, c := range map[string]struct {
		answers []string
		write   func(context.Context, *dynamostore.Runs) error
	}{
		"slot": {plain, func(ctx context.Context, s *dynamostore.Runs) error {
			_, ok, err := s.Acquire(ctx, admission.Acquire{Ref: ref, Generation: 1, Until: time.Now().Add(time.Hour), Limit: 1})
			if err == nil && !ok {
				err = errors.New("the slot was refused")
			}
			return err
		}},
		"answer of a webhook": {plain, func(ctx context.Context, s *dynamostore.Runs) error {
			return s.PutResponse(ctx, ref, execution.Response{Status: 200})
		}},
		"mark": {plain, func(ctx context.Context, s *dynamostore.Runs) error { return s.DropMark(ctx, "ten_a", "x") }},
		"run": {transactions, func(ctx context.Context, s *dynamostore.Runs) error {
			_, err := s.Create(ctx, creation(1, time.Now()))
			return err
		}},
	} {
		for _, answer := range c.answers {
			t.Run(name, func(t *testing.T) {
				rt := &inTheWay{next: table.OpenLocal(t, clock.Real()), answer: answer}
				synctest.Test(t, func(t *testing.T) {
					store := dynamostore.NewRuns(table.Client(rt), table.Runs, nil, clock.Real())
					if err := store.MakeTenant(t.Context(), "ten_hot"); err != nil {
						t.Fatal(err)
					}
					if err := store.MakeTenant(t.Context(), "ten_a"); err != nil {
						t.Fatal(err)
					}
					rt.left = 5
					if err := c.write(t.Context(), store); err != nil || rt.left != 0 {
						t.Errorf("%v, with %d refusals left of %s", err, rt.left, answer)
					}
				})
			})
		}
	}
}

// TestWritersThatMeetDoNotMeetAgain: pauses grow, are left to chance, and end.
func TestWritersThatMeetDoNotMeetAgain(t *testing.T) {
	rt := table.OpenLocal(t, clock.Real())
	synctest.Test(t, func(t *testing.T) {
		pauses := func() []time.Duration {
			w := &inTheWay{next: rt, answer: fmt.Sprintf(refusal, "TransactionConflictException", ""), left: 1000}
			store := dynamostore.NewRuns(table.Client(w), table.Runs, nil, clock.Real())
			began := time.Now()
			err := store.PutResponse(t.Context(), execution.Ref{Tenant: "ten_a", ID: "exe_1"}, execution.Response{})
			if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
				t.Errorf("a write that is never taken gives %v", err)
			}
			if took := time.Since(began); took < time.Second || took > 10*time.Second {
				t.Errorf("it was tried for %s", took)
			}
			var out []time.Duration
			for i := 1; i < len(w.at); i++ {
				out = append(out, w.at[i].Sub(w.at[i-1]))
			}
			return out
		}
		one, two := pauses(), pauses()
		same := 0
		for i := range min(len(one), len(two)) {
			if one[i] == two[i] {
				same++
			}
		}
		if len(one) < 5 || one[len(one)-1] < 10*one[0] || same > 1 {
			t.Errorf("the pauses are %v and %v", one, two)
		}
	})
	t.Run("the caller's end", func(t *testing.T) {
		w := &inTheWay{next: rt, answer: fmt.Sprintf(refusal, "ThrottlingException", ""), left: 1000}
		store := dynamostore.NewRuns(table.Client(w), table.Runs, nil, clock.NewManual(noon))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := store.PutResponse(ctx, execution.Ref{Tenant: "ten_a", ID: "exe_1"}, execution.Response{}); err == nil || len(w.at) > 1 {
			t.Errorf("%v after %d tries", err, len(w.at))
		}
	})
}

package dynamostore_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// budgets answers with a fixed budget of AI tokens.
type budgets int64

func (b budgets) Limits(context.Context, ident.Tenant) (tenant.Tenant, tenant.Limits, error) {
	return tenant.Tenant{}, tenant.Limits{AITokens: int64(b)}, nil
}

func ledger(rt http.RoundTripper, c clock.Clock, budget int64) *dynamostore.Ledger {
	return dynamostore.NewLedger(dynamostore.NewRuns(table.Client(rt), table.Runs, nil, c), budgets(budget), nil)
}

func estimate(t string, id int, tokens int64) usage.Estimate {
	return usage.Estimate{
		ID: fmt.Sprintf("rsv_%d", id), Origin: usage.Origin{Tenant: t}, Usage: workflow.TokenUsage{Total: tokens},
		CostMicro: tokens, At: noon, Expires: noon.Add(2 * time.Minute),
	}
}

func TestBudgetIsNeverOverspentByThousandConcurrentCalls(t *testing.T) {
	const calls, fit, each = 1000, 50, 100
	c := clock.NewManual(noon)
	l := ledger(table.Open(t, c), c, fit*each)
	ctx := context.Background()
	var granted, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range calls {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := l.Reserve(ctx, estimate("ten_a", i, each))
			switch {
			case err == nil:
				granted.Add(1)
				err = l.Settle(ctx, r, usage.Record{ID: r.ID, Origin: r.Estimate.Origin, Usage: workflow.TokenUsage{Total: each}, At: noon})
				if err != nil {
					t.Error(err)
				}
			case fault.Of(err).Code == fault.CodeAIBudget:
				refused.Add(1)
			default:
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	m, err := l.Tokens(ctx, "ten_a", "2026-11")
	if err != nil || granted.Load() != fit || m.Used != fit*each || m.Committed != m.Used {
		t.Fatalf("%d granted, %+v (%v); want %d calls, all used, nothing reserved", granted.Load(), m, err, fit)
	}
}

func TestWholeRestOfTheBudgetIsUsableAfterSmallCalls(t *testing.T) {
	c := clock.NewManual(noon)
	l := ledger(table.Open(t, c), c, 1000)
	ctx := context.Background()
	r, err := l.Reserve(ctx, estimate("ten_a", 1, 900))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Reserve(ctx, estimate("ten_a", 2, 200)); fault.Of(err).Code != fault.CodeAIBudget {
		t.Fatalf("a call that does not fit gives %v", err)
	}
	if err := l.Settle(ctx, r, usage.Record{ID: r.ID, Origin: r.Estimate.Origin, Usage: workflow.TokenUsage{Total: 10}, At: noon}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Reserve(ctx, estimate("ten_a", 3, 990)); err != nil {
		t.Fatalf("the rest of the budget is not usable: %v", err)
	}
}

func TestExpiredReservationCountsAsUsedUntilALateSettle(t *testing.T) {
	c := clock.NewManual(noon)
	l := ledger(table.Open(t, c), c, 1000)
	ctx := context.Background()
	r, err := l.Reserve(ctx, estimate("ten_a", 1, 400))
	if err != nil {
		t.Fatal(err)
	}
	c.Advance(3 * time.Minute)
	if n, err := l.Expire(ctx); n != 1 || err != nil {
		t.Fatalf("%d expired (%v), want 1", n, err)
	}
	want(t, l, usage.TokenMonth{Used: 400, Committed: 400, CostMicro: 400})
	rec := usage.Record{ID: r.ID, Origin: r.Estimate.Origin, Usage: workflow.TokenUsage{Total: 30}, CostMicro: 30, At: noon}
	for range 2 { // repeated: nothing changes
		if err := l.Settle(ctx, r, rec); err != nil {
			t.Fatal(err)
		}
		want(t, l, usage.TokenMonth{Used: 30, Committed: 30, CostMicro: 30})
	}
	records := 0
	if err := l.UsageRecords(ctx, "ten_a", "2026-11", func(usage.Record) bool { records++; return true }); err != nil || records != 1 {
		t.Fatalf("%d usage records (%v), want one for one call", records, err)
	}
}

func want(t *testing.T, l *dynamostore.Ledger, m usage.TokenMonth) {
	t.Helper()
	if got, err := l.Tokens(context.Background(), "ten_a", "2026-11"); err != nil || got != m {
		t.Fatalf("the budget is %+v (%v), want %+v", got, err, m)
	}
}

// flaky applies some requests and loses the answer.
type flaky struct {
	next http.RoundTripper
	lose func() bool
}

func (f flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.next.RoundTrip(r)
	if err == nil && f.lose() {
		resp.Body.Close()
		return nil, errors.New("the answer was lost")
	}
	return resp, err
}

// TestCommittedIsUsedPlusOpenReservations holds the ledger's books under lost
// answers, repeats, and late settles.
func TestCommittedIsUsedPlusOpenReservations(t *testing.T) {
	c := clock.NewManual(noon)
	rt := table.Open(t, c)
	rounds := 0
	rapid.Check(t, func(t *rapid.T) {
		rounds++
		name := fmt.Sprintf("ten_%d_%p", rounds, t)
		ctx := context.Background()
		lossy := rapid.SliceOfN(rapid.IntRange(0, 9), 64, 64).Draw(t, "lost answers")
		n := 0
		l := ledger(flaky{rt, func() bool { n++; return lossy[n%64] == 0 }}, c, 500)
		calm := ledger(rt, c, 500)
		open, used := map[string]usage.Reservation{}, int64(0)
		for i := range rapid.IntRange(1, 20).Draw(t, "steps") {
			tokens := rapid.Int64Range(1, 200).Draw(t, "tokens")
			e := estimate(name, 1000*rounds+i, tokens)
			r, err := persist(func() (usage.Reservation, error) { return l.Reserve(ctx, e) })
			if err == nil {
				open[r.ID] = r
			} else if fault.Of(err).Code != fault.CodeAIBudget {
				t.Fatal(err)
			}
			for id, r := range open {
				switch rapid.IntRange(0, 3).Draw(t, "end") {
				case 0:
					actual := rapid.Int64Range(0, r.Estimate.Usage.Total).Draw(t, "actual")
					rec := usage.Record{ID: id, Origin: r.Estimate.Origin, Usage: workflow.TokenUsage{Total: actual}, At: noon}
					_, err = persist(func() (int, error) { return 0, l.Settle(ctx, r, rec) })
					used += actual
					delete(open, id)
				case 1:
					_, err = persist(func() (int, error) { return 0, l.Release(ctx, r) })
					delete(open, id)
				}
				if err != nil && fault.Of(err).Code != fault.CodeAIBudget {
					t.Fatal(err)
				}
			}
			reserved := int64(0)
			for _, r := range open {
				reserved += r.Estimate.Usage.Total
			}
			m, err := calm.Tokens(ctx, ident.Tenant(name), "2026-11")
			if err != nil || m.Used != used || m.Committed != used+reserved || m.Committed > 500 {
				t.Fatalf("the books say %+v (%v), want used %d and committed %d", m, err, used, used+reserved)
			}
		}
	})
}

// persist repeats a call while its answer is lost, as callers do.
func persist[T any](call func() (T, error)) (T, error) {
	for {
		v, err := call()
		if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable {
			return v, err
		}
	}
}

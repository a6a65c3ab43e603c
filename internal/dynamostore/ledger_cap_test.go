package dynamostore_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// capped answers with a workflow that has caps.
type capped workflow.Caps

func (c capped) Workflow(context.Context, ident.Tenant, ident.Workflow, int) (*workflow.Workflow, int, error) {
	return &workflow.Workflow{Settings: workflow.Settings{Caps: workflow.Caps(c)}}, 1, nil
}

func cappedEstimate(run string, id int, own bool) usage.Estimate {
	e := estimate("ten_a", id, 100)
	e.Origin.WorkflowID, e.Origin.ExecutionID, e.OwnKey = "wf_1", run, own
	return e
}

// TestCapsHoldExactlyUnderConcurrentCalls runs 200 calls at once against caps for
// 10 of them, with the platform's key and with the tenant's own.
func TestCapsHoldExactlyUnderConcurrentCalls(t *testing.T) {
	for name, c := range map[string]struct {
		caps workflow.Caps
		own  bool
		code fault.Code
	}{
		"tokens of a run":             {workflow.Caps{RunTokens: 1050}, false, fault.CodeRunCap},
		"cost of a run, own key":      {workflow.Caps{RunCostMicro: 1000}, true, fault.CodeRunCap},
		"tokens of a month, own key":  {workflow.Caps{MonthTokens: 1000}, true, fault.CodeWorkflowCap},
		"cost of a month":             {workflow.Caps{MonthCostMicro: 1099}, false, fault.CodeWorkflowCap},
		"the narrower of two decides": {workflow.Caps{MonthTokens: 5000, RunTokens: 1000}, false, fault.CodeRunCap},
	} {
		t.Run(name, func(t *testing.T) {
			clk := clock.NewManual(noon)
			l := ledger(table.Open(t, clk), clk, 1_000_000)
			l.Workflows = capped(c.caps)
			var granted, used atomic.Int64
			var wg sync.WaitGroup
			for i := range 200 {
				wg.Go(func() {
					r, err := l.Reserve(t.Context(), cappedEstimate("exe_1", i, c.own))
					if err == nil {
						granted.Add(1)
						used.Add(100)
						err = l.Settle(t.Context(), r, usage.Record{ID: r.ID, Origin: r.Estimate.Origin, Usage: workflow.TokenUsage{Total: 100}, CostMicro: 100, At: noon})
					} else if fault.Of(err).Code == c.code {
						err = nil
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if granted.Load() != 10 {
				t.Errorf("%d calls were let through, want 10", granted.Load())
			}
			drawn, err := l.WorkflowMonth(t.Context(), "ten_a", "2026-11", "wf_1")
			if err != nil || drawn.Tokens != used.Load() {
				t.Errorf("the workflow's month has %+v (%v), want %d tokens", drawn, err, used.Load())
			}
			m, err := l.Tokens(t.Context(), "ten_a", "2026-11")
			if want := map[bool]int64{true: 0, false: 1000}[c.own]; err != nil || m.Used != want || m.Committed != want {
				t.Errorf("the budget has %+v (%v), want %d used", m, err, want)
			}
		})
	}
}

// TestCapCountsWhatWasUsedNotWhatWasEstimated: what calls gave back, lost or had
// expire is what the next one meets.
func TestCapCountsWhatWasUsedNotWhatWasEstimated(t *testing.T) {
	clk := clock.NewManual(noon)
	l := ledger(table.Open(t, clk), clk, 1_000_000)
	l.Workflows = capped{RunTokens: 250}
	reserve := func(id int) usage.Reservation {
		t.Helper()
		r, err := l.Reserve(t.Context(), cappedEstimate("exe_1", id, true))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	small := reserve(1)
	rec := usage.Record{ID: small.ID, Origin: small.Estimate.Origin, Usage: workflow.TokenUsage{Total: 40}, CostMicro: 4, At: noon}
	if err := l.Settle(t.Context(), small, rec); err != nil {
		t.Fatal(err)
	}
	if err := l.Release(t.Context(), reserve(2)); err != nil {
		t.Fatal(err)
	}
	lost := reserve(3) // its process dies
	clk.Advance(lost.Estimate.Expires.Sub(noon) + 1e9)
	if n, err := l.Expire(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	reserve(4) // 40 + 100 + 100
	if _, err := l.Reserve(t.Context(), cappedEstimate("exe_1", 5, true)); fault.Of(err).Code != fault.CodeRunCap {
		t.Errorf("past the cap: %v", err)
	}
	if _, err := l.Reserve(t.Context(), cappedEstimate("exe_2", 6, true)); err != nil {
		t.Errorf("another run: %v", err)
	}
	l.Workflows = capped{RunTokens: 400}
	if _, err := l.Reserve(t.Context(), cappedEstimate("exe_1", 7, true)); err != nil {
		t.Errorf("after the cap was raised: %v", err)
	}
}

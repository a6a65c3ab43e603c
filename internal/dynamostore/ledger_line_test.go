package dynamostore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// cappedEach answers with caps by workflow.
type cappedEach map[ident.Workflow]workflow.Caps

func (c cappedEach) Workflow(_ context.Context, _ ident.Tenant, id ident.Workflow, _ int) (*workflow.Workflow, int, error) {
	return &workflow.Workflow{Settings: workflow.Settings{Caps: c[id]}}, 1, nil
}

// family stores a run (exe_0, of wf_0) that started one (exe_1, of wf_1), and so on.
func family(t *testing.T, l *dynamostore.Ledger, deep int) {
	t.Helper()
	if err := l.MakeTenant(t.Context(), "ten_a"); err != nil {
		t.Fatal(err)
	}
	for depth := range deep + 1 {
		c := creation(0, noon)
		c.Tenant, c.ID, c.WorkflowID = "ten_a", ident.Execution(fmt.Sprintf("exe_%d", depth)), ident.Workflow(fmt.Sprintf("wf_%d", depth))
		if depth > 0 {
			c.Parent = execution.Parent{ID: ident.Execution(fmt.Sprintf("exe_%d", depth-1)), Node: "Call", Detached: depth%2 == 0}
			c.Root, c.Depth = "exe_0", depth
		}
		if _, err := l.Create(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// familyEstimate is a call of the run at a depth, of up to 100 tokens.
func familyEstimate(id, depth int, own bool) usage.Estimate {
	e := cappedEstimate(fmt.Sprintf("exe_%d", depth), id, own)
	e.Origin.WorkflowID = fmt.Sprintf("wf_%d", depth)
	return e
}

// TestCapOfARunBoundsAllThatItStarts runs calls of all levels of a family at once,
// each twice, as duplicates do: the caps of the run at the top, and of one in the
// middle, hold for all below them together.
func TestCapOfARunBoundsAllThatItStarts(t *testing.T) {
	for name, own := range map[string]bool{"the platform's key": false, "a key of one's own": true} {
		t.Run(name, func(t *testing.T) {
			clk := clock.NewManual(noon)
			l := dynamostore.NewLedger(dynamostore.NewRuns(table.Client(table.Open(t, clk)), table.Runs, nil, clk), budgets(1_000_000),
				cappedEach{"wf_0": {RunTokens: 1050}, "wf_5": {RunCostMicro: 300}})
			family(t, l, execution.MaxDepth)
			var granted, below atomic.Int64
			var wg sync.WaitGroup
			for i := range 220 {
				depth := i % (execution.MaxDepth + 1)
				wg.Go(func() {
					e := familyEstimate(i, depth, own)
					r, err := l.Reserve(t.Context(), e)
					if fault.Of(err) != nil && fault.Of(err).Code == fault.CodeRunCap {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					granted.Add(1)
					if depth >= 5 {
						below.Add(1)
					}
					rec := usage.Record{ID: r.ID, Origin: e.Origin, Usage: workflow.TokenUsage{Total: 100}, CostMicro: 100, At: noon}
					for range 2 {
						if _, err := l.Reserve(t.Context(), e); err != nil {
							t.Errorf("the same reservation again: %v", err)
						}
						if err := l.Settle(t.Context(), r, rec); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if granted.Load() != 10 || below.Load() > 3 {
				t.Errorf("%d calls were let through, %d of them below the middle; want 10, and at most 3", granted.Load(), below.Load())
			}
			if _, err := l.Reserve(t.Context(), cappedEstimate("exe_other", 999, own)); err != nil {
				t.Errorf("a run of no family: %v", err)
			}
		})
	}
}

// TestCapOfAFamilyCountsWhatWasUsed: what a child gives back is the family's again,
// what it lost stays used, and a raised cap is enough to go on.
func TestCapOfAFamilyCountsWhatWasUsed(t *testing.T) {
	clk := clock.NewManual(noon)
	caps := cappedEach{"wf_0": {RunTokens: 250}}
	l := dynamostore.NewLedger(dynamostore.NewRuns(table.Client(table.Open(t, clk)), table.Runs, nil, clk), budgets(1_000_000), caps)
	family(t, l, 2)
	reserve := func(id, depth int) usage.Reservation {
		t.Helper()
		r, err := l.Reserve(t.Context(), familyEstimate(id, depth, true))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	small := reserve(1, 2)
	rec := usage.Record{ID: small.ID, Origin: small.Estimate.Origin, Usage: workflow.TokenUsage{Total: 40}, CostMicro: 4, At: noon}
	if err := l.Settle(t.Context(), small, rec); err != nil {
		t.Fatal(err)
	}
	// Its caller saw an error, and knows nothing of the runs above.
	unseen := reserve(2, 1)
	unseen.Estimate.Above = nil
	if err := l.Release(t.Context(), unseen); err != nil {
		t.Fatal(err)
	}
	lost := reserve(3, 2) // its process dies
	clk.Advance(lost.Estimate.Expires.Sub(noon) + 1e9)
	if n, err := l.Expire(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	reserve(4, 0) // 40 + 100 + 100
	_, err := l.Reserve(t.Context(), familyEstimate(5, 2, true))
	if f := fault.Of(err); f == nil || f.Code != fault.CodeRunCap || !strings.Contains(f.Message, "exe_0") || !strings.Contains(f.Message, "250 tokens") {
		t.Errorf("past the cap of the run at the top: %v", err)
	}
	caps["wf_0"] = workflow.Caps{RunTokens: 400}
	reserve(6, 2)
}

// TestFamilysBooksSurviveLostAnswers: reservations of children whose answers are
// lost are the family's once, and released once.
func TestFamilysBooksSurviveLostAnswers(t *testing.T) {
	clk := clock.NewManual(noon)
	rt := table.Open(t, clk)
	family(t, ledger(rt, clk, 1_000_000), 3)
	n := 0
	store := dynamostore.NewRuns(table.Client(flaky{rt, func() bool { n++; return n%3 == 0 }}), table.Runs, nil, clk)
	l := dynamostore.NewLedger(store, budgets(1_000_000), cappedEach{"wf_0": {RunTokens: 500}})
	for i := range 30 {
		e := familyEstimate(i, i%4, false)
		r, err := persist(func() (usage.Reservation, error) { return l.Reserve(t.Context(), e) })
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		if i >= 26 { // four are used: 400 of 500
			rec := usage.Record{ID: r.ID, Origin: e.Origin, Usage: workflow.TokenUsage{Total: 100}, At: noon}
			_, err = persist(func() (int, error) { return 0, l.Settle(t.Context(), r, rec) })
		} else {
			_, err = persist(func() (int, error) { return 0, l.Release(t.Context(), r) })
		}
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	calm := dynamostore.NewLedger(dynamostore.NewRuns(table.Client(rt), table.Runs, nil, clk), budgets(1_000_000), cappedEach{"wf_0": {RunTokens: 500}})
	if _, err := calm.Reserve(t.Context(), familyEstimate(100, 3, false)); err != nil {
		t.Errorf("the fifth hundred is free: %v", err)
	}
	if _, err := calm.Reserve(t.Context(), familyEstimate(101, 1, false)); fault.Of(err) == nil || fault.Of(err).Code != fault.CodeRunCap {
		t.Errorf("the sixth is not: %v", err)
	}
}

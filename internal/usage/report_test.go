package usage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestCostsByEveryDimensionAddUpToTheTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		by := rapid.SampledFrom([]Dimension{ByTenant, ByWorkflow, ByModel, ByDay}).Draw(t, "by")
		c := NewCosts(by)
		var calls, cost, tokens int64
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			r := Record{
				Origin:    Origin{Tenant: rapid.StringMatching("[ab]").Draw(t, "t"), WorkflowID: rapid.StringMatching("[ab]").Draw(t, "w")},
				Usage:     workflow.TokenUsage{Model: rapid.StringMatching("[ab]").Draw(t, "m"), Total: rapid.Int64Range(0, 99).Draw(t, "n")},
				CostMicro: rapid.Int64Range(0, 99).Draw(t, "c"), Confirmed: rapid.Bool().Draw(t, "ok"), At: day("2026-11-0" + rapid.StringMatching("[1-9]").Draw(t, "d")),
			}
			c.Add(r)
			calls, cost, tokens = calls+1, cost+r.CostMicro, tokens+r.Usage.Total
		}
		var sum Share
		for i, s := range c.Shares() {
			sum.Calls += s.Calls
			sum.CostMicro += s.CostMicro
			sum.Usage.Total += s.Usage.Total
			if i > 0 && by != ByDay && c.Shares()[i-1].CostMicro < s.CostMicro {
				t.Fatalf("%+v are not the most expensive first", c.Shares())
			}
			if i > 0 && by == ByDay && c.Shares()[i-1].Key >= s.Key {
				t.Fatalf("%+v are not in order", c.Shares())
			}
		}
		if sum.Calls != calls || sum.CostMicro != cost || sum.Usage.Total != tokens || c.Total.Calls != calls || c.Total.CostMicro != cost {
			t.Fatalf("sum %+v, total %+v, want %d calls, %d cost, %d tokens", sum, c.Total, calls, cost, tokens)
		}
	})
}

func TestTablesAreSafeToOpenInASpreadsheet(t *testing.T) {
	var b strings.Builder
	err := SharesCSV(&b, ByModel, []Share{{Key: "=1+1", Calls: 2, CostMicro: -1_500_001}, {Key: "a,\"b\""}})
	want := "model,calls,prompt,completion,cached,total,costUsd,unconfirmed\n'=1+1,2,0,0,0,0,-1.500001,0\n\"a,\"\"b\"\"\",0,0,0,0,0,0.000000,0\n"
	if d := cmp.Diff(want, b.String()); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestRemaining(t *testing.T) {
	for _, c := range []struct{ limit, used, want int64 }{{-1, 9, -1}, {10, 4, 6}, {10, 12, 0}, {0, 0, 0}} {
		if got := Remaining(c.limit, c.used); got != c.want {
			t.Errorf("%d of %d leaves %d, want %d", c.used, c.limit, got, c.want)
		}
	}
}

package dynamostore_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// BenchmarkReservationsOfOneTenant reserves and settles on one tenant's budget from
// 16 callers at one time.
func BenchmarkReservationsOfOneTenant(b *testing.B) {
	c := clock.NewManual(noon)
	l := ledger(table.Open(b, c), c, 1<<50)
	var next, lost atomic.Int64
	began := clock.Real().Now()
	b.SetParallelism(8) // times two processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := l.Reserve(b.Context(), estimate("ten_a", int(next.Add(1)), 100))
			if err == nil {
				err = l.Settle(b.Context(), r, usage.Record{ID: r.ID, Origin: r.Estimate.Origin, Usage: workflow.TokenUsage{Total: 100}, At: noon})
			}
			if err != nil {
				lost.Add(1)
			}
		}
	})
	b.ReportMetric(float64(next.Load())/clock.Real().Since(began).Seconds(), "reservations/s")
	b.ReportMetric(float64(lost.Load()), "lost")
}

// BenchmarkThousandCallsOnABudgetForFifty asks for 1,000 calls at one time, of which
// the budget allows 50.
func BenchmarkThousandCallsOnABudgetForFifty(b *testing.B) {
	const calls, fit, each = 1000, 50, 100
	for b.Loop() {
		c := clock.NewManual(noon)
		l := ledger(table.Open(b, c), c, fit*each)
		var granted atomic.Int64
		var wg sync.WaitGroup
		began := clock.Real().Now()
		for i := range calls {
			wg.Go(func() {
				if _, err := l.Reserve(b.Context(), estimate("ten_a", i, each)); err == nil {
					granted.Add(1)
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(granted.Load()), "granted")
		b.ReportMetric(float64(clock.Real().Since(began)/time.Millisecond), "ms")
		if granted.Load() != fit {
			b.Fatalf("%d of 1,000 calls were granted, the budget is for %d", granted.Load(), fit)
		}
	}
}

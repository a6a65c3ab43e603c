package dynamostore_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/pace/pacetest"
)

func TestPaceStoreConforms(t *testing.T) {
	c := clock.NewManual(noon)
	pacetest.Conformance(t, dynamostore.Paces{Runs: dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)}, c)
}

// However many ask at one moment, a bucket gives no more than its burst.
func TestBucketGivesNoMoreThanItsBurstAtOnce(t *testing.T) {
	c := clock.NewManual(noon)
	s := dynamostore.Paces{Runs: dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)}
	const burst = 40
	var given atomic.Int64
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			// Under such haste the store may ask for a further try; it gives nothing then.
			g, err := s.Take(context.Background(), pace.Bucket{Tenant: "ten_a", Host: "h"}, pace.Ask{Tokens: i%3 + 1, Rate: pace.Rate{PerSecond: 1, Burst: burst}})
			if err == nil {
				given.Add(int64(g.Tokens))
			}
		}()
	}
	wg.Wait()
	if n := given.Load(); n > burst || n < burst/2 {
		t.Errorf("%d tokens of %d", n, burst)
	}
}

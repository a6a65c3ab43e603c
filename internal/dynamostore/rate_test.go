package dynamostore_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// TestABucketsTokensAreTakenOnce: instances that take at the same moment get what
// is there together, whatever each of them thought of the bucket.
func TestABucketsTokensAreTakenOnce(t *testing.T) {
	c := clock.NewManual(noon)
	store := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	take := func(tokens int64, idle bool) (time.Time, bool) {
		full, ok, err := store.TakeTokens(t.Context(), tenant.Take{Tenant: "ten_a", Key: "key_1", PerMinute: 30, Tokens: tokens, Now: c.Now(), Idle: idle})
		if err != nil {
			t.Error(err)
		}
		return full, ok
	}
	if full, ok := take(10, false); !ok || full.Sub(noon) != 20*time.Second {
		t.Fatalf("a new bucket: %v, %v", full, ok)
	}
	var taken atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				// Three losses in a row against others count as a refusal, so some try on.
				if _, ok := take(1, i%2 == 0); ok {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n != 20 {
		t.Errorf("%d of the 20 tokens that were left have been taken", n)
	}
	if full, ok := take(1, true); ok || full.Sub(noon) != time.Minute {
		t.Errorf("an empty bucket: %v, %v", full, ok)
	}
	c.Advance(4 * time.Second)
	if _, ok := take(3, false); ok {
		t.Error("2 tokens came, and 3 were taken")
	}
	if _, ok := take(2, false); !ok {
		t.Error("2 tokens came, and 2 could not be taken")
	}
	c.Advance(time.Hour)
	if full, ok := take(30, false); !ok || full.Sub(c.Now()) != time.Minute {
		t.Errorf("a bucket that was long full: %v, %v", full, ok)
	}
	c.Advance(-10 * time.Minute) // a clock that was wrong was put right
	for _, idle := range []bool{false, true} {
		if full, ok := take(15, idle); !ok || full.Sub(c.Now()) > time.Minute {
			t.Errorf("a bucket of a clock that was ahead: %v, %v", full, ok)
		}
	}
	if _, ok := take(1, true); ok {
		t.Error("it never ends")
	}
}

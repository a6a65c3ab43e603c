package sim

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
)

var (
	schedules = flag.Int("sim.schedules", 40, "number of schedules")
	firstSeed = flag.Uint64("sim.seed", 0, "seed of the first schedule")
	failures  = flag.Uint64("sim.failures", 10, "failing schedules that are collected before the rest is left out")
	workers   = flag.Int("sim.workers", runtime.GOMAXPROCS(0), "schedules at one time")
)

const (
	// heap is the memory, in bytes, up to which nothing is collected.
	heap = 512 << 20
	// reportEvery is how often a campaign says how far it is.
	reportEvery = 10 * time.Second
)

// TestSimulation plays seeded schedules on all cores. A failing one is told with
// what happened in it and how to play it again, and the others go on.
func TestSimulation(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // worlds are small and short-lived
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(heap))
	c := &campaign{first: *firstSeed, total: uint64(*schedules), saw: map[string]int{}}
	var working sync.WaitGroup
	for range min(*workers, *schedules) {
		db, _ := openTable(t)
		working.Go(func() { c.work(context.Background(), db) })
	}
	finished := make(chan struct{})
	go func() {
		working.Wait()
		close(finished)
	}()
	began := clock.Real().Now()
	every := clock.Real().NewTicker(reportEvery)
	defer every.Stop()
	for going := true; going; {
		select {
		case <-every.Chan():
		case <-finished:
			going = false
		}
		t.Logf("%d of %d schedules done from seed %d on, %d failed, in %v",
			c.done.Load(), c.total, c.first, c.failed.Load(), clock.Real().Since(began).Round(time.Second))
	}
	for _, f := range c.failures {
		t.Error(f)
	}
	for _, what := range slices.Sorted(maps.Keys(c.saw)) {
		t.Logf("%7d  %s", c.saw[what], what)
	}
	if c.first == 0 && c.total >= 40 && len(c.failures) == 0 {
		c.checkReach(t)
	}
}

// checkReach holds that the schedules reach what they are for.
func (c *campaign) checkReach(t *testing.T) {
	for _, what := range []string{
		"a function met another", "a function stood still beyond its lease", "a function was killed", "a machine run timed out", "a launch came again", "messages came together", "a month ended", "a run stood in line",
		"sweep read an index that lagged behind", "sweep sent a message again", "sweep took a lease back", "sweep woke a run", "a call woke a run",
		"a run was handed over", "a run was resumed", "a run was a retry", "a retry kept node runs", "an outcome was decided",
		"a run was started by a run", "a node kept something", "a run was cancelled", "a run completed",
		"a limit was lowered", "a limit was raised", "a tenant was suspended", "all of a tenant was killed",
		"failed: EXECUTION_TIMEOUT", "failed: NODE_OUTCOME_UNKNOWN", "failed: AI_TOKEN_BUDGET_EXHAUSTED", "failed: RUN_CAP_REACHED",
	} {
		if c.saw[what] == 0 {
			t.Errorf("in no schedule: %s", what)
		}
	}
}

// campaign is a row of seeds that workers share.
type campaign struct {
	first, total        uint64
	taken, done, failed atomic.Uint64
	mu                  sync.Mutex
	failures            []string
	saw                 map[string]int
}

// work plays seeds until there is none left, or enough have failed.
func (c *campaign) work(ctx context.Context, db http.RoundTripper) {
	for c.failed.Load() < *failures {
		n := c.taken.Add(1) - 1
		if n >= c.total {
			return
		}
		w, bad := play(ctx, db, c.first+n)
		c.add(w, bad)
	}
}

func (c *campaign) add(w *world, bad []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for what, n := range w.saw {
		c.saw[what] += n
	}
	if len(bad) > 0 {
		c.failures = append(c.failures, w.tell(bad))
		fmt.Printf("seed %d failed: %s\n", w.seed, bad[0]) // at once: the rest takes its time
		c.failed.Add(1)
	}
	c.done.Add(1)
}

// tell says what went wrong, what happened, and how it happens again.
func (w *world) tell(bad []string) string {
	return fmt.Sprintf("seed %d:\n%s\n\nwhat happened:\n%s\n\nplay it again: make sim SEED=%d SCHEDULES=1",
		w.seed, strings.Join(bad, "\n"), strings.Join(w.log, "\n"), w.seed)
}

// play plays one schedule in a table of its own, and returns what went wrong.
func play(ctx context.Context, db http.RoundTripper, seed uint64) (w *world, bad []string) {
	name := fmt.Sprintf("runs_%d", seed)
	w = newWorld(seed, db, name)
	if err := table.AddRuns(ctx, db, name); err != nil {
		return w, []string{err.Error()}
	}
	defer func() {
		if p := recover(); p != nil {
			bad = append(bad, fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		}
		if err := table.Drop(ctx, db, name); err != nil {
			bad = append(bad, err.Error())
		}
	}()
	return w, w.run(ctx)
}

// TestSeedReplaysExactly holds that a seed is a schedule: each step, each fault and
// each call of the database comes again.
func TestSeedReplaysExactly(t *testing.T) {
	db, _ := openTable(t)
	for seed := range uint64(8) {
		first, _ := play(context.Background(), db, seed)
		again, _ := play(context.Background(), db, seed)
		for i := range min(len(first.log), len(again.log)) {
			if first.log[i] != again.log[i] {
				t.Fatalf("seed %d, step %d: %q, and then %q", seed, i, first.log[i], again.log[i])
			}
		}
		if len(first.log) != len(again.log) || first.wire.writes != again.wire.writes {
			t.Fatalf("seed %d: %d steps and %d writes, and then %d and %d", seed,
				len(first.log), first.wire.writes, len(again.log), again.wire.writes)
		}
	}
}

// openTable opens the runs table on the local cloud, or at a judge's endpoint.
func openTable(t testing.TB) (http.RoundTripper, string) {
	return table.Open(t, clock.NewManual(begin)), table.Runs
}

package sim

import (
	"context"
	"flag"
	"net/http"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
)

var (
	schedules = flag.Int("sim.schedules", 40, "number of schedules")
	firstSeed = flag.Uint64("sim.seed", 0, "seed of the first schedule")
)

// TestSimulation plays seeded schedules; a failing one prints its seed and what happened.
func TestSimulation(t *testing.T) {
	ctx := context.Background()
	db, table := openTable(t)
	for i := range *schedules {
		seed := *firstSeed + uint64(i)
		w := newWorld(seed, db, table)
		if bad := w.run(ctx); len(bad) > 0 {
			t.Fatalf("seed %d:\n%s\n\nwhat happened:\n%s", seed, strings.Join(bad, "\n"), strings.Join(w.log, "\n"))
		}
	}
}

// openTable opens the runs table on the local cloud, or at a judge's endpoint.
func openTable(t *testing.T) (http.RoundTripper, string) {
	return table.Open(t, clock.NewManual(begin)), table.Runs
}

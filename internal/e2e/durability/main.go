// Command durability kills the whole local platform (kill -9) at random moments
// with runs in flight, restarts it on the same data, and checks the promises:
// every accepted run ends, no completed node is called again, no slot leaks, all
// within 30 s of the restart. The seed is printed; it reproduces the moments.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

type options struct {
	Rounds  int           `help:"How often the platform is killed." default:"50" env:"ROUNDS"`
	Runs    int           `help:"Runs in flight at each kill." default:"200" env:"RUNS"`
	Seed    uint64        `help:"Seed of the moments; 0 makes one." env:"SEED"`
	Within  time.Duration `help:"Time that everything may take after a restart." default:"30s"`
	Verbose bool          `help:"Show the platform's log."`
}

func main() {
	var o options
	kong.Parse(&o, kong.Description("Kills the local platform and checks that nothing is lost."))
	if o.Seed == 0 {
		o.Seed = uint64(clock.Real().Now().UnixNano())
	}
	fmt.Printf("durability: %d rounds, %d runs in flight, seed %d\n", o.Rounds, o.Runs, o.Seed)
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintf(os.Stderr, "durability: FAILED (seed %d): %v\n", o.Seed, err)
		os.Exit(1)
	}
	fmt.Println("durability: all promises held")
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "automatelanka-durability-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin, err := platform.Build(ctx, dir)
	if err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(o.Seed, 2))
	var worst, worstStart time.Duration
	total := tally{}
	for round := range o.Rounds {
		r := &round1{options: o, bin: bin, data: fmt.Sprintf("%s/data-%d", dir, round), rnd: rnd}
		took, err := r.play(ctx)
		if err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		worst, worstStart = max(worst, took), max(worstStart, r.restart)
		total.add(r.tally)
		fmt.Printf("round %2d: killed after %4d ms with %3d open; ready again in %v, all ended in %v; %s\n",
			round+1, r.killedAfter.Milliseconds(), r.open, r.restart.Round(time.Millisecond), took.Round(time.Millisecond), r.tally)
		_ = os.RemoveAll(r.data)
	}
	fmt.Printf("in all: %s; slowest restart %v, slowest recovery %v\n", total, worstStart.Round(time.Millisecond), worst.Round(time.Millisecond))
	return nil
}

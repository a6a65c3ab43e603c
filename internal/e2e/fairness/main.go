// Command fairness measures what tenants notice of each other and of their limits:
// how fast a freed slot is handed on, how long a quiet tenant waits beside a noisy
// one, and how many runs are admitted a second. The platform is a process of its
// own on loopback; times are those that it noted itself.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

type options struct {
	Handovers int           `help:"Runs of a tenant with one slot." default:"500"`
	Quiet     int           `help:"Runs of the quiet tenant, one after the other, alone and beside a noisy one." default:"100"`
	Noise     int           `help:"Runs that the noisy tenant sends at once." default:"2000"`
	Rounds    int           `help:"Noisy tenants, one after the other, in the quiet tenant's plan and in another." default:"5"`
	Latency   []string      `help:"How long the cloud's calls take: none, and aws for times like AWS's, where the processor matters little." enum:"none,aws" default:"none,aws"`
	Program   string        `help:"The platform's program, to compare one with another; by default it is built from this tree." type:"existingfile"`
	Admitted  int           `help:"Runs whose admission is measured." default:"3000"`
	Tenants   int           `help:"Tenants that share them in the last measurement." default:"1000"`
	Limit     time.Duration `help:"When to give up." default:"30m"`
}

func main() {
	var o options
	kong.Parse(&o, kong.Description("Measures fairness between tenants on the local platform."))
	ctx, cancel := context.WithTimeout(context.Background(), o.Limit)
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "fairness:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.Program == "" {
		dir, err := os.MkdirTemp("", "automatelanka-fairness-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if o.Program, err = platform.Build(ctx, dir, "-ldflags=-s -w"); err != nil {
			return err
		}
	}
	for _, latency := range o.Latency {
		if err := o.measure(ctx, latency); err != nil {
			return err
		}
	}
	return nil
}

// measure measures a platform of its own. What is limited by the processor has no
// figures under latencies like AWS's.
func (o options) measure(ctx context.Context, latency string) error {
	p, end, err := platform.Measured(ctx, o.Program, "--latency", latency)
	if err != nil {
		return err
	}
	defer end()
	b := &bench{options: o, operator: p.As("operator"), latency: latency}
	fmt.Printf("\n%-68s %22s %8s\n", "what, calls of the cloud taking the time of: "+latency, "figure", "aim")
	measures := []func(context.Context) error{b.handover, b.besideNoise}
	if latency == "none" {
		measures = append(measures, b.oneTenant, b.manyTenants)
	}
	for _, measure := range measures {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

// row prints one line of the table.
func row(what, figure, aim string) { fmt.Printf("%-68s %22s %8s\n", what, figure, aim) }

type bench struct {
	options
	operator *platform.Client
	latency  string
}

// handover: a tenant with one slot and a line; each run begins when the one before
// has ended.
func (b *bench) handover(ctx context.Context) error {
	t, err := b.tenant(ctx, "one slot", "PRO", 1)
	if err != nil {
		return err
	}
	runs, err := t.burst(ctx, b.Handovers)
	if err != nil {
		return err
	}
	gaps := make([]time.Duration, 0, len(runs))
	for i := 1; i < len(runs); i++ {
		gaps = append(gaps, max(0, runs[i].StartedAt.Sub(runs[i-1].FinishedAt)))
	}
	aim := ""
	if b.latency == "none" {
		aim = "< 100 ms"
	}
	row("hand-over of a freed slot, p50", millis(quantile(gaps, 0.5)), aim)
	row("hand-over of a freed slot, p99", millis(quantile(gaps, 0.99)), aim)
	return nil
}

func (b *bench) oneTenant(ctx context.Context) error {
	t, err := b.tenant(ctx, "all slots", "PRO", 500)
	if err != nil {
		return err
	}
	runs, err := t.burst(ctx, b.Admitted)
	if err != nil {
		return err
	}
	row("runs admitted a second, one tenant", perSecond(runs), "")
	return nil
}

func (b *bench) manyTenants(ctx context.Context) error {
	tenants := make([]*tenant, b.Tenants)
	err := each(len(tenants), func(i int) (err error) {
		tenants[i], err = b.tenant(ctx, fmt.Sprint("one of many ", i), "PRO", 5)
		return err
	})
	if err != nil {
		return err
	}
	jobs := make([][]string, len(tenants))
	if err := each(b.Admitted, func(i int) error {
		t := tenants[i%len(tenants)]
		job, err := t.Run(ctx, t.workflow, nil)
		if err == nil {
			t.mu.Lock()
			jobs[i%len(tenants)] = append(jobs[i%len(tenants)], job)
			t.mu.Unlock()
		}
		return err
	}); err != nil {
		return err
	}
	var all []timing
	for i, t := range tenants {
		runs, err := t.finished(ctx, jobs[i])
		if err != nil {
			return err
		}
		all = append(all, runs...)
	}
	row(fmt.Sprintf("runs admitted a second, %d tenants", b.Tenants), perSecond(all), "")
	return nil
}

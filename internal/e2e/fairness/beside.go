package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// drainSlots are what a noisy tenant gets once it was measured, to be out of the way soon.
const drainSlots = 100

// beside is what a quiet tenant's runs were like in one round, alone and beside a noisy
// tenant that has sent all its runs at once.
type beside struct {
	alone   []timing // just before
	sending []timing // while the noisy one sent its runs
	waiting []timing // while these stood in its line and ran, a few at one time
}

// besideNoise: what a quiet tenant waits, alone, and beside another of its plan, and of
// another plan: that one shares the processor with it and nothing else. Alone and beside
// take turns, for the machine is not the same for long.
func (b *bench) besideNoise(ctx context.Context) error {
	quiet, err := b.tenant(ctx, "quiet", "PRO", 5)
	if err != nil {
		return err
	}
	if _, err := quiet.oneByOne(ctx, b.Quiet/5+1); err != nil { // warm
		return err
	}
	var own, other []beside
	for i := range b.Rounds {
		measure := []func() error{
			func() error { return b.round(ctx, quiet, "PRO", &own) },
			func() error { return b.round(ctx, quiet, "ENTERPRISE", &other) },
		}
		if err := errors.Join(measure[i%2](), measure[1-i%2]()); err != nil {
			return err
		}
	}
	b.compare(own, other)
	return nil
}

// round measures the quiet tenant alone, and then beside one of a plan.
func (b *bench) round(ctx context.Context, quiet *tenant, plan string, out *[]beside) (err error) {
	var r beside
	if r.alone, err = quiet.oneByOne(ctx, b.Quiet); err != nil {
		return err
	}
	noisy, err := b.tenant(ctx, "noisy "+plan, plan, 5)
	if err != nil {
		return err
	}
	jobs, err := r.whileSending(ctx, quiet, func() ([]string, error) { return noisy.send(ctx, b.Noise) })
	if err != nil {
		return err
	}
	if r.waiting, err = quiet.oneByOne(ctx, b.Quiet); err != nil {
		return err
	}
	if noisy.ended(ctx, jobs) == b.Noise {
		return fmt.Errorf("the %d runs of the noisy tenant ended before %d of the quiet one: take a larger --noise", b.Noise, b.Quiet)
	}
	*out = append(*out, r)
	if err := b.limit(ctx, noisy.id, drainSlots); err != nil {
		return err
	}
	_, err = noisy.finished(ctx, jobs)
	return err
}

// whileSending runs the quiet tenant's runs until send returns.
func (r *beside) whileSending(ctx context.Context, quiet *tenant, send func() ([]string, error)) (jobs []string, err error) {
	var sent atomic.Bool
	var g errgroup.Group
	g.Go(func() (err error) {
		defer sent.Store(true)
		jobs, err = send()
		return err
	})
	for !sent.Load() && err == nil {
		var runs []timing
		runs, err = quiet.oneByOne(ctx, 1)
		r.sending = append(r.sending, runs...)
	}
	return jobs, errors.Join(err, g.Wait())
}

func (b *bench) compare(own, other []beside) {
	alone, waiting, sending := pick(aloneOf), pick(waitingOf), pick(sendingOf)
	for _, m := range []figure{
		{"mean", mean},
		{"p50", func(d []time.Duration) time.Duration { return quantile(d, 0.5) }},
		{"p95", func(d []time.Duration) time.Duration { return quantile(d, 0.95) }},
	} {
		name := "wait of a quiet tenant, " + m.name
		row(name+", alone", millis(m.of(alone(append(own[:len(own):len(own)], other...)))), "")
		row(name+fmt.Sprintf(", beside %d runs of its plan", b.Noise), millis(m.of(waiting(own))), "")
		row(name+", beside those of another plan", millis(m.of(waiting(other))), "")
		row(name+", while those of its plan are sent", millis(m.of(sending(own))), "")
		row(name+", more beside its plan's", m.growth(own, alone, waiting), "< 20 %")
		row(name+", more beside the other plan's", m.growth(other, alone, waiting), "")
		row(name+", more while they are sent", m.growth(own, alone, sending), "")
	}
	row("samples alone, beside, and while they are sent", fmt.Sprintf("%d %d %d", len(alone(own)), len(waiting(own)), len(sending(own))), "")
}

func aloneOf(r beside) []timing   { return r.alone }
func waitingOf(r beside) []timing { return r.waiting }
func sendingOf(r beside) []timing { return r.sending }

// pick makes what takes the waits of one kind out of rounds.
func pick(kind func(beside) []timing) func([]beside) []time.Duration {
	return func(rounds []beside) (all []time.Duration) {
		for _, r := range rounds {
			all = append(all, waits(kind(r))...)
		}
		return all
	}
}

// figure is one that sums up many waits.
type figure struct {
	name string
	of   func([]time.Duration) time.Duration
}

// growth is by how much a figure is above another over all rounds, and the least and the
// most of single rounds: what chance and the machine do to it.
func (f figure) growth(rounds []beside, before, after func([]beside) []time.Duration) string {
	of := func(rounds []beside) float64 {
		return 100 * (float64(f.of(after(rounds)))/float64(f.of(before(rounds))) - 1)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for i := range rounds {
		one := of(rounds[i : i+1])
		low, high = min(low, one), max(high, one)
	}
	if all := of(rounds); !math.IsNaN(all) && !math.IsInf(high, 0) {
		return fmt.Sprintf("%+.0f %% (%+.0f to %+.0f)", all, low, high)
	}
	return "-" // less than the millisecond to which times are known
}

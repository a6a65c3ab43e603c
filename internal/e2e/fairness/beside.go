package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// beside is what a quiet tenant's runs were like beside a noisy tenant.
type beside struct {
	sending []timing // while the noisy one sent its runs
	waiting []timing // while these stood in its line and ran, a few at one time
	left    int      // runs of the noisy ones that had not ended by then
}

// besideNoise: what a quiet tenant waits, alone, and while another tenant has sent
// all its runs at once. One of another plan shares the processor with it and
// nothing else; what one of its own plan costs more is due to their queue.
func (b *bench) besideNoise(ctx context.Context) error {
	quiet, err := b.tenant(ctx, "quiet", "PRO", 5)
	if err != nil {
		return err
	}
	if _, err := quiet.oneByOne(ctx, b.Quiet/5+1); err != nil { // warm
		return err
	}
	alone, err := quiet.oneByOne(ctx, b.Quiet)
	if err != nil {
		return err
	}
	var elsewhere, near beside
	for i := range b.Rounds { // in turn: the machine is not the same for long
		first, second := b.noise(&near, "PRO"), b.noise(&elsewhere, "ENTERPRISE")
		if i%2 == 1 {
			first, second = second, first
		}
		if err := errors.Join(first(ctx, quiet), second(ctx, quiet)); err != nil {
			return err
		}
	}
	b.compare(alone, elsewhere, near)
	return nil
}

// noise measures the quiet tenant beside one of a plan that sends all its runs.
func (b *bench) noise(out *beside, plan string) func(ctx context.Context, quiet *tenant) error {
	return func(ctx context.Context, quiet *tenant) error {
		noisy, err := b.tenant(ctx, "noisy "+plan, plan, 5)
		if err != nil {
			return err
		}
		jobs, err := out.whileSending(ctx, quiet, func() ([]string, error) { return noisy.send(ctx, b.Noise) })
		if err != nil {
			return err
		}
		runs, err := quiet.oneByOne(ctx, b.Quiet)
		if err != nil {
			return err
		}
		out.waiting = append(out.waiting, runs...)
		out.left += b.Noise - noisy.ended(ctx, jobs)
		_, err = noisy.finished(ctx, jobs)
		return err
	}
}

// whileSending runs the quiet tenant's runs until send returns.
func (x *beside) whileSending(ctx context.Context, quiet *tenant, send func() ([]string, error)) (jobs []string, err error) {
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
		x.sending = append(x.sending, runs...)
	}
	return jobs, errors.Join(err, g.Wait())
}

func (b *bench) compare(alone []timing, elsewhere, near beside) {
	for _, m := range []struct {
		name string
		of   func([]time.Duration) time.Duration
	}{
		{"mean", mean},
		{"p50", func(d []time.Duration) time.Duration { return quantile(d, 0.5) }},
		{"p95", func(d []time.Duration) time.Duration { return quantile(d, 0.95) }},
	} {
		name := "wait of a quiet tenant, " + m.name
		before, shared, after := m.of(waits(alone)), m.of(waits(elsewhere.waiting)), m.of(waits(near.waiting))
		row(name+", alone", millis(before), "")
		row(name+fmt.Sprintf(", beside %d runs", b.Noise), millis(after), "")
		row(name+", more by", more(before, after), "< 20 %")
		row(name+", beside those of another plan", millis(shared), "")
		row(name+", more by its own plan's queue", more(shared, after), "< 20 %")
		row(name+", while they are sent", millis(m.of(waits(near.sending))), "")
	}
	row("runs of the noisy tenant that waited to the end of it", fmt.Sprint(near.left/b.Rounds), "")
}

// more is by how much after is above before. Times are known to the millisecond.
func more(before, after time.Duration) string {
	return fmt.Sprintf("%+.0f %%", 100*(float64(after)/float64(max(before, time.Millisecond))-1))
}

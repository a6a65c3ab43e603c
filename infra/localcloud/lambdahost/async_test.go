package lambdahost_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// pass lets time pass in steps until something comes, and returns how long it took.
func (b *bench) pass(until <-chan struct{}, step time.Duration) (took time.Duration) {
	real := clock.Real()
	for {
		select {
		case <-until:
			return took
		case <-real.After(time.Millisecond):
			b.clock.Advance(step)
			took += step
		}
	}
}

// An asynchronous invocation is tried three times, with pauses, and then goes to the
// dead-letter queue.
func TestAsyncRetries(t *testing.T) {
	b := newBench(t)
	tried := make(chan struct{}, 10)
	b.add("f", func() error {
		tried <- struct{}{}
		return errors.New("no")
	}, func(f *lambdahost.Function) { f.DeadLetterARN = "arn:aws:sqs:us-east-1:000000000000:dead" })
	if err := b.host.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.host.Invoke(context.Background(), "f", []byte(`{"n":1}`), lambdahost.Event); err != nil {
		t.Fatal(err)
	}
	<-tried
	for _, pause := range []time.Duration{time.Minute, 2 * time.Minute} {
		if took := b.pass(tried, time.Second); took < pause {
			t.Errorf("tried again after %s, want %s", took, pause)
		}
	}
	if got := <-b.dead; got != `{"n":1}` {
		t.Errorf("dead letter %s", got)
	}
}

// An event that was accepted is not lost when the process ends before it is handled.
func TestAsyncRestart(t *testing.T) {
	b := newBench(t)
	b.add("f", func() {}, nil)
	if _, err := b.host.Invoke(context.Background(), "f", []byte(`"kept"`), lambdahost.Event); err != nil { // never started
		t.Fatal(err)
	}
	b.open()
	got := make(chan string, 1)
	b.add("f", func(s string) { got <- s }, nil)
	if err := b.host.Start(); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "kept" {
		t.Errorf("got %q", s)
	}
	if err := b.host.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// A function that calls itself is stopped after 16 hops, unless it is allowed to.
func TestRecursion(t *testing.T) {
	for allowed, want := range map[bool]int32{false: 16, true: 40} {
		b := newBench(t)
		var calls atomic.Int32
		b.add("f", func(ctx context.Context) error {
			if calls.Add(1) == 40 {
				return nil
			}
			_, err := b.host.Do(ctx, lambdahost.Call{Function: "f", Trace: lambdahost.FromContext(ctx).Trace()})
			return err
		}, func(f *lambdahost.Function) { f.AllowRecursion = allowed })
		b.invoke("f", "{}")
		if calls.Load() != want {
			t.Errorf("recursion allowed %v: %d calls, want %d", allowed, calls.Load(), want)
		}
	}
}

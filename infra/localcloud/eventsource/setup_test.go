package eventsource_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/eventsource"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

const (
	queueARN    = "arn:aws:sqs:us-east-1:000000000000:jobs"
	deadARN     = "arn:aws:sqs:us-east-1:000000000000:dead"
	functionARN = "arn:aws:lambda:us-east-1:000000000000:function:work"
	visibility  = time.Minute
)

// bench is a queue and a function host on a clock.
type bench struct {
	t       *testing.T
	store   kv.Store
	clock   *clock.Manual
	queues  *sqs.Service
	host    *lambdahost.Host
	options eventsource.Options
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{t: t, store: store, clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	m := &meter.Meter{}
	b.queues, err = sqs.New(sqs.Options{Store: store, Clock: b.clock, Meter: m, Region: "us-east-1", AccountID: "000000000000"})
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range []sqs.Spec{
		{Name: "jobs", ARN: queueARN, VisibilityTimeout: visibility, Retention: 96 * time.Hour, DeadLetterARN: deadARN, MaxReceives: 3},
		{Name: "dead", ARN: deadARN, VisibilityTimeout: visibility, Retention: 96 * time.Hour},
	} {
		if err := b.queues.AddQueue(spec); err != nil {
			t.Fatal(err)
		}
	}
	b.host = lambdahost.New(lambdahost.Options{Store: store, Clock: b.clock, Meter: m})
	b.options = eventsource.Options{Clock: b.clock, Invoker: b.host, Logger: slog.New(slog.DiscardHandler)}
	return b
}

func (b *bench) function(handler any, change func(*lambdahost.Function)) {
	f := lambdahost.Function{
		Name: "work", ARN: functionARN, Timeout: 10 * time.Second, MemoryMB: 128, ReservedConcurrency: -1, Handler: lambdahost.NewHandler(handler),
	}
	if change != nil {
		change(&f)
	}
	if err := b.host.Register(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) attach(c eventsource.QueueConfig) *eventsource.Queue {
	b.t.Helper()
	c.QueueARN, c.FunctionARN, c.Region = queueARN, functionARN, "us-east-1"
	if c.BatchSize == 0 {
		c.BatchSize = 10
	}
	q, err := eventsource.StartQueue(b.queues, c, b.options)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = q.Close(context.Background()) })
	return q
}

func (b *bench) send(bodies ...string) {
	b.t.Helper()
	for _, body := range bodies {
		if _, err := b.queues.Send(queueARN, sqs.Sending{Body: body, Delay: -1}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// until waits for a condition that another goroutine brings about soon.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	deadline := clock.Real().After(clocktest.Hang)
	tick := clock.Real().NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.Chan():
		case <-deadline:
			b.t.Fatalf("%s did not happen", what)
		}
	}
}

func (b *bench) stats(name string) sqs.Stats {
	s, _ := b.queues.Stats(name)
	return s
}

func filter(t *testing.T, patterns ...string) eventsource.Filter {
	t.Helper()
	var raw []json.RawMessage
	for _, p := range patterns {
		raw = append(raw, json.RawMessage(p))
	}
	f, err := eventsource.NewFilter(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-clock.Real().After(clocktest.Hang):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

package eventsource_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/eventsource"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
	"github.com/automatelanka/automatelanka/internal/clock"
)

type started chan time.Time

func (s started) Invoke(context.Context, []byte) ([]byte, error) {
	s <- clock.Real().Now()
	return nil, nil
}

// BenchmarkHandover is the time from a durable send to the start of the function.
func BenchmarkHandover(b *testing.B) {
	store, err := kv.OpenPebble(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	real, m := clock.Real(), &meter.Meter{}
	queues, err := sqs.New(sqs.Options{Store: store, Clock: real, Meter: m})
	if err != nil {
		b.Fatal(err)
	}
	if err := queues.AddQueue(sqs.Spec{Name: "jobs", ARN: queueARN, VisibilityTimeout: visibility, Retention: time.Hour}); err != nil {
		b.Fatal(err)
	}
	host, begin := lambdahost.New(lambdahost.Options{Store: store, Clock: real, Meter: m}), make(started, 1)
	if err := host.Register(lambdahost.Function{Name: "work", ARN: functionARN, Timeout: time.Second, MemoryMB: 128, ReservedConcurrency: -1, Handler: begin}); err != nil {
		b.Fatal(err)
	}
	q, err := eventsource.StartQueue(queues, eventsource.QueueConfig{QueueARN: queueARN, FunctionARN: functionARN, BatchSize: 10},
		eventsource.Options{Clock: real, Invoker: host, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close(context.Background())
	var took []time.Duration
	for b.Loop() {
		at := real.Now()
		if _, err := queues.Send(queueARN, sqs.Sending{Body: "x", Delay: -1}); err != nil {
			b.Fatal(err)
		}
		took = append(took, (<-begin).Sub(at))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
}

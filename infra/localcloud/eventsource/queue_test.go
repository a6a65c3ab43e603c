package eventsource_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/eventsource"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
)

func bodies(e events.SQSEvent) []string {
	var out []string
	for _, m := range e.Records {
		out = append(out, m.Body)
	}
	slices.Sort(out)
	return out
}

func TestQueueEvent(t *testing.T) {
	b := newBench(t)
	got := make(chan events.SQSEvent, 1)
	b.function(func(e events.SQSEvent) { got <- e }, nil)
	b.attach(eventsource.QueueConfig{})
	_, err := b.queues.Send(queueARN, sqs.Sending{
		Body: "hällo \"you\"\n", Group: "ten_1", Trace: "Root=1", Delay: -1,
		Attributes: map[string]sqs.Attribute{"kind": {DataType: "String", Text: "run"}, "raw": {DataType: "Binary", Bytes: []byte{1}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := receive(t, got).Records[0]
	if m.Body != "hällo \"you\"\n" || m.EventSource != "aws:sqs" || m.EventSourceARN != queueARN || m.AWSRegion != "us-east-1" || m.Attributes["MessageGroupId"] != "ten_1" ||
		m.Attributes["ApproximateReceiveCount"] != "1" || m.Attributes["SentTimestamp"] != fmt.Sprint(b.clock.Now().UnixMilli()) {
		t.Errorf("%+v", m)
	}
	if *m.MessageAttributes["kind"].StringValue != "run" || string(m.MessageAttributes["raw"].BinaryValue) != "\x01" {
		t.Errorf("%+v", m.MessageAttributes)
	}
	b.until("the deletion", func() bool { return b.stats("jobs") == sqs.Stats{} })
}

// What a failed batch held comes back when its visibility ends, and in the end goes to
// the dead-letter queue.
func TestFailedBatch(t *testing.T) {
	b := newBench(t)
	called := make(chan struct{}, 10)
	b.function(func(events.SQSEvent) error {
		called <- struct{}{}
		return errors.New("no")
	}, nil)
	b.attach(eventsource.QueueConfig{})
	b.send("poison")
	for range 3 {
		receive(t, called)
		b.until("the end of the invocation", func() bool { return b.stats("jobs").InFlight == 1 })
		b.clock.Advance(visibility)
	}
	b.until("the move to the dead letters", func() bool { return b.stats("dead").Visible == 1 })
	if len(called) != 0 {
		t.Error("the message was delivered more often than the redrive policy allows")
	}
}

func TestPartialFailure(t *testing.T) {
	for name, c := range map[string]struct {
		answer any // of the first call
		back   []string
	}{
		"one failed":     {map[string]any{"batchItemFailures": []any{map[string]any{"itemIdentifier": "ID"}}}, []string{"1"}},
		"none":           {map[string]any{"batchItemFailures": []any{}}, nil},
		"null":           {nil, nil},
		"empty":          {map[string]any{}, nil},
		"unknown id":     {map[string]any{"batchItemFailures": []any{map[string]any{"itemIdentifier": "x"}}}, []string{"0", "1", "2"}},
		"empty id":       {map[string]any{"batchItemFailures": []any{map[string]any{"itemIdentifier": ""}}}, []string{"0", "1", "2"}},
		"null id":        {map[string]any{"batchItemFailures": []any{map[string]any{"itemIdentifier": nil}}}, []string{"0", "1", "2"}},
		"wrong key":      {map[string]any{"batchItemFailures": []any{map[string]any{"id": "ID"}}}, []string{"0", "1", "2"}},
		"not a response": {"text", []string{"0", "1", "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			calls := make(chan []string, 10)
			var first atomic.Bool
			b.function(func(e events.SQSEvent) (any, error) {
				defer func() { calls <- bodies(e) }()
				if first.Swap(true) {
					return nil, nil
				}
				if o, ok := c.answer.(map[string]any); ok {
					for _, m := range e.Records {
						if m.Body == "1" {
							return withID(o, m.MessageId), nil
						}
					}
				}
				return c.answer, nil
			}, nil)
			b.send("0", "1", "2")
			b.attach(eventsource.QueueConfig{ReportsItems: true})
			receive(t, calls)
			b.until("the deletion", func() bool { return b.stats("jobs").InFlight == len(c.back) })
			b.clock.Advance(visibility)
			if c.back == nil {
				return
			}
			var again []string
			for len(again) < len(c.back) {
				again = append(again, receive(t, calls)...)
			}
			slices.Sort(again)
			if diff := cmp.Diff(c.back, again); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// withID puts a message's id where an answer says ID.
func withID(o map[string]any, id string) map[string]any {
	failures, _ := o["batchItemFailures"].([]any)
	for _, f := range failures {
		for k, v := range f.(map[string]any) {
			if v == "ID" {
				f.(map[string]any)[k] = id
			}
		}
	}
	return o
}

// No more batches run at once than the mapping allows, and all messages are handled.
func TestMaximumConcurrency(t *testing.T) {
	b := newBench(t)
	var running, most atomic.Int32
	var handled atomic.Int32
	free := make(chan struct{})
	b.function(func(e events.SQSEvent) {
		n := running.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-free
		running.Add(-1)
		handled.Add(int32(len(e.Records)))
	}, nil)
	for i := range 30 {
		b.send(fmt.Sprint(i))
	}
	b.attach(eventsource.QueueConfig{BatchSize: 1, MaximumConcurrency: 2})
	b.until("two batches", func() bool { return running.Load() == 2 })
	close(free)
	b.until("the end of all", func() bool { return handled.Load() == 30 })
	if most.Load() != 2 {
		t.Errorf("%d batches ran at once, want 2", most.Load())
	}
}

// With a window a batch waits for more messages; without one a message is handled at once.
func TestBatchingWindow(t *testing.T) {
	b := newBench(t)
	got := make(chan []string, 10)
	b.function(func(e events.SQSEvent) { got <- bodies(e) }, nil)
	b.attach(eventsource.QueueConfig{BatchSize: 3, Window: 5 * time.Second})
	b.send("1")
	if err := b.clock.BlockUntilContext(context.Background(), 2); err != nil { // visibility and window
		t.Fatal(err)
	}
	b.send("2")
	b.until("the second message's receive", func() bool { return b.stats("jobs").InFlight == 2 })
	b.clock.Advance(5 * time.Second)
	if diff := cmp.Diff([]string{"1", "2"}, receive(t, got)); diff != "" {
		t.Error(diff)
	}
	b.send("3", "4", "5")
	if diff := cmp.Diff([]string{"3", "4", "5"}, receive(t, got)); diff != "" {
		t.Errorf("a full batch waited: %s", diff)
	}
}

func TestFilterOnQueue(t *testing.T) {
	b := newBench(t)
	got := make(chan []string, 10)
	b.function(func(e events.SQSEvent) { got <- bodies(e) }, nil)
	b.attach(eventsource.QueueConfig{BatchSize: 1, Filter: filter(t, `{"body":{"kind":["run"]}}`)})
	b.send(`{"kind":"other"}`, `not json`, `{"kind":"run"}`)
	if diff := cmp.Diff([]string{`{"kind":"run"}`}, receive(t, got)); diff != "" {
		t.Error(diff)
	}
	b.until("the deletion of all", func() bool { return b.stats("jobs") == sqs.Stats{} })
}

// A throttled function does not make its messages dead letters at once: the mapping
// pauses before it takes more.
func TestThrottled(t *testing.T) {
	b := newBench(t)
	b.function(func(events.SQSEvent) {}, func(f *lambdahost.Function) { f.ReservedConcurrency = 0 })
	b.send("1", "2", "3", "4", "5")
	b.attach(eventsource.QueueConfig{BatchSize: 1, MaximumConcurrency: 2})
	b.until("the first batches", func() bool { return b.stats("jobs").InFlight > 0 })
	if err := b.clock.BlockUntilContext(context.Background(), 2); err != nil { // visibility and the pause
		t.Fatal(err)
	}
	if s := b.stats("jobs"); s.InFlight > 2 {
		t.Errorf("messages were taken although nothing could handle them: %+v", s)
	}
	b.function(func(events.SQSEvent) {}, nil)
	b.clock.Advance(200 * time.Millisecond)
	b.until("the rest", func() bool { return b.stats("jobs").Visible == 0 })
}

// A message that goes round through the same function is stopped after 16 hops.
func TestLoopIsStopped(t *testing.T) {
	b := newBench(t)
	var calls atomic.Int32
	b.function(func(ctx context.Context, e events.SQSEvent) error {
		calls.Add(1)
		_, err := b.queues.Send(queueARN, sqs.Sending{Body: e.Records[0].Body, Trace: lambdahost.FromContext(ctx).Trace(), Delay: -1})
		return err
	}, nil)
	b.attach(eventsource.QueueConfig{})
	b.send("round")
	b.until("the stop", func() bool { return b.stats("dead").Visible == 1 })
	if calls.Load() != 16 {
		t.Errorf("%d calls, want 16", calls.Load())
	}
}

// Close waits for the batch that is being handled, and its messages are deleted.
func TestCloseWaits(t *testing.T) {
	b := newBench(t)
	started, free := make(chan struct{}), make(chan struct{})
	b.function(func(events.SQSEvent) { close(started); <-free }, nil)
	q := b.attach(eventsource.QueueConfig{})
	b.send("1")
	receive(t, started)
	var closed sync.WaitGroup
	closed.Go(func() {
		if err := q.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	close(free)
	closed.Wait()
	if s := b.stats("jobs"); s != (sqs.Stats{}) {
		t.Errorf("after Close: %+v", s)
	}
}

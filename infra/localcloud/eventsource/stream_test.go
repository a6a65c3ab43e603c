package eventsource_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/eventsource"
)

// table is a table with a stream of one shard, so that all its records are in order.
type table struct {
	*bench
	service *dynamodb.Service
}

func newTable(t *testing.T) *table {
	t.Helper()
	b := newBench(t)
	s, err := dynamodb.New(dynamodb.Options{Store: b.store, Clock: b.clock, StreamShards: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	err = s.CreateTable(dynamodb.TableSpec{
		Name: "runs", Attributes: map[string]string{"pk": "S"}, Key: dynamodb.Key{Hash: "pk"}, StreamView: "NEW_AND_OLD_IMAGES",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &table{bench: b, service: s}
}

func (b *table) put(key string, n int) {
	b.t.Helper()
	status, answer := b.service.Do("DynamoDB_20120810.PutItem", fmt.Appendf(nil, `{"TableName":"runs","Item":{"pk":{"S":%q},"n":{"N":"%d"}}}`, key, n))
	if status != 200 {
		b.t.Fatalf("%s", answer)
	}
}

func (b *table) attach(c eventsource.StreamConfig) *eventsource.Stream {
	b.t.Helper()
	source, err := b.service.Stream("runs")
	if err != nil {
		b.t.Fatal(err)
	}
	c.ID, c.FunctionARN = "m1", functionARN
	if c.MaximumAge == 0 {
		c.MaximumAge = -1
	}
	if c.BatchSize == 0 {
		c.BatchSize = 100
	}
	s, err := eventsource.StartStream(source, c, eventsource.StreamOptions{Options: b.options, Store: b.store})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// log collects the numbers that a function was handed, call by call.
type log struct {
	mu    sync.Mutex
	calls []string
}

func (l *log) add(e events.DynamoDBEvent) (numbers []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range e.Records {
		numbers = append(numbers, r.Change.NewImage["n"].Number())
	}
	l.calls = append(l.calls, fmt.Sprint(numbers))
	return numbers
}

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.calls...)
}

func (l *log) count() int { return len(l.all()) }

func TestStreamEvent(t *testing.T) {
	b := newTable(t)
	got := make(chan events.DynamoDBEvent, 10)
	b.function(func(e events.DynamoDBEvent) { got <- e }, nil)
	b.attach(eventsource.StreamConfig{MaximumRetries: -1})
	b.put("a", 1)
	r := receive(t, got).Records[0]
	if r.EventName != "INSERT" || r.Change.Keys["pk"].String() != "a" || r.Change.NewImage["n"].Number() != "1" || r.EventSource != "aws:dynamodb" || r.EventSourceArn == "" {
		t.Errorf("%+v", r)
	}
	b.put("a", 2)
	if r := receive(t, got).Records[0]; r.EventName != "MODIFY" || r.Change.OldImage["n"].Number() != "1" {
		t.Errorf("%+v", r)
	}
}

// TRIM_HORIZON begins with the oldest record, LATEST with what comes after.
func TestStartingPosition(t *testing.T) {
	for latest, want := range map[bool][]string{false: {"[1 2]", "[3]"}, true: {"[3]"}} {
		b, l := newTable(t), &log{}
		b.function(func(e events.DynamoDBEvent) { l.add(e) }, nil)
		b.put("a", 1)
		b.put("b", 2)
		b.attach(eventsource.StreamConfig{Latest: latest, MaximumRetries: -1})
		b.until("the first batch", func() bool { return latest || l.count() == 1 })
		b.put("c", 3)
		b.until("all", func() bool { return l.count() == len(want) })
		if diff := cmp.Diff(want, l.all()); diff != "" {
			t.Error(diff)
		}
	}
}

// A mapping goes on after a restart where it was.
func TestStreamRestart(t *testing.T) {
	b, l := newTable(t), &log{}
	b.function(func(e events.DynamoDBEvent) { l.add(e) }, nil)
	first := b.attach(eventsource.StreamConfig{MaximumRetries: -1})
	b.put("a", 1)
	b.until("the first", func() bool { return l.count() == 1 })
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.put("b", 2)
	b.attach(eventsource.StreamConfig{MaximumRetries: -1})
	b.until("the second", func() bool { return l.count() == 2 })
	if diff := cmp.Diff([]string{"[1]", "[2]"}, l.all()); diff != "" {
		t.Error(diff)
	}
}

// A poisoned record is found by halving, tried as often as is allowed, and left
// behind; the others are handled.
func TestBisect(t *testing.T) {
	b, l := newTable(t), &log{}
	failed := make(chan string, 1)
	b.function(func(e events.DynamoDBEvent) error {
		for _, n := range l.add(e) {
			if n == "3" {
				return errors.New("poison")
			}
		}
		return nil
	}, nil)
	for i := 1; i <= 4; i++ {
		b.put(fmt.Sprint("k", i), i)
	}
	b.attach(eventsource.StreamConfig{BisectOnError: true, MaximumRetries: 1, Failed: func(m []byte) error {
		failed <- string(m)
		return nil
	}})
	b.until("the halves", func() bool { return l.count() == 4 })
	if err := b.clock.BlockUntilContext(context.Background(), 2); err != nil { // the table's own ticker, and the pause
		t.Fatal(err)
	}
	b.clock.Advance(time.Second)
	receive(t, failed)
	b.until("the rest", func() bool { return l.count() == 6 })
	want := []string{"[1 2 3 4]", "[1 2]", "[3 4]", "[3]", "[3]", "[4]"}
	if diff := cmp.Diff(want, l.all()); diff != "" {
		t.Error(diff)
	}
}

// With reports of item failures the batch begins again at the first failed record.
func TestStreamItemFailures(t *testing.T) {
	b, l := newTable(t), &log{}
	b.function(func(e events.DynamoDBEvent) (out events.DynamoDBEventResponse, err error) {
		if l.add(e); l.count() == 1 {
			out.BatchItemFailures = []events.DynamoDBBatchItemFailure{{ItemIdentifier: e.Records[1].Change.SequenceNumber}}
		}
		return out, nil
	}, nil)
	for i := 1; i <= 3; i++ {
		b.put(fmt.Sprint("k", i), i)
	}
	b.attach(eventsource.StreamConfig{ReportsItems: true, MaximumRetries: -1})
	b.until("both calls", func() bool { return l.count() == 2 })
	if diff := cmp.Diff([]string{"[1 2 3]", "[2 3]"}, l.all()); diff != "" {
		t.Error(diff)
	}
}

func TestStreamFilter(t *testing.T) {
	for name, pattern := range map[string]string{
		"on an image": `{"eventName":["INSERT"],"dynamodb":{"NewImage":{"n":{"N":["2","3"]}}}}`,
		"on keys":     `{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":["k2",{"prefix":"k3"}]}}}}`,
		"on either":   `{"dynamodb":{"$or":[{"NewImage":{"n":{"N":["2"]}}},{"Keys":{"pk":{"S":["k3"]}}}]},"eventName":["INSERT"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			b, l := newTable(t), &log{}
			b.function(func(e events.DynamoDBEvent) { l.add(e) }, nil)
			b.attach(eventsource.StreamConfig{MaximumRetries: -1, BatchSize: 1, Filter: filter(t, pattern)})
			for i := 1; i <= 3; i++ {
				b.put(fmt.Sprint("k", i), i)
			}
			b.put("k2", 2) // changed, not made
			b.until("two", func() bool { return l.count() == 2 })
			if diff := cmp.Diff([]string{"[2]", "[3]"}, l.all()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Lanes run at the same time, and the changes of one item stay in order.
func TestParallelization(t *testing.T) {
	b := newTable(t)
	var mu sync.Mutex
	last := map[string]string{}
	seen := 0
	b.function(func(e events.DynamoDBEvent) {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range e.Records {
			key, n := r.Change.Keys["pk"].String(), fmt.Sprintf("%03s", r.Change.NewImage["n"].Number())
			if n <= last[key] {
				t.Errorf("item %s: %s after %s", key, n, last[key])
			}
			last[key] = n
			seen++
		}
	}, nil)
	for i := 1; i <= 100; i++ {
		b.put(fmt.Sprint("k", i%7), i)
	}
	b.attach(eventsource.StreamConfig{MaximumRetries: -1, BatchSize: 3, Parallelization: 4})
	b.until("all records", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return seen == 100
	})
}

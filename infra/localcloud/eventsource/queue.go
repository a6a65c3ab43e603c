package eventsource

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/alarm"
	"github.com/automatelanka/automatelanka/infra/localcloud/await"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
)

const (
	// defaultConcurrency is how many batches of one queue Lambda runs at once if the
	// mapping sets no maximum (Lambda, SQS event source scaling).
	defaultConcurrency = 1000
	// receiveMost is how many messages one ReceiveMessage gives.
	receiveMost = 10
	// A throttled mapping pauses, longer each time, so that it does not use up the
	// receive counts of messages that nobody can handle.
	pauseFirst = 100 * time.Millisecond
	pauseMost  = 10 * time.Second
)

// Invoker runs functions; lambdahost.Host is one.
type Invoker interface {
	Do(ctx context.Context, c lambdahost.Call) (lambdahost.Result, error)
	// Loops reports whether a message with this trace header has passed through
	// the function too often.
	Loops(function, trace string) bool
	// Hops is how often it has.
	Hops(function, trace string) int
}

// QueueConfig is a mapping from a queue to a function.
type QueueConfig struct {
	QueueARN           string
	FunctionARN        string
	Region             string
	BatchSize          int
	Window             time.Duration
	MaximumConcurrency int // 0 is Lambda's own limit
	ReportsItems       bool
	Filter             Filter
}

// Options are what every mapping needs.
type Options struct {
	Clock   clock.Clock
	Invoker Invoker
	Logger  *slog.Logger
}

// Queue is a running mapping from a queue.
type Queue struct {
	opts     Options
	config   QueueConfig
	consumer *sqs.Consumer
	wake     chan struct{}
	quit     chan struct{}
	stop     func()        // closes quit, once
	ended    chan struct{} // the loop has returned
	batches  sync.WaitGroup

	mu     sync.Mutex
	active int
	pause  time.Duration
	until  time.Time // paused until then
}

// StartQueue attaches a function to a queue.
func StartQueue(s *sqs.Service, c QueueConfig, o Options) (*Queue, error) {
	if c.MaximumConcurrency == 0 {
		c.MaximumConcurrency = defaultConcurrency
	}
	q := &Queue{opts: o, config: c, wake: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	q.stop = sync.OnceFunc(func() { close(q.quit) })
	consumer, err := s.Consume(c.QueueARN, q.ready)
	if err != nil {
		return nil, err
	}
	q.consumer = consumer
	go q.loop()
	q.ready()
	return q, nil
}

// ready notes that there may be something to do.
func (q *Queue) ready() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Close stops taking messages and waits for the batches that are being handled.
func (q *Queue) Close(ctx context.Context) error {
	q.stop()
	return await.Return(ctx, func() {
		<-q.ended
		q.batches.Wait()
	})
}

func (q *Queue) loop() {
	defer close(q.ended)
	for {
		select {
		case <-q.wake:
		case <-q.quit:
			return
		}
		for q.room() {
			batch := q.collect()
			if len(batch) == 0 {
				break
			}
			q.mu.Lock()
			q.active++
			q.mu.Unlock()
			q.batches.Add(1)
			go q.handle(batch)
		}
	}
}

// room reports whether another batch may be started; if the mapping is paused it
// sees to it that the loop is woken.
func (q *Queue) room() bool {
	select {
	case <-q.quit:
		return false
	default:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if wait := q.until.Sub(q.opts.Clock.Now()); wait > 0 {
		alarm.At(q.opts.Clock, q.until, q.ready)
		return false
	}
	return q.active < q.config.MaximumConcurrency
}

// collect receives a batch. With a batching window it waits until the batch is
// full or the window, counted from its first message, has passed.
func (q *Queue) collect() []sqs.Received {
	batch := q.receive(q.config.BatchSize)
	if len(batch) == 0 || q.config.Window == 0 || len(batch) >= q.config.BatchSize {
		return batch
	}
	over := q.opts.Clock.NewTimer(q.config.Window)
	defer over.Stop()
	for len(batch) < q.config.BatchSize {
		select {
		case <-q.wake:
			batch = append(batch, q.receive(q.config.BatchSize-len(batch))...)
		case <-over.Chan():
			q.ready()
			return batch
		case <-q.quit:
			return batch
		}
	}
	q.ready()
	return batch
}

// receive takes up to n messages, after dropping those that the filter refuses and
// burying those that go round in a loop.
func (q *Queue) receive(n int) []sqs.Received {
	var out []sqs.Received
	for len(out) < n {
		got := q.consumer.Receive(min(n-len(out), receiveMost))
		if len(got) == 0 {
			break
		}
		var unwanted, looping []string
		for _, m := range got {
			switch {
			case !q.config.Filter.matchesMessage(m):
				unwanted = append(unwanted, m.Handle)
			case m.Trace != "" && q.opts.Invoker.Loops(q.config.FunctionARN, m.Trace):
				looping = append(looping, m.Handle)
			default:
				out = append(out, m)
			}
		}
		q.consumer.Delete(unwanted)
		if len(looping) > 0 {
			q.consumer.Bury(looping)
			q.opts.Logger.Warn("messages were stopped: their function called itself through the queue too often",
				"function", q.config.FunctionARN, "queue", q.config.QueueARN, "messages", len(looping))
		}
	}
	return out
}

func (q *Queue) handle(batch []sqs.Received) {
	defer q.batches.Done()
	r, err := q.opts.Invoker.Do(context.Background(), lambdahost.Call{
		Function: q.config.FunctionARN, Payload: queueEvent(q.config, batch), Trace: q.trace(batch),
	})
	switch {
	case err != nil:
		q.refused(err)
	case r.FunctionError == "":
		q.consumer.Delete(q.succeeded(batch, r.Payload))
	}
	q.mu.Lock()
	q.active--
	if err == nil {
		q.pause = 0
	}
	q.mu.Unlock()
	q.ready()
}

// trace is the header of the message that has gone round most often.
func (q *Queue) trace(batch []sqs.Received) string {
	trace, most := "", -1
	for _, m := range batch {
		if m.Trace == "" {
			continue
		}
		if n := q.opts.Invoker.Hops(q.config.FunctionARN, m.Trace); n > most {
			trace, most = m.Trace, n
		}
	}
	return trace
}

func (q *Queue) refused(err error) {
	var w *wire.Error
	if !errors.As(err, &w) || w.Status != 429 {
		q.opts.Logger.Error("a batch could not be handed over", "function", q.config.FunctionARN, "error", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pause = min(max(q.pause*2, pauseFirst), pauseMost)
	q.until = q.opts.Clock.Now().Add(q.pause)
}

// succeeded are the handles of the messages to delete.
func (q *Queue) succeeded(batch []sqs.Received, response []byte) []string {
	var failed map[string]bool
	if q.config.ReportsItems {
		ids := make([]string, len(batch))
		for i, m := range batch {
			ids[i] = m.MessageID
		}
		var ok bool
		if failed, ok = itemFailures(response, ids); !ok {
			q.opts.Logger.Warn("the report of batch item failures is malformed: all messages count as failed", "function", q.config.FunctionARN)
			return nil
		}
	}
	handles := make([]string, 0, len(batch))
	for _, m := range batch {
		if !failed[m.MessageID] {
			handles = append(handles, m.Handle)
		}
	}
	return handles
}

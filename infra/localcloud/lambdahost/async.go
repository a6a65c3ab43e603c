package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/alarm"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/order"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// How Lambda retries asynchronous invocations: after a minute and after two when
// the function fails; with growing pauses while it is throttled.
const (
	asyncConcurrency = 100
	throttleFirst    = time.Second
	throttleMost     = 5 * time.Minute
)

var asyncRetryPauses = []time.Duration{time.Minute, 2 * time.Minute}

const asyncPrefix = "lambda/async/"

// asyncEvent is an asynchronous invocation that is not finished.
type asyncEvent struct {
	ID        string          `json:"id"`
	Function  string          `json:"function"`
	Payload   json.RawMessage `json:"payload"`
	Trace     string          `json:"trace,omitempty"`
	Created   time.Time       `json:"created"`
	Due       time.Time       `json:"due"`
	Failures  int             `json:"failures"`
	Throttles int             `json:"throttles"`

	order.Place // among those that wait
}

// asyncQueue holds the asynchronous invocations, by the time when they are due.
type asyncQueue struct {
	host *Host

	mu      sync.Mutex
	waiting order.Heap[*asyncEvent]
	active  int
	timer   clock.Timer
	stopped bool
	busy    sync.WaitGroup // events being handled
}

func newAsyncQueue(h *Host) *asyncQueue {
	return &asyncQueue{host: h, stopped: true, waiting: order.New(func(a, b *asyncEvent) bool { return a.Due.Before(b.Due) })}
}

// start loads what an earlier process left and begins.
func (q *asyncQueue) start() error {
	var loaded []*asyncEvent
	prefix := []byte(asyncPrefix)
	var bad error
	err := q.host.opts.Store.Scan(prefix, kv.PrefixEnd(prefix), false, func(_, v []byte) bool {
		e := &asyncEvent{}
		bad = json.Unmarshal(v, e)
		loaded = append(loaded, e)
		return bad == nil
	})
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	q.mu.Lock()
	for _, e := range loaded {
		q.waiting.Put(e)
	}
	q.stopped = false
	q.mu.Unlock()
	q.wake()
	return nil
}

func (q *asyncQueue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopped = true
	if q.timer != nil {
		q.timer.Stop()
	}
}

// add accepts an event: it is kept before the caller is told so.
func (q *asyncQueue) add(f *hosted, c Call) (Result, error) {
	now := q.host.opts.Clock.Now()
	payload := c.Payload
	if len(payload) == 0 {
		payload = []byte("null")
	}
	if !json.Valid(payload) {
		return Result{}, wire.Errorf("InvalidRequestContentException", "Could not parse request body into json")
	}
	e := &asyncEvent{ID: ident.New("event", now), Function: f.Name, Payload: payload, Trace: c.Trace, Created: now, Due: now}
	if err := q.save(e, true); err != nil {
		return Result{}, err
	}
	q.mu.Lock()
	q.waiting.Put(e)
	q.mu.Unlock()
	q.wake()
	return Result{RequestID: requestID()}, nil
}

func (q *asyncQueue) save(e *asyncEvent, wait bool) error {
	v, err := json.Marshal(e)
	if err != nil {
		return err
	}
	b := &kv.Batch{}
	b.Set([]byte(asyncPrefix+e.ID), v)
	if wait {
		return q.host.opts.Store.Commit(b)
	}
	return q.host.opts.Store.CommitLazy(b)
}

// wake runs what is due and sets the timer for what comes next.
func (q *asyncQueue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return
	}
	now := q.host.opts.Clock.Now()
	next, ok := q.waiting.First()
	for ; ok && q.active < asyncConcurrency && !next.Due.After(now); next, ok = q.waiting.First() {
		q.waiting.Remove(next)
		q.active++
		q.busy.Add(1)
		go q.run(next)
	}
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	if ok && q.active < asyncConcurrency {
		q.timer = alarm.At(q.host.opts.Clock, next.Due, q.wake)
	}
}

func (q *asyncQueue) run(e *asyncEvent) {
	defer q.busy.Done()
	again := q.attempt(e)
	if again {
		_ = q.save(e, false) // lost only in a crash, which repeats the attempt
	} else {
		b := &kv.Batch{}
		b.Delete([]byte(asyncPrefix + e.ID))
		_ = q.host.opts.Store.CommitLazy(b) // lost only in a crash, which repeats the event: at least once
	}
	q.mu.Lock()
	q.active--
	if again {
		q.waiting.Put(e)
	}
	q.mu.Unlock()
	q.wake()
}

// attempt invokes the function once and reports whether the event stays, with a
// new due time.
func (q *asyncQueue) attempt(e *asyncEvent) bool {
	f, err := q.host.find(e.Function)
	if err != nil {
		return false
	}
	now := q.host.opts.Clock.Now()
	r, err := q.host.Do(context.Background(), Call{Function: e.Function, Payload: e.Payload, Trace: e.Trace})
	switch {
	case err == nil && r.FunctionError == "":
		return false
	case err != nil && !retryable(err):
		return q.giveUp(f, e, err.Error())
	case err != nil:
		e.Due = now.Add(min(throttleFirst<<min(e.Throttles, 10), throttleMost))
		e.Throttles++
	default:
		if e.Failures >= f.AsyncRetries {
			return q.giveUp(f, e, string(r.Payload))
		}
		e.Due = q.host.opts.Clock.Now().Add(asyncRetryPauses[min(e.Failures, len(asyncRetryPauses)-1)])
		e.Failures++
	}
	if f.AsyncMaxAge > 0 && e.Due.Sub(e.Created) > f.AsyncMaxAge {
		return q.giveUp(f, e, "EventAgeExceeded")
	}
	return true
}

func retryable(err error) bool {
	var e *wire.Error
	return !errors.As(err, &e) || e.Status == 429 || e.Status >= 500
}

func (q *asyncQueue) giveUp(f *hosted, e *asyncEvent, failure string) bool {
	if f.DeadLetterARN != "" && q.host.opts.DeadLetter != nil {
		if err := q.host.opts.DeadLetter(f.DeadLetterARN, e.Payload, failure); err != nil {
			e.Due = q.host.opts.Clock.Now().Add(throttleFirst)
			return true
		}
	}
	q.host.opts.Meter.Add("lambda.async_dropped", 1)
	return false
}

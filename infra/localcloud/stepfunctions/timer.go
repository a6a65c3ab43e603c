package stepfunctions

import (
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/order"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// timer wakes a run at a time; token 0 is the run's own deadline.
type timer struct {
	at    time.Time
	live  *live
	token uint64

	order.Place // among the timers that run
}

func (t *timer) outcome() asl.Outcome {
	if t.token == 0 {
		return asl.Outcome{Kind: asl.Expire}
	}
	return asl.Outcome{Kind: asl.Woke, Token: t.token}
}

// timers is one heap of all timers, served by one goroutine.
type timers struct {
	clock clock.Clock
	fire  func(*timer)

	mu    sync.Mutex
	heap  order.Heap[*timer]
	armed time.Time // when the goroutine wakes next; zero: not before it is poked

	poke, quit, done chan struct{}
}

func newTimers(c clock.Clock, fire func(*timer)) *timers {
	return &timers{clock: c, fire: fire, heap: order.New(func(a, b *timer) bool { return a.at.Before(b.at) }), poke: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
}

func (ts *timers) start() { go ts.loop() }

// stop ends the goroutine; nothing fires afterwards.
func (ts *timers) stop() {
	close(ts.quit)
	<-ts.done
}

func (ts *timers) add(t *timer) {
	ts.mu.Lock()
	ts.heap.Put(t)
	sooner := ts.armed.IsZero() || t.at.Before(ts.armed)
	ts.mu.Unlock()
	if sooner {
		select {
		case ts.poke <- struct{}{}:
		default:
		}
	}
}

func (ts *timers) remove(list ...*timer) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range list {
		ts.heap.Remove(t)
	}
}

func (ts *timers) loop() {
	defer close(ts.done)
	for {
		var ring <-chan time.Time
		t := ts.arm()
		if t != nil {
			ring = t.Chan()
		}
		select {
		case <-ts.quit:
		case <-ts.poke:
		case <-ring:
		}
		if t != nil {
			t.Stop()
		}
		select {
		case <-ts.quit:
			return
		default:
		}
	}
}

// drift is how late a timer may be made after its duration was computed. A clock
// that was moved by hand in between would otherwise ring too late.
const drift = time.Millisecond

// arm fires what is due and makes the clock's timer for the rest; nil if there is none.
func (ts *timers) arm() clock.Timer {
	for {
		at, wait := ts.fireDue()
		if at.IsZero() {
			return nil
		}
		t := ts.clock.NewTimer(wait)
		if wait-at.Sub(ts.clock.Now()) <= drift {
			return t
		}
		t.Stop()
	}
}

// fireDue fires what is due, each timer on a goroutine of its own since a run may
// have to commit, and returns when the next one is due and how far off that is;
// the zero time if there is none.
func (ts *timers) fireDue() (at time.Time, wait time.Duration) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	now := ts.clock.Now()
	next, ok := ts.heap.First()
	for ; ok && !next.at.After(now); next, ok = ts.heap.First() {
		ts.heap.Remove(next)
		go ts.fire(next)
	}
	ts.armed = time.Time{}
	if ok {
		ts.armed = next.at
	}
	return ts.armed, ts.armed.Sub(now)
}

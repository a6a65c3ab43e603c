package sqs

import (
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/order"
	"github.com/automatelanka/automatelanka/internal/clock"
)

const (
	// sweepEvery is how often messages past their retention are looked for, at most.
	sweepEvery = time.Minute
	// maxInFlight is SQS's limit of messages in flight in one queue.
	maxInFlight = 120000
	// dedupWindow is how long a FIFO queue remembers a deduplication id.
	dedupWindow = 5 * time.Minute
)

// Spec is what a queue is made of. The zero values of the durations are taken as
// they are; MaximumMessage 0 is 1 MiB.
type Spec struct {
	Name              string
	ARN               string
	URL               string
	FIFO              bool
	ContentBased      bool
	VisibilityTimeout time.Duration
	Delay             time.Duration
	ReceiveWait       time.Duration
	Retention         time.Duration
	MaximumMessage    int // bytes
	DeadLetterARN     string
	MaxReceives       int
}

// queue is one queue. Whoever locks mu unlocks it by finish, which also does what
// must not be done under the lock.
type queue struct {
	s       *Service
	created time.Time
	// Never changed, unlike spec.
	name, arn, url string

	mu       sync.Mutex
	spec     Spec
	messages map[uint64]*message
	rota     *rota
	hidden   order.Heap[*message]
	flights  int // messages in flight
	dedup    map[string]dedupEntry
	waiters  []chan struct{}
	ready    func() // tells an event source that there is something to receive
	timer    clock.Timer
	armed    time.Time
	swept    time.Time
	closed   bool

	// To be done by finish.
	woken bool
	dead  []*message
	lost  []uint64
}

type dedupEntry struct {
	id    string
	seq   uint64
	until time.Time
}

func newQueue(s *Service, spec Spec) *queue {
	now := s.opts.Clock.Now()
	return &queue{
		s: s, spec: spec, created: now, swept: now, name: spec.Name, arn: spec.ARN, url: spec.URL,
		messages: map[uint64]*message{}, rota: newRota(spec.FIFO), hidden: newHidden(), dedup: map[string]dedupEntry{},
	}
}

// finish unlocks the queue, then wakes receivers and moves dead letters.
func (q *queue) finish() {
	dead, lost := q.dead, q.lost
	q.dead, q.lost = nil, nil
	var wake []chan struct{}
	var ready func()
	if q.woken {
		q.woken = false
		ready = q.ready
		n := min(len(q.waiters), q.rota.ready)
		wake = q.waiters[:n:n]
		q.waiters = q.waiters[n:]
	}
	target := q.spec.DeadLetterARN
	q.mu.Unlock()
	for _, w := range wake {
		close(w)
	}
	if ready != nil {
		ready()
	}
	if len(dead) > 0 {
		q.s.bury(q, target, dead)
	}
	if len(lost) > 0 {
		q.s.erase(q.name, lost)
	}
}

// insert adds a message that is already in the store.
func (q *queue) insert(m *message, due time.Time) {
	q.mu.Lock()
	q.messages[m.seq] = m
	if now := q.s.opts.Clock.Now(); due.After(now) {
		q.hide(m, due)
	} else {
		q.show(m)
	}
	q.finish()
}

// take receives up to n messages for a time of invisibility.
func (q *queue) take(n int, visibility time.Duration) (out []*message, full bool) {
	now := q.s.opts.Clock.Now()
	q.mu.Lock()
	q.surface(now)
	for len(out) < n {
		if q.flights >= maxInFlight {
			full = true
			break
		}
		m := q.nextMessage(out)
		if m == nil {
			break
		}
		q.deliver(m, now, visibility)
		out = append(out, m)
	}
	if len(out) > 0 {
		q.s.noteReceives(q.name, out)
	}
	q.finish()
	return out, full && len(out) == 0
}

func (q *queue) nextMessage(taken []*message) *message {
	if q.spec.FIFO && len(taken) > 0 {
		if m := q.rota.same(taken[len(taken)-1]); m != nil {
			return m
		}
	}
	return q.rota.next()
}

func (q *queue) deliver(m *message, now time.Time, visibility time.Duration) {
	m.receives++
	if m.firstMS == 0 {
		m.firstMS = now.UnixMilli()
	}
	m.nonce++
	m.flight = true
	q.flights++
	if q.s.opts.Faults.Duplicate() {
		visibility = 0 // SQS may deliver again although nobody failed
	}
	q.hide(m, now.Add(visibility))
}

// delete removes the message of a receipt handle. An old handle does nothing.
func (q *queue) delete(seq uint64, nonce uint32) bool {
	q.mu.Lock()
	defer q.finish()
	m, ok := q.messages[seq]
	if !ok || m.nonce != nonce {
		return false
	}
	q.remove(m)
	return true
}

func (q *queue) remove(m *message) {
	delete(q.messages, m.seq)
	m.gone = true
	hidden := m.Placed()
	q.hidden.Remove(m)
	if m.flight {
		m.flight = false
		q.flights--
		q.rota.leave(m)
		q.woken = q.spec.FIFO && q.rota.ready > 0 // its group is free again
		return
	}
	if !hidden {
		q.rota.drop(m)
	}
}

// change sets a new end of invisibility, counted from now; false if the message
// is not in flight under that handle.
func (q *queue) change(seq uint64, nonce uint32, visibility time.Duration) bool {
	now := q.s.opts.Clock.Now()
	q.mu.Lock()
	defer q.finish()
	q.surface(now)
	m, ok := q.messages[seq]
	if !ok || m.nonce != nonce || !m.flight {
		return false
	}
	q.hide(m, now.Add(visibility))
	if visibility == 0 {
		q.surface(now)
	}
	return true
}

// wait returns a channel that is closed when there may be something to receive.
func (q *queue) wait() chan struct{} {
	q.mu.Lock()
	defer q.finish()
	w := make(chan struct{})
	if q.rota.order.Len() > 0 {
		close(w)
		return w
	}
	q.waiters = append(q.waiters, w)
	return w
}

func (q *queue) unwait(w chan struct{}) {
	q.mu.Lock()
	defer q.finish()
	for i, other := range q.waiters {
		if other == w {
			q.waiters = append(q.waiters[:i:i], q.waiters[i+1:]...)
			return
		}
	}
	// It was woken although nobody listens any more: pass it on.
	q.woken = q.woken || q.rota.order.Len() > 0
}

// purge removes everything.
func (q *queue) purge() []uint64 {
	q.mu.Lock()
	defer q.finish()
	seqs := make([]uint64, 0, len(q.messages))
	for seq, m := range q.messages {
		m.gone = true
		seqs = append(seqs, seq)
	}
	q.messages, q.rota, q.hidden, q.flights = map[uint64]*message{}, newRota(q.spec.FIFO), newHidden(), 0
	return seqs
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if q.timer != nil {
		q.timer.Stop()
	}
}

// has reports whether the queue has just these settings.
func (q *queue) has(spec Spec) bool {
	q.mu.Lock()
	defer q.finish()
	return q.spec == spec
}

package sqs

import (
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/alarm"
	"github.com/automatelanka/automatelanka/infra/localcloud/order"
)

// newHidden is the messages that cannot be received yet: delayed, or in flight. They
// are ordered by the time at which they become visible.
func newHidden() order.Heap[*message] {
	return order.New(func(a, b *message) bool { return a.due.Before(b.due) })
}

// hide keeps a message from being received until due.
func (q *queue) hide(m *message, due time.Time) {
	m.due = due
	q.hidden.Put(m)
	q.arm()
}

// arm sets the timer for the earliest hidden message. A timer that is set for an
// earlier moment is left: when it fires, it is set anew.
func (q *queue) arm() {
	next, ok := q.hidden.First()
	if !ok || q.closed {
		return
	}
	due := next.due
	if q.timer != nil && !q.armed.After(due) {
		return
	}
	if q.timer != nil {
		q.timer.Stop()
	}
	q.armed = due
	q.timer = alarm.At(q.s.opts.Clock, due, q.onTimer)
}

func (q *queue) onTimer() {
	q.mu.Lock()
	q.timer = nil
	q.surface(q.s.opts.Clock.Now())
	q.arm()
	q.finish()
}

// surface makes visible what is due by now. A message that was received as often
// as the redrive policy allows is set aside for its dead-letter queue.
func (q *queue) surface(now time.Time) {
	for m, ok := q.hidden.First(); ok && !m.due.After(now); m, ok = q.hidden.First() {
		q.hidden.Remove(m)
		if m.flight {
			m.flight = false
			q.flights--
			q.rota.leave(m)
		}
		q.show(m)
	}
	if now.Sub(q.swept) >= sweepEvery {
		q.swept = now
		q.expire(now)
	}
}

// show makes a message receivable, or sets it aside as a dead letter.
func (q *queue) show(m *message) {
	if q.spec.DeadLetterARN != "" && m.receives >= q.spec.MaxReceives {
		delete(q.messages, m.seq)
		m.gone = true
		q.dead = append(q.dead, m)
		return
	}
	q.rota.add(m)
	q.woken = true
}

// expire drops what is older than the retention period. SQS promises no more than
// that it happens; once a minute is enough.
func (q *queue) expire(now time.Time) {
	oldest := now.Add(-q.spec.Retention).UnixMilli()
	for _, m := range q.messages {
		if m.sentMS < oldest {
			q.remove(m)
			q.lost = append(q.lost, m.seq)
		}
	}
}

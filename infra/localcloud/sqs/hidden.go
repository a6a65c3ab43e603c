package sqs

import (
	"container/heap"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/alarm"
)

// hidden are the messages that cannot be received yet: delayed, or in flight. They
// are ordered by the time at which they become visible.
type hidden []*message

func (h hidden) Len() int           { return len(h) }
func (h hidden) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h hidden) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].heapAt, h[j].heapAt = i, j
}

func (h *hidden) Push(x any) {
	m := x.(*message)
	m.heapAt = len(*h)
	*h = append(*h, m)
}

func (h *hidden) Pop() any {
	old := *h
	m := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	m.heapAt = -1
	return m
}

// hide keeps a message from being received until due.
func (q *queue) hide(m *message, due time.Time) {
	m.due = due
	if m.heapAt >= 0 {
		heap.Fix(&q.hidden, m.heapAt)
	} else {
		heap.Push(&q.hidden, m)
	}
	q.arm()
}

func (q *queue) unhide(m *message) {
	if m.heapAt >= 0 {
		heap.Remove(&q.hidden, m.heapAt)
	}
}

// arm sets the timer for the earliest hidden message. A timer that is set for an
// earlier moment is left: when it fires, it is set anew.
func (q *queue) arm() {
	if len(q.hidden) == 0 || q.closed {
		return
	}
	due := q.hidden[0].due
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
	for len(q.hidden) > 0 && !q.hidden[0].due.After(now) {
		m := heap.Pop(&q.hidden).(*message)
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

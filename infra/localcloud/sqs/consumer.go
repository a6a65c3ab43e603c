package sqs

import (
	"strconv"
	"time"
)

// Received is a message as a receiver gets it.
type Received struct {
	MessageID  string
	Handle     string // receipt handle
	Body       string
	Group      string
	Dedup      string
	Sequence   string // of FIFO queues
	Trace      string // AWSTraceHeader
	SenderID   string
	SourceARN  string // DeadLetterQueueSourceArn
	SentMS     int64
	FirstMS    int64 // first received
	Receives   int
	Attributes map[string]Attribute
}

func (q *queue) received(m *message) Received {
	r := Received{
		MessageID: m.id, Handle: m.handle(), Body: m.body, Group: m.group, Dedup: m.dedup, Trace: m.trace,
		SenderID: m.sender, SourceARN: m.source, SentMS: m.sentMS, FirstMS: m.firstMS, Receives: m.receives,
		Attributes: m.attrs,
	}
	if q.spec.FIFO {
		r.Sequence = sequence(m.seq)
	}
	return r
}

// system returns the system attributes of a message by their names.
func (r Received) system() map[string]string {
	out := map[string]string{
		"SenderId":                         r.SenderID,
		"SentTimestamp":                    itoa(r.SentMS),
		"ApproximateReceiveCount":          strconv.Itoa(r.Receives),
		"ApproximateFirstReceiveTimestamp": itoa(r.FirstMS),
	}
	for name, v := range map[string]string{
		"MessageGroupId": r.Group, "MessageDeduplicationId": r.Dedup, "SequenceNumber": r.Sequence,
		"AWSTraceHeader": r.Trace, "DeadLetterQueueSourceArn": r.SourceARN,
	} {
		if v != "" {
			out[name] = v
		}
	}
	return out
}

// System returns all system attributes of a message by their names.
func (r Received) System() map[string]string { return r.system() }

// MD5OfBody and MD5OfAttributes are the checksums that receivers check.
func (r Received) MD5OfBody() string { return md5Hex(r.Body) }

// MD5OfAttributes is "" for a message without attributes.
func (r Received) MD5OfAttributes() string { return md5Attributes(r.Attributes) }

// Consumer receives from one queue inside the process, for event sources.
type Consumer struct {
	s *Service
	q *queue
}

// Consume attaches an event source to the queue of an ARN. ready is called, and
// must return at once, whenever there may be something to receive.
func (s *Service) Consume(queueARN string, ready func()) (*Consumer, error) {
	q := s.byARN(queueARN)
	if q == nil {
		return nil, noQueue()
	}
	q.mu.Lock()
	q.ready = ready
	q.woken = true
	q.finish()
	return &Consumer{s: s, q: q}, nil
}

// Receive takes up to n messages; none if there is nothing to receive.
func (c *Consumer) Receive(n int) []Received {
	c.q.mu.Lock()
	visibility := c.q.spec.VisibilityTimeout
	c.q.finish()
	taken, _ := c.q.take(n, visibility)
	if len(taken) == 0 {
		return nil
	}
	c.s.opts.Meter.Add("sqs.requests", 1)
	c.q.mu.Lock()
	out := make([]Received, len(taken))
	for i, m := range taken {
		out[i] = c.q.received(m)
	}
	c.q.finish()
	return out
}

// Delete removes messages that were handled.
func (c *Consumer) Delete(handles []string) {
	if len(handles) == 0 {
		return
	}
	c.s.opts.Meter.Add("sqs.requests", 1)
	var seqs []uint64
	for _, h := range handles {
		if seq, nonce, ok := parseHandle(h); ok && c.q.delete(seq, nonce) {
			seqs = append(seqs, seq)
		}
	}
	c.s.erase(c.q.name, seqs)
}

// Hide sets when messages become visible again, counted from now.
func (c *Consumer) Hide(handles []string, visibility time.Duration) {
	for _, h := range handles {
		if seq, nonce, ok := parseHandle(h); ok {
			c.q.change(seq, nonce, visibility)
		}
	}
}

// Bury moves messages to the queue's dead-letter queue, or drops them if it has none.
func (c *Consumer) Bury(handles []string) {
	for _, h := range handles {
		seq, nonce, ok := parseHandle(h)
		if !ok {
			continue
		}
		c.q.mu.Lock()
		m, target := c.q.messages[seq], c.q.spec.DeadLetterARN
		c.q.finish()
		if m == nil || !c.q.delete(seq, nonce) {
			continue
		}
		if target == "" {
			c.s.erase(c.q.name, []uint64{seq})
			continue
		}
		c.s.bury(c.q, target, []*message{m})
	}
}

// Stats are the figures of a queue.
type Stats struct {
	Visible  int
	InFlight int
	Delayed  int
	// Oldest is when the oldest message was sent; zero if the queue is empty.
	Oldest time.Time
}

// Stats returns the figures of the queue of a name; false if there is none.
func (s *Service) Stats(name string) (Stats, bool) {
	q := s.byName(name)
	if q == nil {
		return Stats{}, false
	}
	q.mu.Lock()
	defer q.finish()
	q.surface(s.opts.Clock.Now())
	out := Stats{Visible: q.rota.ready, InFlight: q.flights, Delayed: q.hidden.Len() - q.flights}
	for _, m := range q.messages {
		if at := time.UnixMilli(m.sentMS); out.Oldest.IsZero() || at.Before(out.Oldest) {
			out.Oldest = at
		}
	}
	return out, true
}

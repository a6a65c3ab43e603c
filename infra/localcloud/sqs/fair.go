package sqs

import "github.com/automatelanka/automatelanka/infra/localcloud/order"

// group is the messages of one MessageGroupId (or of none) that can be received.
type group struct {
	id     string
	ready  []*message
	flight int    // messages in flight
	turn   uint64 // when it was served last

	order.Place // in the rota
}

// rota decides from which group the next message comes: the one with the fewest
// messages in flight, then the one that was served longest ago.
type rota struct {
	fifo   bool
	groups map[string]*group
	order  order.Heap[*group]
	turns  uint64
	ready  int // messages that can be received, blocked groups included
}

func newRota(fifo bool) *rota {
	return &rota{fifo: fifo, groups: map[string]*group{}, order: order.New(before)}
}

func (r *rota) group(id string) *group {
	g, ok := r.groups[id]
	if !ok {
		g = &group{id: id}
		r.groups[id] = g
	}
	return g
}

// add makes a message receivable. One that comes back takes its old place in a
// FIFO queue, and the last one in a standard queue.
func (r *rota) add(m *message) {
	g := r.group(m.group)
	r.ready++
	at := len(g.ready)
	for r.fifo && at > 0 && g.ready[at-1].seq > m.seq {
		at--
	}
	g.ready = append(g.ready, nil)
	copy(g.ready[at+1:], g.ready[at:])
	g.ready[at] = m
	r.place(g)
}

// next takes the next message; nil if there is none. The message counts as in
// flight in its group until leave is called.
func (r *rota) next() *message {
	next, ok := r.order.First()
	if !ok {
		return nil
	}
	return r.take(next)
}

func (r *rota) take(g *group) *message {
	m := g.ready[0]
	g.ready[0] = nil
	g.ready = g.ready[1:]
	r.ready--
	r.turns++
	g.turn = r.turns
	g.flight++
	m.counted = true
	r.place(g)
	return m
}

// same takes another message of the group that m was taken from: FIFO queues hand
// out several of one group at once.
func (r *rota) same(m *message) *message {
	g := r.group(m.group)
	if len(g.ready) == 0 {
		return nil
	}
	return r.take(g)
}

// leave ends a message's time in flight.
func (r *rota) leave(m *message) {
	if !m.counted {
		return
	}
	m.counted = false
	g := r.group(m.group)
	g.flight--
	r.place(g)
}

// drop removes a message that was receivable.
func (r *rota) drop(m *message) {
	g := r.group(m.group)
	for i, other := range g.ready {
		if other == m {
			g.ready = append(g.ready[:i], g.ready[i+1:]...)
			r.ready--
			break
		}
	}
	r.place(g)
}

// place puts a group where it belongs in the order, and forgets an empty one.
func (r *rota) place(g *group) {
	eligible := len(g.ready) > 0 && (!r.fifo || g.flight == 0)
	if eligible {
		r.order.Put(g)
	} else {
		r.order.Remove(g)
	}
	if len(g.ready) == 0 && g.flight == 0 {
		delete(r.groups, g.id)
	}
}

// before orders the groups that can be served.
func before(a, b *group) bool {
	if a.flight != b.flight {
		return a.flight < b.flight
	}
	return a.turn < b.turn
}

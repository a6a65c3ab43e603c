package sqs

import (
	"encoding/binary"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/order"
)

// noteReceives writes receive counts. It is not waited for: a crash that loses
// them loses one count, and counts are approximate.
func (s *Service) noteReceives(queue string, messages []*message) {
	b := &kv.Batch{}
	for _, m := range messages {
		v := binary.AppendUvarint(nil, uint64(m.receives))
		b.Set(messageKey(receivePrefix, queue, m.seq), binary.AppendVarint(v, m.firstMS))
	}
	_ = s.opts.Store.CommitLazy(b)
}

func parseReceives(v []byte) (int, int64) {
	d := decoder{b: v}
	receives, first := d.uvarint(), int64(0)
	if !d.bad {
		first = d.varint()
	}
	return int(receives), first
}

// erase removes messages from the store. It is not waited for: a crash that loses
// it leads to another delivery, which SQS allows.
func (s *Service) erase(queue string, seqs []uint64) {
	b := &kv.Batch{}
	for _, seq := range seqs {
		b.Delete(messageKey(messagePrefix, queue, seq))
		b.Delete(messageKey(receivePrefix, queue, seq))
	}
	_ = s.opts.Store.CommitLazy(b)
}

// bury moves messages to the dead-letter queue, which keeps their ids and the time
// at which they were first sent. Without that queue they stay where they are.
func (s *Service) bury(from *queue, target string, dead []*message) {
	to := s.byARN(target)
	if to == nil {
		from.mu.Lock()
		for _, m := range dead {
			m.gone = false
			from.messages[m.seq] = m
			from.rota.add(m)
		}
		from.finish()
		return
	}
	for _, m := range dead {
		s.relocate(from, to, m, func(moved *message) { moved.source = from.arn })
	}
}

// relocate moves a message between queues in one commit.
func (s *Service) relocate(from, to *queue, m *message, edit func(*message)) {
	moved := *m
	moved.seq, moved.receives, moved.firstMS, moved.nonce = s.seq.Add(1), 0, 0, 0
	moved.flight, moved.counted, moved.gone, moved.Place = false, false, false, order.Place{}
	edit(&moved)
	b := &kv.Batch{}
	b.Delete(messageKey(messagePrefix, from.name, m.seq))
	b.Delete(messageKey(receivePrefix, from.name, m.seq))
	b.Set(messageKey(messagePrefix, to.name, moved.seq), moved.encode())
	_ = s.opts.Store.CommitLazy(b) // lost only in a crash, after which it is moved again
	to.insert(&moved, s.opts.Clock.Now())
}

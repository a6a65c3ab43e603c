package dynamodb

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// indexLag keeps back the writes of global indexes. They wait in the store, so
// that a crash loses none, and are applied in the order in which they were made.
type indexLag struct {
	lag func() time.Duration
	now func() time.Time

	mu     sync.Mutex
	last   time.Time // when the newest is due: none may be due before an older one
	number uint64
	wake   chan struct{}
}

// startLag applies what an earlier run left behind, and begins to lag if lag is given.
func (s *Service) startLag(lag func() time.Duration) error {
	if err := s.applyLag(nil); err != nil {
		return err
	}
	if lag == nil {
		return nil
	}
	s.lag = &indexLag{lag: lag, now: s.clock.Now, wake: make(chan struct{}, 1)}
	s.done.Add(1)
	go s.applyLagRegularly()
	return nil
}

// stage adds to a batch that the writes are to be applied later.
func (l *indexLag) stage(b *kv.Batch, writes []write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if due := l.now().Add(l.lag()); due.After(l.last) {
		l.last = due
	}
	l.number++
	key := binary.BigEndian.AppendUint64(space(spaceLag, 16), uint64(l.last.UnixNano()))
	key = binary.BigEndian.AppendUint64(key, l.number)
	var value []byte
	for _, w := range writes {
		value = binary.AppendUvarint(value, uint64(len(w.key)))
		value = append(value, w.key...)
		value = binary.AppendUvarint(value, uint64(len(w.value))) // 0 deletes: entries are never empty
		value = append(value, w.value...)
	}
	b.Set(key, value)
}

// staged tells whoever applies the writes that there are new ones in the store.
func (l *indexLag) staged() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// applyLagRegularly applies lagging writes when they are due.
func (s *Service) applyLagRegularly() {
	defer s.done.Done()
	for {
		next, err := s.nextLag()
		if err != nil {
			return // the store is gone, and with it every other operation
		}
		var due <-chan time.Time
		if !next.IsZero() {
			timer := s.clock.NewTimer(next.Sub(s.clock.Now()))
			defer timer.Stop()
			due = timer.Chan()
		}
		select {
		case <-s.stop:
			return
		case <-s.lag.wake:
		case <-due:
			now := s.clock.Now()
			if s.applyLag(&now) != nil {
				return
			}
		}
	}
}

// nextLag returns when the oldest lagging write is due; the zero time if there is none.
func (s *Service) nextLag() (time.Time, error) {
	var next time.Time
	prefix := space(spaceLag, 0)
	err := s.store.Scan(prefix, kv.PrefixEnd(prefix), false, func(key, _ []byte) bool {
		next = time.Unix(0, int64(binary.BigEndian.Uint64(key[len(prefix):])))
		return false
	})
	return next, err
}

// applyLag applies the lagging writes that are due at a time, or all if it is nil.
func (s *Service) applyLag(until *time.Time) error {
	s.lagging.Lock()
	defer s.lagging.Unlock()
	prefix := space(spaceLag, 0)
	upper := kv.PrefixEnd(prefix)
	if until != nil {
		upper = binary.BigEndian.AppendUint64(space(spaceLag, 8), uint64(until.UnixNano())+1)
	}
	var b kv.Batch
	err := s.store.Scan(prefix, upper, false, func(key, value []byte) bool {
		b.Delete(append([]byte(nil), key...))
		rest := append([]byte(nil), value...)
		for len(rest) > 0 {
			var w write
			w.key, rest = cutText(rest)
			w.value, rest = cutText(rest)
			apply(&b, []write{w})
		}
		return true
	})
	return orElse(err, s.store.Commit(&b))
}

// cutText takes a text with its length before it off the beginning; an empty one is nil.
func cutText(b []byte) (text, rest []byte) {
	n, w := binary.Uvarint(b)
	if n == 0 {
		return nil, b[w:]
	}
	return b[w : w+int(n)], b[w+int(n):]
}

// drainLag applies all lagging writes at once; the caller holds the gate.
func (s *Service) drainLag() error {
	if s.lag == nil {
		return nil
	}
	return s.applyLag(nil)
}

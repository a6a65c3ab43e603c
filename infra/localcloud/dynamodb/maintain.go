package dynamodb

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// maintainEvery is how often expired items, old stream records and old tokens are
// removed. DynamoDB takes up to some days for expired items, so nobody may rely on it.
const maintainEvery = time.Minute

// oldestExpiry is how long ago an item may have expired to be removed; one that
// expired earlier is taken for a mistake and stays.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
const oldestExpiry = 5 * 365 * 24 * time.Hour

// streamRetention is how long a stream keeps its records.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
const streamRetention = 24 * time.Hour

func (s *Service) maintainRegularly() {
	defer s.done.Done()
	ticker := s.clock.NewTicker(maintainEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.Chan():
			_ = s.Maintain() // what failed is tried again with the next tick
		}
	}
}

// Maintain removes what is past its time now: expired items, stream records
// older than 24 hours, tokens of transactions. It runs every minute by itself.
func (s *Service) Maintain() error {
	s.maintaining.Lock()
	defer s.maintaining.Unlock()
	s.gate.RLock()
	tables := make([]*table, 0, len(s.tables))
	for _, t := range s.tables {
		tables = append(tables, t)
	}
	s.gate.RUnlock()
	var failed error
	for _, t := range tables {
		failed = errors.Join(failed, s.expire(t))
		if t.stream != nil {
			failed = errors.Join(failed, s.trim(t.stream))
		}
	}
	return errors.Join(failed, s.dropTokens())
}

// expire deletes the table's items whose time to live has passed.
func (s *Service) expire(t *table) error {
	if t.spec.TTL == "" {
		return nil
	}
	now := s.clock.Now()
	prefix := numbered(spaceExpiry, t.id, 0)
	lower := binary.BigEndian.AppendUint64(slices.Clone(prefix), uint64(now.Add(-oldestExpiry).Unix()))
	upper := binary.BigEndian.AppendUint64(slices.Clone(prefix), uint64(now.Unix()))
	var keys [][]byte
	err := s.store.Scan(lower, upper, false, func(key, _ []byte) bool {
		keys = append(keys, append(numbered(spaceItem, t.id, len(key)), key[len(prefix)+8:]...))
		return true
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := s.expireItem(t, key, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) expireItem(t *table, key []byte, now time.Time) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.tables[t.spec.Name] != t {
		return nil
	}
	defer s.locks.lock(key)()
	m, err := s.read(t, key)
	if err != nil {
		return err
	}
	if seconds, ok := t.expiry(m.old); !ok || seconds >= now.Unix() {
		return nil
	}
	m.expired = true
	var st staged
	s.stage(&st, &m)
	return s.commit(&st)
}

// trim removes a stream's records that are too old.
func (s *Service) trim(st *stream) error {
	horizon := s.clock.Now().Add(-streamRetention)
	for _, sh := range st.shards {
		if err := s.trimShard(sh, horizon); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) trimShard(sh *shard, horizon time.Time) error {
	first, last := sh.visible()
	next := first
	err := s.store.Scan(sh.key(first), kv.PrefixEnd(sh.prefix), false, func(key, value []byte) bool {
		millis, _ := binary.Uvarint(value[1:])
		if sequenceOf(key) > last || !time.UnixMilli(int64(millis)).Before(horizon) {
			return false
		}
		next = sequenceOf(key) + 1
		return true
	})
	if err != nil || next == first {
		return err
	}
	var b kv.Batch
	b.DeleteRange(sh.key(first), sh.key(next))
	b.Set(sh.floor, binary.BigEndian.AppendUint64(nil, next))
	if err := s.store.Commit(&b); err != nil {
		return err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.first = next
	return nil
}

// dropTokens removes the tokens of transactions that can no longer be repeated.
func (s *Service) dropTokens() error {
	lower := binary.BigEndian.AppendUint64(space(spaceToken, 8), 0)
	upper := binary.BigEndian.AppendUint64(space(spaceToken, 8), s.period()-1)
	s.tokens.drop(s.period() - 1)
	found := false
	err := s.store.Scan(lower, upper, false, func(_, _ []byte) bool {
		found = true
		return false
	})
	if err != nil || !found {
		return err
	}
	var b kv.Batch
	b.DeleteRange(lower, upper)
	return s.store.Commit(&b)
}

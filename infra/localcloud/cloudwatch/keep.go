package cloudwatch

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// prefix begins the keys of buckets; the minute and the metric follow.
const prefix = "cloudwatch/"

func keyOf(m Metric, minute int64) ([]byte, error) {
	name, err := json.Marshal(m)
	return append(binary.BigEndian.AppendUint64([]byte(prefix), uint64(minute)), name...), err
}

// save writes what has changed since the last time.
func (s *Service) save() error {
	s.mu.Lock()
	batch := &kv.Batch{}
	for m, minutes := range s.dirty {
		for minute := range minutes {
			if err := s.saveBucket(batch, m, minute); err != nil {
				s.mu.Unlock()
				return err
			}
		}
	}
	clear(s.dirty)
	clear(s.current)
	s.mu.Unlock()
	return s.opts.Store.CommitLazy(batch)
}

func (s *Service) saveBucket(batch *kv.Batch, m Metric, minute int64) error {
	key, err := keyOf(m, minute)
	if err != nil {
		return err
	}
	b, ok := s.all[m][minute]
	if !ok {
		batch.Delete(key)
		return nil
	}
	value, err := json.Marshal(b)
	batch.Set(key, value)
	return err
}

// Close writes what is not yet written.
func (s *Service) Close() error { return s.save() }

// load reads what an earlier process has written.
func (s *Service) load() error {
	var failed error
	err := s.opts.Store.Scan([]byte(prefix), kv.PrefixEnd([]byte(prefix)), false, func(key, value []byte) bool {
		minute := int64(binary.BigEndian.Uint64(key[len(prefix):]))
		var m Metric
		b := &bucket{}
		if failed = json.Unmarshal(key[len(prefix)+8:], &m); failed == nil {
			failed = json.Unmarshal(value, b)
		}
		if failed != nil {
			failed = fmt.Errorf("cloudwatch: a stored metric cannot be read: %w", failed)
			return false
		}
		if s.all[m] == nil {
			s.all[m] = series{}
		}
		s.all[m][minute] = b
		return true
	})
	if err != nil {
		return err
	}
	return failed
}

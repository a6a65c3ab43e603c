package localcloud

import (
	"errors"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

var errClosed = errors.New("the local cloud is closed")

// gatedStore answers with an error after it was closed. Functions that outlive the
// cloud would otherwise write into a store that is gone.
type gatedStore struct {
	mu     sync.RWMutex
	inner  kv.Store
	closed bool
}

func (s *gatedStore) Get(key []byte) ([]byte, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, false, errClosed
	}
	return s.inner.Get(key)
}

func (s *gatedStore) Scan(lower, upper []byte, reverse bool, fn func(key, value []byte) bool) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	return s.inner.Scan(lower, upper, reverse, fn)
}

func (s *gatedStore) Commit(b *kv.Batch) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	return s.inner.Commit(b)
}

func (s *gatedStore) CommitLazy(b *kv.Batch) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	return s.inner.CommitLazy(b)
}

func (s *gatedStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.inner.Close()
}

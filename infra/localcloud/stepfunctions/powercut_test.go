package stepfunctions

import (
	"errors"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// fragile is a kv.Store that can lose its power. What was committed durably
// survives, with everything before it; of what was committed lazily after that,
// the first few batches survive.
type fragile struct {
	t testing.TB

	mu      sync.RWMutex
	store   kv.Store
	log     []*kv.Batch
	durable int // batches of log that surely survive
	off     bool
}

var errOff = errors.New("the power is off")

func newFragile(t testing.TB) *fragile {
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	return &fragile{t: t, store: store}
}

// cut takes the power away and returns the store as the next process finds it,
// with up to keep of the batches that might be lost.
func (f *fragile) cut(keep int) *fragile {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.off = true
	f.store.Close()
	next := newFragile(f.t)
	next.log = append(next.log, f.log[:min(len(f.log), f.durable+keep)]...)
	next.durable = len(next.log)
	for _, b := range next.log {
		if err := next.store.CommitLazy(b); err != nil {
			f.t.Fatal(err)
		}
	}
	return next
}

func (f *fragile) commit(b *kv.Batch, durable bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.off {
		return errOff
	}
	f.log = append(f.log, b)
	if durable {
		f.durable = len(f.log)
	}
	return f.store.CommitLazy(b)
}

func (f *fragile) Commit(b *kv.Batch) error     { return f.commit(b, true) }
func (f *fragile) CommitLazy(b *kv.Batch) error { return f.commit(b, false) }

func (f *fragile) Get(key []byte) ([]byte, bool, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.off {
		return nil, false, errOff
	}
	return f.store.Get(key)
}

func (f *fragile) Scan(lower, upper []byte, reverse bool, fn func(key, value []byte) bool) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.off {
		return errOff
	}
	return f.store.Scan(lower, upper, reverse, fn)
}

func (f *fragile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.off {
		return nil
	}
	f.off = true
	return f.store.Close()
}

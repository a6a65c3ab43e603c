package kv

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// OpenPebble opens (or makes) a store in the folder dir; an empty dir keeps it in memory.
func OpenPebble(dir string) (Store, error) {
	opts := &pebble.Options{Logger: silent{}, MemTableSize: 32 << 20}
	if dir == "" {
		opts.FS = vfs.NewMem()
		dir = "mem"
	}
	db, err := pebble.Open(dir, opts)
	if err != nil {
		return nil, err
	}
	return &pebbleStore{db: db}, nil
}

type pebbleStore struct{ db *pebble.DB }

func (p *pebbleStore) Get(key []byte) ([]byte, bool, error) {
	v, closer, err := p.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer closer.Close()
	return append([]byte{}, v...), true, nil
}

func (p *pebbleStore) Scan(lower, upper []byte, reverse bool, fn func(key, value []byte) bool) error {
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return err
	}
	defer it.Close()
	first, next := it.First, it.Next
	if reverse {
		first, next = it.Last, it.Prev
	}
	for ok := first(); ok; ok = next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if !fn(it.Key(), v) {
			break
		}
	}
	return it.Error()
}

func (p *pebbleStore) Commit(b *Batch) error     { return p.commit(b, pebble.Sync) }
func (p *pebbleStore) CommitLazy(b *Batch) error { return p.commit(b, pebble.NoSync) }

func (p *pebbleStore) commit(b *Batch, w *pebble.WriteOptions) error {
	pb := p.db.NewBatch()
	defer pb.Close()
	for _, o := range b.ops {
		if o.del {
			_ = pb.Delete(o.key, nil)
		} else {
			_ = pb.Set(o.key, o.value, nil)
		}
	}
	return pb.Commit(w)
}

func (p *pebbleStore) Close() error { return p.db.Close() }

// silent keeps pebble's own log lines out of ours; its errors come back as errors.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(format string, args ...any) {
	panic("pebble: " + format)
}

package kv

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Sizes of the store's buffers, in bytes.
const (
	// memTableSize is small because deleted keys stay in a memtable until it is full, and
	// reads walk over them: at 64 MB the head of a line of thousands of runs was found so
	// slowly that the line hardly moved. A run costs the same CPU at both.
	memTableSize = 8 << 20
	cacheSize    = 64 << 20
)

// Options says where a store lives and what its commits survive.
type Options struct {
	// Dir is the folder of the store's files; it is made if there is none. Empty
	// keeps the store in memory, where it ends with the process.
	Dir string
	// Fsync makes each commit survive power loss too, at the price of one fsync.
	Fsync bool
}

// Open opens a store, or makes it.
func Open(o Options) (Store, error) { return open(o, vfs.Default) }

func open(o Options, disk vfs.FS) (Store, error) {
	logger := silent{o.Dir}
	opts := &pebble.Options{Logger: logger, MemTableSize: memTableSize, CacheSize: cacheSize}
	// What is flushed in the background is tried again without end, and without a word:
	// a store on a full disk would neither open nor say why.
	opts.EventListener = &pebble.EventListener{BackgroundError: func(err error) {
		if outOfRoom(err) {
			logger.Fatalf("%w", err)
		}
	}}
	dir := o.Dir
	switch {
	case dir == "":
		opts.FS, opts.DisableWAL, dir = vfs.NewMem(), true, "memory"
	case o.Fsync:
		opts.FS = disk
	default:
		opts.FS = unsyncedLogs{disk}
	}
	db, err := pebble.Open(dir, opts)
	if errors.Is(err, syscall.EAGAIN) { // what a lock that somebody holds answers
		return nil, fmt.Errorf("another process uses the data in %s; stop it, or choose another folder", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("the data in %s cannot be opened: %w", dir, err)
	}
	s := &pebbleStore{db: db, durable: pebble.Sync}
	if opts.DisableWAL {
		s.durable = pebble.NoSync
	}
	return s, nil
}

// OpenPebble opens the store in the folder dir, with commits that survive the
// process but not power loss; an empty dir keeps it in memory.
func OpenPebble(dir string) (Store, error) { return Open(Options{Dir: dir}) }

type pebbleStore struct {
	db      *pebble.DB
	durable *pebble.WriteOptions
	// open is held for reading by each operation, and taken for ever by Close:
	// pebble panics when it is used while or after it closes, and requests that
	// nobody waits for any more may come at any time.
	open sync.RWMutex
}

func (p *pebbleStore) Get(key []byte) ([]byte, bool, error) {
	if !p.open.TryRLock() {
		return nil, false, ErrClosed
	}
	defer p.open.RUnlock()
	v, closer, err := p.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	out := append([]byte{}, v...)
	return out, true, closer.Close()
}

func (p *pebbleStore) Scan(lower, upper []byte, reverse bool, fn func(key, value []byte) bool) error {
	if !p.open.TryRLock() {
		return ErrClosed
	}
	defer p.open.RUnlock()
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return err
	}
	err = walk(it, reverse, fn)
	return errors.Join(err, it.Close())
}

func walk(it *pebble.Iterator, reverse bool, fn func(key, value []byte) bool) error {
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

func (p *pebbleStore) Commit(b *Batch) error     { return p.commit(b, p.durable) }
func (p *pebbleStore) CommitLazy(b *Batch) error { return p.commit(b, pebble.NoSync) }

func (p *pebbleStore) commit(b *Batch, w *pebble.WriteOptions) error {
	if len(b.ops) == 0 {
		return nil
	}
	if !p.open.TryRLock() {
		return ErrClosed
	}
	defer p.open.RUnlock()
	size := 0
	for _, o := range b.ops {
		size += len(o.key) + len(o.value) + 16
	}
	pb := p.db.NewBatchWithSize(size)
	for _, o := range b.ops {
		if err := add(pb, o); err != nil {
			return errors.Join(err, pb.Close())
		}
	}
	return errors.Join(pb.Commit(w), pb.Close())
}

func add(pb *pebble.Batch, o op) error {
	switch o.kind {
	case opDelete:
		return pb.Delete(o.key, nil)
	case opDeleteRange:
		return pb.DeleteRange(o.key, o.value, nil)
	default:
		return pb.Set(o.key, o.value, nil)
	}
}

// Close waits for the operations that run.
func (p *pebbleStore) Close() error {
	p.open.Lock()
	return p.db.Close()
}

// silent keeps pebble's own log lines out of ours; its errors come back as errors.
type silent struct{ dir string }

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}

// Fatalf ends the process, as the store asks of it: with damaged files, or without room
// for new ones, nothing may go on, and a stack of the store's tells nobody what to do.
func (l silent) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	for _, a := range args {
		if cause, ok := a.(error); ok && outOfRoom(cause) {
			fmt.Fprintf(os.Stderr, "the data in %s has no room to be written: %v; nothing that was accepted is lost: make room and start again\n", l.dir, cause)
			os.Exit(1)
		}
	}
	fmt.Fprintf(os.Stderr, "the data in %s is damaged: %v; put back a copy of it, or begin with another folder\n", l.dir, err)
	os.Exit(1)
}

// outOfRoom reports whether it is the machine that has no room: the disk is full, or the
// user's share of it, or as many files are open as may be.
func outOfRoom(err error) bool {
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}

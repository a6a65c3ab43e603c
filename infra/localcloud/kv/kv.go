package kv

import "errors"

// ErrClosed is what a store answers from the moment when it begins to close.
var ErrClosed = errors.New("the store is closed")

// Store is an ordered map. It is safe for concurrent use.
type Store interface {
	// Get returns the value of key, and false if there is none. The caller owns the bytes.
	Get(key []byte) ([]byte, bool, error)
	// Scan calls fn for each key in [lower, upper), in order, or from the last to
	// the first if reverse, until fn returns false. It sees one moment of the store.
	// The bytes are only valid in fn.
	Scan(lower, upper []byte, reverse bool, fn func(key, value []byte) bool) error
	// Commit applies a batch whole or not at all. When it returns nil the batch
	// survives the process's death (kill -9), and with Options.Fsync the machine's.
	Commit(b *Batch) error
	// CommitLazy applies a batch at once, but a crash may lose it (never its
	// order: what was committed later is lost too).
	CommitLazy(b *Batch) error
	// Close waits for the operations that run, and refuses others. It is called once.
	Close() error
}

// Batch collects writes; they apply in the order in which they were added, so the
// last write of a key counts. The zero Batch is ready, and Reset makes one ready again.
type Batch struct {
	ops []op
}

type opKind uint8

const (
	opSet opKind = iota
	opDelete
	opDeleteRange
)

type op struct {
	key, value []byte // of opDeleteRange: lower, upper
	kind       opKind
}

// Set puts value under key. The bytes must not change until the commit.
func (b *Batch) Set(key, value []byte) { b.ops = append(b.ops, op{key: key, value: value}) }

// Delete removes key; it is no error if there is none.
func (b *Batch) Delete(key []byte) { b.ops = append(b.ops, op{key: key, kind: opDelete}) }

// DeleteRange removes all keys in [lower, upper). It costs the same for one key
// as for a million, but reads near it become slower: meant for rare, large removals.
func (b *Batch) DeleteRange(lower, upper []byte) {
	b.ops = append(b.ops, op{key: lower, value: upper, kind: opDeleteRange})
}

// Len returns the number of writes.
func (b *Batch) Len() int { return len(b.ops) }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	clear(b.ops)
	b.ops = b.ops[:0]
}

// PrefixEnd returns the smallest key greater than all that begin with prefix;
// nil, which as an upper bound means no bound, if there is none.
func PrefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// Package kv is the local cloud's durable storage: one ordered map of bytes with
// atomic batches, shared by all services, each under its own key prefix.
package kv

// Store is an ordered map. It is safe for concurrent use.
type Store interface {
	// Get returns the value of key, and false if there is none. The caller owns the bytes.
	Get(key []byte) ([]byte, bool, error)
	// Scan calls fn for each key in [lower, upper), in order, or from the last to
	// the first if reverse, until fn returns false. The bytes are only valid in fn.
	Scan(lower, upper []byte, reverse bool, fn func(key, value []byte) bool) error
	// Commit applies a batch whole or not at all. When it returns nil the batch
	// survives the process's death (kill -9).
	Commit(b *Batch) error
	// CommitLazy applies a batch at once, but a crash may lose it (never its
	// order: what was committed later is lost too).
	CommitLazy(b *Batch) error
	Close() error
}

// Batch collects writes; the last write of a key counts.
type Batch struct {
	ops []op
}

type op struct {
	key, value []byte
	del        bool
}

// Set puts value under key. The bytes must not change afterwards.
func (b *Batch) Set(key, value []byte) { b.ops = append(b.ops, op{key: key, value: value}) }

// Delete removes key; it is no error if there is none.
func (b *Batch) Delete(key []byte) { b.ops = append(b.ops, op{key: key, del: true}) }

// Len returns the number of writes.
func (b *Batch) Len() int { return len(b.ops) }

// PrefixEnd returns the smallest key greater than all that begin with prefix.
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

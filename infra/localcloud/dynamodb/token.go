package dynamodb

import (
	"encoding/binary"
	"hash/maphash"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// filterBits is the size of a filter, in bits: with a thousand transactions a
// second, one lookup in five is for nothing.
const filterBits = 1 << 21

// tokenFilter tells, without asking the store, that a token has not been used: the
// SDK gives each transaction a token of its own, and almost none comes twice. It is
// a Bloom filter with two bits a token for each of the periods that count.
type tokenFilter struct {
	seed maphash.Seed
	mu   sync.Mutex
	used map[uint64]*[filterBits / 64]uint64 // by period
}

// load notes the tokens that an earlier process has left.
func (f *tokenFilter) load(store kv.Store) error {
	f.seed, f.used = maphash.MakeSeed(), map[uint64]*[filterBits / 64]uint64{}
	prefix := space(spaceToken, 0)
	return store.Scan(prefix, kv.PrefixEnd(prefix), false, func(key, _ []byte) bool {
		f.add(string(key[len(prefix)+8:]), binary.BigEndian.Uint64(key[len(prefix):]))
		return true
	})
}

// add notes a token, before it is written.
func (f *tokenFilter) add(token string, period uint64) {
	a, b := f.bits(token)
	f.mu.Lock()
	defer f.mu.Unlock()
	bits := f.used[period]
	if bits == nil {
		bits = new([filterBits / 64]uint64)
		f.used[period] = bits
	}
	bits[a/64] |= 1 << (a % 64)
	bits[b/64] |= 1 << (b % 64)
}

// mayHave reports whether the token may have been used in the period.
func (f *tokenFilter) mayHave(token string, period uint64) bool {
	a, b := f.bits(token)
	f.mu.Lock()
	defer f.mu.Unlock()
	bits := f.used[period]
	return bits != nil && bits[a/64]&(1<<(a%64)) != 0 && bits[b/64]&(1<<(b%64)) != 0
}

// drop forgets the periods before one.
func (f *tokenFilter) drop(before uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for period := range f.used {
		if period < before {
			delete(f.used, period)
		}
	}
}

func (f *tokenFilter) bits(token string) (a, b uint64) {
	h := maphash.String(f.seed, token)
	return h % filterBits, (h >> 32) % filterBits
}

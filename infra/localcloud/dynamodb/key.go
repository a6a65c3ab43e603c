package dynamodb

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// The service's keys in the store all begin with "ddb" and a letter:
//
//	c name                                      a table's description
//	n                                           the next table's number
//	i table hash partition-key sort-key         an item
//	x table index hash index-keys table-keys    an index entry: the projected item
//	e table expiry item                         an item that has a time to live
//	s stream shard sequence                     a stream record
//	f stream shard                              the first sequence that was not trimmed
//	t period token                              a transaction's idempotency token
//	l due number                                index writes that lag behind
//
// Tables, streams and hashes are 4 bytes, indexes and shards 1, times and sequences
// 8, big-endian. Key values are in attr's sortable form, so that the order of
// the store is the order of a query; the hash scatters partitions, as DynamoDB
// does, and makes the segments of a parallel scan.
const keySpace = "ddb"

const (
	spaceTable  = 'c'
	spaceNext   = 'n'
	spaceItem   = 'i'
	spaceIndex  = 'x'
	spaceExpiry = 'e'
	spaceRecord = 's'
	spaceFloor  = 'f'
	spaceToken  = 't'
	spaceLag    = 'l'
)

func space(letter byte, capacity int) []byte {
	return append(append(make([]byte, 0, len(keySpace)+1+capacity), keySpace...), letter)
}

// numbered begins the keys of a table or stream.
func numbered(letter byte, id uint32, capacity int) []byte {
	return binary.BigEndian.AppendUint32(space(letter, 4+capacity), id)
}

// partitionHash scatters partition keys; it is stored, so it must never change.
// It is FNV-1a with a final mix, for even segments.
func partitionHash(key []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range key {
		h = (h ^ uint32(c)) * 16777619
	}
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	return h
}

// appendPartition appends the hash and the sortable form of a partition key.
func appendPartition(out []byte, hash *attr.Value) []byte {
	at := len(out)
	out = attr.AppendSortable(append(out, 0, 0, 0, 0), hash)
	binary.BigEndian.PutUint32(out[at:], partitionHash(out[at+4:]))
	return out
}

// itemKey returns the store's key of an item, of which it needs the key attributes.
func (t *table) itemKey(item attr.Item) []byte {
	hash := item.Get(t.keys.Hash)
	out := appendPartition(numbered(spaceItem, t.id, 4+len(hash.Str)+48), hash)
	if t.keys.Range != "" {
		out = attr.AppendSortable(out, item.Get(t.keys.Range))
	}
	return out
}

// keyHead is how many bytes of an item's key are not of the item's own.
const keyHead = len(keySpace) + 1 + 4

// stripes are locks for items: two items rarely share one. Whoever needs several
// takes them in order, so that none waits for another in a circle.
type stripes struct {
	seed  maphash.Seed
	locks [4096]sync.Mutex
}

func (s *stripes) init() { s.seed = maphash.MakeSeed() }

func (s *stripes) of(key []byte) int { return int(maphash.Bytes(s.seed, key) % uint64(len(s.locks))) }

// lock locks the items of all keys and returns what unlocks them.
func (s *stripes) lock(keys ...[]byte) (unlock func()) {
	if len(keys) == 1 {
		mu := &s.locks[s.of(keys[0])]
		mu.Lock()
		return mu.Unlock
	}
	which := make([]int, len(keys))
	for i, k := range keys {
		which[i] = s.of(k)
	}
	slices.Sort(which)
	which = slices.Compact(which)
	for _, i := range which {
		s.locks[i].Lock()
	}
	return func() {
		for _, i := range which {
			s.locks[i].Unlock()
		}
	}
}

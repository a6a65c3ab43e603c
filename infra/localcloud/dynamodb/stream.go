package dynamodb

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// stream is the record of a table's changes, in shards. All changes of one item
// are in one shard, in the order of their commits.
type stream struct {
	service *Service
	table   string
	view    string
	id      uint32
	label   string
	created time.Time
	shards  []*shard
}

// shard gives out sequence numbers and knows up to which all records are
// committed: readers see no record before all that precede it.
type shard struct {
	prefix []byte // of its records' keys
	floor  []byte // the key of its first sequence

	mu      sync.Mutex
	next    uint64
	open    []bool        // of the sequences before next that are not visible: is it finished
	first   uint64        // the oldest that was not trimmed
	changed chan struct{} // closed when more becomes visible; nil if nobody waits
}

// newStream notes in the table's description that it has a new stream.
func (s *Service) newStream(st *storedTable) error {
	id, err := s.number()
	st.StreamID, st.StreamAt, st.StreamShards = id, s.clock.Now().UTC(), s.shards
	return err
}

func (s *Service) openStream(t *table) *stream {
	st := &stream{service: s, table: t.spec.Name, view: t.spec.StreamView, id: t.stored.StreamID, created: t.stored.StreamAt}
	if st.label = t.spec.StreamLabel; st.label == "" {
		st.label = st.created.Format("2006-01-02T15:04:05.000")
	}
	for n := range t.stored.StreamShards {
		st.shards = append(st.shards, &shard{
			prefix: append(numbered(spaceRecord, st.id, 1), byte(n)),
			floor:  append(numbered(spaceFloor, st.id, 1), byte(n)),
			next:   1, first: 1,
		})
	}
	return st
}

// load finds where the shards' records begin and end.
func (st *stream) load() error {
	store := st.service.store
	for _, sh := range st.shards {
		v, ok, err := store.Get(sh.floor)
		if err != nil {
			return err
		}
		if ok {
			sh.first = binary.BigEndian.Uint64(v)
		}
		sh.next = sh.first
		err = store.Scan(sh.prefix, kv.PrefixEnd(sh.prefix), true, func(key, _ []byte) bool {
			sh.next = sequenceOf(key) + 1
			return false
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sequenceOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

func (sh *shard) key(sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, len(sh.prefix)+8), sh.prefix...), sequence)
}

// begin gives out a sequence number. The caller holds the item's lock, so the
// records of one item are numbered in the order of its changes.
func (sh *shard) begin() uint64 {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	n := sh.next
	sh.next++
	sh.open = append(sh.open, false)
	return n
}

// finish shows the record, once all before it are finished too.
func (sh *shard) finish(sequence uint64) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	firstOpen := sh.next - uint64(len(sh.open))
	sh.open[sequence-firstOpen] = true
	shown := 0
	for shown < len(sh.open) && sh.open[shown] {
		shown++
	}
	if shown == 0 {
		return
	}
	sh.open = sh.open[:copy(sh.open, sh.open[shown:])]
	if sh.changed != nil {
		close(sh.changed)
		sh.changed = nil
	}
}

// visible returns the range of records that can be read: from first to last.
func (sh *shard) visible() (first, last uint64) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.first, sh.next - uint64(len(sh.open)) - 1
}

// more returns a channel that is closed when records after the sequence can be
// read; nil if they can be already.
func (sh *shard) more(after uint64) <-chan struct{} {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.next-uint64(len(sh.open))-1 > after {
		return nil
	}
	if sh.changed == nil {
		sh.changed = make(chan struct{})
	}
	return sh.changed
}

// pendingRecord is a record that is staged and not yet committed.
type pendingRecord struct {
	shard    *shard
	sequence uint64
}

// stage adds the record of a mutation whose new item is stored so.
func (st *stream) stage(b *kv.Batch, m *mutation, stored []byte) pendingRecord {
	sh := st.shards[int(binary.BigEndian.Uint32(m.key[keyHead:]))%len(st.shards)]
	sequence := sh.begin()
	b.Set(sh.key(sequence), st.appendRecord(m, stored))
	return pendingRecord{sh, sequence}
}

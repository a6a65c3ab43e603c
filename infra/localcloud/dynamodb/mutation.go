package dynamodb

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// mutation is a change of one item, whose lock is held from the reading of the old
// item until the commit.
type mutation struct {
	t       *table
	key     []byte
	stored  []byte    // the old item's stored form, nil if there was none
	old     attr.Item // nil if there was none
	item    attr.Item // the new item, nil if there is none
	expired bool      // it is the time to live that deletes it
}

// read loads the old item.
func (s *Service) read(t *table, key []byte) (mutation, error) {
	m := mutation{t: t, key: key}
	stored, ok, err := s.store.Get(key)
	if err != nil || !ok {
		return m, err
	}
	m.stored = stored
	m.old, err = attr.ReadStored(stored)
	return m, err
}

// staged are changes that are committed together.
type staged struct {
	batch   kv.Batch
	records []pendingRecord
	lagging []write // of global indexes, if they lag
}

// stage adds all that a mutation writes: the item, its index entries, its expiry
// and its stream record. A mutation that changes nothing writes nothing.
func (s *Service) stage(st *staged, m *mutation) units {
	var stored []byte
	if m.item != nil {
		stored = m.item.AppendStored(make([]byte, 0, len(m.stored)+128))
	}
	u := units{table: writeUnits(max(attr.StoredSize(m.stored), attr.StoredSize(stored)))}
	if bytes.Equal(m.stored, stored) {
		return u
	}
	if m.item == nil {
		st.batch.Delete(m.key)
	} else {
		st.batch.Set(m.key, stored)
	}
	for _, ix := range m.t.indexes {
		writes, n := ix.diff(m.t, m.old, m.item)
		u.addIndex(ix, n)
		if ix.global && s.lag != nil {
			st.lagging = append(st.lagging, writes...)
		} else {
			apply(&st.batch, writes)
		}
	}
	if m.t.spec.TTL != "" {
		s.stageExpiry(&st.batch, m)
	}
	if m.t.stream != nil {
		st.records = append(st.records, m.t.stream.stage(&st.batch, m, stored))
	}
	return u
}

func apply(b *kv.Batch, writes []write) {
	for _, w := range writes {
		if w.value == nil {
			b.Delete(w.key)
		} else {
			b.Set(w.key, w.value)
		}
	}
}

// commit makes the staged changes durable and shows their stream records.
func (s *Service) commit(st *staged) error {
	if st.batch.Len() == 0 {
		return nil
	}
	if len(st.lagging) > 0 {
		s.lag.stage(&st.batch, st.lagging)
	}
	err := s.store.Commit(&st.batch)
	for _, r := range st.records {
		r.shard.finish(r.sequence)
	}
	if len(st.lagging) > 0 {
		s.lag.staged()
	}
	return err
}

// stageExpiry keeps the table's list of expiries, by which the background pass
// finds what has expired.
func (s *Service) stageExpiry(b *kv.Batch, m *mutation) {
	before, was := m.t.expiry(m.old)
	after, is := m.t.expiry(m.item)
	if was && (!is || before != after) {
		b.Delete(m.expiryKey(before))
	}
	if is && (!was || before != after) {
		b.Set(m.expiryKey(after), nil)
	}
}

// expiry returns an item's time to live in Unix seconds, if it has one.
func (t *table) expiry(item attr.Item) (int64, bool) {
	if t.spec.TTL == "" {
		return 0, false
	}
	v := item.Get(t.spec.TTL)
	if v == nil || v.Kind != attr.Number {
		return 0, false
	}
	seconds, err := strconv.ParseInt(v.Str, 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(v.Str, 64)
		if err != nil || f > 1e15 || f < 0 {
			return 0, false
		}
		seconds = int64(f)
	}
	return seconds, seconds > 0
}

func (m *mutation) expiryKey(seconds int64) []byte {
	out := numbered(spaceExpiry, m.t.id, 8+len(m.key)-keyHead)
	out = binary.BigEndian.AppendUint64(out, uint64(seconds))
	return append(out, m.key[keyHead:]...)
}

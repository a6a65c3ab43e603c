package dynamodb

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// Record is one change of an item, as a stream has it. Which images are there
// depends on the stream's view; a missing one is nil.
type Record struct {
	Sequence uint64
	// Event is INSERT, MODIFY or REMOVE.
	Event string
	// At is when the change was made.
	At       time.Time
	Keys     attr.Item
	Old, New attr.Item
	// Expired is whether it was the time to live that removed the item.
	Expired bool

	id     string
	view   string
	region string
	source string // the stream's ARN
}

var eventNames = [...]string{"INSERT", "MODIFY", "REMOVE"}

// recordExpired marks in a stored record's first byte a removal by time to live.
const recordExpired = 0x80

// appendRecord makes a record's stored form: the event, the time in milliseconds,
// and the stored forms of the keys (only if there is no image), old and new item.
func (st *stream) appendRecord(m *mutation, stored []byte) []byte {
	event := byte(1)
	switch {
	case m.stored == nil:
		event = 0
	case m.item == nil:
		event = 2
	}
	if m.expired {
		event |= recordExpired
	}
	var keys, before, after []byte
	if st.view == "OLD_IMAGE" || st.view == "NEW_AND_OLD_IMAGES" {
		before = m.stored
	}
	if st.view == "NEW_IMAGE" || st.view == "NEW_AND_OLD_IMAGES" {
		after = stored
	}
	if before == nil && after == nil {
		keys = m.t.keyOf(orElseItem(m.item, m.old)).AppendStored(nil)
	}
	out := make([]byte, 0, 16+len(keys)+len(before)+len(after))
	out = append(out, event)
	out = binary.AppendUvarint(out, uint64(st.service.clock.Now().UnixMilli()))
	for _, part := range [][]byte{keys, before, after} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out
}

func orElseItem(first, second attr.Item) attr.Item {
	if first != nil {
		return first
	}
	return second
}

// keyOf returns the item's key attributes.
func (t *table) keyOf(item attr.Item) attr.Item {
	return item.Pick([]string{t.keys.Hash, t.keys.Range})
}

// record reads a stored record. Its items share the bytes, which it copies.
func (st *stream) record(t *table, sh int, key, value []byte) (Record, error) {
	value = append([]byte(nil), value...)
	r := Record{Sequence: sequenceOf(key), Expired: value[0]&recordExpired != 0, view: st.view, region: st.service.region, source: st.arn()}
	if int(value[0]&^recordExpired) >= len(eventNames) {
		return r, attr.ErrStored
	}
	r.Event = eventNames[value[0]&^recordExpired]
	millis, n := binary.Uvarint(value[1:])
	r.At = time.UnixMilli(int64(millis)).UTC()
	rest := value[1+n:]
	for _, into := range []*attr.Item{&r.Keys, &r.Old, &r.New} {
		size, n := binary.Uvarint(rest)
		if n <= 0 || uint64(len(rest)-n) < size {
			return r, attr.ErrStored
		}
		if size > 0 {
			var err error
			if *into, err = attr.ReadStored(rest[n : n+int(size)]); err != nil {
				return r, err
			}
		}
		rest = rest[n+int(size):]
	}
	if r.Keys == nil {
		r.Keys = t.keyOf(orElseItem(r.New, r.Old))
	}
	var id [16]byte
	binary.BigEndian.PutUint32(id[:], st.id)
	binary.BigEndian.PutUint32(id[4:], uint32(sh))
	binary.BigEndian.PutUint64(id[8:], r.Sequence)
	r.id = hex.EncodeToString(id[:])
	return r, nil
}

// sequenceText is a sequence number as DynamoDB writes it: at least 21 digits.
func sequenceText(n uint64) string { return fmt.Sprintf("%021d", n) }

// AppendJSON appends the record as GetRecords answers it.
func (r *Record) AppendJSON(out []byte) []byte {
	return r.append(out, `"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"},`)
}

// AppendEvent appends the record as an event of Lambda has it.
func (r *Record) AppendEvent(out []byte) []byte {
	return r.append(out, `"eventSourceARN":`+string(wirejson.AppendString(nil, r.source))+`,`,
		`"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"},`)
}

// append appends the record; the last of more stands only in records of expired items.
func (r *Record) append(out []byte, more ...string) []byte {
	out = append(append(append(out, `{"eventID":"`...), r.id...), `","eventName":"`...)
	out = append(append(out, r.Event...), `","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"`...)
	out = append(append(out, r.region...), '"', ',')
	for i, text := range more {
		if i < len(more)-1 || r.Expired {
			out = append(out, text...)
		}
	}
	out = append(out, `"dynamodb":{"ApproximateCreationDateTime":`...)
	out = strconv.AppendInt(out, r.At.Unix(), 10)
	for _, part := range []struct {
		name string
		item attr.Item
	}{{"Keys", r.Keys}, {"NewImage", r.New}, {"OldImage", r.Old}} {
		if part.item != nil {
			out = append(append(append(out, ',', '"'), part.name...), '"', ':')
			out = part.item.AppendJSON(out)
		}
	}
	out = append(append(out, `,"SequenceNumber":"`...), sequenceText(r.Sequence)...)
	out = append(out, `","SizeBytes":`...)
	out = strconv.AppendInt(out, int64(r.size()), 10)
	out = append(append(out, `,"StreamViewType":"`...), r.view...)
	return append(out, `"}}`...)
}

func (r *Record) size() int { return r.Keys.Size() + r.Old.Size() + r.New.Size() }

// Stream is a table's stream for readers in the process, such as an event-source
// mapper. A reader keeps the sequence number that it has dealt with, per shard,
// and goes on from it after a restart.
type Stream struct {
	service *Service
	table   string
	stream  *stream
}

// Stream returns the stream of a table, by its name or ARN, or by the stream's ARN.
func (s *Service) Stream(name string) (*Stream, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	t, err := s.streamTable(name)
	if err != nil {
		return nil, err
	}
	return &Stream{service: s, table: t.spec.Name, stream: t.stream}, nil
}

// ARN returns the stream's ARN.
func (st *Stream) ARN() string { return st.stream.arn() }

// Shards returns the number of the stream's shards, which are numbered from 0.
func (st *Stream) Shards() int { return len(st.stream.shards) }

// Last returns the sequence number of the shard's newest record: where a reader
// of type LATEST begins.
func (st *Stream) Last(shard int) uint64 {
	_, last := st.stream.shards[shard].visible()
	return last
}

// Read returns up to limit records of a shard whose sequence numbers are higher
// than after, in order; 0 begins with the oldest that there is. It does not wait.
func (st *Stream) Read(shard int, after uint64, limit int) ([]Record, error) {
	st.service.gate.RLock()
	defer st.service.gate.RUnlock()
	return st.service.readRecords(st.stream, readRange{shard: shard, after: after, limit: limit, bytes: maxRecordsBytes})
}

// Wait returns when the shard has a record after the sequence number, or with the
// context's error.
func (st *Stream) Wait(ctx context.Context, shard int, after uint64) error {
	for {
		more := st.stream.shards[shard].more(after)
		if more == nil {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// readRange is what of a shard to read: at most limit records and about so many bytes.
type readRange struct {
	shard        int
	after        uint64
	limit, bytes int
}

func (s *Service) readRecords(st *stream, want readRange) ([]Record, error) {
	t, ok := s.tables[st.table]
	if !ok || t.stream != st {
		return nil, &failure{kind: kindNotFound, message: "Requested resource not found: Stream: " + st.arn() + " not found"}
	}
	sh := st.shards[want.shard]
	_, last := sh.visible()
	var out []Record
	var failed error
	size := 0
	err := s.store.Scan(sh.key(want.after+1), kv.PrefixEnd(sh.prefix), false, func(key, value []byte) bool {
		if sequenceOf(key) > last || len(out) == want.limit || size >= want.bytes {
			return false
		}
		var r Record
		r, failed = st.record(t, want.shard, key, value)
		out = append(out, r)
		size += len(value)
		return failed == nil
	})
	return out, orElse(err, failed)
}

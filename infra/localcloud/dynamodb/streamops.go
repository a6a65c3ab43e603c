package dynamodb

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// Limits of GetRecords and its iterators.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
const (
	maxRecords      = 1000
	maxRecordsBytes = 1 << 20
	iteratorLife    = 15 * time.Minute
	// maxStreamsListed is the most streams, or shards, of one answer.
	maxStreamsListed = 100
)

func (st *stream) arn() string { return st.service.arn(st.table) + "/stream/" + st.label }

// shardID is a shard's name on the wire.
func (st *stream) shardID(n int) string {
	return "shardId-" + leftPad(strconv.FormatInt(st.created.UnixMilli(), 10), 20) + "-" + leftPad(strconv.Itoa(n), 8)
}

func leftPad(s string, width int) string { return strings.Repeat("0", max(0, width-len(s))) + s }

// streamTable returns the table of a stream's or table's name or ARN.
func (s *Service) streamTable(name string) (*table, error) {
	base, label, isStream := strings.Cut(name, "/stream/")
	t, err := s.table(base)
	if err == nil && t.stream != nil && (!isStream || t.stream.label == label) {
		return t, nil
	}
	return nil, &failure{kind: kindNotFound, message: "Requested resource not found: Stream: " + name + " not found"}
}

// minStreamARN is the shortest text that is taken for a stream's ARN.
const minStreamARN = 37

// streamOf returns the table of the parameter StreamArn.
func (s *Service) streamOf(arn *string) (*table, error) {
	switch {
	case arn == nil:
		return nil, missing("streamArn")
	case len(*arn) < minStreamARN:
		return nil, invalidValue(*arn, "streamArn", "Member must have length greater than or equal to 37")
	case !isStreamARN(*arn):
		return nil, invalid("Invalid StreamArn: " + *arn)
	}
	return s.streamTable(*arn)
}

func isStreamARN(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && strings.Contains(arn, "/stream/")
}

func (s *Service) listStreams(body, out []byte) ([]byte, error) {
	var in struct {
		TableName               *string
		Limit                   *int
		ExclusiveStartStreamArn *string
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Limit != nil && (*in.Limit < 1 || *in.Limit > maxStreamsListed) {
		return nil, invalidValue(strconv.Itoa(*in.Limit), "limit", "Member must have value between 1 and 100")
	}
	if start := in.ExclusiveStartStreamArn; start != nil && !isStreamARN(*start) {
		return nil, invalid("Invalid StreamArn: " + *start)
	}
	type listed struct{ StreamArn, StreamLabel, TableName string }
	answer := struct {
		Streams                []listed
		LastEvaluatedStreamArn string `json:",omitempty"`
	}{Streams: []listed{}}
	for _, name := range s.tableNames() {
		st := s.tables[name].stream
		if st == nil || in.TableName != nil && *in.TableName != name || in.ExclusiveStartStreamArn != nil && st.arn() <= *in.ExclusiveStartStreamArn {
			continue
		}
		if in.Limit != nil && len(answer.Streams) == *in.Limit {
			answer.LastEvaluatedStreamArn = answer.Streams[len(answer.Streams)-1].StreamArn
			break
		}
		answer.Streams = append(answer.Streams, listed{st.arn(), st.label, name})
	}
	return appendJSON(out, answer)
}

type shardDescription struct {
	ShardId             string //nolint:staticcheck // the wire's name
	SequenceNumberRange struct{ StartingSequenceNumber string }
}

func (s *Service) describeStream(body, out []byte) ([]byte, error) {
	var in struct {
		StreamArn             *string
		Limit                 *int
		ExclusiveStartShardId *string //nolint:staticcheck // the wire's name
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Limit != nil && (*in.Limit < 1 || *in.Limit > maxStreamsListed) {
		return nil, invalidValue(strconv.Itoa(*in.Limit), "limit", "Member must have value between 1 and 100")
	}
	t, err := s.streamOf(in.StreamArn)
	if err != nil {
		return nil, err
	}
	st := t.stream
	answer := struct {
		StreamArn, StreamLabel, StreamStatus, StreamViewType, TableName string
		CreationRequestDateTime                                         float64
		KeySchema                                                       []keyElement
		Shards                                                          []shardDescription
		LastEvaluatedShardId                                            string `json:",omitempty"` //nolint:staticcheck // the wire's name
	}{
		StreamArn: st.arn(), StreamLabel: st.label, StreamStatus: "ENABLED", StreamViewType: st.view, TableName: st.table,
		CreationRequestDateTime: unixSeconds(st.created), KeySchema: keySchema(t.spec.Key), Shards: []shardDescription{},
	}
	for n, sh := range st.shards {
		d := shardDescription{ShardId: st.shardID(n)}
		if in.ExclusiveStartShardId != nil && d.ShardId <= *in.ExclusiveStartShardId {
			continue
		}
		if in.Limit != nil && len(answer.Shards) == *in.Limit {
			answer.LastEvaluatedShardId = answer.Shards[len(answer.Shards)-1].ShardId
			break
		}
		first, _ := sh.visible()
		d.SequenceNumberRange.StartingSequenceNumber = sequenceText(first)
		answer.Shards = append(answer.Shards, d)
	}
	return appendJSON(out, map[string]any{"StreamDescription": answer})
}

func (s *Service) getShardIterator(body, out []byte) ([]byte, error) {
	var in struct {
		StreamArn, ShardId, ShardIteratorType, SequenceNumber *string //nolint:staticcheck // the wire's names
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	switch {
	case in.ShardId == nil:
		return nil, missing("shardId")
	case in.ShardIteratorType == nil:
		return nil, missing("shardIteratorType")
	}
	t, err := s.streamOf(in.StreamArn)
	if err != nil {
		return nil, err
	}
	n := shardNumber(*in.ShardId)
	if n < 0 || n >= len(t.stream.shards) || t.stream.shardID(n) != *in.ShardId {
		return nil, &failure{kind: kindNotFound, message: "Requested resource not found: Shard: " + *in.ShardId + " not found"}
	}
	first, last := t.stream.shards[n].visible()
	after := uint64(0)
	switch kind := *in.ShardIteratorType; kind {
	case "TRIM_HORIZON", "LATEST":
		if in.SequenceNumber != nil {
			return nil, invalid("SequenceNumber must not be given for ShardIteratorType " + kind)
		}
		if after = last; kind == "TRIM_HORIZON" {
			after = first - 1
		}
	case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
		if after, err = startSequence(in.SequenceNumber, kind, first); err != nil {
			return nil, err
		}
	default:
		return nil, invalidValue(kind, "shardIteratorType", "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]")
	}
	return appendJSON(out, map[string]string{"ShardIterator": s.iterator(t.stream, n, after)})
}

// shardNumber is the number at the end of a shard's name, -1 if there is none.
func shardNumber(id string) int {
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	if err != nil {
		return -1
	}
	return n
}

func startSequence(given *string, kind string, first uint64) (after uint64, err error) {
	if given == nil {
		return 0, invalid("The SequenceNumber parameter is required for ShardIteratorType " + kind)
	}
	n, err := strconv.ParseUint(*given, 10, 64)
	if err != nil {
		return 0, invalid("Invalid SequenceNumber: " + *given)
	}
	if n < first {
		return 0, &failure{kind: kindTrimmed, message: "The operation attempted to read past the oldest stream record in a shard"}
	}
	if kind == "AT_SEQUENCE_NUMBER" {
		n--
	}
	return n, nil
}

// iterator makes an iterator: the stream's ARN and, in base64, the shard, the
// sequence number after which it reads, and when it was made.
func (s *Service) iterator(st *stream, n int, after uint64) string {
	b := binary.BigEndian.AppendUint64([]byte{byte(n)}, after)
	b = binary.BigEndian.AppendUint64(b, uint64(s.clock.Now().UnixMilli()))
	return st.arn() + "|1|" + base64.StdEncoding.EncodeToString(b)
}

package dynamodb

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

func (s *Service) getRecords(body, out []byte) ([]byte, error) {
	var in struct {
		ShardIterator *string
		Limit         *int
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.ShardIterator == nil {
		return nil, missing("shardIterator")
	}
	limit := maxRecords
	if in.Limit != nil {
		if limit = *in.Limit; limit < 1 || limit > maxRecords {
			return nil, invalidValue(strconv.Itoa(limit), "limit", "Member must have value between 1 and 1000")
		}
	}
	arn, token, _ := strings.Cut(*in.ShardIterator, "|1|")
	at, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(at) != 17 {
		return nil, invalid("Invalid ShardIterator")
	}
	t, err := s.streamTable(arn)
	if err != nil {
		return nil, err
	}
	if int(at[0]) >= len(t.stream.shards) {
		return nil, invalid("Invalid ShardIterator")
	}
	if made := time.UnixMilli(int64(binary.BigEndian.Uint64(at[9:]))); s.clock.Now().Sub(made) > iteratorLife {
		return nil, &failure{kind: kindExpired, message: "The provided iterator is expired"}
	}
	return s.appendRecords(out, t.stream, readRange{shard: int(at[0]), after: binary.BigEndian.Uint64(at[1:]), limit: limit, bytes: maxRecordsBytes})
}

func (s *Service) appendRecords(out []byte, st *stream, want readRange) ([]byte, error) {
	if first, _ := st.shards[want.shard].visible(); want.after+1 < first {
		return nil, &failure{kind: kindTrimmed, message: "The operation attempted to read past the oldest stream record in a shard"}
	}
	records, err := s.readRecords(st, want)
	if err != nil {
		return nil, err
	}
	s.meter.Add("dynamodb.stream_read_requests", 1)
	out = append(out, `{"Records":[`...)
	after := want.after
	for i := range records {
		if i > 0 {
			out = append(out, ',')
		}
		out = records[i].AppendJSON(out)
		after = records[i].Sequence
	}
	out = append(out, `],"NextShardIterator":`...)
	out = wirejson.AppendString(out, s.iterator(st, want.shard, after))
	return append(out, '}'), nil
}

package eventsource

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/await"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Pauses between the attempts to have a failed batch handled.
const (
	retryFirst = time.Second
	retryMost  = time.Minute
)

// StreamConfig is a mapping from a table's stream to a function.
type StreamConfig struct {
	ID              string // names the mapping's position in the store
	FunctionARN     string
	BatchSize       int
	Window          time.Duration
	Latest          bool // begin with what comes after the mapping was made; else with the oldest
	BisectOnError   bool
	MaximumRetries  int           // -1 is without end
	MaximumAge      time.Duration // negative is without end
	Parallelization int           // concurrent batches of one shard, at least 1
	ReportsItems    bool
	Filter          Filter
	// Failed is told of records that were given up; nil if there is no destination.
	Failed func(message []byte) error
}

// StreamOptions are what mappings from streams need.
type StreamOptions struct {
	Options
	Store kv.Store
}

// Stream is a running mapping from a table's stream. Each shard has a reader of its
// own, which remembers how far it has come; the records of one item are handled in
// their order. After a crash some records are handled again.
type Stream struct {
	opts   StreamOptions
	config StreamConfig
	source *dynamodb.Stream
	ctx    context.Context
	stop   context.CancelFunc
	ended  sync.WaitGroup
	onKeys bool // the filter looks at keys only
}

// StartStream attaches a function to a stream.
func StartStream(source *dynamodb.Stream, c StreamConfig, o StreamOptions) (*Stream, error) {
	c.Parallelization = max(c.Parallelization, 1)
	s := &Stream{opts: o, config: c, source: source, onKeys: c.Filter.onKeys()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	positions := make([]uint64, source.Shards())
	for shard := range positions {
		var err error
		if positions[shard], err = s.position(shard); err != nil {
			return nil, err
		}
	}
	for shard, after := range positions {
		s.ended.Add(1)
		go s.read(shard, after)
	}
	return s, nil
}

// Close stops reading and waits for the batches that are being handled.
func (s *Stream) Close(ctx context.Context) error {
	s.stop()
	return await.Return(ctx, s.ended.Wait)
}

func (s *Stream) positionKey(shard int) []byte {
	return fmt.Appendf(nil, "eventsource/%s/%d", s.config.ID, shard)
}

// position is the last record that was dealt with. One past the stream's end means
// that the stream was made anew.
func (s *Stream) position(shard int) (uint64, error) {
	v, ok, err := s.opts.Store.Get(s.positionKey(shard))
	if err != nil {
		return 0, err
	}
	last := s.source.Last(shard)
	if ok && len(v) == 8 {
		if after := binary.BigEndian.Uint64(v); after <= last {
			return after, nil
		}
		return 0, nil
	}
	after := uint64(0)
	if s.config.Latest {
		after = last
	}
	return after, s.advance(shard, after, true)
}

func (s *Stream) advance(shard int, after uint64, wait bool) error {
	b := &kv.Batch{}
	b.Set(s.positionKey(shard), binary.BigEndian.AppendUint64(nil, after))
	if wait {
		return s.opts.Store.Commit(b)
	}
	return s.opts.Store.CommitLazy(b)
}

func (s *Stream) read(shard int, after uint64) {
	defer s.ended.Done()
	for s.source.Wait(s.ctx, shard, after) == nil {
		read := clock.Real().Now()
		s.window(shard, after)
		records, err := s.source.Read(shard, after, s.config.BatchSize*s.config.Parallelization)
		if err != nil {
			s.opts.Logger.Error("a stream cannot be read", "stream", s.source.ARN(), "error", err)
			if clock.Sleep(s.ctx, s.opts.Clock, retryMost) != nil {
				return
			}
			continue
		}
		if len(records) == 0 {
			continue
		}
		if !s.handleAll(records) {
			return // closed: the rest is handled after the next start
		}
		after = records[len(records)-1].Sequence
		if err := s.advance(shard, after, false); err != nil {
			return // the store is closed
		}
		// Whoever reads after each change spends more on reading than on what was read.
		// The pause is one of the machine's, not of the cloud's clock.
		_ = clock.Sleep(s.ctx, clock.Real(), gather-clock.Real().Since(read))
	}
}

// gather is how often a shard is read at most: Lambda reads four times a second.
const gather = 10 * time.Millisecond

// window waits until a batch is full or the batching window has passed.
func (s *Stream) window(shard int, after uint64) {
	if s.config.Window == 0 {
		return
	}
	full, cancel := context.WithCancel(s.ctx)
	defer cancel()
	timer := s.opts.Clock.AfterFunc(s.config.Window, cancel)
	defer timer.Stop()
	_ = s.source.Wait(full, shard, after+uint64(s.config.BatchSize)-1)
}

// handleAll deals with records of one shard: those of one item in one lane, the
// lanes at the same time. It returns false if the mapping was closed before all
// were dealt with.
func (s *Stream) handleAll(records []dynamodb.Record) bool {
	lanes := make([][]event, s.config.Parallelization)
	for i := range records {
		e, wanted := s.event(&records[i])
		if !wanted {
			continue
		}
		lane := 0
		if len(lanes) > 1 {
			h := fnv.New32a()
			_, _ = h.Write(records[i].Keys.AppendJSON(nil))
			lane = int(h.Sum32() % uint32(len(lanes)))
		}
		lanes[lane] = append(lanes[lane], e)
	}
	var wait sync.WaitGroup
	done := make([]bool, len(lanes))
	for i, lane := range lanes {
		wait.Add(1)
		go func() {
			defer wait.Done()
			done[i] = s.handleLane(lane)
		}()
	}
	wait.Wait()
	for _, ok := range done {
		if !ok {
			return false
		}
	}
	return true
}

func (s *Stream) handleLane(events []event) bool {
	for len(events) > 0 {
		n := min(len(events), s.config.BatchSize)
		if !s.handle(events[:n]) {
			return false
		}
		events = events[n:]
	}
	return true
}

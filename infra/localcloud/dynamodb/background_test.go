package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

func TestTimeToLive(t *testing.T) {
	w := setup(t)
	at := func(d time.Duration) string { return fmt.Sprintf(`,"ttl":{"N":"%d"}`, w.now.Now().Add(d).Unix()) }
	w.put("soon", at(10*time.Second)+`,"os":{"S":"o"},"du":{"N":"1"}`)
	w.put("later", at(time.Hour))
	w.put("put off", at(10*time.Second))
	w.put("put off", at(time.Hour))
	w.put("no number", `,"ttl":{"S":"1"}`)
	w.now.Advance(30 * time.Second) // less than it takes the pass to come by itself
	if w.get("soon") == nil {
		t.Error("an expired item is there until the background pass")
	}
	if err := w.Maintain(); err != nil {
		t.Fatal(err)
	}
	if w.get("soon") != nil || w.inIndex() != 0 {
		t.Error("the expired item, or its index entry, is still there")
	}
	for _, pk := range []string{"later", "put off", "no number"} {
		if w.get(pk) == nil {
			t.Errorf("%q is gone", pk)
		}
	}
	count := 0
	for _, r := range w.records() {
		if r == "REMOVE soon expired" {
			count++
		}
	}
	if count != 1 {
		t.Errorf("the stream is %v", w.records())
	}
	if units := w.opts.Meter.Snapshot()["dynamodb.write_units"]; units != 6 {
		t.Errorf("%v write units: expiry costs none", units)
	}
}

func TestBackgroundPassRunsByItself(t *testing.T) {
	w := setup(t)
	w.put("soon", fmt.Sprintf(`,"ttl":{"N":"%d"}`, w.now.Now().Add(time.Second).Unix()))
	st, err := w.Stream("runs")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.now.BlockUntilContext(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	w.now.Advance(2 * time.Minute)
	for shard := range st.Shards() {
		if last := st.Last(shard); last > 0 {
			if err := st.Wait(t.Context(), shard, last); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w.get("soon") != nil {
		t.Error("the item is still there")
	}
}

func TestStreamIsTrimmed(t *testing.T) {
	w := setup(t)
	w.put("a", "")
	w.now.Advance(23 * time.Hour)
	w.put("a", `,"n":{"N":"1"}`)
	w.now.Advance(2 * time.Hour)
	if err := w.Maintain(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"MODIFY a"}, w.records()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	w.now.Advance(24 * time.Hour)
	if err := w.Maintain(); err != nil || len(w.records()) != 0 {
		t.Fatalf("%v, %v", w.records(), err)
	}
	w.reopen()
	w.put("a", "")
	st, _ := w.Stream("runs")
	var sequences []uint64
	for shard := range st.Shards() {
		all, err := st.Read(shard, 2, 10) // a reader that had dealt with two records
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			sequences = append(sequences, r.Sequence)
		}
	}
	if d := cmp.Diff([]uint64{3}, sequences); d != "" {
		t.Errorf("after everything was trimmed and the service restarted (-want +got):\n%s", d)
	}
}

func TestTrimmedAndExpiredIterators(t *testing.T) {
	w := setup(t)
	for range 2 { // in both shards
		w.put("a", "")
		w.put("b", "")
		w.put("c", "")
	}
	st, _ := w.Stream("runs")
	iterator := func(shard int) string {
		_, answer := w.Do("DynamoDBStreams_20120810.GetShardIterator", fmt.Appendf(nil, `{"StreamArn":"%s","ShardId":"%s","ShardIteratorType":"TRIM_HORIZON"}`, st.ARN(), st.stream.shardID(shard)))
		return decoded(t, answer)["ShardIterator"].(string)
	}
	read := func(it string) any {
		_, answer := w.Do("DynamoDBStreams_20120810.GetRecords", []byte(`{"ShardIterator":"`+it+`"}`))
		return decoded(t, answer)["__type"]
	}
	shard := 0
	if st.Last(0) == 0 {
		shard = 1
	}
	old := iterator(shard)
	w.now.Advance(25 * time.Hour)
	if got := read(old); got != modelShape+kindExpired {
		t.Errorf("an iterator of yesterday: %v", got)
	}
	stale := w.iterator(st.stream, shard, 0)
	if err := w.Maintain(); err != nil {
		t.Fatal(err)
	}
	if got := read(stale); got != modelShape+kindTrimmed {
		t.Errorf("an iterator of records that were trimmed: %v", got)
	}
	if got := read(iterator(shard)); got != nil {
		t.Errorf("a new iterator: %v", got)
	}
}

// TestStreamReadersMissNothing follows a stream while 8 writers write: a reader
// that goes on from the last sequence number that it saw gets every change, those
// of one item in order.
func TestStreamReadersMissNothing(t *testing.T) {
	w := setup(t)
	const writers, changes = 8, 60
	st, err := w.Stream("runs")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 1; n <= changes; n++ {
				w.put(fmt.Sprint("item", i), fmt.Sprintf(`,"n":{"N":"%d"}`, n))
			}
		}()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	last, total := map[string]int{}, 0
	for shard := range st.Shards() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for after := uint64(0); st.Wait(ctx, shard, after) == nil; {
				all, err := st.Read(shard, after, 7)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, r := range all {
					var n int
					_, _ = fmt.Sscan(r.New.Get("n").Str, &n)
					if key := r.Keys.Get("pk").Str; n != last[key]+1 || r.Sequence != after+1 {
						t.Errorf("%s: %d after %d, sequence %d after %d", key, n, last[key], r.Sequence, after)
					}
					last[r.Keys.Get("pk").Str], after = n, r.Sequence
					if total++; total == writers*changes {
						cancel()
					}
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	if err := st.Wait(ctx, 0, 1<<40); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting with an ended context: %v", err)
	}
}

func TestRecordIsAnEventOfLambda(t *testing.T) {
	w := setup(t)
	w.put("a", `,"ttl":{"N":"`+fmt.Sprint(w.now.Now().Unix()+1)+`"}`)
	w.now.Advance(time.Minute)
	if err := w.Maintain(); err != nil {
		t.Fatal(err)
	}
	st, _ := w.Stream("runs")
	for shard := range st.Shards() {
		all, err := st.Read(shard, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range all {
			var e events.DynamoDBEventRecord
			if err := json.Unmarshal(r.AppendEvent(nil), &e); err != nil {
				t.Fatalf("%s: %v", r.AppendEvent(nil), err)
			}
			if e.EventName != []string{"INSERT", "REMOVE"}[i] || e.EventSourceArn != st.ARN() || e.AWSRegion != "us-east-1" || e.Change.Keys["pk"].String() != "a" ||
				e.Change.StreamViewType != "NEW_AND_OLD_IMAGES" || len(e.Change.SequenceNumber) != 21 || e.EventID == "" || e.Change.SizeBytes == 0 {
				t.Errorf("record %d is %+v", i, e)
			}
			if expired := e.UserIdentity != nil && e.UserIdentity.PrincipalID == "dynamodb.amazonaws.com" && e.UserIdentity.Type == "Service"; expired != (i == 1) {
				t.Errorf("record %d: user identity %+v", i, e.UserIdentity)
			}
		}
	}
}

func TestIndexLag(t *testing.T) {
	w := setup(t, func(o *Options) { o.IndexLag = func() time.Duration { return time.Second } })
	w.put("a", `,"os":{"S":"o"},"du":{"N":"1"}`)
	if w.get("a") == nil || w.inIndex() != 0 {
		t.Errorf("the index has %d entries at once", w.inIndex())
	}
	w.now.Advance(2 * time.Second)
	w.waitIndex(1)
	w.put("b", `,"os":{"S":"o"},"du":{"N":"1"}`)
	w.put("b", "")
	w.put("c", `,"os":{"S":"o"},"du":{"N":"1"}`)
	if w.inIndex() != 1 {
		t.Errorf("the index has %d entries, want the old one", w.inIndex())
	}
	w.opts.IndexLag = nil
	w.reopen()
	if w.inIndex() != 2 {
		t.Errorf("after a restart the index has %d entries, want 2", w.inIndex())
	}
}

// waitIndex moves the clock until the index has so many entries: they are applied
// by a goroutine that the clock wakes.
func (w *world) waitIndex(n int) {
	w.Helper()
	for range 100_000 {
		if w.inIndex() == n {
			return
		}
		w.now.Advance(time.Second)
		runtime.Gosched()
	}
	w.Fatalf("the index has %d entries, want %d", w.inIndex(), n)
}

// TestShardShowsRecordsInOrder commits records out of order: none is shown before
// all that precede it, or a reader that has gone past would never see those.
func TestShardShowsRecordsInOrder(t *testing.T) {
	sh := &shard{next: 1, first: 1}
	for range 3 {
		sh.begin()
	}
	more := sh.more(0)
	for _, step := range []struct{ finish, last uint64 }{{2, 0}, {1, 2}, {3, 3}} {
		sh.finish(step.finish)
		if _, last := sh.visible(); last != step.last {
			t.Errorf("after %d was committed the last that is shown is %d, want %d", step.finish, last, step.last)
		}
		select {
		case <-more:
			if step.last == 0 {
				t.Error("a waiting reader was woken too early")
			}
		default:
			if step.last > 0 {
				t.Error("a waiting reader was not woken")
			}
		}
	}
	if sh.more(2) != nil || sh.more(3) == nil {
		t.Error("a reader waits exactly if it has seen the last record")
	}
}

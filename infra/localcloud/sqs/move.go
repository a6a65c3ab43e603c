package sqs

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// maxTasks is how many move tasks are remembered.
const maxTasks = 100

// moveTask moves dead letters back, or to another queue.
type moveTask struct {
	handle       string
	source       *queue
	target       string // ARN; "" is where each message came from
	perSecond    int    // 0 is as fast as possible
	started      time.Time
	total        int
	cancel       context.CancelFunc
	mu           sync.Mutex
	moved        int
	status, fail string
}

func (s *Service) opStartMove(_ *http.Request, body []byte) (any, error) {
	var in struct {
		SourceARN string `json:"SourceArn"`
		TargetARN string `json:"DestinationArn"`
		PerSecond int    `json:"MaxNumberOfMessagesPerSecond"`
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	source := s.byARN(in.SourceARN)
	if source == nil || (in.TargetARN != "" && s.byARN(in.TargetARN) == nil) {
		return nil, wire.Errorf("com.amazonaws.sqs#ResourceNotFoundException", "The resource that you specified for the SourceArn or DestinationArn parameter doesn't exist.")
	}
	if !s.isDeadLetters(in.SourceARN) {
		return nil, invalid("Source queue must be configured as a Dead Letter Queue.")
	}
	stats, _ := s.Stats(source.name)
	ctx, cancel := context.WithCancel(context.Background())
	t := &moveTask{
		handle: ident.Token(), source: source, target: in.TargetARN, perSecond: in.PerSecond, total: stats.Visible,
		started: s.opts.Clock.Now(), cancel: cancel, status: "RUNNING",
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.tasks {
		if other.source == source && other.state() == "RUNNING" {
			cancel()
			return nil, invalid("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
		}
	}
	s.tasks = append(s.tasks, t)
	if len(s.tasks) > maxTasks {
		s.tasks = slices.Clone(s.tasks[1:])
	}
	go s.runMove(ctx, t)
	return map[string]string{"TaskHandle": t.handle}, nil
}

func (s *Service) isDeadLetters(arn string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, q := range s.queues {
		if q.spec.DeadLetterARN == arn {
			return true
		}
	}
	return false
}

// runMove moves what was visible when the task began. A moved message counts as
// new: it has another id, and is sent now.
func (s *Service) runMove(ctx context.Context, t *moveTask) {
	for range t.total {
		taken, _ := t.source.take(1, maxVisibility*time.Second)
		if len(taken) == 0 {
			break
		}
		m := taken[0]
		target := t.target
		if target == "" {
			target = m.source
		}
		to := s.byARN(target)
		if to == nil || target == "" {
			t.source.change(m.seq, m.nonce, 0)
			t.end("FAILED", "CouldNotDetermineMessageSource")
			return
		}
		if !t.source.delete(m.seq, m.nonce) {
			continue
		}
		s.relocate(t.source, to, m, func(moved *message) {
			moved.id, moved.sentMS, moved.source = messageID(), s.opts.Clock.Now().UnixMilli(), ""
		})
		t.mu.Lock()
		t.moved++
		t.mu.Unlock()
		if ctx.Err() != nil || (t.perSecond > 0 && clock.Sleep(ctx, s.opts.Clock, time.Second/time.Duration(t.perSecond)) != nil) {
			t.end("CANCELLED", "")
			return
		}
	}
	t.end("COMPLETED", "")
}

func (t *moveTask) end(status, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status, t.fail = status, why
}

func (t *moveTask) state() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status
}

func (s *Service) opListMoves(_ *http.Request, body []byte) (any, error) {
	var in struct {
		SourceARN  string `json:"SourceArn"`
		MaxResults int
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	limit := max(1, in.MaxResults)
	results := []map[string]any{}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range slices.Backward(s.tasks) {
		if t.source.arn == in.SourceARN && len(results) < limit {
			results = append(results, t.describe())
		}
	}
	return map[string]any{"Results": results}, nil
}

func (t *moveTask) describe() map[string]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]any{
		"Status": t.status, "SourceArn": t.source.arn, "StartedTimestamp": t.started.UnixMilli(),
		"ApproximateNumberOfMessagesMoved": t.moved, "ApproximateNumberOfMessagesToMove": t.total,
	}
	for name, v := range map[string]string{"DestinationArn": t.target, "FailureReason": t.fail} {
		if v != "" {
			out[name] = v
		}
	}
	if t.perSecond > 0 {
		out["MaxNumberOfMessagesPerSecond"] = t.perSecond
	}
	if t.status == "RUNNING" {
		out["TaskHandle"] = t.handle
	}
	return out
}

func (s *Service) opCancelMove(_ *http.Request, body []byte) (any, error) {
	var in struct{ TaskHandle string }
	if err := read(body, &in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range s.tasks {
		if t.handle == in.TaskHandle && t.state() == "RUNNING" {
			t.cancel()
			return t.describe(), nil
		}
	}
	return nil, wire.Errorf("com.amazonaws.sqs#ResourceNotFoundException", "The task does not exist or has ended.")
}

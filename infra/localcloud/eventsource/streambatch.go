package eventsource

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// event is a record as the function gets it.
type event struct {
	sequence string
	at       time.Time
	json     []byte
}

func (s *Stream) event(r *dynamodb.Record) (event, bool) {
	if s.onKeys && !s.config.Filter.matchesKeys(r) {
		return event{}, false
	}
	e := event{sequence: fmt.Sprintf("%021d", r.Sequence), at: r.At, json: r.AppendEvent(nil)}
	if s.onKeys || s.config.Filter.empty() {
		return e, true
	}
	var v any
	if err := json.Unmarshal(e.json, &v); err != nil {
		return e, true // never: it was just written
	}
	return e, s.config.Filter.matches(v)
}

func (f Filter) empty() bool { return len(f.patterns) == 0 }

// handle has one batch handled, again and again until it succeeds or is given up.
// It returns false if the mapping was closed before.
func (s *Stream) handle(batch []event) bool {
	pause := retryFirst
	for attempt := 0; len(batch) > 0; attempt++ {
		batch = s.young(batch)
		if len(batch) == 0 {
			return true
		}
		rest, failure := s.invoke(batch)
		if failure == "" {
			return true
		}
		if s.ctx.Err() != nil {
			return false
		}
		if len(rest) < len(batch) { // a part succeeded: begin to count anew
			batch, attempt = rest, -1
			continue
		}
		if s.config.BisectOnError && len(batch) > 1 {
			half := len(batch) / 2
			return s.handle(batch[:half]) && s.handle(batch[half:])
		}
		if s.config.MaximumRetries >= 0 && attempt >= s.config.MaximumRetries {
			return s.giveUp(batch, failure)
		}
		if clock.Sleep(s.ctx, s.opts.Clock, pause) != nil {
			return false
		}
		pause = min(pause*2, retryMost)
	}
	return true
}

// young drops records that are older than the mapping allows.
func (s *Stream) young(batch []event) []event {
	if s.config.MaximumAge < 0 {
		return batch
	}
	oldest := s.opts.Clock.Now().Add(-s.config.MaximumAge)
	for i, e := range batch {
		if !e.at.Before(oldest) {
			if i > 0 {
				s.giveUp(batch[:i], "RecordAgeExceeded")
			}
			return batch[i:]
		}
	}
	s.giveUp(batch, "RecordAgeExceeded")
	return nil
}

// invoke calls the function once. It returns the records that are still to be
// handled, and why; "" if none are.
func (s *Stream) invoke(batch []event) (rest []event, failure string) {
	payload := []byte(`{"Records":[`)
	for i, e := range batch {
		if i > 0 {
			payload = append(payload, ',')
		}
		payload = append(payload, e.json...)
	}
	r, err := s.opts.Invoker.Do(context.Background(), lambdahost.Call{Function: s.config.FunctionARN, Payload: append(payload, `]}`...)})
	switch {
	case err != nil:
		return batch, err.Error()
	case r.FunctionError != "":
		return batch, string(r.Payload)
	case !s.config.ReportsItems:
		return nil, ""
	}
	ids := make([]string, len(batch))
	for i, e := range batch {
		ids[i] = e.sequence
	}
	failed, ok := itemFailures(r.Payload, ids)
	if !ok {
		return batch, "the report of batch item failures is malformed"
	}
	for i, e := range batch {
		if failed[e.sequence] {
			return batch[i:], "the function reported a failed record"
		}
	}
	return nil, ""
}

// giveUp leaves records behind, and tells the destination for failures of them.
func (s *Stream) giveUp(batch []event, failure string) bool {
	s.opts.Logger.Error("records of a stream were given up", "function", s.config.FunctionARN, "records", len(batch), "reason", failure)
	if s.config.Failed == nil {
		return true
	}
	message, err := json.Marshal(map[string]any{
		"requestContext": map[string]any{"functionArn": s.config.FunctionARN, "condition": failure},
		"version":        "1.0", "timestamp": s.opts.Clock.Now().UTC().Format(time.RFC3339),
		"DDBStreamBatchInfo": map[string]any{
			"streamArn": s.source.ARN(), "batchSize": len(batch),
			"startSequenceNumber": batch[0].sequence, "endSequenceNumber": batch[len(batch)-1].sequence,
		},
	})
	if err == nil {
		err = s.config.Failed(message)
	}
	if err != nil {
		s.opts.Logger.Error("the destination for failed records cannot be reached", "error", err)
	}
	return true
}

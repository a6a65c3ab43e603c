package sqs

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

const (
	maxWait       = 20    // seconds of a long poll
	maxVisibility = 43200 // seconds
)

type receiveRequest struct {
	QueueURL                    string `json:"QueueUrl"`
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	ReceiveRequestAttemptID     string `json:"ReceiveRequestAttemptId"`
}

type wireMessage struct {
	MessageID     string `json:"MessageId"`
	ReceiptHandle string
	Body          string
	BodyMD5       string                   `json:"MD5OfBody"`
	Attributes    map[string]string        `json:",omitempty"`
	AttrMD5       string                   `json:"MD5OfMessageAttributes,omitempty"`
	MessageAttrs  map[string]wireAttribute `json:"MessageAttributes,omitempty"`
}

func (s *Service) opReceive(r *http.Request, body []byte) (any, error) {
	var in receiveRequest
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	spec := q.spec
	q.finish()
	n, err := bounded("MaxNumberOfMessages", in.MaxNumberOfMessages, 1, 1, maxBatch)
	if err != nil {
		return nil, err
	}
	visibility, err := bounded("VisibilityTimeout", in.VisibilityTimeout, int(spec.VisibilityTimeout/time.Second), 0, maxVisibility)
	if err != nil {
		return nil, err
	}
	wait, err := bounded("WaitTimeSeconds", in.WaitTimeSeconds, int(spec.ReceiveWait/time.Second), 0, maxWait)
	if err != nil {
		return nil, err
	}
	taken, err := s.poll(r.Context(), q, n, seconds(visibility), seconds(wait))
	if err != nil {
		return nil, err
	}
	return q.render(taken, in), nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func bounded(name string, given *int, otherwise, low, high int) (int, error) {
	if given == nil {
		return otherwise, nil
	}
	if *given < low || *given > high {
		return 0, invalid("Value %d for parameter %s is invalid. Reason: Must be >= %d and <= %d, if provided.", *given, name, low, high)
	}
	return *given, nil
}

// poll takes messages, waiting until there are some or the wait is over.
func (s *Service) poll(ctx context.Context, q *queue, n int, visibility, wait time.Duration) ([]*message, error) {
	taken, full := q.take(n, visibility)
	if full {
		return nil, wire.Errorf("com.amazonaws.sqs#OverLimit", "Too many messages in flight")
	}
	if len(taken) > 0 || wait == 0 {
		return taken, nil
	}
	over := s.opts.Clock.NewTimer(wait)
	defer over.Stop()
	for {
		woken := q.wait()
		select {
		case <-woken:
			if taken, _ = q.take(n, visibility); len(taken) > 0 {
				return taken, nil
			}
		case <-over.Chan():
			q.unwait(woken)
			return nil, nil
		case <-ctx.Done():
			q.unwait(woken)
			return nil, ctx.Err()
		}
	}
}

func (q *queue) render(taken []*message, in receiveRequest) any {
	if len(taken) == 0 {
		return nil
	}
	names := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	q.mu.Lock()
	defer q.finish()
	out := make([]wireMessage, len(taken))
	for i, m := range taken {
		r := q.received(m)
		w := wireMessage{MessageID: r.MessageID, ReceiptHandle: r.Handle, Body: r.Body, BodyMD5: r.MD5OfBody()}
		if len(names) > 0 {
			w.Attributes = r.system()
			if !slices.Contains(names, "All") {
				for name := range w.Attributes {
					if !slices.Contains(names, name) {
						delete(w.Attributes, name)
					}
				}
			}
		}
		w.MessageAttrs, w.AttrMD5 = chosen(r.Attributes, in.MessageAttributeNames)
		out[i] = w
	}
	return map[string]any{"Messages": out}
}

// chosen returns the message attributes that a receiver asked for: by name, by
// "prefix.*", or all with "All" or ".*".
func chosen(attrs map[string]Attribute, names []string) (map[string]wireAttribute, string) {
	if len(attrs) == 0 || len(names) == 0 {
		return nil, ""
	}
	picked := map[string]Attribute{}
	for name, a := range attrs {
		if slices.ContainsFunc(names, func(want string) bool {
			prefix, isPrefix := strings.CutSuffix(want, ".*")
			return want == name || want == "All" || (isPrefix && strings.HasPrefix(name, prefix))
		}) {
			picked[name] = a
		}
	}
	out := make(map[string]wireAttribute, len(picked))
	for name, a := range picked {
		w := wireAttribute{DataType: a.DataType, BinaryValue: a.Bytes}
		if a.Bytes == nil {
			w.StringValue = &a.Text
		}
		out[name] = w
	}
	return out, md5Attributes(picked)
}

var batchID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

func checkBatch(ids []string) error {
	if len(ids) == 0 {
		return wire.Errorf("com.amazonaws.sqs#EmptyBatchRequest", "There should be at least one entry in the request.")
	}
	if len(ids) > maxBatch {
		return wire.Errorf("com.amazonaws.sqs#TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent %d.", len(ids))
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !batchID.MatchString(id) {
			return wire.Errorf("com.amazonaws.sqs#InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if seen[id] {
			return wire.Errorf("com.amazonaws.sqs#BatchEntryIdsNotDistinct", "Id %s repeated.", id)
		}
		seen[id] = true
	}
	return nil
}

func failed(id string, err error) failure {
	f := failure{ID: id, Code: "InternalError", Message: err.Error()}
	if e, ok := err.(*wire.Error); ok && e.Status < http.StatusInternalServerError {
		f.Code, f.Message, f.SenderFault = e.Type[strings.LastIndexByte(e.Type, '#')+1:], e.Message, true
	}
	return f
}

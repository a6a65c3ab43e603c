package sqs

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// SQS's limits (Amazon SQS, message quotas).
const (
	maxMessageBytes = 1 << 20
	maxBatch        = 10
	maxAttributes   = 10
	maxDelay        = 15 * time.Minute
	maxGroupID      = 128
)

// Sending is a message to be sent.
type Sending struct {
	Body  string
	Group string // MessageGroupId
	Dedup string // MessageDeduplicationId
	// Delay overrides the queue's delay if it is not negative.
	Delay      time.Duration
	Trace      string // AWSTraceHeader
	Attributes map[string]Attribute
}

// Sent says what became of a sent message.
type Sent struct {
	MessageID string
	Sequence  string // of FIFO queues
}

// Send puts a message into the queue of an ARN, for services of the local cloud.
// It returns when the message is durable.
func (s *Service) Send(queueARN string, m Sending) (Sent, error) {
	q := s.byARN(queueARN)
	if q == nil {
		return Sent{}, noQueue()
	}
	return s.send(q, m)
}

func noQueue() error {
	return &wire.Error{
		Status: http.StatusBadRequest, Type: "com.amazonaws.sqs#QueueDoesNotExist",
		Message: "The specified queue does not exist.",
	}
}

func (s *Service) send(q *queue, in Sending) (Sent, error) {
	now := s.opts.Clock.Now()
	m := &message{
		body: in.Body, group: in.Group, dedup: in.Dedup, trace: in.Trace, attrs: in.Attributes,
		sentMS: now.UnixMilli(), sender: s.opts.AccountID,
	}
	q.mu.Lock()
	spec := q.spec
	q.finish()
	if err := check(spec, m, in.Delay); err != nil {
		return Sent{}, err
	}
	delay := spec.Delay
	if in.Delay >= 0 {
		delay = in.Delay
	}
	m.seq, m.id = s.seq.Add(1), messageID()
	if spec.FIFO {
		if known, dup := q.remember(m, now); dup {
			return Sent{MessageID: known.id, Sequence: sequence(known.seq)}, nil
		}
	}
	b := &kv.Batch{}
	b.Set(messageKey(messagePrefix, spec.Name, m.seq), m.encode())
	if err := s.opts.Store.Commit(b); err != nil {
		return Sent{}, err
	}
	q.insert(m, now.Add(delay+s.opts.Faults.Reorder()))
	out := Sent{MessageID: m.id}
	if spec.FIFO {
		out.Sequence = sequence(m.seq)
	}
	return out, nil
}

// remember notes the deduplication id of a FIFO message, and reports the earlier
// message of that id if there was one in the last five minutes.
func (q *queue) remember(m *message, now time.Time) (dedupEntry, bool) {
	q.mu.Lock()
	defer q.finish()
	if m.dedup == "" {
		sum := sha256.Sum256([]byte(m.body))
		m.dedup = hex.EncodeToString(sum[:])
	}
	if known, ok := q.dedup[m.dedup]; ok && now.Before(known.until) {
		return known, true
	}
	if len(q.dedup) > 1<<16 {
		for id, e := range q.dedup {
			if !now.Before(e.until) {
				delete(q.dedup, id)
			}
		}
	}
	q.dedup[m.dedup] = dedupEntry{id: m.id, seq: m.seq, until: now.Add(dedupWindow)}
	return dedupEntry{}, false
}

func check(spec Spec, m *message, delay time.Duration) error {
	switch {
	case m.body == "":
		return wire.Errorf("com.amazonaws.sqs#MissingParameter", "The request must contain the parameter MessageBody.")
	case m.size() > spec.MaximumMessage:
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", spec.MaximumMessage)
	case !legible(m.body):
		return wire.Errorf("com.amazonaws.sqs#InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	case delay > maxDelay:
		return invalid("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", delay/time.Second)
	case len(m.group) > maxGroupID:
		return invalid("Value %s for parameter MessageGroupId is invalid.", m.group)
	case len(m.attrs) > maxAttributes:
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [10].", len(m.attrs))
	case spec.FIFO && m.group == "":
		return wire.Errorf("com.amazonaws.sqs#MissingParameter", "The request must contain the parameter MessageGroupId.")
	case spec.FIFO && m.dedup == "" && !spec.ContentBased:
		return invalid("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	case spec.FIFO && delay > 0:
		return invalid("Value %d for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.", delay/time.Second)
	case !spec.FIFO && m.dedup != "":
		return invalid("The request includes a parameter that is not valid for this queue type: MessageDeduplicationId")
	}
	return nil
}

func invalid(format string, args ...any) error {
	return wire.Errorf("com.amazonaws.sqs#InvalidParameterValue", format, args...)
}

// legible reports whether a text has only the characters that SQS takes.
func legible(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && n == 1) || r == 0xFFFE || r == 0xFFFF {
			return false
		}
		i += n
	}
	return true
}

// messageID makes an id in the form of a UUID.
func messageID() string {
	s := ident.Token() + ident.Token()
	return s[0:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:32]
}

// sequence is the 20-digit sequence number of a FIFO message.
func sequence(seq uint64) string {
	const digits = 20
	s := itoa(int64(seq))
	for len(s) < digits {
		s = "0" + s
	}
	return s
}

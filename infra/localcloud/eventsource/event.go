package eventsource

import (
	"encoding/base64"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
)

// quote appends s as a JSON string; bytes that are not UTF-8 are replaced.
func quote(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

func member(b []byte, name, v string) []byte {
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return quote(b, v)
}

// queueEvent writes the event that Lambda makes of a batch of messages.
func queueEvent(c QueueConfig, batch []sqs.Received) []byte {
	size := 64
	for _, m := range batch {
		size += 700 + len(m.Body)
	}
	b := append(make([]byte, 0, size), `{"Records":[`...)
	for i, m := range batch {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMessage(b, c, m)
	}
	return append(b, `]}`...)
}

func appendMessage(b []byte, c QueueConfig, m sqs.Received) []byte {
	b = append(b, '{')
	b = member(b, "messageId", m.MessageID)
	b = append(b, ',')
	b = member(b, "receiptHandle", m.Handle)
	b = append(b, ',')
	b = member(b, "body", m.Body)
	b = append(b, `,"attributes":{"ApproximateReceiveCount":"`...)
	b = strconv.AppendInt(b, int64(m.Receives), 10)
	b = append(b, `","SentTimestamp":"`...)
	b = strconv.AppendInt(b, m.SentMS, 10)
	b = append(b, `","ApproximateFirstReceiveTimestamp":"`...)
	b = strconv.AppendInt(b, m.FirstMS, 10)
	b = append(b, `",`...)
	b = member(b, "SenderId", m.SenderID)
	for _, a := range [...]struct{ name, v string }{
		{"MessageGroupId", m.Group}, {"MessageDeduplicationId", m.Dedup}, {"SequenceNumber", m.Sequence},
		{"AWSTraceHeader", m.Trace}, {"DeadLetterQueueSourceArn", m.SourceARN},
	} {
		if a.v != "" {
			b = append(b, ',')
			b = member(b, a.name, a.v)
		}
	}
	b = append(b, `},"messageAttributes":{`...)
	b = appendAttributes(b, m.Attributes)
	b = append(b, `},`...)
	b = member(b, "md5OfBody", m.MD5OfBody())
	if sum := m.MD5OfAttributes(); sum != "" {
		b = append(b, ',')
		b = member(b, "md5OfMessageAttributes", sum)
	}
	b = append(b, `,"eventSource":"aws:sqs",`...)
	b = member(b, "eventSourceARN", c.QueueARN)
	b = append(b, ',')
	b = member(b, "awsRegion", c.Region)
	return append(b, '}')
}

func appendAttributes(b []byte, attrs map[string]sqs.Attribute) []byte {
	first := true
	for name, a := range attrs {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = quote(b, name)
		b = append(b, `:{`...)
		if a.Bytes != nil {
			b = member(b, "binaryValue", base64.StdEncoding.EncodeToString(a.Bytes))
		} else {
			b = member(b, "stringValue", a.Text)
		}
		b = append(b, `,"stringListValues":[],"binaryListValues":[],`...)
		b = member(b, "dataType", a.DataType)
		b = append(b, '}')
	}
	return b
}

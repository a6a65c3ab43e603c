package sqs

import (
	"net/http"
	"regexp"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// wireAttribute is a message attribute in requests and answers.
type wireAttribute struct {
	DataType         string
	StringValue      *string `json:",omitempty"`
	BinaryValue      []byte  `json:",omitempty"`
	StringListValues []string
	BinaryListValues [][]byte
}

// entry is what SendMessage and an entry of SendMessageBatch have in common.
type entry struct {
	ID                      string `json:"Id"`
	QueueURL                string `json:"QueueUrl"`
	MessageBody             string
	DelaySeconds            *int
	MessageGroupID          string `json:"MessageGroupId"`
	MessageDeduplicationID  string `json:"MessageDeduplicationId"`
	MessageAttributes       map[string]wireAttribute
	MessageSystemAttributes map[string]wireAttribute
}

type sendAnswer struct {
	ID         string `json:"Id,omitempty"`
	MessageID  string `json:"MessageId"`
	BodyMD5    string `json:"MD5OfMessageBody"`
	AttrMD5    string `json:"MD5OfMessageAttributes,omitempty"`
	SysMD5     string `json:"MD5OfMessageSystemAttributes,omitempty"`
	SequenceNr string `json:"SequenceNumber,omitempty"`
}

func (s *Service) opSend(r *http.Request, body []byte) (any, error) {
	var in entry
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return s.sendEntry(q, in, r.Header.Get("X-Amzn-Trace-Id"))
}

func (s *Service) sendEntry(q *queue, in entry, trace string) (*sendAnswer, error) {
	m := Sending{Body: in.MessageBody, Group: in.MessageGroupID, Dedup: in.MessageDeduplicationID, Delay: -1, Trace: trace}
	if in.DelaySeconds != nil {
		if *in.DelaySeconds < 0 {
			return nil, invalid("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", *in.DelaySeconds)
		}
		m.Delay = time.Duration(*in.DelaySeconds) * time.Second
	}
	var err error
	if m.Attributes, err = attributes(in.MessageAttributes); err != nil {
		return nil, err
	}
	system, err := attributes(in.MessageSystemAttributes)
	if err != nil {
		return nil, err
	}
	for name, a := range system {
		if name != "AWSTraceHeader" || a.DataType != "String" {
			return nil, invalid("The message system attribute %s is not supported.", name)
		}
		m.Trace = a.Text
	}
	sent, err := s.send(q, m)
	if err != nil {
		return nil, err
	}
	return &sendAnswer{
		ID: in.ID, MessageID: sent.MessageID, SequenceNr: sent.Sequence, BodyMD5: md5Hex(m.Body),
		AttrMD5: md5Attributes(m.Attributes), SysMD5: md5Attributes(system),
	}, nil
}

var (
	attributeName = regexp.MustCompile(`^[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*$`)
	attributeType = regexp.MustCompile(`^(String|Number|Binary)(\..+)?$`)
)

func attributes(in map[string]wireAttribute) (map[string]Attribute, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(map[string]Attribute, len(in))
	for name, a := range in {
		if !attributeName.MatchString(name) || len(name) > 256 {
			return nil, invalid("The message attribute name '%s' is invalid.", name)
		}
		if !attributeType.MatchString(a.DataType) {
			return nil, invalid("The message attribute '%s' has an invalid message attribute type.", name)
		}
		binary := a.DataType[0] == 'B'
		switch {
		case len(a.StringListValues) > 0 || len(a.BinaryListValues) > 0:
			return nil, wire.Errorf("com.amazonaws.sqs#UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported.")
		case binary && len(a.BinaryValue) == 0, !binary && (a.StringValue == nil || *a.StringValue == ""):
			return nil, invalid("The message attribute '%s' must contain a non-empty value of its type.", name)
		case binary:
			out[name] = Attribute{DataType: a.DataType, Bytes: a.BinaryValue}
		default:
			out[name] = Attribute{DataType: a.DataType, Text: *a.StringValue}
		}
	}
	return out, nil
}

// failure is a failed entry of a batch.
type failure struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

func (s *Service) opSendBatch(r *http.Request, body []byte) (any, error) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []entry
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Entries))
	total := 0
	for i, e := range in.Entries {
		ids[i] = e.ID
		total += len(e.MessageBody)
	}
	if err := checkBatch(ids); err != nil {
		return nil, err
	}
	if total > maxMessageBytes {
		return nil, wire.Errorf("com.amazonaws.sqs#BatchRequestTooLong", "Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxMessageBytes, total)
	}
	out := struct {
		Successful []*sendAnswer
		Failed     []failure `json:",omitempty"`
	}{Successful: []*sendAnswer{}}
	for _, e := range in.Entries {
		sent, err := s.sendEntry(q, e, r.Header.Get("X-Amzn-Trace-Id"))
		if err != nil {
			out.Failed = append(out.Failed, failed(e.ID, err))
			continue
		}
		out.Successful = append(out.Successful, sent)
	}
	return out, nil
}

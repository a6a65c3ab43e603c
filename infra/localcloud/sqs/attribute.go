package sqs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

func (s *Service) opSetAttributes(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueURL   string `json:"QueueUrl"`
		Attributes map[string]string
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.finish()
	spec := q.spec
	if err := configure(&spec, in.Attributes); err != nil {
		return nil, err
	}
	if spec.FIFO != q.spec.FIFO {
		return nil, wire.Errorf("com.amazonaws.sqs#InvalidAttributeName", "Unknown Attribute FifoQueue.")
	}
	q.spec = spec
	return nil, nil
}

// configure applies the attributes of CreateQueue and SetQueueAttributes.
func configure(spec *Spec, attrs map[string]string) error {
	durations := map[string]struct {
		to        *time.Duration
		low, high int
	}{
		"VisibilityTimeout":             {&spec.VisibilityTimeout, 0, maxVisibility},
		"DelaySeconds":                  {&spec.Delay, 0, 900},
		"ReceiveMessageWaitTimeSeconds": {&spec.ReceiveWait, 0, maxWait},
		"MessageRetentionPeriod":        {&spec.Retention, 60, 1209600},
	}
	for name, v := range attrs {
		if d, ok := durations[name]; ok {
			n, err := strconv.Atoi(v)
			if err != nil || n < d.low || n > d.high {
				return badAttribute(name)
			}
			*d.to = seconds(n)
			continue
		}
		if err := configureOther(spec, name, v); err != nil {
			return err
		}
	}
	return nil
}

func badAttribute(name string) error {
	return wire.Errorf("com.amazonaws.sqs#InvalidAttributeValue", "Invalid value for the parameter %s.", name)
}

func configureOther(spec *Spec, name, v string) error {
	switch name {
	case "FifoQueue":
		spec.FIFO = v == "true"
	case "ContentBasedDeduplication":
		spec.ContentBased = v == "true"
	case "MaximumMessageSize":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1024 || n > maxMessageBytes {
			return badAttribute(name)
		}
		spec.MaximumMessage = n
	case "RedrivePolicy":
		var p struct {
			Target string `json:"deadLetterTargetArn"`
			Max    any    `json:"maxReceiveCount"`
		}
		if v != "" && json.Unmarshal([]byte(v), &p) != nil {
			return badAttribute(name)
		}
		n, err := strconv.Atoi(fmt.Sprint(p.Max))
		if v != "" && (err != nil || n < 1 || n > 1000) {
			return badAttribute(name)
		}
		spec.DeadLetterARN, spec.MaxReceives = p.Target, n
	case "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "Policy", "RedriveAllowPolicy":
		// Encryption at rest and access policies mean nothing here.
	default:
		return wire.Errorf("com.amazonaws.sqs#InvalidAttributeName", "Unknown Attribute %s.", name)
	}
	return nil
}

func (s *Service) opGetAttributes(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueURL       string `json:"QueueUrl"`
		AttributeNames []string
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	all := q.attributes()
	out := map[string]string{}
	for _, name := range in.AttributeNames {
		if v, ok := all[name]; ok {
			out[name] = v
		} else if name != "All" && !slices.Contains(optionalAttributes, name) {
			return nil, wire.Errorf("com.amazonaws.sqs#InvalidAttributeName", "Unknown Attribute %s.", name)
		}
	}
	if slices.Contains(in.AttributeNames, "All") {
		out = all
	}
	return map[string]any{"Attributes": out}, nil
}

// optionalAttributes may be asked for and are absent where they do not apply.
var optionalAttributes = []string{
	"RedrivePolicy", "RedriveAllowPolicy", "FifoQueue", "ContentBasedDeduplication", "Policy",
	"KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds",
}

func (q *queue) attributes() map[string]string {
	q.mu.Lock()
	defer q.finish()
	q.surface(q.s.opts.Clock.Now())
	secs := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	out := map[string]string{
		"QueueArn":                              q.arn,
		"ApproximateNumberOfMessages":           strconv.Itoa(q.rota.ready),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(q.flights),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(q.hidden.Len() - q.flights),
		"CreatedTimestamp":                      itoa(q.created.Unix()),
		"LastModifiedTimestamp":                 itoa(q.created.Unix()),
		"VisibilityTimeout":                     secs(q.spec.VisibilityTimeout),
		"MaximumMessageSize":                    strconv.Itoa(q.spec.MaximumMessage),
		"MessageRetentionPeriod":                secs(q.spec.Retention),
		"DelaySeconds":                          secs(q.spec.Delay),
		"ReceiveMessageWaitTimeSeconds":         secs(q.spec.ReceiveWait),
		"SqsManagedSseEnabled":                  "true",
	}
	if q.spec.FIFO {
		out["FifoQueue"] = "true"
		out["ContentBasedDeduplication"] = strconv.FormatBool(q.spec.ContentBased)
	}
	if q.spec.DeadLetterARN != "" {
		out["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, q.spec.DeadLetterARN, q.spec.MaxReceives)
	}
	return out
}

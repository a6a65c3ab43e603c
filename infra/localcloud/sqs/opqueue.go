package sqs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

func (s *Service) opGetURL(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueName              string
		QueueOwnerAWSAccountID string `json:"QueueOwnerAWSAccountId"`
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q := s.byName(in.QueueName)
	if q == nil {
		return nil, noQueue()
	}
	return map[string]string{"QueueUrl": q.url}, nil
}

func (s *Service) opList(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueNamePrefix string
		NextToken       string
		MaxResults      *int
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	if in.NextToken != "" {
		return nil, wire.Unsupported("NextToken of ListQueues: all queues are listed at once")
	}
	urls := []string{}
	for _, name := range s.names() {
		if strings.HasPrefix(name, in.QueueNamePrefix) {
			urls = append(urls, s.byName(name).url)
		}
	}
	return map[string]any{"QueueUrls": urls}, nil
}

func (s *Service) opListSources(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueURL   string `json:"QueueUrl"`
		NextToken  string
		MaxResults *int
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	urls := []string{}
	for _, name := range s.names() {
		other := s.byName(name)
		other.mu.Lock()
		if other.spec.DeadLetterARN == q.arn {
			urls = append(urls, other.url)
		}
		other.finish()
	}
	return map[string]any{"queueUrls": urls}, nil
}

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$`)

func (s *Service) opCreate(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueName  string
		Attributes map[string]string
		Tags       map[string]string `json:"tags"`
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	if !queueName.MatchString(in.QueueName) {
		return nil, invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	spec := Spec{
		Name: in.QueueName, ARN: fmt.Sprintf("arn:aws:sqs:%s:%s:%s", s.opts.Region, s.opts.AccountID, in.QueueName),
		URL:               fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", s.opts.Region, s.opts.AccountID, in.QueueName),
		VisibilityTimeout: 30 * time.Second, Retention: 4 * 24 * time.Hour, MaximumMessage: maxMessageBytes,
	}
	if err := configure(&spec, in.Attributes); err != nil {
		return nil, err
	}
	if spec.FIFO != strings.HasSuffix(spec.Name, ".fifo") {
		return nil, invalid("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix")
	}
	if q := s.byName(spec.Name); q != nil {
		if !q.has(spec) {
			return nil, wire.Errorf("com.amazonaws.sqs#QueueNameExists", "A queue already exists with the same name and a different value for an attribute")
		}
		return map[string]string{"QueueUrl": spec.URL}, nil
	}
	v, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	b := &kv.Batch{}
	b.Set([]byte(specPrefix+spec.Name), v)
	if err := s.opts.Store.Commit(b); err != nil {
		return nil, err
	}
	return map[string]string{"QueueUrl": spec.URL}, s.AddQueue(spec)
}

func (s *Service) opDeleteQueue(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	delete(s.queues, q.name)
	s.mu.Unlock()
	s.erase(q.name, q.purge())
	q.close()
	b := &kv.Batch{}
	b.Delete([]byte(specPrefix + q.name))
	return nil, s.opts.Store.Commit(b)
}

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
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(len(q.hidden) - q.flights),
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

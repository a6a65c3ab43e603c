package sqs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
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

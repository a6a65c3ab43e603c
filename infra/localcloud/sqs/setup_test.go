package sqs_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
	"github.com/automatelanka/automatelanka/internal/clock"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a queue service on a manual clock, with a real SDK client.
type bench struct {
	t       *testing.T
	store   kv.Store
	clock   *clock.Manual
	service *sqs.Service
	client  *sdk.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{t: t, store: store, clock: clock.NewManual(start)}
	b.open()
	return b
}

// open starts the service on the store, as after a restart.
func (b *bench) open() {
	b.t.Helper()
	s, err := sqs.New(sqs.Options{
		Store: b.store, Clock: b.clock, Meter: &meter.Meter{}, Region: "us-east-1", AccountID: "000000000000",
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.service = s
	b.client = sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
	})
}

// inProcess calls a handler instead of the network.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func (b *bench) queue(name string, attrs map[string]string) string {
	b.t.Helper()
	out, err := b.client.CreateQueue(context.Background(), &sdk.CreateQueueInput{QueueName: &name, Attributes: attrs})
	if err != nil {
		b.t.Fatal(err)
	}
	return *out.QueueUrl
}

func (b *bench) send(url, body, group string) *sdk.SendMessageOutput {
	b.t.Helper()
	in := &sdk.SendMessageInput{QueueUrl: &url, MessageBody: &body}
	if group != "" {
		in.MessageGroupId = &group
	}
	out, err := b.client.SendMessage(context.Background(), in)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) receive(url string, n int32) []types.Message {
	b.t.Helper()
	out, err := b.client.ReceiveMessage(context.Background(), &sdk.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: n,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		MessageAttributeNames:       []string{"All"},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.Messages
}

func (b *bench) delete(url string, m types.Message) {
	b.t.Helper()
	if _, err := b.client.DeleteMessage(context.Background(), &sdk.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) attribute(url, name string) string {
	b.t.Helper()
	out, err := b.client.GetQueueAttributes(context.Background(), &sdk.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeName(name)},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.Attributes[name]
}

func bodies(messages []types.Message) []string {
	out := []string{}
	for _, m := range messages {
		out = append(out, aws.ToString(m.Body))
	}
	return out
}

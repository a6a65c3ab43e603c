package localcloud_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/automatelanka/automatelanka/infra/localcloud"
)

// counting stands before the transport, as a judge's interpreter does.
type counting struct {
	next  aws.HTTPClient
	calls int
}

func (c *counting) Do(r *http.Request) (*http.Response, error) {
	c.calls++
	return c.next.Do(r)
}

// TestClientsOfAConfigurationAreAsked: the calls that go the short way go by the client
// of their configuration all the same.
func TestClientsOfAConfigurationAreAsked(t *testing.T) {
	s, ctx := newShop(), context.Background()
	c, err := localcloud.Open(ctx, localcloud.Options{TemplatePath: "testdata/shop/template.yaml", Constructors: s.constructors(), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	cfg := c.AWSConfig()
	before := &counting{next: cfg.HTTPClient}
	cfg.HTTPClient = before
	for service, call := range map[string]func() error{
		"sqs": func() error {
			_, err := sqs.NewFromConfig(cfg).ListQueues(ctx, &sqs.ListQueuesInput{})
			return err
		},
		"dynamodb": func() error {
			_, err := dynamodb.NewFromConfig(cfg).ListTables(ctx, &dynamodb.ListTablesInput{})
			return err
		},
		"states": func() error {
			_, err := sfn.NewFromConfig(cfg).ListStateMachines(ctx, &sfn.ListStateMachinesInput{})
			return err
		},
	} {
		before.calls = 0
		if err := call(); err != nil || before.calls != 1 {
			t.Errorf("%s: %d calls, %v", service, before.calls, err)
		}
	}
}

package localcloud_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/pricing"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// The SDK tries three times; what was applied before the caller saw the error stays.
func TestFaultsAtTransport(t *testing.T) {
	for spec, want := range map[string]struct {
		sent int
		code string // "" for a broken connection or a code of 500
	}{
		"sqs:error=1":                           {0, ""},
		"sqs:apply-then-error=1":                {3, ""},
		"sqs.SendMessage:throttle=1":            {0, "RequestThrottled"},
		"sqs.ReceiveMessage:error=1;s3:error=1": {1, "none"},
	} {
		s := newShop()
		c, err := localcloud.Open(context.Background(), localcloud.Options{TemplatePath: "testdata/shop/template.yaml", Constructors: s.constructors(), Faults: spec, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		queue := c.Stack().Queues[1]
		_, err = sqs.NewFromConfig(c.AWSConfig()).SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: &queue.URL, MessageBody: aws.String("x")})
		if stats, _ := c.Queues().Stats(queue.Name); stats.Visible != want.sent {
			t.Errorf("%s: %d messages, want %d", spec, stats.Visible, want.sent)
		}
		var api smithy.APIError
		switch {
		case want.code == "none":
			if err != nil {
				t.Errorf("%s: %v", spec, err)
			}
		case err == nil:
			t.Errorf("%s: no error", spec)
		case want.code != "" && (!errors.As(err, &api) || api.ErrorCode() != want.code):
			t.Errorf("%s: %v, want %s", spec, err, want.code)
		}
		if err := c.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFaultOfS3(t *testing.T) {
	s := newShop()
	c := s.open(t, localcloud.Options{Faults: "s3:throttle=1", Seed: 1})
	_, err := s3.NewFromConfig(c.AWSConfig()).PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: &c.Stack().Buckets[0].Name, Key: aws.String("k"), Body: strings.NewReader("x"),
	})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "SlowDown" {
		t.Errorf("%v, want SlowDown", err)
	}
}

// A function that is killed during a call is reported as crashed, and whatever it
// does afterwards reaches no service, on no context.
func TestKilledFunction(t *testing.T) {
	s := newShop()
	constructors := s.constructors()
	after := make(chan error, 2)
	constructors["functions/ship"] = func(_ context.Context, env localcloud.Env) (lambda.Handler, error) {
		client := sqs.NewFromConfig(env.AWS)
		return lambdahost.NewHandler(func(ctx context.Context) error {
			_, first := client.ListQueues(ctx, &sqs.ListQueuesInput{})
			_, second := client.ListQueues(context.WithoutCancel(ctx), &sqs.ListQueuesInput{})
			after <- first
			after <- second
			return nil
		}), nil
	}
	c, err := localcloud.Open(context.Background(), localcloud.Options{
		TemplatePath: "testdata/shop/template.yaml", Constructors: constructors, Faults: "lambda:kill=1", Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	r, err := c.Functions().Invoke(context.Background(), "local-ShipFunction", []byte("{}"), lambdahost.RequestResponse)
	if err != nil || r.FunctionError == "" || !strings.Contains(string(r.Payload), "Runtime.ExitError") {
		t.Errorf("%s %v", r.Payload, err)
	}
	for range 2 {
		if err := <-after; err == nil {
			t.Error("a call of a dead process was answered")
		}
	}
}

// Under faults of all kinds, every order that the API accepted is shipped in the end.
func TestOrdersSurviveFaults(t *testing.T) {
	const spec = "dynamodb:error=0.03,apply-then-error=0.03,throttle=0.03;sqs:error=0.03,apply-then-error=0.03,duplicate=0.1,reorder=0.1;" +
		"states:error=0.03,apply-then-error=0.03,duplicate=0.05;lambda:error=0.03,throttle=0.03,kill=0.03"
	for seed := range uint64(3) {
		manual := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		s := newShop()
		c := s.open(t, localcloud.Options{Clock: manual, Faults: spec, Seed: seed})
		waiting := map[string]bool{}
		for n := range 100 {
			id := fmt.Sprint("o", n)
			if request(c.HTTPHandler(), "POST", "/orders/"+id, "good").Code == 202 {
				waiting[id+" for cus_1"] = true
			}
		}
		if len(waiting) < 50 {
			t.Fatalf("seed %d: only %d orders were accepted", seed, len(waiting))
		}
		for deadline := clock.Real().Now().Add(clocktest.Hang); len(waiting) > 0 && clock.Real().Now().Before(deadline); {
			select {
			case what := <-s.shipped:
				delete(waiting, what)
			case <-clock.Real().After(2 * time.Millisecond):
				if c.Functions().Running() == 0 { // or they would time out
					manual.Advance(5 * time.Second) // the visibility of failed messages and the pauses of retries pass
				}
			}
		}
		if len(waiting) > 0 {
			t.Errorf("seed %d: %d accepted orders were not shipped; %d runs are open; %s", seed, len(waiting), c.StateMachines().OpenRuns(), queues(c))
		}
		if counts := c.Meter().Snapshot(); counts["faults.dynamodb"] == 0 || counts["faults.sqs"] == 0 || counts["faults.lambda.kill"] == 0 {
			t.Errorf("seed %d: some faults did not happen: %v", seed, counts)
		}
	}
}

// The latency profile lets the clock pass, in calls and between the services.
func TestLatency(t *testing.T) {
	s := newShop()
	manual := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	c := s.open(t, localcloud.Options{Clock: manual, Latency: "aws"})
	done := make(chan error, 1)
	go func() {
		_, err := sqs.NewFromConfig(c.AWSConfig()).ListQueues(context.Background(), &sqs.ListQueuesInput{})
		done <- err
	}()
	took := time.Duration(0)
	for {
		select {
		case err := <-done:
			if err != nil || took < 6*time.Millisecond {
				t.Errorf("the call took %s, %v", took, err)
			}
			return
		case <-clock.Real().After(time.Millisecond):
			manual.Advance(time.Millisecond)
			took += time.Millisecond
		}
	}
}

// What a run costs is counted and priced.
func TestBill(t *testing.T) {
	s := newShop()
	c := s.open(t, localcloud.Options{})
	before := c.Meter().Snapshot()
	request(c.HTTPHandler(), "POST", "/orders/o1", "good")
	s.await(t)
	lines, total := pricing.OnDemand.Bill(pricing.Since(c.Meter().Snapshot(), before))
	names := map[string]bool{}
	for _, l := range lines {
		names[l.Name] = true
	}
	for _, want := range []string{"apigateway.http_requests", "lambda.requests", "sqs.requests", "dynamodb.write_units", "states.express_requests"} {
		if !names[want] {
			t.Errorf("the bill lacks %s: %v", want, lines)
		}
	}
	if total < 1e-6 || total > 1e-3 {
		t.Errorf("an order costs $%.9f", total)
	}
}

func TestBadFaultSpec(t *testing.T) {
	s := newShop()
	for _, o := range []localcloud.Options{{Faults: "sqs:explode=1"}, {Latency: "moon"}} {
		o.TemplatePath, o.Constructors = "testdata/shop/template.yaml", s.constructors()
		if _, err := localcloud.Open(context.Background(), o); err == nil {
			t.Errorf("%+v was accepted", o.Faults+o.Latency)
		}
	}
}

// queues describes what is in the queues.
func queues(c *localcloud.Cloud) string {
	out := ""
	for _, q := range c.Stack().Queues {
		s, _ := c.Queues().Stats(q.Name)
		out += fmt.Sprintf("%s: %d visible, %d in flight, %d delayed. ", q.LogicalID, s.Visible, s.InFlight, s.Delayed)
	}
	return out
}

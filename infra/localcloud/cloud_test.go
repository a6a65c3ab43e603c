package localcloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/coder/websocket"

	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// shop is the fixture's application: its functions, and what they shipped.
type shop struct {
	shipped chan string
	work    func(ctx context.Context, body string) error // nil works
	asked   atomic.Int32                                 // calls of the authorizer
	client  atomic.Value                                 // connection id of the latest WebSocket client
	ticks   chan struct{}
}

func newShop() *shop {
	return &shop{shipped: make(chan string, 10000), ticks: make(chan struct{}, 100)}
}

func (s *shop) constructors() map[string]localcloud.Constructor {
	return map[string]localcloud.Constructor{
		"functions/authorize": func(context.Context, localcloud.Env) (lambda.Handler, error) {
			return lambdahost.NewHandler(func(r events.APIGatewayV2CustomAuthorizerV2Request) (events.APIGatewayV2CustomAuthorizerSimpleResponse, error) {
				s.asked.Add(1)
				return events.APIGatewayV2CustomAuthorizerSimpleResponse{
					IsAuthorized: r.IdentitySource[0] == "Bearer good", Context: map[string]any{"customer": "cus_1"},
				}, nil
			}), nil
		},
		"functions/order": func(_ context.Context, env localcloud.Env) (lambda.Handler, error) {
			client := sqs.NewFromConfig(env.AWS)
			return lambdahost.NewHandler(func(ctx context.Context, r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
				if r.RouteKey == "GET /healthz" {
					return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: env.Variables["STAGE"]}, nil
				}
				body := r.PathParameters["id"] + " for " + r.RequestContext.Authorizer.Lambda["customer"].(string)
				_, err := client.SendMessage(ctx, &sqs.SendMessageInput{
					QueueUrl: aws.String(env.Variables["ORDERS_QUEUE"]), MessageBody: &body, MessageGroupId: aws.String("cus_1"),
				})
				return events.APIGatewayV2HTTPResponse{StatusCode: 202, Body: `{"accepted":true}`, Headers: map[string]string{"Content-Type": "application/json"}}, err
			}), nil
		},
		"functions/work": func(_ context.Context, env localcloud.Env) (lambda.Handler, error) {
			client := sfn.NewFromConfig(env.AWS)
			return lambdahost.NewHandler(func(ctx context.Context, e events.SQSEvent) (out events.SQSEventResponse, err error) {
				for _, m := range e.Records {
					if s.work != nil {
						err = s.work(ctx, m.Body)
					}
					if err == nil {
						_, err = client.StartExecution(ctx, &sfn.StartExecutionInput{
							StateMachineArn: aws.String(env.Variables["MACHINE_ARN"]), Input: aws.String(quoted(m.Body)),
						})
					}
					if err != nil {
						out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
					}
				}
				return out, nil
			}), nil
		},
		"functions/ship": func(_ context.Context, env localcloud.Env) (lambda.Handler, error) {
			client := dynamodb.NewFromConfig(env.AWS)
			return lambdahost.NewHandler(func(ctx context.Context, what string) error {
				_, err := client.PutItem(ctx, &dynamodb.PutItemInput{
					TableName: aws.String(env.Variables["LEDGER"]), Item: map[string]types.AttributeValue{"order": &types.AttributeValueMemberS{Value: what}},
				})
				if err == nil {
					s.shipped <- what
				}
				return err
			}), nil
		},
		"functions/live": func(_ context.Context, env localcloud.Env) (lambda.Handler, error) {
			return lambdahost.NewHandler(func(ctx context.Context, e liveEvent) (map[string]any, error) {
				return map[string]any{"statusCode": 200}, s.live(ctx, env, e)
			}), nil
		},
	}
}

// liveEvent is what the live function gets: changes of the ledger, the connection of
// a client, or a tick.
type liveEvent struct {
	Records        []events.DynamoDBEventRecord
	RequestContext events.APIGatewayWebsocketProxyRequestContext `json:"requestContext"`
	Hourly         bool                                          `json:"hourly"`
}

// live pushes each change of the ledger to the client that connected last.
func (s *shop) live(ctx context.Context, env localcloud.Env, e liveEvent) error {
	switch {
	case e.Hourly:
		s.ticks <- struct{}{}
	case e.RequestContext.ConnectionID != "":
		s.client.Store(e.RequestContext.ConnectionID)
	}
	id, _ := s.client.Load().(string)
	if id == "" {
		return nil
	}
	for _, r := range e.Records {
		url := env.Variables["SOCKET"] + "/@connections/" + id
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(r.Change.Keys["order"].String()))
		if err != nil {
			return err
		}
		resp, err := env.AWS.HTTPClient.Do(req)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
	}
	return nil
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func (s *shop) open(t *testing.T, o localcloud.Options) *localcloud.Cloud {
	t.Helper()
	o.TemplatePath, o.Constructors = "testdata/shop/template.yaml", s.constructors()
	c, err := localcloud.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func request(h http.Handler, method, path, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(""))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (s *shop) await(t *testing.T) string {
	t.Helper()
	select {
	case what := <-s.shipped:
		return what
	case <-clock.Real().After(clocktest.Hang):
		t.Fatal("nothing was shipped")
		return ""
	}
}

// A request goes through authorizer, function, queue, event source, function,
// state machine and function.
func TestRequestTravels(t *testing.T) {
	s := newShop()
	c := s.open(t, localcloud.Options{})
	h := c.HTTPHandler()
	if w := request(h, "GET", "/healthz", ""); w.Code != 200 || w.Body.String() != "dev" {
		t.Errorf("health: %d %s", w.Code, w.Body)
	}
	for key, want := range map[string]int{"": 401, "bad": 403, "good": 202} {
		if w := request(h, "POST", "/orders/o1", key); w.Code != want {
			t.Errorf("with key %q: %d %s, want %d", key, w.Code, w.Body, want)
		}
	}
	if got := s.await(t); got != "o1 for cus_1" {
		t.Errorf("shipped %q", got)
	}
	if w := request(h, "POST", "/none", "good"); w.Code != 404 || w.Body.String() != `{"message":"Not Found"}` {
		t.Errorf("unknown route: %d %s", w.Code, w.Body)
	}
	if s.asked.Load() != 2 {
		t.Errorf("the authorizer was asked %d times, want 2: no key asks nobody", s.asked.Load())
	}
}

// A change of a table reaches a WebSocket client through the table's stream, a
// function and the management API.
func TestChangeReachesClient(t *testing.T) {
	s := newShop()
	c := s.open(t, localcloud.Options{})
	server := httptest.NewServer(c.HTTPHandler())
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), clocktest.Hang)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(server.URL, "http")+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	request(c.HTTPHandler(), "POST", "/orders/o7", "good")
	if _, message, err := socket.Read(ctx); err != nil || string(message) != "o7 for cus_1" {
		t.Errorf("the client got %q, %v", message, err)
	}
}

// The template's schedules tick on the cloud's clock.
func TestScheduleTicks(t *testing.T) {
	s := newShop()
	manual := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s.open(t, localcloud.Options{Clock: manual})
	for range 3 {
		manual.Advance(time.Hour)
		select {
		case <-s.ticks:
		case <-clock.Real().After(clocktest.Hang):
			t.Fatal("no tick came")
		}
	}
}

// Data, keys, secrets and messages are there again after a restart.
func TestRestart(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	var secret string
	for round := range 2 {
		s := newShop()
		c, err := localcloud.Open(ctx, localcloud.Options{TemplatePath: "testdata/shop/template.yaml", Constructors: s.constructors(), Data: dir})
		if err != nil {
			t.Fatal(err)
		}
		cfg, stack := c.AWSConfig(), c.Stack()
		value, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &stack.Secrets[0].ARN})
		if err != nil || len(*value.SecretString) != 20 || round == 1 && *value.SecretString != secret {
			t.Errorf("round %d: secret %v %v", round, value, err)
		}
		secret = *value.SecretString
		objects := s3.NewFromConfig(cfg)
		big := strings.Repeat("x", 1<<20)
		if round == 0 {
			if _, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: &stack.Buckets[0].Name, Key: aws.String("k"), Body: strings.NewReader(big)}); err != nil {
				t.Fatal(err)
			}
			request(c.HTTPHandler(), "POST", "/orders/kept", "good") // nothing runs yet: it waits in the queue
		} else {
			out, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &stack.Buckets[0].Name, Key: aws.String("k")})
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(out.Body); err != nil || string(b) != big {
				t.Errorf("the object came back as %d bytes, %v", len(b), err)
			}
			if err := c.Start(ctx); err != nil {
				t.Fatal(err)
			}
			if got := s.await(t); got != "kept for cus_1" {
				t.Errorf("shipped %q", got)
			}
		}
		if err := c.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := objects.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &stack.Buckets[0].Name, Key: aws.String("k")}); err == nil {
			t.Error("a closed cloud answered")
		}
	}
}

// The same services answer on a port, told apart by the signature's scope.
func TestEndpoint(t *testing.T) {
	s := newShop()
	c := s.open(t, localcloud.Options{})
	server := httptest.NewServer(c.Endpoint())
	defer server.Close()
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	}
	ctx := context.Background()
	queues, err := sqs.NewFromConfig(cfg).ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil || len(queues.QueueUrls) != 2 {
		t.Errorf("%+v %v", queues, err)
	}
	tables, err := dynamodb.NewFromConfig(cfg).ListTables(ctx, &dynamodb.ListTablesInput{})
	if err != nil || len(tables.TableNames) != 1 {
		t.Errorf("%+v %v", tables, err)
	}
	_, err = s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).PutObject(ctx, &s3.PutObjectInput{
		Bucket: &c.Stack().Buckets[0].Name, Key: aws.String("a/b"), Body: strings.NewReader("x"),
	})
	if err != nil {
		t.Error(err)
	}
}

// What the cloud does not have is an error that says so.
func TestUnknownService(t *testing.T) {
	s := newShop()
	c := s.open(t, localcloud.Options{})
	_, err := sts.NewFromConfig(c.AWSConfig()).GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err == nil || !strings.Contains(err.Error(), `no service "sts"`) {
		t.Errorf("%v", err)
	}
}

// A function without a constructor, and one whose constructor fails, are named.
func TestOpenReportsFunctions(t *testing.T) {
	s := newShop()
	constructors := s.constructors()
	delete(constructors, "functions/ship")
	constructors["functions/work"] = func(context.Context, localcloud.Env) (lambda.Handler, error) {
		return nil, errors.New("no configuration")
	}
	_, err := localcloud.Open(context.Background(), localcloud.Options{TemplatePath: "testdata/shop/template.yaml", Constructors: constructors})
	for _, want := range []string{"ShipFunction has no constructor for functions/ship", "WorkFunction cannot start: no configuration"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}

package localcloud_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
)

// shop is the fixture's application: its functions, and what they shipped.
type shop struct {
	shipped chan string
	work    func(ctx context.Context, body string) error // nil works
	asked   int                                          // calls of the authorizer
}

func newShop() *shop { return &shop{shipped: make(chan string, 1000)} }

func (s *shop) constructors() map[string]localcloud.Constructor {
	return map[string]localcloud.Constructor{
		"functions/authorize": func(context.Context, localcloud.Env) (lambda.Handler, error) {
			return lambdahost.NewHandler(func(r events.APIGatewayV2CustomAuthorizerV2Request) (events.APIGatewayV2CustomAuthorizerSimpleResponse, error) {
				s.asked++
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
		"functions/ship": func(context.Context, localcloud.Env) (lambda.Handler, error) {
			return lambdahost.NewHandler(func(what string) error {
				s.shipped <- what
				return nil
			}), nil
		},
	}
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
	case <-time.After(10 * time.Second):
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
	if s.asked != 2 {
		t.Errorf("the authorizer was asked %d times, want 2: no key asks nobody", s.asked)
	}
}

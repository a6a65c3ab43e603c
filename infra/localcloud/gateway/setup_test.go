package gateway_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/automatelanka/automatelanka/infra/localcloud/gateway"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// functions answers for the functions behind an API, by their ARN.
type functions struct {
	mu    sync.Mutex
	calls map[string][]json.RawMessage
	do    map[string]func(ctx context.Context, payload []byte) (lambdahost.Result, error)
}

func (f *functions) Do(ctx context.Context, c lambdahost.Call) (lambdahost.Result, error) {
	f.mu.Lock()
	f.calls[c.Function] = append(f.calls[c.Function], c.Payload)
	do := f.do[c.Function]
	f.mu.Unlock()
	if do == nil {
		return lambdahost.Result{Payload: []byte(`{"statusCode":200}`)}, nil
	}
	return do(ctx, c.Payload)
}

func (f *functions) count(arn string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls[arn])
}

// last is the event of the latest call, as the real library reads it.
func (f *functions) last(t *testing.T, arn string) events.APIGatewayV2HTTPRequest {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var e events.APIGatewayV2HTTPRequest
	calls := f.calls[arn]
	if len(calls) == 0 {
		t.Fatalf("%s was not called", arn)
	}
	if err := json.Unmarshal(calls[len(calls)-1], &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func answer(payload string) func(context.Context, []byte) (lambdahost.Result, error) {
	return func(context.Context, []byte) (lambdahost.Result, error) {
		return lambdahost.Result{Payload: []byte(payload)}, nil
	}
}

// bench is an API on a manual clock.
type bench struct {
	t         *testing.T
	clock     *clock.Manual
	functions *functions
	options   gateway.Options
}

func newBench(t *testing.T) *bench {
	b := &bench{
		t: t, clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		functions: &functions{calls: map[string][]json.RawMessage{}, do: map[string]func(context.Context, []byte) (lambdahost.Result, error){}},
	}
	b.options = gateway.Options{
		Clock: b.clock, Meter: &meter.Meter{}, Invoker: b.functions, Logger: slog.New(slog.DiscardHandler),
		Region: "us-east-1", AccountID: "000000000000",
	}
	return b
}

func (b *bench) http(api samtemplate.API) *gateway.HTTP {
	api.ID = "api1"
	if api.Stage == "" {
		api.Stage = "$default"
	}
	return gateway.NewHTTP(api, b.options)
}

func routes(keys ...string) []samtemplate.Route {
	var out []samtemplate.Route
	for _, key := range keys {
		out = append(out, samtemplate.Route{Key: key, FunctionARN: "fn:" + key, Timeout: 30 * time.Second})
	}
	return out
}

func request(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

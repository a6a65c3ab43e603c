package lambdahost_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

const arn = "arn:aws:lambda:us-east-1:000000000000:function:"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a host on a manual clock.
type bench struct {
	t     *testing.T
	store kv.Store
	clock *clock.Manual
	meter *meter.Meter
	host  *lambdahost.Host
	dead  chan string // payloads that went to a dead-letter queue
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{t: t, store: store, clock: clock.NewManual(start), meter: &meter.Meter{}, dead: make(chan string, 10)}
	b.open()
	return b
}

func (b *bench) open() {
	b.host = lambdahost.New(lambdahost.Options{
		Store: b.store, Clock: b.clock, Meter: b.meter,
		DeadLetter: func(_ string, payload []byte, _ string) error {
			b.dead <- string(payload)
			return nil
		},
	})
	host := b.host
	b.t.Cleanup(func() { _ = host.Close(context.Background()) })
}

// add registers a function of 3 seconds and 512 MB.
func (b *bench) add(name string, handler any, change func(*lambdahost.Function)) {
	f := lambdahost.Function{
		Name: name, ARN: arn + name, Timeout: 3 * time.Second, MemoryMB: 512, ReservedConcurrency: -1,
		Handler: lambdahost.NewHandler(handler), AsyncRetries: 2, AsyncMaxAge: 6 * time.Hour,
	}
	if change != nil {
		change(&f)
	}
	if err := b.host.Register(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) invoke(name, payload string) lambdahost.Result {
	b.t.Helper()
	r, err := b.host.Invoke(context.Background(), name, []byte(payload), lambdahost.RequestResponse)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) until(what string, done <-chan struct{}) {
	b.t.Helper()
	select {
	case <-done:
	case <-clock.Real().After(clocktest.Hang):
		b.t.Fatalf("%s did not happen", what)
	}
}

type wrapError struct{ error }

func (wrapError) Error() string { return "wrapped" }

// An error is named as aws-lambda-go's runtime names it.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		handler any
		want    map[string]any
	}{
		"errors.New": {func() error { return errors.New("no") }, map[string]any{"errorMessage": "no", "errorType": "errorString"}},
		"fmt":        {func() error { return fmt.Errorf("a: %w", errors.New("b")) }, map[string]any{"errorMessage": "a: b", "errorType": "wrapError"}},
		"own type":   {func() error { return wrapError{errors.New("x")} }, map[string]any{"errorMessage": "wrapped", "errorType": "wrapError"}},
		"pointer":    {func() error { return &wrapError{} }, map[string]any{"errorMessage": "wrapped", "errorType": "wrapError"}},
		"named":      {func() error { return messages.InvokeResponse_Error{Type: "Throttled", Message: "later"} }, map[string]any{"errorMessage": "later", "errorType": "Throttled"}},
	} {
		b := newBench(t)
		b.add("f", c.handler, nil)
		r := b.invoke("f", "{}")
		var got map[string]any
		if err := json.Unmarshal(r.Payload, &got); err != nil || r.FunctionError != "Unhandled" {
			t.Errorf("%s: %+v", name, r)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestPanic(t *testing.T) {
	b := newBench(t)
	b.add("f", func() { panic(errors.New("boom")) }, nil)
	r := b.invoke("f", "{}")
	var e messages.InvokeResponse_Error
	if err := json.Unmarshal(r.Payload, &e); err != nil || e.Message != "boom" || e.Type != "errorString" || len(e.StackTrace) == 0 || r.FunctionError != "Unhandled" {
		t.Errorf("%+v", r)
	}
}

func TestContext(t *testing.T) {
	b := newBench(t)
	b.add("f", func(ctx context.Context) (map[string]any, error) {
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, ok := ctx.Deadline()
		trace, _ := ctx.Value("x-amzn-trace-id").(string)
		return map[string]any{
			"arn": lc.InvokedFunctionArn, "left": deadline.Sub(start).String(), "ok": ok, "id": lc.AwsRequestID,
			"same": lambdahost.FromContext(ctx).RequestID() == lc.AwsRequestID, "root": strings.HasPrefix(trace, "Root=1-"),
		}, nil
	}, nil)
	r := b.invoke(arn+"f", "{}")
	var got map[string]any
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"arn": arn + "f", "left": "3s", "ok": true, "id": r.RequestID, "same": true, "root": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A function that is too slow is reported at its deadline; its goroutine goes on, with
// an ended context, and what it returns then is ignored.
func TestTimeout(t *testing.T) {
	b := newBench(t)
	started, free, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	b.add("f", func(ctx context.Context) (string, error) {
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		close(started)
		<-child.Done()
		<-free
		ended <- child.Err()
		return "too late", nil
	}, nil)
	result := make(chan lambdahost.Result, 1)
	go func() { result <- b.invoke("f", "{}") }()
	b.until("the start", started)
	b.clock.Advance(3 * time.Second)
	r := <-result
	if want := `Error: Task timed out after 3.00 seconds`; !strings.Contains(string(r.Payload), want) || !strings.Contains(string(r.Payload), `"Sandbox.Timedout"`) {
		t.Errorf("%s", r.Payload)
	}
	close(free)
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context ended with %v", err)
	}
	if err := b.host.Close(context.Background()); err != nil {
		t.Errorf("Close waits for a zombie: %v", err)
	}
	if got := b.meter.Snapshot()["lambda.gb_seconds"]; got != 1.5 {
		t.Errorf("billed %v GB-seconds, want 1.5", got)
	}
}

func TestKill(t *testing.T) {
	b := newBench(t)
	b.add("f", func(ctx context.Context) error {
		inv := lambdahost.FromContext(ctx)
		inv.Kill()
		<-ctx.Done()
		if !lambdahost.FromContext(context.WithoutCancel(ctx)).Killed() {
			t.Error("a context that outlives the invocation does not know that it was killed")
		}
		return nil
	}, nil)
	if r := b.invoke("f", "{}"); !strings.Contains(string(r.Payload), "Runtime exited with error: signal: killed") || r.FunctionError == "" {
		t.Errorf("%s", r.Payload)
	}
}

// A caller that goes away does not end the invocation.
func TestCallerLeaves(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(context.Background())
	free, done := make(chan struct{}), make(chan struct{})
	b.add("f", func(ctx context.Context) {
		cancel()
		<-free
		if ctx.Err() != nil {
			t.Error("the invocation's context ended with its caller's")
		}
		close(done)
	}, nil)
	if _, err := b.host.Invoke(ctx, "f", nil, lambdahost.RequestResponse); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
	close(free)
	b.until("the end of the invocation", done)
}

func TestConcurrency(t *testing.T) {
	b := newBench(t)
	free, started := make(chan struct{}), make(chan struct{}, 2)
	b.add("f", func() { started <- struct{}{}; <-free }, func(f *lambdahost.Function) { f.ReservedConcurrency = 1 })
	done := make(chan lambdahost.Result, 1)
	go func() { done <- b.invoke("f", "{}") }()
	<-started
	_, err := b.host.Invoke(context.Background(), "f", nil, lambdahost.RequestResponse)
	if err == nil || !strings.Contains(err.Error(), "TooManyRequestsException") {
		t.Errorf("the second invocation: %v", err)
	}
	close(free)
	<-done
	if r := b.invoke("f", "{}"); r.FunctionError != "" {
		t.Error("the place was not given back")
	}
}

func TestLimits(t *testing.T) {
	b := newBench(t)
	b.add("f", func(string) (string, error) { return strings.Repeat("x", 6<<20), nil }, nil)
	if r := b.invoke("f", `""`); !strings.Contains(string(r.Payload), "Function.ResponseSizeTooLarge") {
		t.Errorf("a response over 6 MB: %.100s", r.Payload)
	}
	big := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	if _, err := b.host.Invoke(context.Background(), "f", big, lambdahost.Event); err == nil || !strings.Contains(err.Error(), "RequestTooLargeException") {
		t.Errorf("an event over 1 MiB: %v", err)
	}
	if _, err := b.host.Invoke(context.Background(), "none", nil, lambdahost.RequestResponse); err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("no function: %v", err)
	}
}

// aws-lambda-go's own handlers would mix up the responses of concurrent invocations.
func TestPooledHandlerIsRefused(t *testing.T) {
	b := newBench(t)
	err := b.host.Register(lambdahost.Function{Name: "f", Handler: lambda.NewHandler(func() {})})
	if err == nil || !strings.Contains(err.Error(), "not safe for concurrent") {
		t.Errorf("%v", err)
	}
}

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestWire(t *testing.T) {
	b := newBench(t)
	b.add("f", func(in map[string]int) (map[string]int, error) {
		if in["n"] == 0 {
			return nil, errors.New("zero")
		}
		return map[string]int{"n": in["n"] + 1}, nil
	}, nil)
	client := sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: inProcess{b.host}}, RetryMaxAttempts: 1,
	})
	ctx := context.Background()
	out, err := client.Invoke(ctx, &sdk.InvokeInput{FunctionName: aws.String(arn + "f"), Payload: []byte(`{"n":1}`)})
	if err != nil || string(out.Payload) != `{"n":2}` || out.StatusCode != 200 || out.FunctionError != nil {
		t.Errorf("%+v %v", out, err)
	}
	out, err = client.Invoke(ctx, &sdk.InvokeInput{FunctionName: aws.String("f"), Payload: []byte(`{}`)})
	if err != nil || aws.ToString(out.FunctionError) != "Unhandled" || !strings.Contains(string(out.Payload), "zero") {
		t.Errorf("%+v %v", out, err)
	}
	out, err = client.Invoke(ctx, &sdk.InvokeInput{FunctionName: aws.String("f"), InvocationType: types.InvocationTypeEvent, Payload: []byte(`{}`)})
	if err != nil || out.StatusCode != 202 {
		t.Errorf("%+v %v", out, err)
	}
	var missing *types.ResourceNotFoundException
	if _, err := client.Invoke(ctx, &sdk.InvokeInput{FunctionName: aws.String("none")}); !errors.As(err, &missing) {
		t.Errorf("%v, want ResourceNotFoundException", err)
	}
	if _, err := client.ListFunctions(ctx, &sdk.ListFunctionsInput{}); err == nil || !strings.Contains(err.Error(), "does not support") {
		t.Errorf("an unsupported operation: %v", err)
	}
}

func BenchmarkInvoke(b *testing.B) {
	store, err := kv.OpenPebble("")
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	h := lambdahost.New(lambdahost.Options{Store: store, Clock: clock.Real(), Meter: &meter.Meter{}})
	if err := h.Register(lambdahost.Function{Name: "f", ARN: arn + "f", Timeout: time.Second, MemoryMB: 128, ReservedConcurrency: -1, Handler: quick{}}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(context.Background(), "f", []byte("{}"), lambdahost.RequestResponse); err != nil {
			b.Fatal(err)
		}
	}
}

type quick struct{}

func (quick) Invoke(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil }

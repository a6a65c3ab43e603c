package stepfunctions

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

func TestHowFailuresOfLambdaAreNamed(t *testing.T) {
	for _, c := range []struct {
		name        string
		result      Result
		err         error
		error, in   string
		noLocalText bool
	}{
		{name: "the function's own error", result: Result{Payload: []byte(`{"errorType":"NodeError","errorMessage":"m"}`), FunctionError: "Unhandled"}, error: "NodeError", in: `{"errorType":"NodeError","errorMessage":"m"}`},
		{name: "a timeout", result: Result{Payload: []byte(`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: x Error: Task timed out after 3.00 seconds"}`), FunctionError: "Unhandled"}, error: "Sandbox.Timedout", in: "timed out"},
		{name: "a crash", result: Result{Payload: []byte(`{"errorType":"Runtime.ExitError","errorMessage":"m"}`), FunctionError: "Unhandled"}, error: "Runtime.ExitError", in: "m"},
		{name: "no error type", result: Result{Payload: []byte(`{"errorMessage":"m"}`), FunctionError: "Unhandled"}, error: "Lambda.Unknown", in: `Returned payload: {"errorMessage":"m"}`},
		{name: "no object", result: Result{Payload: []byte(`oops`), FunctionError: "Unhandled"}, error: "Lambda.Unknown", in: `Returned payload: oops`},
		{name: "throttled", err: &wire.Error{Status: 429, Type: "TooManyRequestsException", Message: "Rate Exceeded."}, error: "Lambda.TooManyRequestsException", in: "Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException;"},
		{name: "no function", err: &wire.Error{Status: 404, Type: "ResourceNotFoundException", Message: "Function not found: f"}, error: "Lambda.ResourceNotFoundException", in: "Function not found"},
		{name: "service error", err: &wire.Error{Status: 500, Type: "ServiceException", Message: "m"}, error: "Lambda.ServiceException", in: "m"},
		{name: "internal error", err: &wire.Error{Status: 500, Type: "InternalServerError", Message: "m"}, error: "Lambda.ServiceException", in: "m"},
		{name: "another code", err: &wire.Error{Status: 400, Type: "Weird", Message: "m"}, error: "Lambda.AWSLambdaException", in: "m"},
		{name: "no connection", err: errors.New("connection refused"), error: "Lambda.SdkClientException", in: "connection refused"},
		{name: "a name of its own", err: fmt.Errorf("wrapped: %w", &TaskError{Name: "Lambda.Unknown", Cause: "c"}), error: "Lambda.Unknown", in: "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := lambdaOutcome(c.result, c.err)
			if o.Kind != asl.Broke || o.Error != c.error || !strings.Contains(o.Cause, c.in) {
				t.Errorf("%+v", o)
			}
		})
	}
	if o := lambdaOutcome(Result{}, nil); o.Kind != asl.Done || string(o.Payload) != "null" {
		t.Errorf("an empty answer is %+v", o)
	}
}

func TestHowFailuresOfServicesAreNamed(t *testing.T) {
	for _, c := range []struct {
		service string
		err     error
		want    string
	}{
		{"dynamodb", wire.Errorf("ConditionalCheckFailedException", "m"), "DynamoDB.ConditionalCheckFailedException"},
		{"dynamodb", wire.Errorf("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "m"), "DynamoDB.ResourceNotFoundException"},
		{"dynamodb", wire.Errorf("ValidationException", "m"), "DynamoDB.AmazonDynamoDBException"},
		{"sqs", wire.Errorf("MissingParameter", "m"), "SQS.AmazonSQSException"},
		{"sqs", errors.New("no route"), "SQS.SdkClientException"},
	} {
		if o := serviceOutcome(&asl.TaskCall{Service: c.service}, nil, c.err); o.Error != c.want {
			t.Errorf("%v is %s, wanted %s", c.err, o.Error, c.want)
		}
	}
}

// caller records calls to other services.
type caller struct{ got []string }

func (c *caller) Call(_ context.Context, service, action string, params []byte) ([]byte, error) {
	c.got = append(c.got, service+" "+action+" "+string(params))
	if service == "dynamodb" {
		return nil, wire.Errorf("ConditionalCheckFailedException", "The conditional request failed")
	}
	return []byte(`{"MessageId":"m1"}`), nil
}

func TestCallsOfOtherServices(t *testing.T) {
	b := newBench(t, nil)
	c := &caller{}
	b.Caller = c
	b.started()
	arn := b.machine("m", true, `{"StartAt":"Q","States":{
		"Q":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":"u","MessageBody":{"a.$":"$.a"}},"ResultPath":"$.q","Next":"D"},
		"D":{"Type":"Task","Resource":"arn:aws:states:::dynamodb:updateItem","Parameters":{"TableName":"t","Key":{"id":{"S.$":"$.q.MessageId"}},"UpdateExpression":"SET x = :x"},
			"Catch":[{"ErrorEquals":["DynamoDB.ConditionalCheckFailedException"],"ResultPath":"$.e","Next":"E"}],"End":true},
		"E":{"Type":"Pass","Parameters":{"e.$":"$.e.Error","http.$":"$.q.SdkHttpMetadata.HttpStatusCode"},"End":true}}}`)
	b.start(arn, "", `{"a":1}`)
	if e := b.end(); string(e.Output) != `{"e":"DynamoDB.ConditionalCheckFailedException","http":200}` {
		t.Errorf("%+v %s", e, e.Output)
	}
	want := []string{`sqs sendMessage {"QueueUrl":"u","MessageBody":"{\"a\":1}"}`, `dynamodb updateItem {"TableName":"t","Key":{"id":{"S":"m1"}},"UpdateExpression":"SET x = :x"}`}
	if diff := cmp.Diff(want, c.got); diff != "" {
		t.Error(diff)
	}
}

func TestExpressNamesRepeatAndDuplicatesShareOne(t *testing.T) {
	b := newBench(t, nil)
	twice := false
	b.DuplicateStart = func() bool { return twice }
	b.started()
	b.function("f", func(p []byte) (Result, error) { return Result{Payload: p}, nil })
	arn := b.machine("m", true, oneTask)
	first, second := b.start(arn, "n", `{}`), b.start(arn, "n", `{}`)
	if first == second || !strings.HasPrefix(first, "arn:aws:states:us-east-1:000000000000:express:m:n:") {
		t.Errorf("%s and %s", first, second)
	}
	b.end()
	b.end()
	twice = true
	third := b.start(arn, "n", `{}`)
	if x, y := b.end(), b.end(); x.ExecutionARN != third || y.ExecutionARN != third {
		t.Errorf("the duplicate of %s is %s, %s", third, x.ExecutionARN, y.ExecutionARN)
	}
	if n := b.Meter.Snapshot()["states.express_requests"]; n != 3 {
		t.Errorf("%v requests", n)
	}
}

func TestExpressIsBilledByDurationAndMemory(t *testing.T) {
	b := newBench(t, nil).started()
	arn := b.machine("m", true, waiting)
	b.start(arn, "", `{}`)
	b.waitTimers(2)
	b.clock.Advance(60*time.Second + 30*time.Millisecond)
	b.end()
	got := b.Meter.Snapshot()
	if want := 60.1 * 64 / 1024; got["states.express_gb_seconds"] < want-1e-9 || got["states.express_gb_seconds"] > want+1e-9 || got["states.transitions"] != 0 {
		t.Errorf("%v", got)
	}
}

func TestCloseKeepsWhatItDidNotSend(t *testing.T) {
	store := newFragile(t)
	a := newBench(t, store).started()
	out, release := make(chan struct{}), make(chan struct{})
	a.function("one", func([]byte) (Result, error) { close(out); <-release; return Result{Payload: []byte(`1`)}, nil })
	arn := a.machine("m", true, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"one"},"Next":"B"},
		"B":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"two"},"OutputPath":"$.Payload","End":true}}}`)
	a.start(arn, "", `{}`)
	<-out
	closed := make(chan struct{})
	go func() { a.Close(); close(closed) }()
	a.until(func() bool { // it takes nothing any more
		_, err := a.StartExecution("no such machine", "", `{}`)
		return strings.Contains(err.Error(), "not running")
	})
	close(release)
	<-closed
	if _, err := a.StartExecution(arn, "", `{}`); err == nil {
		t.Error("a closed service started a run")
	}

	b := newBench(t, store.cut(99)) // all was committed, lazily
	b.function("two", func([]byte) (Result, error) { return Result{Payload: []byte(`2`)}, nil })
	b.started()
	if e := b.end(); e.Status != asl.Succeeded || string(e.Output) != `2` {
		t.Errorf("%+v %s: the task was reported as crashed although it was never sent", e, e.Output)
	}
}

func TestRunThatExpiredWhileTheProcessWasDown(t *testing.T) {
	store := newFragile(t)
	a := newBench(t, store).started()
	arn := a.machine("m", true, strings.Replace(waiting, "60", "100", 1))
	a.start(arn, "", `{}`)
	store = store.cut(99)
	b := newBench(t, store)
	b.clock.Advance(6 * time.Minute)
	b.started()
	if e := b.end(); e.Status != asl.TimedOut || e.Error != asl.ErrTimeout {
		t.Errorf("%+v", e)
	}
}

func TestStartThatCannotBeStoredIsRefused(t *testing.T) {
	store := newFragile(t)
	b := newBench(t, store).started()
	called := make(chan struct{}, 1)
	b.function("f", func([]byte) (Result, error) { called <- struct{}{}; return Result{}, nil })
	arn := b.machine("m", true, oneTask)
	store.cut(0)
	if _, err := b.StartExecution(arn, "", `{}`); err == nil || b.OpenRuns() != 0 {
		t.Fatalf("%v, %d runs are open", err, b.OpenRuns())
	}
	select {
	case <-called:
		t.Error("a task of a run that was not stored was called")
	default:
	}
}

func TestThousandsOfWaitingRunsCostNoGoroutines(t *testing.T) {
	b := newBench(t, nil).started()
	arn := b.machine("m", true, waiting)
	before := runtime.NumGoroutine()
	const n = 3000
	for range n {
		b.start(arn, "", `{}`)
	}
	if more := runtime.NumGoroutine() - before; more > 20 || b.OpenRuns() != n {
		t.Errorf("%d goroutines more for %d runs", more, b.OpenRuns())
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for range n {
			b.end()
		}
	}()
	b.waitTimers(2 * n)
	b.clock.Advance(time.Minute)
	wg.Wait()
	b.until(func() bool { b.timers.mu.Lock(); defer b.timers.mu.Unlock(); return b.timers.heap.Len() == 0 })
	if b.OpenRuns() != 0 {
		t.Errorf("%d runs are open", b.OpenRuns())
	}
}

func TestManyRunsAtOnce(t *testing.T) {
	b := newBench(t, nil).started()
	b.function("advance", func(p []byte) (Result, error) {
		if strings.Contains(string(p), "results") {
			return Result{Payload: []byte(`{"do":"stop"}`)}, nil
		}
		return Result{Payload: []byte(`{"do":"run","nodes":["a","b","c"]}`)}, nil
	})
	b.function("node", func(p []byte) (Result, error) { return Result{Payload: p}, nil })
	arn := b.machine("m", true, fanOut)
	const clients, each = 8, 50
	for range clients {
		go func() {
			for range each {
				if _, err := b.StartExecution(arn, "", `{}`); err != nil {
					b.t.Error(err)
				}
			}
		}()
	}
	for range clients * each {
		if e := b.end(); e.Status != asl.Succeeded || string(e.Output) != `{"do":"stop"}` {
			t.Fatalf("%+v %s", e, e.Output)
		}
	}
}

func TestStoredRunThatCannotGoOnHindersNobody(t *testing.T) {
	store := newFragile(t)
	a := newBench(t, store).started()
	arn := a.machine("m", true, waiting)
	a.start(arn, "good", `{}`)
	bad := &startRecord{machine: arn, revision: "none", arn: "x", name: "bad", at: epoch, express: true, input: "{}"}
	l := newLive(bad, a.machineNamed(arn), a.machineNamed(arn).compiled, nil)
	l.key = keyExpress + "00000000000000000000"
	l.slot = l.key
	if _, err := a.launch(l); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, store.cut(99))
	b.clock.Advance(time.Minute)
	b.started()
	if e := b.end(); e.Name != "good" || e.Status != asl.Succeeded {
		t.Errorf("%+v", e)
	}
}

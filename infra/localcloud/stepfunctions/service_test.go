package stepfunctions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// bench is a service with functions written in the test.
type bench struct {
	*Service
	t     testing.TB
	clock *clock.Manual
	ends  chan RunEnd

	mu        sync.Mutex
	functions map[string]func(payload []byte) (Result, error)
}

var epoch = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func newBench(t testing.TB, store kv.Store) *bench {
	b := &bench{t: t, clock: clock.NewManual(epoch), ends: make(chan RunEnd, 1000), functions: map[string]func([]byte) (Result, error){}}
	if store == nil {
		s, err := kv.OpenPebble("")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		store = s
	}
	b.Service = New(Options{Store: store, Clock: b.clock, Invoker: b, OnEnd: func(e RunEnd) { b.ends <- e }})
	return b
}

func (b *bench) started() *bench {
	if err := b.Start(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(b.Close)
	return b
}

func (b *bench) Invoke(_ context.Context, function string, payload []byte) (Result, error) {
	b.mu.Lock()
	f := b.functions[function]
	b.mu.Unlock()
	if f == nil {
		return Result{}, fmt.Errorf("no function %s", function)
	}
	return f(payload)
}

func (b *bench) function(name string, f func(payload []byte) (Result, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.functions[name] = f
}

func (b *bench) machine(name string, express bool, definition string) string {
	b.t.Helper()
	arn, err := b.CreateStateMachine(MachineSpec{Name: name, Definition: definition, Express: express})
	if err != nil {
		b.t.Fatal(err)
	}
	return arn
}

func (b *bench) start(arn, name, input string) string {
	b.t.Helper()
	exec, err := b.StartExecution(arn, name, input)
	if err != nil {
		b.t.Fatal(err)
	}
	return exec
}

func (b *bench) end() RunEnd {
	b.t.Helper()
	select {
	case e := <-b.ends:
		return e
	case <-clock.Real().After(clocktest.Hang):
		b.t.Fatal("no run ended")
		return RunEnd{}
	}
}

// call makes an API call and returns the answer.
func (b *bench) call(op string, in any) (int, map[string]any) {
	b.t.Helper()
	body, _ := json.Marshal(in)
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+op)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	out := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		b.t.Fatalf("%s: %v: %s", op, err, w.Body)
	}
	return w.Code, out
}

const oneTask = `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
	"Parameters":{"FunctionName":"f","Payload.$":"$"},"ResultSelector":{"r.$":"$.Payload"},"End":true}}}`

func TestExpressRunOfOneTask(t *testing.T) {
	b := newBench(t, nil).started()
	b.function("f", func(p []byte) (Result, error) { return Result{Payload: []byte(`{"got":` + string(p) + `}`)}, nil })
	arn := b.machine("m", true, oneTask)
	b.start(arn, "", `{"a":1}`)
	if e := b.end(); string(e.Output) != `{"r":{"got":{"a":1}}}` {
		t.Fatalf("%+v %s", e, e.Output)
	}
}

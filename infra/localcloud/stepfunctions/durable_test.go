package stepfunctions

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

const fanOut = `{"StartAt":"Advance","States":{
 "Advance":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"advance","Payload.$":"$"},"OutputPath":"$.Payload","Next":"What",
   "Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.crash","Next":"Advance"}]},
 "What":{"Type":"Choice","Choices":[
   {"Variable":"$.do","StringEquals":"run","Next":"Nodes"},
   {"Variable":"$.do","StringEquals":"wait","Next":"Pause"}],"Default":"Finished"},
 "Nodes":{"Type":"Map","ItemsPath":"$.nodes","ItemSelector":{"id.$":"$$.Map.Item.Value","n.$":"$$.Map.Item.Index"},"ResultPath":"$.results","Next":"Advance",
   "ItemProcessor":{"StartAt":"Node","States":{"Node":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
      "Parameters":{"FunctionName":"node","Payload.$":"$"},"ResultSelector":{"out.$":"$.Payload"},
      "Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Next":"Broken"}],"End":true},
      "Broken":{"Type":"Pass","End":true}}}},
 "Pause":{"Type":"Wait","SecondsPath":"$.seconds","Next":"Advance"},
 "Finished":{"Type":"Succeed"}}}`

func TestMachineOfTheWholeKindRuns(t *testing.T) {
	b := newBench(t, nil).started()
	var calls atomic.Int32
	b.function("advance", func(p []byte) (Result, error) {
		switch calls.Add(1) {
		case 1:
			return Result{Payload: []byte(`{"do":"run","nodes":["a","b"]}`)}, nil
		case 2:
			return Result{Payload: []byte(`{"do":"wait","seconds":30,"seen":` + string(p) + `}`)}, nil
		}
		return Result{Payload: p}, nil
	})
	b.function("node", func(p []byte) (Result, error) {
		if strings.Contains(string(p), `"b"`) {
			return Result{Payload: []byte(`{"errorType":"Boom","errorMessage":"no"}`), FunctionError: "Unhandled"}, nil
		}
		return Result{Payload: p}, nil
	})
	arn := b.machine("m", true, fanOut)
	b.start(arn, "", `{}`)
	b.waitTimers(2)
	b.clock.Advance(30 * time.Second)
	// the third answer still says wait
	b.waitTimers(2)
	b.function("advance", func([]byte) (Result, error) { return Result{Payload: []byte(`{"do":"stop"}`)}, nil })
	b.clock.Advance(30 * time.Second)
	if e := b.end(); string(e.Output) != `{"do":"stop"}` {
		t.Fatalf("%+v %s", e, e.Output)
	}
}

// waitTimers waits until the service has n timers.
func (b *bench) waitTimers(n int) {
	b.t.Helper()
	b.until(func() bool {
		b.timers.mu.Lock()
		defer b.timers.mu.Unlock()
		return b.timers.heap.Len() == n && !b.timers.armed.IsZero()
	})
}

// until waits for a condition.
func (b *bench) until(cond func() bool) {
	b.t.Helper()
	tick := clock.Real().NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := clock.Real().After(clocktest.Hang)
	for !cond() {
		select {
		case <-tick.Chan():
		case <-limit:
			b.t.Fatal("the condition did not come true")
		}
	}
}

func TestWaitGoesOnAfterTheProcessDied(t *testing.T) {
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	a := newBench(t, store).started()
	arn := a.machine("m", true, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}`)
	exec := a.start(arn, "x", `{"a":1}`)
	a.Close()

	b := newBench(t, store)
	b.clock.Advance(90 * time.Second)
	b.started()
	if e := b.end(); e.ExecutionARN != exec || string(e.Output) != `{"a":1}` {
		t.Fatalf("%+v %s", e, e.Output)
	}
	if n := b.OpenRuns(); n != 0 {
		t.Fatalf("%d runs are open", n)
	}
}

func TestTaskThatWasOutIsReportedAsCrashed(t *testing.T) {
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	a := newBench(t, store)
	a.CloseGrace = time.Millisecond
	a.started()
	out := make(chan struct{})
	forever := make(chan struct{})
	defer close(forever)
	a.function("f", func([]byte) (Result, error) { close(out); <-forever; return Result{}, nil })
	arn := a.machine("m", true, `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","End":true,
	  "Catch":[{"ErrorEquals":["Runtime.ExitError"],"Next":"C"}]},"C":{"Type":"Pass","Parameters":{"e.$":"$.Error"},"End":true}}}`)
	a.function("arn:aws:lambda:us-east-1:000000000000:function:f", a.functions["f"])
	a.start(arn, "", `{}`)
	<-out
	a.Close()
	b := newBench(t, store).started()
	if e := b.end(); string(e.Output) != `{"e":"Runtime.ExitError"}` {
		t.Fatalf("%+v %s", e, e.Output)
	}
}

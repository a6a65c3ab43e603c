package scenario

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// timed is a workflow that may take some seconds, and calls before and after a wait.
func timed(limit, wait int) string {
	return fmt.Sprintf(`{"name":"Timed","settings":{"executionOrder":"v1","executionTimeout":%d},"nodes":[
		{"id":"1","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
		{"id":"2","name":"Before","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[1,0],"parameters":{"url":"http://ADDR/before","options":{}}},
		{"id":"3","name":"Wait","type":"n8n-nodes-base.wait","typeVersion":1.1,"position":[2,0],"parameters":{"amount":%d,"unit":"seconds"}},
		{"id":"4","name":"After","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[3,0],"parameters":{"url":"http://ADDR/after","options":{}}}],
		"connections":{"Start":{"main":[[{"node":"Before","type":"main","index":0}]]},"Before":{"main":[[{"node":"Wait","type":"main","index":0}]]},
		"Wait":{"main":[[{"node":"After","type":"main","index":0}]]}}}`, limit, wait)
}

// TestARunEndsWhenItsTimeIsUp: by the workflow's executionTimeout, in a short wait
// and in one that suspends the run; nothing of it starts afterwards, its slot is
// free, and somebody may let it go on.
func TestARunEndsWhenItsTimeIsUp(t *testing.T) {
	for name, wait := range map[string]int{"a short wait": 55, "suspended": 7200} {
		t.Run(name, func(t *testing.T) {
			w := setup(t, nil)
			began := w.clock.Now()
			job := w.start(t, timed(40, wait))
			j := w.await(t, job, "failed")
			if j.Error == nil || j.Error.Code != "EXECUTION_TIMEOUT" {
				t.Errorf("it failed by %+v", j.Error)
			}
			if took := w.clock.Since(began); took < 40*time.Second {
				t.Errorf("it was ended after %s of 40 s", took)
			}
			if w.counter.Calls("/before") != 1 || w.counter.Calls("/after") != 0 {
				t.Errorf("calls: %v", w.counter.All())
			}
			var usage struct{ SlotsInUse int }
			if err := w.Call(w.ctx, http.MethodGet, "/api/usage", nil, &usage); err != nil || usage.SlotsInUse != 0 {
				t.Errorf("%d slots are in use (%v)", usage.SlotsInUse, err)
			}
			if wait > 60 {
				return
			}
			// The wait is over by now or soon, and a resume has the whole time again.
			if err := w.Call(w.ctx, http.MethodPost, "/api/executions/"+job+"/resume", nil, nil); err != nil {
				t.Fatal(err)
			}
			w.await(t, job, "completed")
			if w.counter.Calls("/before") != 1 || w.counter.Calls("/after") != 1 {
				t.Errorf("after the resume: %v", w.counter.All())
			}
		})
	}
}

// TestARunWithinItsTimeIsNotEnded: the limit counts the run alone, not what it
// waited for its slot.
func TestARunWithinItsTimeIsNotEnded(t *testing.T) {
	w := setup(t, nil)
	w.await(t, w.start(t, timed(600, 61)), "completed")
	if w.counter.Calls("/after") != 1 {
		t.Errorf("%v", w.counter.All())
	}
}

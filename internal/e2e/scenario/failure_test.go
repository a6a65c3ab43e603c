package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// TestPartialFailureResumesWhereItFailed is issue 3's sixth point, word by word.
func TestPartialFailureResumesWhereItFailed(t *testing.T) {
	w := setup(t, nil)
	slow := openai.Fault{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", RetryAfter: "1"}
	w.ai.Push(slow, slow, slow)
	job := w.start(t, chain("Fetch"+fmt.Sprintf(get, "one"), "Ask"+chat, "Store"+fmt.Sprintf(get, "three"), "End"+noop))
	j := w.await(t, job, "failed")
	if j.FailedAt != "Ask" || j.Error == nil || j.Error.Code != "UPSTREAM_RATE_LIMITED" || j.Error.Message == "" {
		t.Errorf("failed at %q with %+v; want Ask, rate limited, with a message", j.FailedAt, j.Error)
	}
	if n := len(w.ai.Calls()); n != 3 {
		t.Errorf("the model was asked %d times, want 3 attempts", n)
	}
	states := w.nodeStates(t, job)
	if states["Fetch"] != "completed" || states["Ask"] != "failed" || states["Store"] != "" && states["Store"] != "pending" {
		t.Errorf("the nodes are %v", states)
	}
	if err := w.Call(w.ctx, http.MethodPost, "/api/executions/"+job+"/resume", map[string]any{}, nil); err != nil {
		t.Fatal(err)
	}
	w.await(t, job, "completed")
	if one, three := w.counter.Calls("/one"), w.counter.Calls("/three"); one != 1 || three != 1 {
		t.Errorf("node 1's server was called %d times, node 3's %d times; want once each", one, three)
	}
}

func TestCancelStopsAfterTheNodeThatRuns(t *testing.T) {
	started, release := make(chan bool, 1), make(chan bool)
	w := setup(t, func(path string, _ int, rw http.ResponseWriter) {
		if path == "/slow" {
			started <- true
			<-release
		}
		fmt.Fprint(rw, `{}`)
	})
	job := w.start(t, chain("Slow"+fmt.Sprintf(get, "slow"), "Next"+fmt.Sprintf(get, "next")))
	<-started
	if err := w.Call(w.ctx, http.MethodPost, "/api/executions/"+job+"/cancel", nil, nil); err != nil {
		t.Fatal(err)
	}
	close(release)
	w.await(t, job, "cancelled")
	if n := w.counter.Calls("/next"); n != 0 {
		t.Errorf("a node started after the cancel: %d calls", n)
	}
	a, err := w.Do(w.ctx, http.MethodPost, "/api/executions/"+job+"/cancel", nil)
	if err != nil || a.Status != http.StatusConflict {
		t.Errorf("cancelling again gives %d (%v), want 409", a.Status, err)
	}
}

func TestUnknownOutcomeOfAPaymentAsksForADecision(t *testing.T) {
	w := setup(t, func(path string, n int, rw http.ResponseWriter) {
		if path == "/pay" && n == 1 {
			conn, _, err := http.NewResponseController(rw).Hijack()
			if err == nil {
				conn.Close() // received, but never answered
			}
			return
		}
		fmt.Fprint(rw, `{}`)
	})
	job := w.start(t, chain("Pay"+fmt.Sprintf(post, "pay"), "Thank"+fmt.Sprintf(get, "thank")))
	j := w.await(t, job, "failed")
	if j.Error == nil || j.Error.Code != "NODE_OUTCOME_UNKNOWN" || w.counter.Calls("/pay") != 1 {
		t.Fatalf("%+v after %d calls; want an unknown outcome after one", j.Error, w.counter.Calls("/pay"))
	}
	if a, err := w.Do(w.ctx, http.MethodPost, "/api/executions/"+job+"/resume", map[string]any{}); err != nil || a.Status != http.StatusConflict {
		t.Fatalf("resume without a decision gives %d (%v)", a.Status, err)
	}
	if err := w.Call(w.ctx, http.MethodPost, "/api/executions/"+job+"/resume", map[string]any{"unknownOutcome": "skip"}, nil); err != nil {
		t.Fatal(err)
	}
	w.await(t, job, "completed")
	if w.counter.Calls("/pay") != 1 || w.counter.Calls("/thank") != 1 {
		t.Errorf("calls: %v; want one of each", w.counter.All())
	}
}

// TestFiftyRunsOfAFreeTenantRunOneAtATime holds the limit exactly.
func TestFiftyRunsOfAFreeTenantRunOneAtATime(t *testing.T) {
	running, most := make(chan struct{}, 100), 0
	w := setup(t, func(_ string, _ int, rw http.ResponseWriter) {
		running <- struct{}{}
		most = max(most, len(running)) // one at a time, or the race detector speaks
		clock.Real().Sleep(time.Millisecond)
		<-running
		fmt.Fprint(rw, `{}`)
	})
	w.Client = w.as(w.keys.Tenants["dev-free"])
	id, err := w.Create(w.ctx, []byte(strings.ReplaceAll(chain("Call"+fmt.Sprintf(get, "call")), "ADDR", w.counter.Addr)))
	if err != nil {
		t.Fatal(err)
	}
	jobs := make([]string, 50)
	for i := range jobs {
		if jobs[i], err = w.Run(w.ctx, id, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, job := range jobs {
		w.await(t, job, "completed")
	}
	if most != 1 || w.counter.Calls("/call") != 50 {
		t.Errorf("%d ran at one time, %d calls in all; want 1 and 50", most, w.counter.Calls("/call"))
	}
}

func TestWaitSuspendsAndWakes(t *testing.T) {
	w := setup(t, nil)
	job := w.start(t, chain("Pause"+`|n8n-nodes-base.wait|1.1|{"amount":90,"unit":"seconds"}`, "Then"+fmt.Sprintf(get, "then")))
	if _, err := w.Await(w.ctx, job, func(j platform.Job) bool { return j.Status == "waiting" || j.Ended() }); err != nil {
		t.Fatal(err)
	}
	w.await(t, job, "completed")
	if n := w.counter.Calls("/then"); n != 1 {
		t.Errorf("the node after the wait made %d calls, want 1", n)
	}
}

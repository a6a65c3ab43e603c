package drift

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
)

// handOver is how much of a machine run advance leaves for itself: with less than
// 90 s left it hands over.
const handOver = 90 * time.Second

// skew is how far two clocks may be apart.
const skew = 30 * time.Second

func function(t *testing.T, name string) samtemplate.Function {
	t.Helper()
	for _, f := range stack(t).Functions {
		if folder(f) == name {
			return f
		}
	}
	t.Fatalf("the template has no function %s", name)
	return samtemplate.Function{}
}

func TestAdvanceHandsOverAsEarlyAsThisFileBelieves(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "execution", "advance.go"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "const handOverBefore = 90 * time.Second"; !strings.Contains(string(text), want) {
		t.Errorf("internal/execution/advance.go has no %q: change handOver here with it", want)
	}
}

func TestNodeFunctionsMayTakeAsLongAsTheEngineBelieves(t *testing.T) {
	for _, f := range stack(t).Functions {
		if strings.HasPrefix(folder(f), "node-") && f.Timeout != execution.LongestTask {
			t.Errorf("%s has a timeout of %v; execution.LongestTask is %v", f.LogicalID, f.Timeout, execution.LongestTask)
		}
	}
}

func TestALeaseOutlivesWhatRunsUnderIt(t *testing.T) {
	longest := time.Duration(0)
	for _, f := range stack(t).Functions {
		if folder(f) == "advance" || strings.HasPrefix(folder(f), "node-") {
			longest = max(longest, f.Timeout)
		}
	}
	// A machine run may start an invocation in its last second.
	if least := execution.MachineLife + longest + skew; admission.LeaseTime < least {
		t.Errorf("a lease holds for %v; a machine run, the longest function and the clocks' skew make %v", admission.LeaseTime, least)
	}
}

func TestMachineRunsAreExpress(t *testing.T) {
	for _, m := range stack(t).StateMachines {
		if m.Type != "EXPRESS" {
			t.Errorf("%s is %s; execution.MachineLife holds for Express", m.LogicalID, m.Type)
		}
	}
}

func TestTimeoutsFitWhatCallsTheFunctions(t *testing.T) {
	for name, limit := range map[string]time.Duration{
		"advance":   handOver,         // decides with that much of the machine run left
		"api":       29 * time.Second, // an HTTP API waits 30 s
		"webhook":   29 * time.Second,
		"authorize": 10 * time.Second, // an authorizer's own limit
		"admit":     time.Minute,      // a batch of messages; its queues' visibility follows
		"sweep":     time.Minute,      // comes every minute
		"live":      29 * time.Second, // a WebSocket API waits 29 s
	} {
		if f := function(t, name); f.Timeout > limit {
			t.Errorf("%s may take %v; it must end within %v", f.LogicalID, f.Timeout, limit)
		}
	}
}

func TestRoutesWaitAsLongAsTheirFunctions(t *testing.T) {
	s := stack(t)
	timeouts := map[string]time.Duration{}
	for _, f := range s.Functions {
		timeouts[f.ARN] = f.Timeout
	}
	for _, api := range s.HTTPAPIs {
		if len(api.Routes) == 0 {
			t.Errorf("%s has no routes", api.LogicalID)
		}
		for _, r := range api.Routes {
			if r.Timeout != timeouts[r.FunctionARN] {
				t.Errorf("the route %q waits %v for a function that may take %v", r.Key, r.Timeout, timeouts[r.FunctionARN])
			}
			open := r.Key == "GET /healthz" || r.Key == "GET /api/openapi.json" || r.Key == "GET /api/oauth2/callback" || strings.Contains(r.Key, " /hooks/") ||
				r.Key == "GET /" || r.Key == "GET /{proxy+}" // the console's page
			if (r.Authorizer == "") != open {
				t.Errorf("the route %q has the authorizer %q", r.Key, r.Authorizer)
			}
		}
		for _, a := range api.Authorizers {
			if a.TTL > 5*time.Second {
				t.Errorf("the answers of authorizer %s are kept for %v; a revoked key must end within 5 s", a.Name, a.TTL)
			}
		}
	}
}

// TestPlansComeInTheirOrder: the event source of a higher plan may run more
// batches at a time, and none may starve: below 2 SQS does not go.
func TestPlansComeInTheirOrder(t *testing.T) {
	s := stack(t)
	most := map[string]int{}
	for _, e := range s.EventSources {
		for _, q := range s.Queues {
			if q.ARN == e.SourceARN {
				most[q.LogicalID] = e.MaximumConcurrency
				if !e.ReportsItems {
					t.Errorf("the event source of %s does not report single messages: one that fails would bring back all", q.LogicalID)
				}
			}
		}
	}
	free, pro, enterprise := most["FreeQueue"], most["ProQueue"], most["EnterpriseQueue"]
	if free < 2 || pro <= free || enterprise <= pro || len(most) != 3 {
		t.Errorf("MaximumConcurrency must rise from FREE (at least 2) over PRO to ENTERPRISE: %v", most)
	}
}

// TestOnlyTheLoopMayRecur: admit sends to the queues that call it, and advance
// starts what calls it; both bound that by hops of their own.
func TestOnlyTheLoopMayRecur(t *testing.T) {
	for _, f := range stack(t).Functions {
		want := folder(f) == "admit" || folder(f) == "advance"
		if f.AllowRecursion != want {
			t.Errorf("%s: RecursiveLoop: Allow is %v, must be %v", f.LogicalID, f.AllowRecursion, want)
		}
	}
}

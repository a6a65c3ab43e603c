package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)

// record runs fn against a recorder and returns the lines it wrote.
func record(t *testing.T, fn func(r *Recorder)) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	c := clock.NewManual(start)
	fn(New(NewJSONHandler(&out, c, slog.LevelInfo), c, ""))
	var got []map[string]any
	for line := range strings.Lines(out.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("line is not JSON: %v\n%s", err, line)
		}
		got = append(got, m)
	}
	return got
}

func nodeEvent() execution.NodeEvent {
	return execution.NodeEvent{
		Ref: execution.Ref{Tenant: "ten_1", ID: "exe_1"}, WorkflowID: "wf_1",
		NodeID: "n1", NodeName: "Ask", NodeType: "openAi", Attempt: 2, Duration: 1500 * time.Microsecond,
		InputSize: 10, OutputSize: 20, CostMicro: 1_250_001,
		Usage: &workflow.TokenUsage{Model: "m", Prompt: 3, Completion: 4, Total: 7},
	}
}

func executionEvent(h execution.Happening) execution.ExecutionEvent {
	return execution.ExecutionEvent{
		Happening: h, Ref: execution.Ref{Tenant: "ten_1", ID: "exe_1"}, WorkflowID: "wf_1",
		Plan: tenant.Pro, Generation: 3, Queued: time.Second, Duration: 2 * time.Second, CostMicro: 5,
	}
}

// The names are those that the contract promises to readers of the logs.
func TestEventsHaveEveryFieldOfTheContract(t *testing.T) {
	executed := []string{"tenantId", "workflowId", "executionId", "nodeId", "nodeType", "durationMs", "tokenUsage",
		"inputSize", "outputSize", "success", "attempt", "costUsd"}
	life := []string{"tenantId", "workflowId", "executionId", "plan", "generation", "queuedMs", "durationMs", "costUsd"}
	failure := &execution.Failure{Node: "Ask", NodeID: "n1", Code: fault.CodeUpstream, Message: "no answer"}

	cases := map[string]struct {
		emit   func(r *Recorder)
		fields []string
	}{
		"workflow.node.executed": {func(r *Recorder) { r.Node(nodeEvent()) }, executed},
		"workflow.node.failed": {func(r *Recorder) {
			e := nodeEvent()
			e.Failure, e.WillRetry = failure, true
			r.Node(e)
		}, append([]string{"error", "errorCode", "willRetry"}, executed...)},
	}
	for _, h := range []string{"queued", "started", "waiting", "resumed", "completed", "failed", "cancelled"} {
		cases["workflow.execution."+h] = struct {
			emit   func(r *Recorder)
			fields []string
		}{func(r *Recorder) {
			e := executionEvent(execution.Happening(h))
			if h == "failed" {
				e.Failure = failure
			}
			r.Execution(e)
		}, life}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			lines := record(t, c.emit)
			if len(lines) != 1 || lines[0]["msg"] != name {
				t.Fatalf("want one line %q, got %v", name, lines)
			}
			for _, f := range append([]string{"timestamp", "level"}, c.fields...) {
				if _, ok := lines[0][f]; !ok {
					t.Errorf("%s lacks %s", name, f)
				}
			}
			checkMetrics(t, lines[0])
		})
	}
}

// checkMetrics holds a line's metrics to what CloudWatch requires: each metric is
// a number of the line, each dimension a text of it, and none is the tenant.
func checkMetrics(t *testing.T, line map[string]any) {
	t.Helper()
	meta, ok := line[metricKey].(map[string]any)
	if !ok {
		return
	}
	if meta["Timestamp"] != float64(start.UnixMilli()) {
		t.Errorf("metric timestamp %v", meta["Timestamp"])
	}
	for _, d := range meta["CloudWatchMetrics"].([]any) {
		set := d.(map[string]any)
		for _, dims := range set["Dimensions"].([]any) {
			for _, k := range dims.([]any) {
				if _, ok := line[k.(string)].(string); !ok || slices.Contains([]string{"tenantId", "executionId", "workflowId"}, k.(string)) {
					t.Errorf("dimension %v is not usable", k)
				}
			}
		}
		for _, m := range set["Metrics"].([]any) {
			name := m.(map[string]any)["Name"].(string)
			if _, ok := line[name].(float64); !ok {
				t.Errorf("metric %s has no number", name)
			}
		}
	}
}

func TestNodeLineIsExact(t *testing.T) {
	got := record(t, func(r *Recorder) { r.Node(nodeEvent()) })[0]
	want := map[string]any{
		"timestamp": "2026-03-01T12:00:00.250Z", "level": "INFO", "msg": "workflow.node.executed",
		"tenantId": "ten_1", "workflowId": "wf_1", "executionId": "exe_1", "nodeId": "n1", "nodeName": "Ask", "nodeType": "openAi",
		"runIndex": 0.0, "attempt": 2.0, "durationMs": 1.5, "tokens": 7.0, "inputSize": 10.0, "outputSize": 20.0,
		"tokenUsage": map[string]any{"prompt": 3.0, "completion": 4.0, "total": 7.0},
		"success":    true, "costUsd": 1.250001,
	}
	delete(got, metricKey)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFailedExecutionCountsItsCode(t *testing.T) {
	e := executionEvent(execution.EventFailed)
	e.Failure = &execution.Failure{Code: fault.CodeCode, Message: "x is not defined"}
	line := record(t, func(r *Recorder) { r.Execution(e) })[0]
	if line["failures"] != 1.0 || line["runs"] != 1.0 || line["errorCode"] != "CODE_ERROR" || line["level"] != "WARN" {
		t.Errorf("got %v", line)
	}
}

func TestSecretsNeverReachTheLog(t *testing.T) {
	secrets := []string{
		"alk_key_01ARZ3NDEKTSV4RRFFQ69G5FAV_abcDEF123456", "sk-proj-abcdefghijklmnopqrst",
		"Bearer abcdefghijklmnop1234", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
		"xoxb-123456789012-abcdef", "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
	}
	for _, s := range secrets {
		var out bytes.Buffer
		c := clock.NewManual(start)
		log := New(NewJSONHandler(&out, c, slog.LevelInfo), c, "").Logger()
		log.Error("failed with "+s, "err", errors.New("because "+s), "text", s, "nested", map[string]string{"k": s},
			slog.Group("g", "inner", s))
		log.With("bound", s).Info("again")
		if strings.Contains(out.String(), s[6:]) {
			t.Errorf("%q leaks:\n%s", s, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %s", line)
			}
		}
	}
	if got := Redact("postgres://joe:hunter2@db:5432/x"); strings.Contains(got, "hunter2") {
		t.Errorf("password of a URL leaks: %s", got)
	}
	if got := Redact(strings.Repeat("é", 5000)); len(got) > maxText+8 {
		t.Errorf("long text kept: %d bytes", len(got))
	}
}

func TestLoggerKeepsGroupsAndAttributes(t *testing.T) {
	line := record(t, func(r *Recorder) {
		r.Logger().With("function", "api").WithGroup("http").Info("served", "status", 200,
			slog.Group("peer", "ip", "10.0.0.1"), "took", time.Second, "at", start, "ok", true, "n", uint64(3), "f", 1.5)
	})[0]
	want := map[string]any{
		"timestamp": "2026-03-01T12:00:00.250Z", "level": "INFO", "msg": "served", "function": "api",
		"http.status": 200.0, "http.peer": map[string]any{"ip": "10.0.0.1"}, "http.took": "1s",
		"http.at": "2026-03-01T12:00:00.250Z", "http.ok": true, "http.n": 3.0, "http.f": 1.5,
	}
	if d := cmp.Diff(want, line); d != "" {
		t.Error(d)
	}
}

func TestPlatformEventsCarryMetrics(t *testing.T) {
	lines := record(t, func(r *Recorder) {
		r.Slots(tenant.Free, 1, 2, 12.5)
		r.Repaired("lease", 3)
		r.Repaired("lease", 0)
		r.ColdStart("api", time.Second)
	})
	if len(lines) != 3 {
		t.Fatalf("got %d lines", len(lines))
	}
	for _, l := range lines {
		if l[metricKey] == nil {
			t.Errorf("no metrics on %v", l["msg"])
		}
		checkMetrics(t, l)
	}
}

func BenchmarkNode(b *testing.B) {
	c := clock.Real()
	r := New(NewJSONHandler(discard{}, c, slog.LevelInfo), c, "")
	e := nodeEvent()
	b.ReportAllocs()
	for b.Loop() {
		r.Node(e)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

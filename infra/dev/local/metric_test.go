package local

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/cloudwatch"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	cloudmeter "github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/telemetry"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// counted is what CloudWatch keeps of everything that say says, told by the
// handler that of makes for it.
func counted(t *testing.T, of func(*cloudwatch.Service, clock.Clock) slog.Handler, say func(*telemetry.Recorder)) map[string]string {
	t.Helper()
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC))
	s, err := cloudwatch.New(cloudwatch.Options{Store: store, Clock: c, Meter: &cloudmeter.Meter{}, Failed: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	say(telemetry.New(of(s, c), c, "AutomateLanka/x"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	if err := store.Scan(nil, nil, false, func(key, value []byte) bool {
		kept[string(key)] = string(value)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return kept
}

// everything says each event in each of its forms.
func everything(r *telemetry.Recorder) {
	ref := execution.Ref{Tenant: "ten_1", ID: "exe_1"}
	failure := &execution.Failure{Node: "Ask", NodeID: "n1", Code: "TIMEOUT", Message: "too late"}
	for i := range 5 {
		n := execution.NodeEvent{
			Ref: ref, NodeName: "Ask", NodeType: "n8n-nodes-base.set", Attempt: 1, CostMicro: int64(i) * 1_234_567,
			Duration: time.Duration(i) * 1_234_567 * time.Nanosecond, Usage: &workflow.TokenUsage{Prompt: 1, Completion: int64(i), Total: int64(i) + 1},
		}
		r.Node(n)
		n.NodeType, n.Usage = "alk_ABCDEFGHIJKLMNOP", nil // a name that looks like a key
		r.Node(n)
		n.Failure, n.WillRetry = failure, i < 4
		r.Node(n)
	}
	for _, h := range []execution.Happening{
		execution.EventQueued, execution.EventStarted, execution.EventWaiting, execution.EventResumed,
		execution.EventCompleted, execution.EventFailed, execution.EventCancelled,
	} {
		e := execution.ExecutionEvent{Happening: h, Ref: ref, Plan: tenant.Pro, Queued: 7 * time.Millisecond, Duration: 3 * time.Second, CostMicro: 5}
		r.Execution(e)
		e.Failure = failure
		r.Execution(e)
	}
	r.Slots(tenant.Free, 1, 2, 12.5)
	r.Repaired("lease", 3)
	r.ColdStart("api", 1500*time.Millisecond)
	r.Logger().Info("no metrics", "durationMs", 5)
}

func TestMetricsCountedAreThoseThatCloudWatchReadsInTheLines(t *testing.T) {
	lines := counted(t, func(s *cloudwatch.Service, c clock.Clock) slog.Handler {
		return telemetry.NewJSONHandler(s, c, slog.LevelInfo)
	}, everything)
	direct := counted(t, func(s *cloudwatch.Service, _ clock.Clock) slog.Handler { return meter(s.Put) }, everything)
	if d := cmp.Diff(lines, direct); d != "" {
		t.Error(d)
	}
	names := map[telemetry.Metric]bool{}
	record := telemetry.NewMeter(slog.LevelInfo, func(found []telemetry.Measured) {
		for _, m := range found {
			names[m.Metric] = true
		}
	})
	everything(telemetry.New(record, clock.Real(), "AutomateLanka/x"))
	for _, m := range telemetry.Metrics() {
		if !names[m] {
			t.Errorf("%v was never counted: the comparison leaves it out", m)
		}
	}
}

func TestRecordsWithoutValuesOfTheirMetricsAreRefused(t *testing.T) {
	var about slog.Attr
	telemetry.New(attrs(func(a slog.Attr) {
		if a.Key == "_aws" {
			about = a
		}
	}), clock.Real(), "AutomateLanka/x").Repaired("lease", 1)
	h := meter(func(...cloudwatch.Value) { t.Error("counted") })
	for name, with := range map[string][]slog.Attr{
		"no metric":    {slog.String("kind", "x"), about},
		"no dimension": {slog.Int("repairs", 1), about},
		"no number":    {slog.String("kind", "x"), slog.String("repairs", "1"), about},
	} {
		r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
		r.AddAttrs(with...)
		if err := h.Handle(t.Context(), r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	slog.New(h).WithGroup("g").Info("m", about, slog.String("kind", "x"), slog.Int("repairs", 1)) // CloudWatch sees no metrics there
}

// attrs is a handler that shows each attribute to a function.
func attrs(see func(slog.Attr)) slog.Handler {
	return slog.NewTextHandler(io.Discard, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		see(a)
		return a
	}})
}

package telemetry

import (
	"context"
	"log/slog"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Recorder writes the platform's events. It implements execution.Observer.
type Recorder struct {
	handler   slog.Handler
	clock     clock.Clock
	namespace string
}

var _ execution.Observer = (*Recorder)(nil)

// New returns a Recorder that writes to h; the time of metrics comes from c. The
// namespace is that of the metrics in CloudWatch, one for each stack, so that stages
// that share an account do not mix; "" is Namespace.
func New(h slog.Handler, c clock.Clock, namespace string) *Recorder {
	if namespace == "" {
		namespace = Namespace
	}
	return &Recorder{handler: h, clock: c, namespace: namespace}
}

// Logger returns a logger for everything that is not an event, on the same handler.
func (r *Recorder) Logger() *slog.Logger { return slog.New(r.handler) }

// emit writes one event line; metrics ride on it.
func (r *Recorder) emit(level slog.Level, event string, metrics []metricSet, attrs ...slog.Attr) {
	ctx := context.Background()
	if !r.handler.Enabled(ctx, level) {
		return
	}
	now := r.clock.Now()
	rec := slog.NewRecord(now, level, event, 0)
	if len(metrics) > 0 {
		attrs = append(attrs, slog.Any(metricKey, &emf{now, r.namespace, metrics}))
	}
	rec.AddAttrs(attrs...)
	_ = r.handler.Handle(ctx, rec) // a log that cannot be written has nowhere to say so
}

// Node writes workflow.node.executed or workflow.node.failed.
func (r *Recorder) Node(e execution.NodeEvent) {
	attrs := append(make([]slog.Attr, 0, 20),
		slog.String("tenantId", string(e.Tenant)),
		slog.String("workflowId", string(e.WorkflowID)),
		slog.String("executionId", string(e.ID)),
		slog.String("nodeId", e.NodeID),
		slog.String("nodeName", e.NodeName),
		slog.String("nodeType", e.NodeType),
		slog.Int("runIndex", e.RunIndex),
		slog.Int("attempt", e.Attempt),
		millis("durationMs", e.Duration),
		slog.Any("tokenUsage", usage(e)),
		slog.Int64("tokens", usage(e).Total),
		slog.Int("inputSize", e.InputSize),
		slog.Int("outputSize", e.OutputSize),
		slog.Bool("success", e.Failure == nil),
		slog.Any("costUsd", usd(e.CostMicro)),
	)
	if e.Failure == nil {
		r.emit(slog.LevelInfo, "workflow.node.executed", nodeMetrics, attrs...)
		return
	}
	attrs = append(attrs,
		slog.String("error", e.Failure.Message),
		slog.String("errorCode", string(e.Failure.Code)),
		slog.Bool("willRetry", e.WillRetry),
		slog.Int("nodeFailures", 1),
	)
	r.emit(slog.LevelWarn, "workflow.node.failed", failedNodeMetrics, attrs...)
}

var (
	nodeMetrics = []metricSet{
		{"nodeType", []metric{{"durationMs", Milliseconds}, {"tokens", Count}, {"costUsd", NoUnit}}},
	}
	failedNodeMetrics = []metricSet{{"errorCode", []metric{{"nodeFailures", Count}}}}
	startMetrics      = []metricSet{{"plan", []metric{{"queuedMs", Milliseconds}}}}
	endMetrics        = []metricSet{{"plan", []metric{{"runs", Count}, {"durationMs", Milliseconds}, {"costUsd", NoUnit}}}}
	failMetrics       = []metricSet{endMetrics[0], {"errorCode", []metric{{"failures", Count}}}}
	slotMetrics       = []metricSet{{"plan", []metric{{"slotsInUse", Count}, {"parked", Count}, {"budgetPercent", Percent}}}}
	repairMetrics     = []metricSet{{"kind", []metric{{"repairs", Count}}}}
	coldMetrics       = []metricSet{{"function", []metric{{"coldStarts", Count}, {"initMs", Milliseconds}}}}
)

// Execution writes workflow.execution.queued, started, waiting, resumed,
// completed, failed or cancelled; a failed one also counts its code.
func (r *Recorder) Execution(e execution.ExecutionEvent) {
	level, metrics := slog.LevelInfo, []metricSet(nil)
	attrs := append(make([]slog.Attr, 0, 16),
		slog.String("tenantId", string(e.Tenant)),
		slog.String("workflowId", string(e.WorkflowID)),
		slog.String("executionId", string(e.ID)),
		slog.String("plan", string(e.Plan)),
		slog.Int("generation", e.Generation),
		slog.String("trigger", e.Trigger),
		millis("queuedMs", e.Queued),
		millis("durationMs", e.Duration),
		slog.Int64("tokens", e.Tokens),
		slog.Any("costUsd", usd(e.CostMicro)),
	)
	switch e.Happening {
	case execution.EventStarted:
		metrics = startMetrics
	case execution.EventCompleted, execution.EventFailed, execution.EventCancelled:
		metrics = endMetrics
		attrs = append(attrs, slog.Int("runs", 1))
	}
	if f := e.Failure; f != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("nodeId", f.NodeID), slog.String("nodeName", f.Node),
			slog.String("error", f.Message), slog.String("errorCode", string(f.Code)))
		if e.Happening == execution.EventFailed {
			metrics = failMetrics
			attrs = append(attrs, slog.Int("failures", 1))
		}
	}
	r.emit(level, "workflow.execution."+string(e.Happening), metrics, attrs...)
}

// Slots writes how many slots of the plan's tenants are in use, how many
// executions are parked, and how much of its month's AI tokens the tenant that
// used the most of them has committed, in percent; sweep knows it once a minute.
func (r *Recorder) Slots(plan tenant.PlanName, inUse, parked int, budget float64) {
	r.emit(slog.LevelInfo, "platform.slots", slotMetrics,
		slog.String("plan", string(plan)), slog.Int("slotsInUse", inUse), slog.Int("parked", parked), slog.Float64("budgetPercent", budget))
}

// Repaired writes that sweep mended n things of a kind (lease, message, timer, …).
func (r *Recorder) Repaired(kind string, n int) {
	if n == 0 {
		return
	}
	r.emit(slog.LevelWarn, "platform.repaired", repairMetrics,
		slog.String("kind", kind), slog.Int("repairs", n))
}

// ColdStart writes that a new instance of the function took its first call.
func (r *Recorder) ColdStart(function string, took time.Duration) {
	r.emit(slog.LevelInfo, "platform.coldStart", coldMetrics,
		slog.String("function", function), slog.Int("coldStarts", 1), millis("initMs", took))
}

// tokens is the tokenUsage member.
type tokens struct {
	Prompt     int64 `json:"prompt"`
	Completion int64 `json:"completion"`
	Total      int64 `json:"total"`
}

func (t tokens) appendJSON(b []byte) []byte {
	b = appendInt(append(b, `{"prompt":`...), t.Prompt)
	b = appendInt(append(b, `,"completion":`...), t.Completion)
	b = appendInt(append(b, `,"total":`...), t.Total)
	return append(b, '}')
}

func usage(e execution.NodeEvent) tokens {
	if e.Usage == nil {
		return tokens{}
	}
	return tokens{e.Usage.Prompt, e.Usage.Completion, e.Usage.Total}
}

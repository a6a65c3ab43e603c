package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// QueueState is one plan's queue.
type QueueState struct {
	Plan        tenant.PlanName `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	Visible     int64           `json:"visible" doc:"Messages to be received; approximate, as SQS says."`
	InFlight    int64           `json:"inFlight" doc:"Received and not yet done."`
	Delayed     int64           `json:"delayed" doc:"Wake a waiting execution later."`
	DeadLetters int64           `json:"deadLetters" doc:"Given up after 10 tries."`
	OldestMs    *int64          `json:"oldestMs" nullable:"true" doc:"How long the oldest queued execution of the plan has waited; null if none is queued."`
	Redrive     string          `json:"redrive,omitempty" doc:"State of the last move of dead letters: RUNNING, COMPLETED, FAILED, CANCELLED."`
}

func queueStatesOf(depths []oversight.Depth, oldest map[tenant.PlanName]time.Duration) []QueueState {
	out := make([]QueueState, len(depths))
	for i, d := range depths {
		out[i] = QueueState{Plan: d.Plan, Visible: d.Visible, InFlight: d.InFlight, Delayed: d.Delayed, DeadLetters: d.DeadLetters, Redrive: d.Redrive}
		if age, ok := oldest[d.Plan]; ok {
			ms := millis(age)
			out[i].OldestMs = &ms
		}
	}
	return out
}

// PlanMetrics is what the tenants of a plan do now and have used this month.
type PlanMetrics struct {
	Tenants    int   `json:"tenants"`
	SlotsInUse int   `json:"slotsInUse"`
	Parked     int   `json:"parked"`
	Open       int64 `json:"open" doc:"Executions that are queued or run."`
	Runs       int64 `json:"runs" doc:"Accepted this month."`
	Tokens     int64 `json:"tokens" doc:"Of the platform's AI, this month."`
	Reserved   int64 `json:"reservedTokens" doc:"Of calls under way."`
	CostUsd    Money `json:"costUsd" doc:"Of the platform's AI, this month."`
}

// Metrics are the figures of the dashboard.
type Metrics struct {
	At     Stamp  `json:"at"`
	Period string `json:"period" doc:"The month."`
	PlanMetrics
	Plans    map[string]PlanMetrics `json:"plans"`
	Failures FailureMetrics         `json:"failures"`
	Queues   []QueueState           `json:"queues" nullable:"false"`
	Widgets  []MetricWidget         `json:"widgets" nullable:"false" doc:"The dashboard in CloudWatch: each of its widgets with its lines over the last hours."`
}

// MetricWidget is a figure of the dashboard over time.
type MetricWidget struct {
	Title         string       `json:"title" doc:"With the unit in parentheses."`
	Stat          string       `json:"stat" doc:"What is made of the values of a period: Sum, Average, Maximum, p95."`
	PeriodSeconds int64        `json:"periodSeconds"`
	Stacked       bool         `json:"stacked" doc:"The lines are parts of a whole."`
	Series        []MetricLine `json:"series" nullable:"false"`
}

// MetricLine is one line of a widget.
type MetricLine struct {
	Label     string        `json:"label"`
	Namespace string        `json:"namespace"`
	Metric    string        `json:"metric"`
	Dimension string        `json:"dimension"`
	Value     string        `json:"value" doc:"Of the dimension."`
	Points    []MetricPoint `json:"points" nullable:"false" doc:"Oldest first; a period without values has none."`
}

// MetricPoint is a figure of one period.
type MetricPoint struct {
	At    Stamp   `json:"at" doc:"When the period began."`
	Value float64 `json:"value"`
}

func widgetsOf(all []oversight.Widget) []MetricWidget {
	out := make([]MetricWidget, len(all))
	for i, w := range all {
		out[i] = MetricWidget{Title: w.Title, Stat: w.Stat, PeriodSeconds: int64(w.Period / time.Second), Stacked: w.Stacked, Series: make([]MetricLine, len(w.Series))}
		for j, l := range w.Series {
			line := MetricLine{Label: l.Label, Namespace: l.Metric.Namespace, Metric: l.Metric.Name, Dimension: l.Metric.Dimension, Value: l.Metric.Value, Points: make([]MetricPoint, len(l.Points))}
			for k, p := range l.Points {
				line.Points[k] = MetricPoint{Stamp(p.At), p.Value}
			}
			out[i].Series[j] = line
		}
	}
	return out
}

// MetricSpan says how far back the dashboard's figures go.
type MetricSpan struct {
	Hours int `query:"hours" default:"3" minimum:"1" maximum:"24" doc:"How far back the widgets' lines go. Beyond 3 hours a point stands for 5 minutes at least."`
}

// FailureMetrics are the failed executions of the last 24 hours.
type FailureMetrics struct {
	Total  int64            `json:"total"`
	ByCode map[string]int64 `json:"byCode"`
	ByHour []int64          `json:"byHour" nullable:"false" doc:"24 figures, the last one for the hour until now."`
}

func planMetricsOf(l oversight.PlanLoad) PlanMetrics {
	return PlanMetrics{l.Tenants, l.Slots, l.Parked, l.Open, l.Runs, l.Tokens, l.Reserved, Money(l.CostMicro)}
}

func metricsOf(m oversight.Metrics) Metrics {
	out := Metrics{
		At: Stamp(m.At), Period: m.Period, PlanMetrics: planMetricsOf(m.Total), Plans: map[string]PlanMetrics{},
		Failures: FailureMetrics{ByCode: m.Failures, ByHour: m.Hours[:]}, Queues: queueStatesOf(m.Queues, m.Oldest),
		Widgets: widgetsOf(m.Widgets),
	}
	for name, l := range m.Plans {
		out.Plans[string(name)] = planMetricsOf(l)
	}
	for _, n := range m.Failures {
		out.Failures.Total += n
	}
	return out
}

// Redriven says how many dead letters are on their way back.
type Redriven struct {
	Plan     tenant.PlanName `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	Messages int64           `json:"messages" doc:"Approximate."`
}

func adminQueueRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator}
	add(a, admin.at("adminListQueues", http.MethodGet, "/api/admin/queues", "Depth, age and dead letters of the plans' queues"),
		func(ctx context.Context, _ *empty) (*ListOutput[QueueState], error) {
			depths, oldest, err := a.Office.QueueStates(ctx)
			if err != nil {
				return nil, err
			}
			return pageOf("", "queues", queueStatesOf(depths, oldest), ""), nil
		})
	add(a, admin.at("adminRedriveQueue", http.MethodPost, "/api/admin/queues/{plan}/redrive", "Move a plan's dead letters back to its queue").
		gives(http.StatusAccepted).refuses(http.StatusNotFound, http.StatusConflict),
		func(ctx context.Context, in *PlanPath) (*struct{ Body Redriven }, error) {
			n, err := a.Office.Redrive(ctx, caller(ctx).Actor, in.Plan)
			return &struct{ Body Redriven }{Redriven{in.Plan, n}}, err
		})
	add(a, admin.at("adminGetMetrics", http.MethodGet, "/api/admin/metrics", "The figures of the dashboard, and of this moment"),
		func(ctx context.Context, in *MetricSpan) (*struct{ Body Metrics }, error) {
			m, err := a.Office.Metrics(ctx, time.Duration(in.Hours)*time.Hour)
			return &struct{ Body Metrics }{metricsOf(m)}, err
		})
}

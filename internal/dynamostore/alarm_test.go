package dynamostore_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// house has workflows and limits for the tests of alarms.
type house struct {
	workflows map[ident.Workflow]string
	limits    tenant.Limits
}

func (h *house) Workflow(_ context.Context, _ ident.Tenant, id ident.Workflow, _ int) (*workflow.Workflow, int, error) {
	text, ok := h.workflows[id]
	if !ok {
		return nil, 0, fault.New(fault.NotFound, fault.CodeNotFound, "none")
	}
	wf, err := workflow.Parse([]byte(text))
	return wf, 1, err
}

func (h *house) Limits(_ context.Context, t ident.Tenant) (tenant.Tenant, tenant.Limits, error) {
	return tenant.Tenant{ID: t, Plan: tenant.Enterprise}, h.limits, nil
}

type noQueue struct{}

func (noQueue) Send(context.Context, execution.Message) error { return nil }

type noObserver struct{ execution.Observer }

func (noObserver) Execution(execution.ExecutionEvent) {}

const (
	bad    = `{"name":"Bad","nodes":[{"name":"S","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"parameters":{}}],"connections":{},"settings":{"errorWorkflow":"wf_alarm"}}`
	alarms = `{"name":"Alarm","nodes":[{"name":"E","type":"n8n-nodes-base.errorTrigger","typeVersion":1,"parameters":{}}],"connections":{}}`
)

// Advance died between the failure and its error workflow: sweep starts it, once.
func TestSweepStartsTheErrorWorkflowThatACrashForgot(t *testing.T) {
	c := clock.NewManual(noon)
	r := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	h := &house{map[ident.Workflow]string{"wf_bad": bad, "wf_alarm": alarms}, tenant.DefaultLimits(tenant.Enterprise)}
	sweeper := &admission.Desk{Store: r, Limits: h, Queue: noQueue{}, Clock: c, Log: slog.New(slog.DiscardHandler)}
	alarm := &execution.Alarm{
		Desk:  &execution.Desk{Store: r, Workflows: h, Limits: h, Line: sweeper, Observer: noObserver{}, Clock: c},
		Store: r, Clock: c, Log: slog.New(slog.DiscardHandler), URL: func(execution.Ref) string { return "u" },
	}
	sweeper.Failed = alarm.Raise
	ref := execution.Ref{Tenant: "ten_a", ID: ident.Execution(ident.New(ident.PrefixExecution, noon))}
	create(t, r, ref, "wf_bad", noon)
	_, err := r.Settle(t.Context(), execution.Settlement{
		Guard: execution.Guard{Ref: ref}, AnyGeneration: true, From: execution.Queued, Status: execution.Failed, Now: noon, Alarm: true,
		Failure: &execution.Failure{Code: "NODE_ERROR", Message: "broke", Node: "S"},
	})
	if err != nil {
		t.Fatal(err)
	}
	started := func() int {
		t.Helper()
		page, err := r.List(t.Context(), "ten_a", execution.Filter{WorkflowID: "wf_alarm", Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.Items {
			if x.Trigger != "error" || x.TriggeredBy != string(ref.ID) {
				t.Errorf("%+v", x)
			}
		}
		return len(page.Items)
	}
	sweep := func() {
		t.Helper()
		if _, err := sweeper.Sweep(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	if sweep(); started() != 0 {
		t.Error("sweep does not leave advance its time")
	}
	c.Advance(2 * execution.AlarmAfter)
	h.limits.RunsPerMinute = 0 // the plan refuses for a while
	if sweep(); started() != 0 {
		t.Error("started beyond the plan's limits")
	}
	h.limits = tenant.DefaultLimits(tenant.Enterprise)
	sweep()
	sweep()
	failed, err := r.Load(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := alarm.Raise(t.Context(), failed); err != nil { // an advance that was only slow
		t.Fatal(err)
	}
	if n := started(); n != 1 {
		t.Errorf("%d runs of the error workflow", n)
	}
	for shard := range r.Shards() {
		refs, _, err := r.Due(t.Context(), shard, noon.Add(time.Hour), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range refs {
			if x == ref {
				t.Error("the failure is looked at for ever")
			}
		}
	}
}

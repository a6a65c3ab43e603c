package httpapi_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// runsTable is the name that the platform's runs table got.
func runsTable(t *testing.T, p *local.Platform) string {
	t.Helper()
	for _, f := range p.Cloud.Stack().Functions {
		if name := f.Environment["RUNS_TABLE"]; name != "" {
			return name
		}
	}
	t.Fatal("no function has the runs table")
	return ""
}

// plenty is a budget that holds every call.
type plenty struct{}

func (plenty) Limits(context.Context, ident.Tenant) (tenant.Tenant, tenant.Limits, error) {
	return tenant.Tenant{}, tenant.Limits{AITokens: tenant.Unlimited}, nil
}

// called writes n AI calls of 30 tokens and 0.001500 dollars into the tenant's log
// of this month.
func (c *client) called(n int) {
	c.t.Helper()
	c.calledWith(n, true)
}

// calledWith records n calls, with the tenant's own key or the platform's.
func (c *client) calledWith(n int, own bool) {
	c.t.Helper()
	p, err := platform()
	if err != nil {
		c.t.Fatal(err)
	}
	ledger := dynamostore.NewLedger(dynamostore.NewRuns(dynamodb.NewFromConfig(p.Cloud.AWSConfig()), runsTable(c.t, p), nil, clock.Real()), plenty{}, nil)
	at := clock.Real().Now()
	for i := range n {
		rec := usage.Record{
			ID:     ident.New("rsv", at.Add(time.Duration(i)*time.Millisecond)),
			Origin: usage.Origin{Tenant: c.id, WorkflowID: "wf_" + marker, ExecutionID: "exe_1", NodeID: "=cmd|' /C calc'!A0"},
			Usage:  workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 20, Completion: 10, Total: 30}, CostMicro: 1500,
			Rule: "gpt-4o-mini@2024-07-18", Confirmed: true, OwnKey: own, Latency: time.Second, At: at,
		}
		r, err := ledger.Reserve(c.t.Context(), usage.Estimate{ID: rec.ID, Origin: rec.Origin, Usage: rec.Usage, CostMicro: 1500, OwnKey: own, At: at, Expires: at.Add(time.Hour)})
		if err == nil {
			err = ledger.Settle(c.t.Context(), r, rec)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// at walks into an answer.
func at(m any, path ...string) any {
	for _, name := range path {
		if list, ok := m.([]any); ok {
			m = list[0]
		}
		m = m.(map[string]any)[name]
	}
	return m
}

func TestUsageTellsWhatIsUsedAndLeft(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(hello())
	for range 3 {
		c.run(id, nil)
	}
	c.called(2)
	m := c.do("GET", "/api/usage", nil).want(200)
	for path, want := range map[string]any{
		"plan": "PRO", "runs.used": 3.0, "runs.limit": 5000.0, "runs.remaining": 4997.0,
		"concurrency.used": 0.0, "concurrency.limit": 5.0, "concurrency.parked": 0.0, "queue.used": 0.0, "queue.limit": 5000.0,
		"tokens.used": 0.0, "tokens.reserved": 0.0, "tokens.limit": 1e6, "tokens.remaining": 1e6,
		"cost.total.calls": 2.0, "cost.total.totalTokens": 60.0, "cost.total.costUsd": 0.003,
		"cost.byModel.model": "gpt-4o-mini", "cost.byWorkflow.workflowId": "wf_" + marker, "cost.byDay.calls": 2.0,
	} {
		if got := at(m, strings.Split(path, ".")...); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	if !strings.Contains(string(c.do("GET", "/api/usage", nil).body), `"costUsd":0.003000`) {
		t.Error("money has not six places")
	}
	past := c.do("GET", "/api/usage?period=2020-01", nil).want(200)
	if at(past, "runs", "used") != 0.0 || at(past, "cost", "total", "calls") != 0.0 {
		t.Errorf("a month without anything: %v", past)
	}
	c.do("GET", "/api/usage?period=2020-13", nil).refused(http.StatusUnprocessableEntity, "VALIDATION")
}

func TestUsageLogAsTable(t *testing.T) {
	c := newTenant(t, "PRO")
	c.called(3)
	a := c.do("GET", "/api/usage", nil, "Accept", "text/csv")
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "time" || rows[1][13] != "0.001500" {
		t.Fatalf("%v %v", rows, err)
	}
	if !strings.HasPrefix(rows[1][4], "'=") {
		t.Errorf("a spreadsheet would take %q for a formula", rows[1][4])
	}
}

func TestUsageRecordsComeInPagesNewestFirst(t *testing.T) {
	c := newTenant(t, "PRO")
	c.called(5)
	var ids []string
	for path := "/api/usage/records?limit=2"; path != ""; {
		m := c.do("GET", path, nil).want(200)
		for _, item := range m["items"].([]any) {
			ids = append(ids, at(item, "id").(string))
		}
		path = ""
		if next, ok := m["nextCursor"].(string); ok {
			path = "/api/usage/records?limit=2&cursor=" + next
		}
	}
	if len(ids) != 5 {
		t.Fatalf("%v", ids)
	}
	for i := 1; i < len(ids); i++ {
		if ids[i] >= ids[i-1] {
			t.Errorf("%v are not newest first", ids)
		}
	}
}

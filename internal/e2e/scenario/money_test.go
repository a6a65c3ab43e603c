package scenario

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// asks is a workflow of chats in a row, each with at most 100 tokens of answer.
func asks(settings string, n int) string {
	nodes := make([]string, n)
	for i := range nodes {
		nodes[i] = string(rune('A'+i)) + strings.Replace(chat, `"options":{}`, `"options":{"maxTokens":100}`, 1)
	}
	return strings.Replace(chain(nodes...), `"executionOrder":"v1"`, `"executionOrder":"v1"`+settings, 1)
}

// create saves a workflow and starts a run of it.
func (w *world) create(t *testing.T, text string) (id, job string) {
	t.Helper()
	id, err := w.Create(w.ctx, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if job, err = w.Run(w.ctx, id, nil); err != nil {
		t.Fatal(err)
	}
	return id, job
}

func (w *world) must(t *testing.T, c *platform.Client, method, path, body string) platform.Answer {
	t.Helper()
	a, err := c.Do(w.ctx, method, path, []byte(body))
	if err != nil || a.Status >= 300 {
		t.Fatalf("%s %s gives %d %s (%v)", method, path, a.Status, a.Body, err)
	}
	return a
}

// stopped waits for a failure with the code, and wants exactly so many calls of the model.
func (w *world) stopped(t *testing.T, job, code string, calls int) {
	t.Helper()
	if j := w.await(t, job, "failed"); j.Error == nil || j.Error.Code != code {
		t.Fatalf("the run failed with %+v, want %s", j.Error, code)
	}
	if n := len(w.ai.Calls()); n != calls {
		t.Fatalf("the model was called %d times, want %d", n, calls)
	}
}

// TestRunOverItsCapStopsAndGoesOnWhenTheCapIsRaised holds the caps of tokens and
// dollars, for one run and for a workflow's month, through resume.
func TestRunOverItsCapStopsAndGoesOnWhenTheCapIsRaised(t *testing.T) {
	for _, c := range []struct{ name, cap, code, raised string }{
		{"tokens of a run", `"maxTokensPerRun":125`, "RUN_CAP_REACHED", `{"maxTokensPerRun":5000}`},
		{"dollars of a run", `"maxCostPerRunUsd":0.000068`, "RUN_CAP_REACHED", `{"maxCostPerRunUsd":1}`},
		{"tokens of a month", `"maxTokensPerMonth":125`, "WORKFLOW_CAP_REACHED", `{"maxTokensPerMonth":5000}`},
		{"dollars of a month", `"maxCostPerMonthUsd":0.000068`, "WORKFLOW_CAP_REACHED", `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := setup(t, nil)
			// A loop that goes on after errors must not go on past its cap.
			text := strings.ReplaceAll(asks(","+c.cap, 6), `"position"`, `"onError":"continueRegularOutput","position"`)
			id, job := w.create(t, text)
			j := w.await(t, job, "failed")
			if j.Error == nil || j.Error.Code != c.code {
				t.Fatalf("the run failed with %+v, want %s; %d calls", j.Error, c.code, len(w.ai.Calls()))
			}
			before := len(w.ai.Calls())
			if before == 0 || before == 6 {
				t.Fatalf("the model was called %d times, want some of 6", before)
			}
			w.must(t, w.Client, http.MethodPut, "/api/workflows/"+id+"/limits", c.raised)
			w.must(t, w.Client, http.MethodPost, "/api/executions/"+job+"/resume", `{}`)
			w.await(t, job, "completed")
			if n := len(w.ai.Calls()); n != 6 {
				t.Errorf("the model was called %d times in all, want once for each node", n)
			}
		})
	}
}

func TestLoopOverItsCapStopsAndGoesOnWhenTheCapIsRaised(t *testing.T) {
	for name, limit := range map[string]string{"node runs": "maxNodeRuns", "runs of one node": "maxLoopRuns"} {
		t.Run(name, func(t *testing.T) {
			w := setup(t, nil)
			text := strings.Replace(chain("Count"+`|n8n-nodes-base.set|3.4|{"assignments":{"assignments":[{"id":"a","name":"n","type":"number","value":"={{ ($json.n || 0) + 1 }}"}]},"options":{}}`,
				"Again"+`|n8n-nodes-base.if|2.2|{"conditions":{"options":{"version":2},"combinator":"and","conditions":[{"id":"c","leftValue":"={{ $json.n }}","rightValue":30,"operator":{"type":"number","operation":"lt"}}]},"options":{}}`),
				`"Count":{"main"`, `"Again":{"main":[[{"node":"Count","type":"main","index":0}]]},"Count":{"main"`, 1)
			text = strings.Replace(text, `"executionOrder":"v1"`, `"executionOrder":"v1","`+limit+`":20`, 1)
			id, job := w.create(t, text)
			w.stopped(t, job, "LOOP_LIMIT", 0)
			w.must(t, w.Client, http.MethodPut, "/api/workflows/"+id+"/limits", `{}`)
			w.must(t, w.Client, http.MethodPost, "/api/executions/"+job+"/resume", `{}`)
			w.await(t, job, "completed")
		})
	}
}

// TestExhaustedBudgetFailsTheNodeBeforeAnyCallAndResumesWhenRaised is the tenant's
// month, by an operator's override.
func TestExhaustedBudgetFailsTheNodeBeforeAnyCallAndResumesWhenRaised(t *testing.T) {
	w := setup(t, nil)
	op := w.as(w.keys.Operator)
	w.must(t, op, http.MethodPut, "/api/admin/tenants/"+w.tenant(t), `{"limits":{"aiTokens":20}}`)
	_, job := w.create(t, asks("", 1))
	w.stopped(t, job, "AI_TOKEN_BUDGET_EXHAUSTED", 0)
	w.must(t, op, http.MethodPut, "/api/admin/tenants/"+w.tenant(t), `{"limits":{"aiTokens":2000}}`)
	w.must(t, w.Client, http.MethodPost, "/api/executions/"+job+"/resume", `{}`)
	w.await(t, job, "completed")
	var usage struct {
		Tokens struct{ Used, Reserved, Limit int64 }
		Cost   struct {
			Total struct{ Calls, TotalTokens int64 }
		}
	}
	if err := w.Call(w.ctx, http.MethodGet, "/api/usage", nil, &usage); err != nil {
		t.Fatal(err)
	}
	if u := usage.Tokens; u.Reserved != 0 || u.Used == 0 || u.Used != usage.Cost.Total.TotalTokens || usage.Cost.Total.Calls != 1 {
		t.Errorf("%+v; want nothing reserved, and one call that is all that was used", usage)
	}
}

// tenant is the id of the client's tenant.
func (w *world) tenant(t *testing.T) string {
	t.Helper()
	var a struct{ ID string }
	if err := w.Call(w.ctx, http.MethodGet, "/api/account", nil, &a); err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// TestCapsSurviveTheRoundTripThroughN8n saves what was exported, as n8n's editor does.
func TestCapsSurviveTheRoundTripThroughN8n(t *testing.T) {
	w := setup(t, nil)
	id, err := w.Create(w.ctx, []byte(asks(`,"saveManualExecutions":true`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	w.must(t, w.Client, http.MethodPut, "/api/workflows/"+id+"/limits", `{"maxTokensPerRun":1000,"maxCostPerMonthUsd":2.5}`)
	exported := w.must(t, w.Client, http.MethodGet, "/api/workflows/"+id, "").Body
	again, err := w.Create(w.ctx, exported)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		MaxTokensPerRun    float64
		MaxCostPerMonthUsd json.Number
	}
	if err := w.Call(w.ctx, http.MethodGet, "/api/workflows/"+again+"/limits", nil, &got); err != nil {
		t.Fatal(err)
	}
	if got.MaxTokensPerRun != 1000 || got.MaxCostPerMonthUsd != "2.5" || !strings.Contains(string(exported), "saveManualExecutions") {
		t.Errorf("%+v of %s", got, exported)
	}
	a, err := w.Do(w.ctx, http.MethodPut, "/api/workflows/"+id, []byte(asks(`,"maxTokensPerRun":"lots"`, 1)))
	if err != nil || a.Status != http.StatusUnprocessableEntity || !strings.Contains(string(a.Body), "settings.maxTokensPerRun") {
		t.Errorf("a cap that is no number gives %d %s (%v)", a.Status, a.Body, err)
	}
}

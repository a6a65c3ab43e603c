package httpapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// failing is a workflow that fails and names an error workflow.
func failing(errorWorkflow string) string {
	w := line("Breaks", manual(), node("Boom", "n8n-nodes-base.stopAndError", 1, `{"errorMessage":"it broke"}`))
	return strings.Replace(w, `"settings":{`, fmt.Sprintf(`"settings":{"errorWorkflow":%q,`, errorWorkflow), 1)
}

// runsOf are the runs of a workflow that its error trigger began.
func runsOf(c *client, workflow string) []any {
	c.t.Helper()
	items := c.do("GET", "/api/executions?workflowId="+workflow, nil).want(200)["items"].([]any)
	for _, x := range items {
		if x.(map[string]any)["trigger"] != "error" {
			c.t.Errorf("%v", x)
		}
	}
	return items
}

// awaitRuns waits until the error workflow has been started as often: the failure
// is seen before that.
func awaitRuns(c *client, workflow string, n int) []any {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), clocktest.Hang)
	defer cancel()
	for {
		if list := runsOf(c, workflow); len(list) >= n {
			return list
		}
		if clock.Sleep(ctx, clock.Real(), 2*time.Millisecond) != nil {
			c.t.Fatalf("the error workflow was not started")
		}
	}
}

func TestFailureStartsTheErrorWorkflow(t *testing.T) {
	c := newTenant(t, "PRO")
	begin := node("Failed", "n8n-nodes-base.errorTrigger", 1, `{}`)
	alarm := c.create(line("Alarm", begin, set("Tell", "text", "={{ $json.workflow.name }}: {{ $json.execution.error.message }} at {{ $json.execution.lastNodeExecuted }}")))
	id := c.create(failing(alarm))
	job := c.run(id, "{}")["jobId"].(string)
	ended := func(s string) bool { return s == "completed" || s == "failed" }
	c.await(job, ended)
	list := awaitRuns(c, alarm, 1)
	told := list[0].(map[string]any)["id"].(string)
	c.await(told, ended)
	body := string(c.do("GET", "/api/executions/"+told+"/data", nil).body)
	for _, want := range []string{"Breaks: it broke at Boom", `"id":"` + job + `"`, "https://al.example/executions/" + job, `"mode":"manual"`, `"id":"` + id + `"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the error trigger's item lacks %s: %s", want, body)
		}
	}
	if m := c.do("POST", "/api/workflows/"+alarm+"/activate", nil).want(200); len(m["entries"].([]any)) != 1 {
		t.Errorf("%v", m)
	}
}

// Nothing starts for a test run, for another tenant's workflow, or for the failure
// of an error workflow; and a missing one does no harm.
func TestFailuresThatStartNothing(t *testing.T) {
	c, other := newTenant(t, "PRO"), newTenant(t, "PRO")
	begin := node("Failed", "n8n-nodes-base.errorTrigger", 1, `{}`)
	ended := func(s string) bool { return s == "failed" }
	boom := node("Boom", "n8n-nodes-base.stopAndError", 1, `{"errorMessage":"this one, too"}`)
	alarm := c.create(line("Alarm", begin, boom))
	c.await(c.run(c.create(failing(alarm)), "{}")["jobId"].(string), ended)
	list := awaitRuns(c, alarm, 1)
	c.await(list[0].(map[string]any)["id"].(string), ended)
	c.await(c.run(c.create(failing(alarm)), `{"test":{}}`)["jobId"].(string), ended)
	// One more failure that does start it: what came before has been dealt with.
	c.await(c.run(c.create(failing(alarm)), "{}")["jobId"].(string), ended)
	if n := len(awaitRuns(c, alarm, 2)); n != 2 {
		t.Errorf("%d runs of the error workflow, whose own failure and a test run start none", n)
	}
	foreign := other.create(line("Alarm", begin))
	for _, id := range []string{foreign, "A8HoJ5iCrAMPbsLh", c.create(hello())} {
		c.await(c.run(c.create(failing(id)), "{}")["jobId"].(string), ended)
	}
	if n := len(runsOf(other, foreign)); n != 0 {
		t.Errorf("another tenant's error workflow has %d runs", n)
	}
}

func TestImportSaysThatTheErrorWorkflowIsMissing(t *testing.T) {
	c := newTenant(t, "PRO")
	there := c.create(line("Alarm", node("Failed", "n8n-nodes-base.errorTrigger", 1, `{}`)))
	for id, missing := range map[string]bool{"A8HoJ5iCrAMPbsLh": true, there: false} {
		report := c.do("POST", "/api/workflows/import", failing(id)).want(200)["items"].([]any)[0].(map[string]any)
		problems := fmt.Sprint(report["problems"])
		if report["id"] == nil || strings.Contains(problems, "settings.errorWorkflow") != missing {
			t.Errorf("%s: %v", id, report)
		}
	}
}

func TestActivationSaysWhatCannotStart(t *testing.T) {
	c := newTenant(t, "PRO")
	m := c.do("POST", "/api/workflows/"+c.create(hello())+"/activate", nil).refused(422, "VALIDATION")
	if d := m["detail"].(string); !strings.Contains(d, "Manual Trigger") || !strings.Contains(d, "Run it from its page") {
		t.Errorf("%v", m)
	}
}

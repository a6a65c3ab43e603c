package httpapi_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// sleeper is a workflow whose runs hold a slot for half a minute.
func sleeper() string {
	return line("Sleeper", manual(), node("Sleep", "n8n-nodes-base.wait", 1.1, `{"amount":30,"unit":"seconds"}`))
}

// broken is a workflow whose runs fail with the message.
func broken(message string) string {
	return line("Broken", manual(), node("Stop here", "n8n-nodes-base.stopAndError", 1, fmt.Sprintf(`{"errorMessage":%q}`, message)))
}

// start starts n runs and returns their ids.
func (c *client) start(workflow string, n int) []string {
	c.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = c.do("POST", "/api/workflows/"+workflow+"/run", "{}").want(202)["jobId"].(string)
	}
	return ids
}

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clocktest.Hang)
	defer cancel()
	for !ok() {
		if clock.Sleep(ctx, clock.Real(), 5*time.Millisecond) != nil {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// slots waits until so many runs hold a slot and so many are in line.
func (c *client) slots(used, parked int) {
	c.t.Helper()
	var m map[string]any
	eventually(c.t, fmt.Sprintf("%d slots are in use and %d runs in line", used, parked), func() bool {
		m = c.do("GET", "/api/usage", nil).want(200)
		return at(m, "concurrency", "used") == float64(used) && at(m, "concurrency", "parked") == float64(parked)
	})
}

// running waits until one runs, and returns its id: any of those that were started at
// one time may be the first, since queues promise no order.
func (c *client) running() string {
	c.t.Helper()
	var ids []string
	eventually(c.t, "one runs", func() bool {
		ids = found(c.do("GET", "/api/executions?status=running", nil).want(200))
		return len(ids) == 1
	})
	return ids[0]
}

// statuses counts the statuses of jobs.
func (c *client) statuses(ids []string) map[string]int {
	out := map[string]int{}
	for _, id := range ids {
		out[c.do("GET", "/api/jobs/"+id+"/status", nil).want(200)["status"].(string)]++
	}
	return out
}

// kill ends all that the tenant has open.
func kill(t *testing.T, c *client) {
	t.Helper()
	eventually(t, "the tenant is quiet", func() bool {
		operator(t).do("POST", "/api/admin/executions/bulk", `{"action":"cancel","filter":{"tenant":"`+c.id+`"}}`).want(200)
		m := c.do("GET", "/api/usage", nil).want(200)
		return at(m, "concurrency", "used") == 0.0 && at(m, "concurrency", "parked") == 0.0
	})
}

func TestRaisedLimitStartsWaitingRunsWithoutSweep(t *testing.T) {
	c := newTenant(t, "FREE")
	ids := c.start(c.create(sleeper()), 6)
	c.slots(1, 5)
	operator(t).do("PUT", "/api/admin/tenants/"+c.id, `{"limits":{"maxConcurrent":6}}`).want(200)
	c.slots(6, 0)
	eventually(t, "all six run", func() bool { return c.statuses(ids)["running"] == 6 })
	kill(t, c)
}

func TestSuspensionThatEndsStartsWaitingRuns(t *testing.T) {
	c := newTenant(t, "FREE")
	c.start(c.create(sleeper()), 3)
	c.slots(1, 2)
	running := c.running()
	op := operator(t)
	op.do("PUT", "/api/admin/tenants/"+c.id, `{"suspended":true}`).want(200)
	op.do("POST", "/api/admin/executions/"+running+"/cancel", nil).want(202)
	eventually(t, "the running one has ended, and no other runs", func() bool {
		m := op.do("GET", "/api/admin/executions?status=running&tenant="+c.id, nil).want(200)
		return len(m["items"].([]any)) == 0
	})
	op.do("PUT", "/api/admin/tenants/"+c.id, `{"suspended":false}`).want(200)
	c.slots(1, 1)
	kill(t, c)
}

func TestRaisedPlanStartsWaitingRunsOfItsTenants(t *testing.T) {
	op := operator(t)
	plan := func(n int) {
		op.do("PUT", "/api/admin/plans/ENTERPRISE", fmt.Sprintf(`{"maxConcurrent":%d}`, n)).want(200)
	}
	plan(1)
	defer plan(20)
	a, b := newTenant(t, "ENTERPRISE"), newTenant(t, "ENTERPRISE")
	a.start(a.create(sleeper()), 3)
	b.start(b.create(sleeper()), 3)
	a.slots(1, 2)
	b.slots(1, 2)
	plan(3)
	a.slots(3, 0)
	b.slots(3, 0)
	kill(t, a)
	kill(t, b)
}

// found lists the ids of a list of executions.
func found(m map[string]any) []string {
	var ids []string
	for _, item := range m["items"].([]any) {
		ids = append(ids, at(item, "id").(string))
	}
	return ids
}

func TestOperatorsFindFailuresByText(t *testing.T) {
	a, b := newTenant(t, "PRO"), newTenant(t, "PRO")
	op := operator(t)
	var want []string
	for i, c := range []*client{a, b, a} {
		want = append([]string{c.run(c.create(broken(fmt.Sprintf("The zebra %d left the Zoo", i))), nil)["jobId"].(string)}, want...)
	}
	a.run(a.create(broken("Something else")), nil)
	search := func(query string) []string {
		var ids []string
		eventually(t, "the index has it", func() bool {
			ids = found(op.do("GET", "/api/admin/executions?"+query, nil).want(200))
			return len(ids) > 0
		})
		return ids
	}
	if got := search("error=zebra%202%20left%20the%20zoo"); len(got) != 1 || got[0] != want[0] {
		t.Errorf("by text: %v, want %v", got, want[:1])
	}
	if got := search("status=failed&error=ZEBRA&tenant=" + b.id); len(got) != 1 || got[0] != want[1] {
		t.Errorf("by text and tenant: %v", got)
	}
	var paged []string
	for path := "/api/admin/executions?limit=2&error=zebra"; path != ""; {
		m := op.do("GET", path, nil).want(200)
		paged = append(paged, found(m)...)
		path = ""
		if next, ok := m["nextCursor"].(string); ok {
			path = "/api/admin/executions?limit=2&error=zebra&cursor=" + next
		}
	}
	if fmt.Sprint(paged) != fmt.Sprint(want) {
		t.Errorf("in pages: %v, want %v", paged, want)
	}
	op.do("GET", "/api/admin/executions?error=x&status=completed", nil).refused(http.StatusUnprocessableEntity, "VALIDATION")

	groups := op.do("GET", "/api/admin/errors?error=zebra", nil).want(200)
	if at(groups, "failures") != 3.0 || at(groups, "groups") != 1.0 || at(groups, "items", "count") != 3.0 || at(groups, "items", "tenants") != 2.0 ||
		at(groups, "items", "nodeType") != "n8n-nodes-base.stopAndError" || at(groups, "items", "sample", "executionId") != want[0] ||
		at(groups, "items", "pattern") != "the zebra # left the zoo" {
		t.Errorf("one cause is not one group: %v", groups)
	}
}

func TestOperatorsListExecutionsOfAllTenants(t *testing.T) {
	a, b := newTenant(t, "PRO"), newTenant(t, "PRO")
	op := operator(t)
	first := a.run(a.create(hello()), nil)["jobId"].(string)
	second := b.run(b.create(hello()), nil)["jobId"].(string)
	third := a.run(a.create(hello()), nil)["jobId"].(string)
	var got []string
	for path, n := "/api/admin/executions?limit=1&status=completed", 0; n < 3; n++ {
		m := op.do("GET", path, nil).want(200)
		got = append(got, found(m)...)
		if next, ok := m["nextCursor"].(string); ok {
			path = "/api/admin/executions?limit=1&status=completed&cursor=" + next
		}
	}
	if fmt.Sprint(got) != fmt.Sprint([]string{third, second, first}) {
		t.Errorf("got %v, want %v", got, []string{third, second, first})
	}
	if m := op.do("GET", "/api/admin/executions?tenant="+b.id, nil).want(200); len(found(m)) != 1 || at(m, "items", "tenant") != b.id {
		t.Errorf("one tenant's: %v", m)
	}
	open := a.start(a.create(sleeper()), 1)
	eventually(t, "it runs", func() bool { return a.statuses(open)["running"] == 1 })
	if got := found(op.do("GET", "/api/admin/executions?status=running", nil).want(200)); len(got) == 0 || got[0] != open[0] {
		t.Errorf("running: %v, want %v", got, open)
	}
	kill(t, a)
}

func TestOperatorsActOnOneExecution(t *testing.T) {
	c, op := newTenant(t, "PRO"), operator(t)
	id := c.create(broken("It does not work"))
	failed := c.run(id, nil)["jobId"].(string)
	m := op.do("POST", "/api/admin/executions/"+failed+"/retry", nil).want(202)
	if m["tenant"] != c.id || m["jobId"] == failed {
		t.Errorf("retry: %v", m)
	}
	if m := op.do("POST", "/api/admin/executions/"+failed+"/resume", nil).want(202); m["jobId"] != failed {
		t.Errorf("resume: %v", m)
	}
	c.await(failed, func(s string) bool { return s == "failed" })
	op.do("POST", "/api/admin/executions/"+failed+"/cancel?tenant="+c.id, nil).refused(http.StatusConflict, "CONFLICT")
	op.do("POST", "/api/admin/executions/exe_01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel", nil).refused(http.StatusNotFound, "NOT_FOUND")

	done := c.run(c.create(hello()), nil)["jobId"].(string)
	op.do("POST", "/api/admin/executions/"+done+"/retry", nil).refused(http.StatusNotFound, "NOT_FOUND") // only with its tenant
	op.do("POST", "/api/admin/executions/"+done+"/retry?tenant="+c.id, nil).want(202)
	audit := string(op.do("GET", "/api/admin/audit?tenant="+c.id, nil).body)
	for _, action := range []string{"execution.retry", "execution.resume"} {
		if !strings.Contains(audit, action) {
			t.Errorf("the audit log has no %s: %s", action, audit)
		}
	}
}

func TestBulkActions(t *testing.T) {
	c, op := newTenant(t, "FREE"), operator(t)
	sleep := c.create(sleeper())
	ids := c.start(sleep, 4)
	c.slots(1, 3)
	bulk := func(body string) map[string]any { return op.do("POST", "/api/admin/executions/bulk", body).want(200) }
	eventually(t, "the index has all", func() bool {
		dry := bulk(`{"action":"cancel","filter":{"workflowId":"` + sleep + `"},"dryRun":true}`)
		return dry["matched"] == 4.0 && dry["acted"] == 0.0 && len(dry["sample"].([]any)) == 4
	})
	if s := c.statuses(ids); s["cancelled"] != 0 {
		t.Fatalf("a dry run acted: %v", s)
	}
	if m := bulk(`{"action":"cancel","filter":{"workflowId":"` + sleep + `"}}`); m["acted"] != 4.0 || m["more"] != false {
		t.Fatalf("kill: %v", m)
	}
	if s := c.statuses(ids); s["cancelled"] != 4 {
		t.Fatalf("killed: %v", s)
	}
	c.slots(0, 0)

	broke := c.create(broken("A giraffe stopped"))
	for range 3 {
		c.run(broke, nil)
	}
	eventually(t, "the index has all", func() bool {
		return bulk(`{"action":"resume","filter":{"error":"giraffe"},"dryRun":true}`)["matched"] == 3.0
	})
	if m := bulk(`{"action":"resume","filter":{"error":"giraffe","tenant":"` + c.id + `"}}`); m["acted"] != 3.0 || len(m["refused"].([]any)) != 0 {
		t.Errorf("resume: %v", m)
	}
	for body, why := range map[string]string{
		`{"action":"cancel","filter":{}}`:                                   "nothing is named",
		`{"action":"resume","filter":{"status":"completed"}}`:               "what has completed cannot be resumed",
		`{"action":"cancel","filter":{"error":"x"}}`:                        "what has failed cannot be cancelled",
		`{"action":"explode","filter":{"tenant":"x"}}`:                      "no such action",
		`{"action":"cancel","filter":{"tenant":"x","colour":"red"}}`:        "no such filter",
		`{"action":"cancel","filter":{"tenant":"x","status":"unheard-of"}}`: "no such status",
	} {
		if a := op.do("POST", "/api/admin/executions/bulk", body); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", why, a.status, a.body)
		}
	}
	kill(t, c)
}

func TestCostsOfAllTenants(t *testing.T) {
	a, b, op := newTenant(t, "PRO"), newTenant(t, "PRO"), operator(t)
	a.called(3)
	b.calledWith(1, false)
	op.do("PUT", "/api/admin/tenants/"+b.id, `{"limits":{"monthlyPriceUsd":49}}`).want(200)
	op.do("PUT", "/api/admin/tenants/"+b.id, `{"limits":{"monthlyPriceUsd":-1}}`).refused(422, "VALIDATION")
	m := op.do("GET", "/api/admin/ai-costs?groupBy=tenant", nil).want(200)
	cost, margin := map[string]float64{}, map[string]float64{}
	for _, item := range m["items"].([]any) {
		cost[at(item, "key").(string)] = at(item, "costUsd").(float64)
		margin[at(item, "key").(string)] = at(item, "marginUsd").(float64)
	}
	if margin[a.id] != 0 || margin[b.id] != 49-0.0015 { // a paid with its own key
		t.Errorf("margins: %v", margin)
	}
	if cost[a.id] != 0.0045 || cost[b.id] != 0.0015 {
		t.Errorf("%v", cost)
	}
	res := op.do("GET", "/api/admin/ai-costs?groupBy=model&tenant="+a.id, nil, "Accept", "text/csv")
	rows, err := csv.NewReader(strings.NewReader(string(res.body))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "gpt-4o-mini" || rows[1][6] != "0.004500" {
		t.Errorf("%v %v", rows, err)
	}
	for _, by := range []string{"workflow", "day"} {
		if m := op.do("GET", "/api/admin/ai-costs?tenant="+b.id+"&groupBy="+by, nil).want(200); at(m, "items", "calls") != 1.0 {
			t.Errorf("by %s: %v", by, m)
		}
	}
	op.do("GET", "/api/admin/ai-costs?groupBy=colour", nil).refused(http.StatusUnprocessableEntity, "VALIDATION")
}

func TestDeadLettersAreSeenAndRedriven(t *testing.T) {
	op := operator(t)
	p, err := platform()
	if err != nil {
		t.Fatal(err)
	}
	var dead string
	for _, f := range p.Cloud.Stack().Functions {
		if u := f.Environment["DLQ_PRO"]; u != "" {
			dead = u
		}
	}
	client := sqs.NewFromConfig(p.Cloud.AWSConfig())
	state := func() map[string]any {
		for _, q := range op.do("GET", "/api/admin/queues", nil).want(200)["items"].([]any) {
			if at(q, "plan") == "PRO" {
				return q.(map[string]any)
			}
		}
		t.Fatal("there is no queue of PRO")
		return nil
	}
	if m := op.do("POST", "/api/admin/queues/PRO/redrive", nil).want(202); m["messages"] != 0.0 {
		t.Errorf("nothing to move: %v", m)
	}
	// What no tenant has is given up only by hand; it is acknowledged when it comes again.
	_, err = client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: &dead, MessageBody: aws.String(`{"tenant":"ten_gone","execution":"exe_gone","generation":1,"plan":"PRO"}`), MessageGroupId: aws.String("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := state(); s["deadLetters"] != 1.0 {
		t.Fatalf("%v", s)
	}
	a := op.do("POST", "/api/admin/queues/PRO/redrive", nil)
	if a.status != 202 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	eventually(t, "the move has ended", func() bool { r := state()["redrive"]; return r != "RUNNING" && r != nil })
	op.do("POST", "/api/admin/queues/GOLD/redrive", nil).refused(http.StatusUnprocessableEntity, "VALIDATION")
}

// dashboardMetrics are the metrics of a widget of the template's dashboard: those
// with a value, and those that a search finds, without.
func dashboardMetrics(t *testing.T, metrics [][]any) (out []string) {
	t.Helper()
	search := regexp.MustCompile(`SEARCH\('\{"?([^,"]+)"?,([^}]+)\} MetricName="([^"]+)"`)
	for _, m := range metrics {
		if o, ok := m[0].(map[string]any); ok {
			found := search.FindStringSubmatch(o["expression"].(string))
			out = append(out, fmt.Sprint(found[1], " ", found[3], " ", found[2], " "))
			continue
		}
		out = append(out, fmt.Sprint(m[0], " ", m[1], " ", m[2], " ", m[3]))
	}
	return out
}

// TestMetricsHaveEveryWidgetOfTheDashboard: who looks at the dashboard in CloudWatch
// and who asks the API see the same.
func TestMetricsHaveEveryWidgetOfTheDashboard(t *testing.T) {
	c, op := newTenant(t, "ENTERPRISE"), operator(t)
	c.run(c.create(broken("For the dashboard")), nil)
	p, err := platform()
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Widgets []struct {
			Properties struct {
				Title, Stat string
				Metrics     [][]any
			}
		}
	}
	if err := json.Unmarshal([]byte(p.Cloud.Stack().Dashboards[0].Body), &board); err != nil || len(board.Widgets) < 18 {
		t.Fatalf("%d widgets: %v", len(board.Widgets), err)
	}
	answer := op.do("GET", "/api/admin/metrics?hours=2", nil).want(200)["widgets"].([]any)
	if len(answer) != len(board.Widgets) {
		t.Fatalf("%d widgets are answered, the dashboard has %d", len(answer), len(board.Widgets))
	}
	values := map[string]float64{}
	for i, w := range board.Widgets {
		p := w.Properties
		if at(answer[i], "title") != p.Title || at(answer[i], "stat") != p.Stat {
			t.Errorf("%d: %v is answered for %s", i, at(answer[i], "title"), p.Title)
		}
		lines := map[string]bool{}
		for _, l := range at(answer[i], "series").([]any) {
			name := fmt.Sprint(at(l, "namespace"), " ", at(l, "metric"), " ", at(l, "dimension"), " ")
			lines[name], lines[name+at(l, "value").(string)] = true, true
			for _, point := range at(l, "points").([]any) {
				values[p.Title+" "+at(l, "label").(string)] += at(point, "value").(float64)
				values[p.Title]++
			}
		}
		for _, m := range dashboardMetrics(t, p.Metrics) {
			if !lines[m] && !strings.HasSuffix(m, " nodeFailures errorCode ") {
				t.Errorf("%s: the metric %s is not in the answer", p.Title, m)
			}
		}
	}
	for _, title := range []string{"Queue age (s)", "Queue depth", "Dead letters", "Cold starts", "Function throttles", "Function errors", "Function duration, 95th percentile (ms)", "Cost per run (USD)"} {
		if values[title] == 0 {
			t.Errorf("%s has no figures", title)
		}
	}
	if values["Runs ENTERPRISE"] < 1 || values["Failures by code"] < 1 || values["Duration of runs, 95th percentile (ms) ENTERPRISE"] <= 0 {
		t.Errorf("the failed run is not in %v", values)
	}
}

func TestMetricsAreTheFiguresOfTheDashboard(t *testing.T) {
	c, op := newTenant(t, "FREE"), operator(t)
	before := op.do("GET", "/api/admin/metrics", nil).want(200)
	c.run(c.create(broken("For the metrics")), nil)
	c.start(c.create(sleeper()), 3)
	c.slots(1, 2)
	var m map[string]any
	eventually(t, "the index has the failure", func() bool {
		m = op.do("GET", "/api/admin/metrics", nil).want(200)
		return at(m, "failures", "total").(float64) == at(before, "failures", "total").(float64)+1
	})
	rise := func(path ...string) float64 { return at(m, path...).(float64) - at(before, path...).(float64) }
	if rise("runs") != 4 || rise("plans", "FREE", "slotsInUse") != 1 || rise("plans", "FREE", "parked") != 2 || rise("parked") != 2 {
		t.Errorf("before %v\nafter %v", before, m)
	}
	for _, q := range m["queues"].([]any) {
		if at(q, "plan") == "FREE" && at(q, "oldestMs") == nil {
			t.Errorf("two runs wait, and none is the oldest: %v", q)
		}
	}
	kill(t, c)
}

package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRunIsQueuedAndTracked(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(hello())
	a := c.do("POST", "/api/workflows/"+id+"/run", `{"input":{"who":"World"}}`)
	m := a.want(http.StatusAccepted)
	job := m["jobId"].(string)
	if m["status"] != "queued" || m["trackingUrl"] != "/api/jobs/"+job+"/status" || a.header.Get("Location") != m["trackingUrl"] {
		t.Errorf("%v %v", m, a.header)
	}
	done := c.await(job, func(s string) bool { return s == "completed" })
	for _, name := range []string{"queuedAt", "startedAt", "finishedAt"} {
		if s, _ := done[name].(string); len(s) != len("2026-11-23T21:53:32.764Z") || !strings.HasSuffix(s, "Z") {
			t.Errorf("%s is %v", name, done[name])
		}
		delete(done, name)
	}
	want := map[string]any{
		"jobId": job, "workflowId": id, "status": "completed", "progress": map[string]any{"completed": 2.0, "total": 2.0, "percent": 100.0},
		"output": []any{map[string]any{"json": map[string]any{"greeting": "Hello World"}, "pairedItem": map[string]any{"item": 0.0}}},
	}
	if d := cmp.Diff(want, done); d != "" {
		t.Error(d)
	}
}

func TestInputsInAllTheirForms(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(line("Echo", manual(), node("End", "n8n-nodes-base.noOp", 1, "{}")))
	for body, want := range map[string]string{
		``:                                       `[map[json:map[]`,
		`{}`:                                     `[map[json:map[]`,
		`{"input":null}`:                         `[map[json:map[]`,
		`{"input":{"a":1}}`:                      `[map[json:map[a:1]`,
		`{"input":[{"a":1},{"json":{"b":2}}]}`:   `[map[json:map[a:1] pairedItem:map[item:0]] map[json:map[b:2] pairedItem:map[item:1]]]`,
		`{"input":{"json":{"a":1}}}`:             `[map[json:map[a:1]`,
		`{"startNode":"End","input":{"z":true}}`: `[map[json:map[z:true]`,
	} {
		if m := c.run(id, body); m["status"] != "completed" || !strings.HasPrefix(fmt.Sprint(m["output"]), want) {
			t.Errorf("%s gave %v", body, m)
		}
	}
	for body, at := range map[string]string{
		`{"input":7}`:                        "body.input",
		`{"input":[1]}`:                      "body.input",
		`{"version":-1}`:                     "body.version",
		`{"version":"1"}`:                    "body.version",
		`{"version":1.5}`:                    "body.version",
		`{"onLimit":"wait"}`:                 "body.onLimit",
		`{"inptu":{}}`:                       "body.inptu",
		`{"test":1}`:                         "body.test",
		`{"test":{"pinData":[]}}`:            "body.test.pinData",
		`{"test":{"pinData":{"Start":"x"}}}`: "body.test.pinData.Start",
		`{"test":{"other":1}}`:               "body.test.other",
		`{"startNode":5}`:                    "body.startNode",
		`[]`:                                 "body",
		`{`:                                  "body",
	} {
		m := c.do("POST", "/api/workflows/"+id+"/run", body).refused(422, "VALIDATION")
		if got := fmt.Sprint(m["errors"].([]any)[0].(map[string]any)["location"]); got != at {
			t.Errorf("%s: the place is %s, want %s", body, got, at)
		}
	}
	c.do("POST", "/api/workflows/"+id+"/run", `{"startNode":"Nobody"}`).refused(422, "VALIDATION")
	c.do("POST", "/api/workflows/"+id+"/run", `{"version":7}`).refused(404, "NOT_FOUND")
	if a := c.do("POST", "/api/workflows/"+id+"/run", `{"input":{"x":"`+strings.Repeat("y", 4<<20)+`"}}`); a.status != 413 {
		t.Errorf("more than 4 MB: %d", a.status)
	}
}

// TestBodiesThatAreNoTextAreRefused: another character set would be kept with
// replacement characters, and what is compressed would be called bad JSON.
func TestBodiesThatAreNoTextAreRefused(t *testing.T) {
	c := newTenant(t, "FREE")
	text := line("Caf\u00e9", node("A", "n8n-nodes-base.noOp", 1, `{}`))
	latin := strings.ReplaceAll(text, "\u00e9", "\xe9")
	for _, r := range []struct {
		body, encoding, says string
	}{
		{latin, "", "not UTF-8"}, {"\xff\xfe{\x00}\x00", "", "not UTF-8"}, {text, "gzip", "compressed (Content-Encoding: gzip)"},
	} {
		a := c.do("POST", "/api/workflows", r.body, "Content-Encoding", r.encoding)
		if a.refused(422, "VALIDATION"); !strings.Contains(string(a.body), r.says) {
			t.Errorf("%q is refused with %s", r.body, a.body)
		}
	}
	for _, r := range [][2]string{{"\ufeff" + text, ""}, {text, "identity"}} {
		if got := c.do("POST", "/api/workflows", r[0], "Content-Encoding", r[1]).want(201)["name"]; got != "Caf\u00e9" {
			t.Errorf("the name is %q", got)
		}
	}
}

func TestInputThatIsNestedTooDeeplyIsSaidToBe(t *testing.T) {
	c := newTenant(t, "PRO")
	body := []byte(`{"input":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)
	a := c.do("POST", "/api/workflows/"+c.create(hello())+"/run", body)
	a.refused(422, "VALIDATION")
	if !strings.Contains(string(a.body), "nested too deeply") {
		t.Errorf("%.300s", a.body)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	c := newTenant(t, "PRO")
	id, other := c.create(hello()), c.create(hello())
	path := "/api/workflows/" + id + "/run"
	jobs := make([]string, 20)
	var wg sync.WaitGroup
	for i := range jobs {
		wg.Go(func() { jobs[i] = string(c.do("POST", path, `{"input":{"who":"A"}}`, "Idempotency-Key", "k1").body) })
	}
	wg.Wait()
	for _, j := range jobs {
		if j != jobs[0] || !strings.Contains(j, "exe_") {
			t.Errorf("%s is another answer than %s", j, jobs[0])
		}
	}
	c.do("POST", path, `{"input":{"who":"B"}}`, "Idempotency-Key", "k1").refused(409, "IDEMPOTENCY_MISMATCH")
	second := c.do("POST", path, `{"input":{"who":"A"}}`, "Idempotency-Key", "k2").want(202)
	elsewhere := c.do("POST", "/api/workflows/"+other+"/run", `{"input":{"who":"B"}}`, "Idempotency-Key", "k1").want(202)
	if second["jobId"] == elsewhere["jobId"] || strings.Contains(jobs[0], second["jobId"].(string)) {
		t.Error("keys are mixed up")
	}
	if n := len(c.do("GET", "/api/executions", nil).want(200)["items"].([]any)); n != 3 {
		t.Errorf("%d executions, want 3", n)
	}
}

func TestTestRunsUsePinnedData(t *testing.T) {
	c := newTenant(t, "PRO")
	w := line("Pinned", manual(), node("Call", "n8n-nodes-base.httpRequest", 4.2, `{"url":"https://unreachable.invalid"}`), set("Use", "got", "={{ $json.v }}"), set("After", "x", "y"))
	id := c.create(strings.TrimSuffix(w, "}") + `,"pinData":{"Call":[{"json":{"v":"own"}}]}}`)
	m := c.run(id, `{"test":{"destinationNode":"Use"}}`)
	if m["status"] != "completed" || !strings.Contains(fmt.Sprint(m["output"]), "got:own") {
		t.Errorf("the workflow's own: %v", m)
	}
	m = c.run(id, `{"test":{"pinData":{"Call":[{"v":"sent"}]}}}`)
	if m["status"] != "completed" || m["output"] == nil {
		t.Errorf("what was sent: %v", m)
	}
	got := c.do("GET", "/api/executions/"+m["jobId"].(string)+"/nodes/Use/output", nil).want(200)
	if !strings.Contains(fmt.Sprint(got), "got:sent") {
		t.Errorf("%v", got)
	}
	detail := c.do("GET", "/api/executions/"+m["jobId"].(string), nil).want(200)
	if detail["test"] != true || detail["nodes"].([]any)[1].(map[string]any)["pinned"] != true {
		t.Errorf("%v", detail)
	}
}

func TestFailedRunIsResumedAndRetried(t *testing.T) {
	c := newTenant(t, "PRO")
	w := line("Fails", manual(), set("First", "a", "1"), node("Boom", "n8n-nodes-base.stopAndError", 1, `{"errorMessage":"it broke"}`), set("Last", "b", "2"))
	id := c.create(w)
	m := c.run(id, `{}`)
	if m["status"] != "failed" || m["failedAt"] != "Boom" || m["output"] != nil {
		t.Fatalf("%v", m)
	}
	if e := m["error"].(map[string]any); e["message"] != "it broke" || e["node"] != "Boom" || e["nodeId"] != "id-Boom" || e["code"] == "" {
		t.Errorf("%v", e)
	}
	job := m["jobId"].(string)
	detail := c.do("GET", "/api/executions/"+job, nil).want(200)
	var names []any
	for _, n := range detail["nodes"].([]any) {
		names = append(names, n.(map[string]any)["name"])
	}
	if d := cmp.Diff([]any{"Start", "First", "Boom"}, names); d != "" {
		t.Error(d)
	}

	// The cause is taken away in a new version, with which the run goes on.
	c.do("PUT", "/api/workflows/"+id, strings.Replace(w, node("Boom", "n8n-nodes-base.stopAndError", 1, `{"errorMessage":"it broke"}`), node("Boom", "n8n-nodes-base.noOp", 1, "{}"), 1)).want(200)
	c.do("POST", "/api/executions/"+job+"/resume", `{"unknownOutcome":"maybe"}`).refused(422, "VALIDATION")
	c.do("POST", "/api/executions/"+job+"/resume", `{"version":2}`).want(202)
	done := c.await(job, func(s string) bool { return s == "completed" || s == "failed" })
	if done["status"] != "completed" {
		t.Errorf("after the resume: %v", done)
	}
	c.do("POST", "/api/executions/"+job+"/resume", nil).refused(409, "CONFLICT")

	again := c.do("POST", "/api/executions/"+job+"/retry", `{"fromNode":"Boom"}`).want(202)["jobId"].(string)
	if m := c.await(again, func(s string) bool { return s == "completed" || s == "failed" }); m["status"] != "completed" || again == job {
		t.Errorf("%v", m)
	}
	if d := c.do("GET", "/api/executions/"+again, nil).want(200); d["trigger"] != "retry" || d["triggeredBy"] != job {
		t.Errorf("%v", d)
	}
	c.do("POST", "/api/executions/"+job+"/retry", `{"fromNode":"Nobody"}`).refused(422, "VALIDATION")
	c.do("POST", "/api/executions/"+job+"/retry", `{"fromNode":"Boom","input":{}}`).refused(422, "VALIDATION")
	if m := c.do("POST", "/api/executions/"+job+"/retry?preview=true", nil).want(200); len(m["nodes"].([]any)) != 0 {
		t.Errorf("nothing had effects outside: %v", m)
	}
	if n := len(c.do("GET", "/api/executions", nil).want(200)["items"].([]any)); n != 2 {
		t.Errorf("%d executions, want 2: a preview starts nothing", n)
	}
}

func TestPreviewNamesTheSideEffects(t *testing.T) {
	c := newTenant(t, "PRO")
	call := func(name, method string) string {
		return node(name, "n8n-nodes-base.httpRequest", 4.2, `{"method":"`+method+`","url":"http://127.0.0.1:1/"}`)
	}
	id := c.create(line("Calls", manual(), call("Read", "GET"), call("Write", "POST")))
	w := c.run(id, `{"test":{"pinData":{"Read":[{"a":1}]}}}`)
	m := c.do("POST", "/api/executions/"+w["jobId"].(string)+"/retry?preview=true", nil).want(200)
	var got []string
	for _, n := range m["nodes"].([]any) {
		x := n.(map[string]any)
		got = append(got, fmt.Sprint(x["name"], " ", x["effect"]))
	}
	if d := cmp.Diff([]string{"Write unsafe"}, got); d != "" {
		t.Error(d)
	}
}

func TestCancel(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(line("Waits", manual(), node("Wait", "n8n-nodes-base.wait", 1.1, `{"amount":2,"unit":"hours"}`), set("After", "a", "b")))
	job := c.do("POST", "/api/workflows/"+id+"/run", nil).want(202)["jobId"].(string)
	c.await(job, func(s string) bool { return s == "waiting" })
	if m := c.do("POST", "/api/executions/"+job+"/cancel", nil).want(202); m["status"] != "cancelled" {
		t.Errorf("%v", m)
	}
	if m := c.do("GET", "/api/jobs/"+job+"/status", nil).want(200); m["status"] != "cancelled" || m["error"].(map[string]any)["code"] != "CANCELLED" {
		t.Errorf("%v", m)
	}
	c.do("POST", "/api/executions/"+job+"/cancel", nil).refused(409, "CONFLICT")
	c.do("POST", "/api/executions/exe_none/cancel", nil).refused(404, "NOT_FOUND")
}

func TestDataAndOutputs(t *testing.T) {
	c := newTenant(t, "PRO")
	stops := c.create(line("Stops", manual(), node("Boom", "n8n-nodes-base.stopAndError", 1, `{"errorMessage":"x"}`)))
	failed := c.do("POST", "/api/workflows/"+stops+"/run", nil).want(202)["jobId"].(string)
	c.await(failed, func(s string) bool { return s == "failed" })
	if items, isList := c.do("GET", "/api/executions/"+failed+"/nodes/Boom/output", nil).want(200)["items"].([]any); !isList || len(items) > 0 {
		t.Errorf("what a failed node gave is %v, want an empty list", items)
	}
	branch := node("Which", "n8n-nodes-base.if", 2.2, `{"conditions":{"options":{"version":2},"combinator":"and","conditions":[{"leftValue":"={{ $json.n }}","rightValue":2,"operator":{"type":"number","operation":"gt"}}]}}`)
	id := c.create(line("Branch", manual(), branch, set("Big", "n", "={{ $json.n }}")))
	job := c.run(id, `{"input":[{"n":1},{"n":2},{"n":3},{"n":4}]}`)["jobId"].(string)
	data := c.do("GET", "/api/executions/"+job+"/data", nil).want(200)
	if d := cmp.Diff([]any{"Start", "Which", "Big"}, data["order"]); d != "" {
		t.Error(d)
	}
	which := data["nodes"].(map[string]any)["Which"].([]any)[0].(map[string]any)["outputs"].([]any)
	if len(which) != 2 || len(which[0].([]any)) != 2 || len(which[1].([]any)) != 2 {
		t.Errorf("%v", which)
	}
	base := "/api/executions/" + job + "/nodes/Which/output"
	m := c.do("GET", base+"?output=1&limit=1", nil).want(200)
	if fmt.Sprint(m["items"]) != "[map[json:map[n:1] pairedItem:map[item:0]]]" || m["total"] != 2.0 {
		t.Errorf("%v", m)
	}
	m = c.do("GET", base+"?output=1&cursor="+m["nextCursor"].(string), nil).want(200)
	if len(m["items"].([]any)) != 1 || m["nextCursor"] != nil {
		t.Errorf("%v", m)
	}
	c.do("GET", base+"?run=1", nil).refused(404, "NOT_FOUND")
	c.do("GET", base+"?output=5", nil).refused(404, "NOT_FOUND")
	c.do("GET", "/api/executions/"+job+"/nodes/Nobody/output", nil).refused(404, "NOT_FOUND")

	odd := c.create(line("Odd", manual(), set("A/B 100%", "x", "y")))
	job = c.run(odd, nil)["jobId"].(string)
	if m := c.do("GET", "/api/executions/"+job+"/nodes/A%2FB%20100%25/output", nil).want(200); m["total"] != 1.0 {
		t.Errorf("%v", m)
	}
}

func TestExecutionFilters(t *testing.T) {
	c := newTenant(t, "PRO")
	good := c.create(hello())
	bad := c.create(line("Bad", manual(), node("Boom", "n8n-nodes-base.stopAndError", 1, `{"errorMessage":"x"}`)))
	c.run(good, nil)
	mid := c.run(good, nil)["queuedAt"].(string)
	c.run(bad, nil)
	for query, want := range map[string]int{
		"": 3, "?workflowId=" + good: 2, "?status=failed": 1, "?status=completed&workflowId=" + bad: 0, "?since=" + mid: 2, "?until=" + mid: 1,
		"?since=2099-01-01T00:00:00Z": 0, "?since=2099-01-01T00:00:00Z&until=2000-01-01T00:00:00Z": 0,
	} {
		if n := len(c.do("GET", "/api/executions"+query, nil).want(200)["items"].([]any)); n != want {
			t.Errorf("%q: %d, want %d", query, n, want)
		}
	}
	c.do("GET", "/api/executions?status=sleeping", nil).refused(422, "VALIDATION")
	c.do("GET", "/api/executions?since=yesterday", nil).refused(422, "VALIDATION")
}

func TestRouterRefusesAsProblems(t *testing.T) {
	c := newTenant(t, "PRO")
	c.do("GET", "/api/nothing", nil).refused(404, "NOT_FOUND")
	c.do("GET", "/api/workflows/", nil).refused(404, "NOT_FOUND")
	a := c.do("PATCH", "/api/workflows", nil)
	a.refused(405, "VALIDATION")
	if allow := a.header.Get("Allow"); !strings.Contains(allow, "POST") {
		t.Errorf("Allow: %q", allow)
	}
	// What a client claims to send does not matter: the API speaks JSON.
	id := c.create(hello())
	c.do("POST", "/api/workflows/"+id+"/run", `{}`, "Content-Type", "application/x-www-form-urlencoded").want(202)
	c.do("POST", "/api/keys", `{"name":"x","role":"viewer"}`, "Content-Type", "text/plain", "Accept", "text/html").want(201)
}

func TestConcurrencyLimitRefusesWhereAsked(t *testing.T) {
	arrived, hold := make(chan struct{}, 10), make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-hold
		_, _ = w.Write([]byte("{}"))
	})
	c := newTenant(t, "FREE")
	id := c.create(line("Slow", manual(), node("Call", "n8n-nodes-base.httpRequest", 4.2, `{"url":"`+url+`"}`)))
	first := c.do("POST", "/api/workflows/"+id+"/run", nil).want(202)["jobId"].(string)
	<-arrived
	a := c.do("POST", "/api/workflows/"+id+"/run", `{"onLimit":"reject"}`)
	a.refused(429, "PLAN_LIMIT_CONCURRENCY")
	if a.header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	second := c.do("POST", "/api/workflows/"+id+"/run", nil).want(202)["jobId"].(string)
	if m := c.await(second, func(string) bool { return true }); m["status"] != "queued" {
		t.Errorf("the second one: %v", m)
	}
	close(hold)
	for _, job := range []string{first, second} {
		if m := c.await(job, func(s string) bool { return s == "completed" || s == "failed" }); m["status"] != "completed" {
			t.Errorf("%v", m)
		}
	}
}

func TestANodeThatRunsSaysSinceWhen(t *testing.T) {
	c := newTenant(t, "PRO")
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	id := c.start(c.create(line("Slow", manual(), node("Call", "n8n-nodes-base.httpRequest", 4.2, fmt.Sprintf(`{"url":%q,"options":{}}`, url)))), 1)[0]
	var call map[string]any
	eventually(t, "the call is under way", func() bool {
		m := c.do("GET", "/api/executions/"+id, nil).want(200)
		for _, n := range m["nodes"].([]any) {
			if call = n.(map[string]any); call["status"] == "running" {
				return true
			}
		}
		return false
	})
	close(release)
	run := c.await(id, func(s string) bool { return s == "completed" })
	if since, _ := call["startedAt"].(string); since < run["queuedAt"].(string) || since > run["finishedAt"].(string) {
		t.Errorf("it runs since %q, in a run from %v to %v", since, run["queuedAt"], run["finishedAt"])
	}
}

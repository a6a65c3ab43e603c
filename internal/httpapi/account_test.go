package httpapi_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKeysAreShownOnce(t *testing.T) {
	c := newTenant(t, "PRO")
	made := c.do("POST", "/api/keys", map[string]any{
		"name": "ci", "role": "editor", "scopes": []string{"executions:write"}, "expiresAt": time.Now().Add(time.Hour).Format(time.RFC3339),
	}).want(201)
	text := made["apiKey"].(string)
	if !strings.HasPrefix(text, "alk_") || made["expiresAt"] == nil || made["role"] != "editor" {
		t.Errorf("%v", made)
	}
	list := c.do("GET", "/api/keys", nil)
	items := list.want(200)["items"].([]any)
	if len(items) != 2 || strings.Contains(string(list.body), text[31:]) || strings.Contains(strings.ToLower(string(list.body)), "hash") {
		t.Errorf("%s", list.body)
	}
	(&client{t: t, key: text}).do("GET", "/api/executions", nil).want(200)
	c.do("DELETE", "/api/keys/"+made["id"].(string), nil).want(204)
	c.do("DELETE", "/api/keys/"+made["id"].(string), nil).refused(404, "NOT_FOUND")
	for body, at := range map[string]string{
		`{"name":"x","role":"operator"}`:                                  "body.role",
		`{"name":"x","role":"viewer","scopes":["all"]}`:                   "body.scopes",
		`{"name":"","role":"viewer"}`:                                     "body.name",
		`{"name":"x","role":"viewer","expiresAt":"2020-01-01T00:00:00Z"}`: "body.expiresAt",
		`{"name":"x","role":"viewer","admin":true}`:                       "body.admin",
		`{"name":"x"}`: "body",
	} {
		m := c.do("POST", "/api/keys", body).refused(422, "VALIDATION")
		if got := m["errors"].([]any)[0].(map[string]any)["location"]; got != at {
			t.Errorf("%s: the place is %v", body, got)
		}
	}
}

func TestAKeyThatSendsTooMuchIsToldToWait(t *testing.T) {
	c := newTenant(t, "PRO")
	made := c.do("POST", "/api/keys", `{"name":"slow","role":"viewer","requestsPerMinute":3}`).want(201)
	if made["requestsPerMinute"] != 3.0 {
		t.Errorf("%v", made)
	}
	slow := &client{t: t, key: made["apiKey"].(string)}
	for range 3 {
		slow.do("GET", "/api/workflows", nil).want(200)
	}
	a := slow.do("GET", "/api/workflows", nil)
	a.refused(429, "PLAN_LIMIT_RATE")
	if wait, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || wait < 1 || wait > 20 {
		t.Errorf("Retry-After: %q", a.header.Get("Retry-After"))
	}
	c.do("GET", "/api/workflows", nil).want(200) // others go on
	rate := "/api/keys/" + made["id"].(string) + "/rate"
	if k := c.do("PUT", rate, `{"requestsPerMinute":null}`).want(200); k["requestsPerMinute"] != nil || k["name"] != "slow" {
		t.Errorf("%v", k)
	}
	for _, bad := range []string{`{"requestsPerMinute":0}`, `{"requestsPerMinute":1000000}`} {
		c.do("PUT", rate, bad).refused(422, "VALIDATION")
	}
	c.do("PUT", "/api/keys/key_01KJMMA4EGDVZNBGPQ6YDF2D8R/rate", `{"requestsPerMinute":5}`).refused(404, "NOT_FOUND")
}

func TestMembers(t *testing.T) {
	c := newTenant(t, "PRO")
	add := func(email, role string) answer {
		return c.do("POST", "/api/members", map[string]string{"email": email, "role": role})
	}
	boss := add("Boss@Example.com", "owner").want(201)
	if boss["email"] != "boss@example.com" {
		t.Errorf("%v", boss)
	}
	add("boss@example.com", "viewer").refused(409, "CONFLICT")
	add("nobody", "viewer").refused(422, "VALIDATION")
	path := "/api/members/" + boss["id"].(string)
	c.do("PUT", path, `{"role":"viewer"}`).refused(409, "CONFLICT")
	second := add("two@example.com", "viewer").want(201)
	c.do("PUT", "/api/members/"+second["id"].(string), `{"role":"owner"}`).want(200)
	c.do("DELETE", path, nil).want(204)
	items := c.do("GET", "/api/members", nil).want(200)["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["role"] != "owner" {
		t.Errorf("%v", items)
	}
}

func TestSchedulesAndActivation(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(line("Timed", node("Clock", "n8n-nodes-base.scheduleTrigger", 1.2, `{"rule":{"interval":[{"field":"weeks","weeksInterval":2,"triggerAtDay":[1,5],"triggerAtHour":8}]}}`), set("X", "a", "b")))
	if m := c.do("POST", "/api/workflows/"+id+"/activate", nil).want(200); m["active"] != true {
		t.Errorf("%v", m)
	}
	own := c.do("POST", "/api/schedules", map[string]any{"workflowId": id, "cron": "0 6 * * *", "timezone": "Asia/Colombo", "input": []any{map[string]int{"a": 1}}}).want(201)
	items := c.do("GET", "/api/schedules", nil).want(200)["items"].([]any)
	byNode := map[string]map[string]any{}
	for _, i := range items {
		m := i.(map[string]any)
		byNode[fmt.Sprint(m["node"])] = m
		if m["nextRunAt"] == nil {
			t.Errorf("it never runs: %v", m)
		}
	}
	if m := byNode["Clock"]; m["expression"] != "cron(0 8 ? * 2,6 *)" || m["every"] != 2.0 || m["unit"] != "weeks" || m["timezone"] != "America/New_York" {
		t.Errorf("%v", m)
	}
	c.do("DELETE", "/api/schedules/"+byNode["Clock"]["id"].(string), nil).refused(409, "CONFLICT")
	c.do("DELETE", "/api/schedules/"+own["id"].(string), nil).want(204)
	c.do("POST", "/api/workflows/"+id+"/deactivate", nil).want(200)
	if items := c.do("GET", "/api/schedules", nil).want(200)["items"].([]any); len(items) != 0 {
		t.Errorf("%v", items)
	}
	for body, at := range map[string]string{
		`{"cron":"0 6 * * *"}`:                                 "body.workflowId",
		`{"workflowId":"` + id + `","cron":"often"}`:           "body.cron",
		`{"workflowId":"` + id + `","cron":"0 6 * * *","x":1}`: "body.x",
		`{"workflowId":7}`:                                     "body.workflowId",
	} {
		m := c.do("POST", "/api/schedules", body).refused(422, "VALIDATION")
		if got := m["errors"].([]any)[0].(map[string]any)["location"]; got != at {
			t.Errorf("%s: the place is %v", body, got)
		}
	}
	bad := c.create(line("Too fast", node("Clock", "n8n-nodes-base.scheduleTrigger", 1.2, `{"rule":{"interval":[{"field":"seconds"}]}}`)))
	if m := c.do("POST", "/api/workflows/"+bad+"/activate", nil).refused(422, "VALIDATION"); !strings.Contains(m["detail"].(string), `"Clock"`) {
		t.Errorf("%v", m)
	}
	c.do("POST", "/api/workflows/"+c.create(hello())+"/activate", nil).refused(422, "VALIDATION")
}

func TestWebhookRunsTheWorkflowAndAnswers(t *testing.T) {
	c := newTenant(t, "PRO")
	activate := func(params string, rest ...string) {
		nodes := append([]string{node("Hook", "n8n-nodes-base.webhook", 2, params)}, rest...)
		c.do("POST", "/api/workflows/"+c.create(line("W", nodes...))+"/activate", nil).want(200)
	}
	public := &client{t: t}
	base := "/hooks/" + c.id

	activate(`{"path":"echo/:who","httpMethod":"POST","responseMode":"lastNode"}`, set("Say", "text", "={{ $json.params.who }} {{ $json.body.word }}"))
	a := public.do("POST", base+"/echo/Ann", `{"word":"hi"}`, "Content-Type", "application/json")
	if d := cmp.Diff(map[string]any{"text": "Ann hi"}, a.want(200)); d != "" {
		t.Error(d)
	}

	activate(`{"path":"node","responseMode":"responseNode"}`, node("Answer", "n8n-nodes-base.respondToWebhook", 1.1, `{"respondWith":"text","responseBody":"={{ $json.query.q }}!","options":{"responseCode":201}}`))
	if a := public.do("GET", base+"/node?q=yes", nil); a.status != 201 || string(a.body) != "yes!" {
		t.Errorf("%d %s", a.status, a.body)
	}

	// What a workflow answers is the workflow's, a refusal too.
	for status, path := range map[int]string{401: "entry", 413: "large"} {
		activate(fmt.Sprintf(`{"path":%q,"responseMode":"responseNode"}`, path), node("Answer", "n8n-nodes-base.respondToWebhook", 1.1,
			fmt.Sprintf(`{"respondWith":"json","responseBody":"{\"no\":\"entry\"}","options":{"responseCode":%d}}`, status)))
		if a := public.do("GET", base+"/"+path, nil); a.status != status || string(a.body) != `{"no":"entry"}` {
			t.Errorf("%d %s", a.status, a.body)
		}
	}

	activate(`{"path":"once","httpMethod":"POST"}`, set("X", "a", "b"))
	for range 3 {
		public.do("POST", base+"/once", `{}`, "Content-Type", "application/json", "X-GitHub-Delivery", "d-1").want(200)
	}
	runs := 0
	for _, e := range c.do("GET", "/api/executions", nil).want(200)["items"].([]any) {
		if m := e.(map[string]any); m["trigger"] != "webhook" {
			t.Errorf("%v", m)
		} else if m["triggeredBy"] == "POST /once" {
			runs++
		}
	}
	if runs != 1 {
		t.Errorf("one delivery made %d runs", runs)
	}

	activate(`{"path":"fails","responseMode":"lastNode"}`, node("Boom", "n8n-nodes-base.stopAndError", 1, `{"errorMessage":"secret reason"}`))
	if a := public.do("GET", base+"/fails", nil); a.status != 500 || strings.Contains(string(a.body), "secret reason") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestResumeURLGoesOn(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(line("Asks", manual(), set("Link", "url", "={{ $execution.resumeUrl }}"),
		node("Wait", "n8n-nodes-base.wait", 1.1, `{"resume":"webhook"}`), set("Said", "answer", "={{ $json.body.answer }}")))
	job := c.do("POST", "/api/workflows/"+id+"/run", nil).want(202)["jobId"].(string)
	c.await(job, func(s string) bool { return s == "waiting" })
	out := c.do("GET", "/api/executions/"+job+"/nodes/Link/output", nil).want(200)
	url := out["items"].([]any)[0].(map[string]any)["json"].(map[string]any)["url"].(string)
	path, ok := strings.CutPrefix(url, "https://al.example")
	if !ok {
		t.Fatalf("the address is %q", url)
	}
	public := &client{t: t}
	public.do("POST", path+"x", `{}`).refused(404, "NOT_FOUND")
	public.do("POST", strings.Replace(path, c.id, newTenant(t, "PRO").id, 1), `{}`).refused(404, "NOT_FOUND")
	public.do("POST", path, `{"answer":"yes"}`, "Content-Type", "application/json").want(200)
	m := c.await(job, func(s string) bool { return s == "completed" || s == "failed" })
	if m["status"] != "completed" || !strings.Contains(fmt.Sprint(m["output"]), "answer:yes") {
		t.Errorf("%v", m)
	}
	public.do("POST", path, `{}`).refused(409, "CONFLICT")
}

func TestNodeTypes(t *testing.T) {
	c := newTenant(t, "PRO")
	items := c.do("GET", "/api/node-types", nil).want(200)["items"].([]any)
	if len(items) < 20 {
		t.Errorf("only %d types", len(items))
	}
	m := c.do("GET", "/api/node-types/n8n-nodes-base.set", nil).want(200)
	if m["type"] != "n8n-nodes-base.set" || len(m["versions"].([]any)) < 3 || len(m["variants"].([]any)) == 0 {
		t.Errorf("%v", m)
	}
	c.do("GET", "/api/node-types/@n8n%2Fn8n-nodes-langchain.chatTrigger", nil).want(200)
	c.do("GET", "/api/node-types/none", nil).refused(404, "NOT_FOUND")
}

func TestAccount(t *testing.T) {
	c := newTenant(t, "FREE")
	m := c.as("viewer").do("GET", "/api/account", nil).want(200)
	if m["id"] != c.id || m["plan"] != "FREE" || m["role"] != "viewer" || m["limits"].(map[string]any)["maxConcurrent"] != 1.0 {
		t.Errorf("%v", m)
	}
}

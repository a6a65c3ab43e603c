package httpapi_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// odd are texts that have broken others.
var odd = []string{
	"", " ", "null", "0", "-1", "1e309", "NaN", "true", "../../etc/passwd", "a\x00b", "\xff\xfe", "%00", "#", "T#ten_a", "'; drop", "{{7*7}}",
	"={{ $env }}", "\u202e", strings.Repeat("é", 300), "2026-13-45T99:99:99Z", "wf_01ARZ3NDEKTSV4RRFFQ69G5FAV", "exe_zzzzzzzzzzzzzzzzzzzzzzzzzz", "__proto__",
}

// bodies that are not what any route expects.
var oddBodies = []string{
	"", "null", "true", "7", `"x"`, "[]", "[[]]", "{", "}", "\xff", "\x00", `{"a":1e400}`, `{"name":{"a":[]},"role":7}`, `{"nodes":{},"connections":[]}`,
	`{"nodes":[{}],"connections":{}}`, `{"nodes":[{"name":1,"type":[],"parameters":"x"}],"connections":{"x":{"main":[[{"node":7}]]}}}`,
	`{"nodes":null,"connections":null,"settings":7,"pinData":[]}`, `{"input":{"json":7}}`, `{"input":[{"json":{},"binary":7}]}`, `{"version":1e30}`,
	`{"test":{"pinData":{"":[{}]},"destinationNode":"\u0000"}}`, `{"limits":{"maxConcurrent":1e20}}`, `{"limits":null,"plan":null}`,
	`{"expiresAt":"yesterday","name":"x","role":"viewer"}`, `{"email":"a@b","role":"viewer","role":"owner"}`, `{"cron":"* * * * *","workflowId":"\u0000"}`,
	strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000), `{"` + strings.Repeat("k", 5000) + `":1}`, `[` + strings.Repeat("{},", 2000) + `{}]`,
}

// TestHostileRequestsNeverBreakTheServer sends what no route expects to every
// route: each answer is a success or a problem, and never the server's own failure.
func TestHostileRequestsNeverBreakTheServer(t *testing.T) {
	e, op := newEstate(t), operator(t)
	ops := operations(t)
	rapid.Check(t, func(rt *rapid.T) {
		o := rapid.SampledFrom(ops).Draw(rt, "operation")
		path := o.path
		for _, p := range o.Parameters {
			if p.In == "path" {
				path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(rapid.SampledFrom(odd).Draw(rt, p.Name)), 1)
			}
		}
		if rapid.Bool().Draw(rt, "own") {
			path = e.path(t, o)
		}
		q := url.Values{}
		for _, p := range o.Parameters {
			if p.In == "query" && rapid.Bool().Draw(rt, "send "+p.Name) {
				q.Set(p.Name, rapid.SampledFrom(odd).Draw(rt, "query "+p.Name))
			}
		}
		if len(q) > 0 {
			path += "?" + q.Encode()
		}
		c := e.client
		if strings.HasPrefix(o.path, "/api/admin") {
			c = op
		}
		body := rapid.SampledFrom(oddBodies).Draw(rt, "body")
		if o.method == http.MethodDelete && strings.Contains(path, e.key) {
			return // the estate stays as it is
		}
		a := c.do(o.method, path, body, "If-Match", rapid.SampledFrom([]string{"", `"x"`, "*"}).Draw(rt, "If-Match"))
		if a.status >= 500 {
			rt.Fatalf("%s %s %q: %d %s", o.method, path, body, a.status, a.body)
		}
		if a.status >= 400 {
			var p struct {
				Code, Detail, Title string
				Status              int
			}
			if err := json.Unmarshal(a.body, &p); err != nil || p.Code == "" || p.Detail == "" || p.Status != a.status {
				rt.Fatalf("%s %s %q: %d is no problem: %s", o.method, path, body, a.status, a.body)
			}
		}
	})
}

// idleSteps lets time pass on a manual clock only while no function runs, a second
// a step: on a clock that merely runs fast, a busy machine times functions out.
func idleSteps(p *local.Platform, c *clock.Manual) {
	if p.Cloud.Functions().Running() == 0 {
		c.Advance(time.Second)
	}
}

// TestSchedulesStartRuns lets minutes pass, and looks at what the scheduler starts.
func TestSchedulesStartRuns(t *testing.T) {
	manual := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC))
	p, err := local.Open(t.Context(), local.Options{
		Template: "../../template.yaml", Clock: manual, Log: slog.DiscardHandler, OpenAIBaseURL: "http://127.0.0.1:9/v1",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(t.Context()) }()
	c := &client{t: t, key: p.Keys.Tenants["dev-pro"], id: "dev-pro", handler: p.Handler()}
	id := c.create(line("Timed", node("Clock", "n8n-nodes-base.scheduleTrigger", 1.2, `{"rule":{"interval":[{"field":"minutes","minutesInterval":1}]}}`), set("When", "minute", "={{ $json.Minute }}")))
	c.do("POST", "/api/workflows/"+id+"/activate", nil).want(200)
	deadline := time.Now().Add(clocktest.Hang)
	for {
		idleSteps(p, manual)
		items := c.do("GET", "/api/executions?status=completed", nil).want(200)["items"].([]any)
		if len(items) >= 2 {
			first, second := items[0].(map[string]any), items[1].(map[string]any)
			if first["trigger"] != "schedule" || first["id"] == second["id"] || !strings.HasPrefix(fmt.Sprint(first["triggeredBy"]), "sch_") {
				t.Errorf("%v %v", first, second)
			}
			out := c.do("GET", "/api/executions/"+first["id"].(string)+"/nodes/When/output", nil).want(200)
			if m := fmt.Sprint(out["items"]); !strings.Contains(m, "minute:") {
				t.Errorf("%v", m)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("only %d runs were started", len(items))
		}
		_ = clock.Sleep(t.Context(), clock.Real(), 5*time.Millisecond)
	}
	c.do("POST", "/api/workflows/"+id+"/deactivate", nil).want(200)
}

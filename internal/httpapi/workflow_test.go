package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWorkflowKeepsWhatItDoesNotKnow(t *testing.T) {
	c := newTenant(t, "PRO")
	raw := strings.TrimSuffix(hello(), "}") + `,"meta":{"big":12345678901234567890,"z":1,"a":[1.50]},"id":"n8n-7","active":true,"tags":["x"]}`
	a := c.do("POST", "/api/workflows", raw)
	m := a.want(201)
	id := m["id"].(string)
	if m["version"] != 1.0 || m["active"] != false || m["nodes"] != 2.0 || a.header.Get("Location") != "/api/workflows/"+id {
		t.Errorf("%v %v", m, a.header)
	}
	got := c.do("GET", "/api/workflows/"+id, nil)
	if body := string(got.body); !strings.Contains(body, `"meta":{"big":12345678901234567890,"z":1,"a":[1.50]}`) || strings.Contains(body, "n8n-7") || !strings.Contains(body, `"tags":["x"]`) {
		t.Errorf("%s", body)
	}
	if m := got.want(200); m["id"] != id || m["active"] != false || m["name"] != "Hello" {
		t.Errorf("%v", m)
	}
}

func TestVersionsAndOptimisticUpdates(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(hello())
	second := c.do("PUT", "/api/workflows/"+id, strings.Replace(hello(), "Hello ", "Bye ", 1), "If-Match", `"1"`)
	if m := second.want(200); m["version"] != 2.0 || second.header.Get("ETag") != `"2"` {
		t.Errorf("%v %v", m, second.header)
	}
	c.do("PUT", "/api/workflows/"+id, hello(), "If-Match", `"1"`).refused(409, "CONFLICT")
	c.do("PUT", "/api/workflows/"+id+"?version=1", hello()).refused(409, "CONFLICT")
	c.do("PUT", "/api/workflows/"+id, hello(), "If-Match", `"x"`).refused(422, "VALIDATION")
	if old := string(c.do("GET", "/api/workflows/"+id+"?version=1", nil).body); !strings.Contains(old, "Hello ") {
		t.Errorf("version 1: %s", old)
	}
	c.do("GET", "/api/workflows/"+id+"?version=9", nil).refused(404, "NOT_FOUND")
	var numbers []any
	for cursor := ""; ; {
		m := c.do("GET", "/api/workflows/"+id+"/versions?limit=1"+cursor, nil).want(200)
		numbers = append(numbers, m["items"].([]any)[0].(map[string]any)["version"])
		if m["nextCursor"] == nil {
			break
		}
		cursor = "&cursor=" + m["nextCursor"].(string)
	}
	if d := cmp.Diff([]any{2.0, 1.0}, numbers); d != "" {
		t.Error(d)
	}
	if out := c.run(id, `{"version":1,"input":{"who":"A"}}`)["output"]; fmt.Sprint(out) != "[map[json:map[greeting:Hello A] pairedItem:map[item:0]]]" {
		t.Errorf("version 1 gave %v", out)
	}
}

func TestRunsGoOnWithTheirVersionAfterADelete(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.create(hello())
	done := c.run(id, `{}`)["jobId"].(string)
	c.do("DELETE", "/api/workflows/"+id, nil).want(204)
	c.do("GET", "/api/workflows/"+id, nil).refused(404, "NOT_FOUND")
	c.do("POST", "/api/workflows/"+id+"/run", nil).refused(404, "NOT_FOUND")
	c.do("DELETE", "/api/workflows/"+id, nil).refused(404, "NOT_FOUND")
	if m := c.do("GET", "/api/executions/"+done, nil).want(200); len(m["nodes"].([]any)) != 2 {
		t.Errorf("%v", m)
	}
}

func TestListsPageAndSearch(t *testing.T) {
	c := newTenant(t, "PRO")
	var want []any
	for i := range 7 {
		name := []string{"Order", "Lead"}[i%2] + fmt.Sprint(i)
		c.create(line(name, manual()))
		want = append([]any{name}, want...)
	}
	list := func(query string) (names []any) {
		for cursor := ""; ; {
			m := c.do("GET", "/api/workflows?limit=2"+query+cursor, nil).want(200)
			for _, w := range m["items"].([]any) {
				names = append(names, w.(map[string]any)["name"])
			}
			if m["nextCursor"] == nil {
				return names
			}
			cursor = "&cursor=" + m["nextCursor"].(string)
		}
	}
	// Ids of one millisecond are ordered by chance, so only the set is certain.
	if got := list(""); len(got) != 7 || len(want) != 7 {
		t.Errorf("all: %v", got)
	}
	if got := list("&search=order"); len(got) != 4 {
		t.Errorf("search: %v", got)
	}
	if got := list("&search=nothing"); got != nil {
		t.Errorf("search for nothing: %v", got)
	}
	c.do("GET", "/api/workflows?limit=0", nil).refused(422, "VALIDATION")
	c.do("GET", "/api/workflows?limit=201", nil).refused(422, "VALIDATION")
	c.do("GET", "/api/workflows?cursor=%21", nil).refused(422, "VALIDATION")
	next := c.do("GET", "/api/workflows?limit=2", nil).want(200)["nextCursor"].(string)
	c.do("GET", "/api/executions?cursor="+next, nil).refused(422, "VALIDATION")
}

func TestBrokenWorkflowsAreRefusedWithTheirPlace(t *testing.T) {
	c := newTenant(t, "PRO")
	for name, x := range map[string]struct{ body, hint string }{
		"no JSON":           {"{\n  \"nodes\": [,]}", "line 2"},
		"empty":             {"", "body"},
		"an array":          {"[]", "object"},
		"no nodes":          {`{"name":"x"}`, "nodes"},
		"doubled names":     {line("x", manual(), manual()), "Start"},
		"edge to nowhere":   {strings.Replace(hello(), `"node":"Greet"`, `"node":"Gone"`, 1), "Gone"},
		"deep":              {`{"nodes":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", "deeper"},
		"a node that isn't": {`{"nodes":[1],"connections":{}}`, "nodes[0]"},
	} {
		m := c.do("POST", "/api/workflows", x.body).refused(422, "VALIDATION")
		if !strings.Contains(fmt.Sprint(m), x.hint) {
			t.Errorf("%s: %v lacks %q", name, m, x.hint)
		}
	}
	big := `{"nodes":[],"connections":{},"x":"` + strings.Repeat("y", 5<<20) + `"}`
	if a := c.do("POST", "/api/workflows", big); a.status != 413 {
		t.Errorf("a body of 5 MB: %d %.200s", a.status, a.body)
	}
	large := strings.TrimSuffix(hello(), "}") + `,"notes":"` + noise(1<<20) + `"}`
	id := c.create(large) // lies in the blob store
	if got := c.do("GET", "/api/workflows/"+id, nil); got.status != 200 || !strings.Contains(string(got.body), large[len(large)-1000:len(large)-2]) {
		t.Errorf("a large workflow: %d, %d bytes", got.status, len(got.body))
	}
	if s := c.run(id, `{}`)["status"]; s != "completed" {
		t.Errorf("a large workflow ended %v", s)
	}
}

// noise is text that does not compress.
func noise(n int) string {
	b := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[x>>20&63]
	}
	return string(b)
}

func TestImportReportsEachWorkflow(t *testing.T) {
	c := newTenant(t, "PRO")
	odd := line("Odd", manual(), node("Alien", "n8n-nodes-base.doesNotExist", 1, "{}"),
		strings.Replace(node("Call", "n8n-nodes-base.httpRequest", 4.2, `{"url":"https://x"}`), `"parameters"`, `"credentials":{"httpBasicAuth":{"id":"9","name":"My login"}},"parameters"`, 1))
	broken := strings.Replace(hello(), `"node":"Greet"`, `"node":"Gone"`, 1)
	m := c.do("POST", "/api/workflows/import", "["+hello()+`,{"name":"no nodes"},`+odd+","+broken+",7]").want(200)
	items := m["items"].([]any)
	if len(items) != 5 {
		t.Fatalf("%v", m)
	}
	at := func(i int) map[string]any { return items[i].(map[string]any) }
	if at(0)["id"] == nil || at(0)["error"] != nil || len(at(0)["unsupported"].([]any)) != 0 {
		t.Errorf("a good one: %v", at(0))
	}
	for _, i := range []int{1, 4} {
		if at(i)["id"] != nil || at(i)["error"].(map[string]any)["code"] != "VALIDATION" || at(i)["index"] != float64(i) {
			t.Errorf("a broken one: %v", at(i))
		}
	}
	wantUnsupported := []any{map[string]any{"type": "n8n-nodes-base.doesNotExist", "typeVersion": 1.0, "nodes": []any{"Alien"}}}
	if d := cmp.Diff(wantUnsupported, at(2)["unsupported"]); d != "" {
		t.Error(d)
	}
	wantCredentials := []any{map[string]any{"type": "httpBasicAuth", "name": "My login", "nodes": []any{"Call"}, "found": false, "known": true}}
	if d := cmp.Diff(wantCredentials, at(2)["credentials"]); d != "" {
		t.Error(d)
	}
	if at(3)["id"] == nil || len(at(3)["problems"].([]any)) == 0 {
		t.Errorf("one with problems is imported and says so: %v", at(3))
	}
	for name, body := range map[string]string{
		"one":        hello(),
		"public API": `{"data":[` + hello() + `],"nextCursor":null}`,
		"a template": `{"id":1,"name":"From a template","workflow":` + strings.Replace(hello(), `"name":"Hello",`, "", 1) + `}`,
		"a folder":   `{"workflows":[` + hello() + `]}`,
	} {
		items := c.do("POST", "/api/workflows/import", body).want(200)["items"].([]any)
		if len(items) != 1 || items[0].(map[string]any)["id"] == nil {
			t.Errorf("%s: %v", name, items)
		}
		if n := items[0].(map[string]any)["name"]; name == "a template" && n != "From a template" {
			t.Errorf("a template's name: %v", n)
		}
	}
	for _, bad := range []string{`{"name":"x"}`, `[]`, `{`, `null`} {
		c.do("POST", "/api/workflows/import", bad).refused(422, "VALIDATION")
	}
}

// TestWhatCannotRunIsToldOnSaving: a type that the platform lacks, and a version of
// a type that it has, in the answer of a save as in an import's report.
func TestWhatCannotRunIsToldOnSaving(t *testing.T) {
	c := newTenant(t, "PRO")
	bad := line("Newer", manual(), node("Later", "n8n-nodes-base.set", 99, `{}`), node("Else", "n8n-nodes-base.noSuchThing", 1, `{}`))
	want := "[map[nodes:[Else] type:n8n-nodes-base.noSuchThing typeVersion:1] map[nodes:[Later] type:n8n-nodes-base.set typeVersion:99]]"
	made := c.do("POST", "/api/workflows", bad).want(201)
	if got := fmt.Sprint(made["unsupported"]); got != want {
		t.Errorf("created: %s", got)
	}
	if got := fmt.Sprint(c.do("PUT", "/api/workflows/"+made["id"].(string), bad).want(200)["unsupported"]); got != want {
		t.Errorf("changed: %s", got)
	}
	report := c.do("POST", "/api/workflows/import", bad).want(200)["items"].([]any)[0]
	if got := fmt.Sprint(at(report, "unsupported")); got != want {
		t.Errorf("imported: %s", got)
	}
	if got := fmt.Sprint(c.do("POST", "/api/workflows", hello()).want(201)["unsupported"]); got != "[]" {
		t.Errorf("a workflow that can run: %s", got)
	}
}

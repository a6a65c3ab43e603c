package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// seen is a run with all that operators may not see: a credential's name, pinned
// data, and what code printed.
func seen(c *client) (run, node string) {
	node = "Call a/b"
	printer := `{"id":"p","name":"Print","type":"n8n-nodes-base.code","typeVersion":2,"position":[0,0],
		"credentials":{"httpHeaderAuth":{"id":"crd_x","name":"the-credential"}},"parameters":{"jsCode":"console.log(['printed','by','code'].join('-')); return items"}}`
	wf := line("Seen", manual(), printer, set(node, "greeting", "hello"))
	wf = strings.TrimSuffix(wf, "}") + `,"pinData":{"Elsewhere":[{"json":{"pinned":"pinned-data"}}]}}`
	return c.run(c.create(wf), nil)["jobId"].(string), node
}

// reads are the records of an operator's reading that a tenant's audit log has.
func (c *client) reads(action string) (after []any) {
	c.t.Helper()
	for _, r := range operator(c.t).do("GET", "/api/admin/audit?limit=50&tenant="+c.id, nil).want(200)["items"].([]any) {
		if at(r, "action") == action {
			after = append(after, at(r, "after"))
		}
	}
	return after
}

func TestOperatorsSeeARunWithoutItsSecrets(t *testing.T) {
	c := newTenant(t, "PRO")
	run, node := seen(c)
	path := "/api/admin/executions/" + run
	op := operator(t)

	op.do("GET", path, nil).refused(http.StatusNotFound, "NOT_FOUND") // it has completed: only its tenant finds it
	detail := op.do("GET", path+"?tenant="+c.id, nil).want(200)
	if detail["tenant"] != c.id || detail["plan"] != "PRO" || detail["status"] != "completed" || len(detail["nodes"].([]any)) != 3 {
		t.Errorf("the run is %v", detail)
	}
	if len(c.reads("execution.read")) != 0 {
		t.Error("the run's figures are no reading of the tenant's data")
	}
	wf := op.do("GET", path+"/workflow?tenant="+c.id, nil).want(200)
	if len(wf["nodes"].([]any)) != 3 || at(wf, "connections", "Start") == nil {
		t.Errorf("the workflow is %v", wf)
	}
	output := path + "/nodes/" + url.PathEscape(node) + "/output?tenant=" + c.id
	items := op.do("GET", output+"&limit=1", nil).want(200)
	if at(items, "items", "json", "greeting") != "hello" {
		t.Errorf("the items are %v", items)
	}
	for _, hidden := range []string{"the-credential", "pinned-data", "printed-by-code"} {
		own := string(c.do("GET", "/api/executions/"+run, nil).body) + string(c.do("GET", "/api/executions/"+run+"/workflow", nil).body)
		if !strings.Contains(own, hidden) {
			t.Errorf("the tenant itself does not see %s: this test shows nothing", hidden)
		}
		for _, p := range []string{path + "?tenant=" + c.id, path + "/workflow?tenant=" + c.id, output} {
			if strings.Contains(string(op.do("GET", p, nil).body), hidden) {
				t.Errorf("%s shows %s", p, hidden)
			}
		}
	}
}

func TestWhatOperatorsReadIsOnRecord(t *testing.T) {
	c := newTenant(t, "PRO")
	run, node := seen(c)
	path, op := "/api/admin/executions/"+run, operator(t)
	for _, read := range []struct{ path, action, of string }{
		{path + "/workflow?tenant=" + c.id, "execution.read", "workflow"},
		{path + "/nodes/" + url.PathEscape(node) + "/output?tenant=" + c.id, "execution.read", "items"},
		{"/api/admin/tenants/" + c.id + "/export", "tenant.exported", ""},
	} {
		before := len(c.reads(read.action))
		op.do("GET", read.path, nil).want(200)
		after := c.reads(read.action)
		if len(after) != before+1 || read.of != "" && at(after[0], "read") != read.of {
			t.Errorf("%s left the records %v", read.path, after)
		}
	}
	// What does not exist is not read.
	before := len(c.reads("execution.read"))
	op.do("GET", path+"/nodes/Nobody/output?tenant="+c.id, nil).refused(http.StatusNotFound, "NOT_FOUND")
	other := newTenant(t, "FREE")
	op.do("GET", path+"/workflow?tenant="+other.id, nil).refused(http.StatusNotFound, "NOT_FOUND")
	if len(c.reads("execution.read")) != before || len(other.reads("execution.read")) != 0 {
		t.Error("a refused reading is on record")
	}
}

func TestOperatorsSeeWhatARetryRepeats(t *testing.T) {
	c := newTenant(t, "PRO")
	wf := c.create(line("Repeats", manual(), node("Call", "n8n-nodes-base.httpRequest", 4.2, `{"method":"POST","url":"http://127.0.0.1:1/","options":{}}`)))
	run := c.run(wf, nil)["jobId"].(string)
	preview := operator(t).do("GET", "/api/admin/executions/"+run+"/retry?tenant="+c.id, nil).want(200)
	if at(preview, "nodes", "name") != "Call" || at(preview, "nodes", "effect") != "unsafe" {
		t.Errorf("a retry would do %v again", preview)
	}
}

package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestOperatorsManageTenants(t *testing.T) {
	op := operator(t)
	made := op.do("POST", "/api/admin/tenants", `{"name":"Acme","plan":"FREE","timezone":"Asia/Colombo"}`).want(201)
	id := made["id"].(string)
	c := &client{t: t, key: made["apiKey"].(string), id: id}
	if m := c.do("GET", "/api/account", nil).want(200); m["name"] != "Acme" || m["timezone"] != "Asia/Colombo" {
		t.Errorf("%v", m)
	}
	path := "/api/admin/tenants/" + id
	m := op.do("PUT", path, `{"limits":{"maxConcurrent":7}}`).want(200)
	if fmt.Sprint(m["limits"]) != "map[maxConcurrent:7]" {
		t.Errorf("%v", m)
	}
	if m := c.do("GET", "/api/account", nil).want(200); m["limits"].(map[string]any)["maxConcurrent"] != 7.0 || m["limits"].(map[string]any)["monthlyRuns"] != 100.0 {
		t.Errorf("the override: %v", m)
	}
	op.do("PUT", path, `{"plan":"PRO","limits":{}}`).want(200)
	if m := c.do("GET", "/api/account", nil).want(200); m["plan"] != "PRO" || m["limits"].(map[string]any)["maxConcurrent"] != 5.0 {
		t.Errorf("the plan: %v", m)
	}
	if m := op.do("GET", path, nil).want(200); m["plan"] != "PRO" {
		t.Errorf("%v", m)
	}
	if a := op.do("GET", "/api/admin/tenants?limit=200", nil); !strings.Contains(string(a.body), id) {
		t.Errorf("the list lacks it: %.300s", a.body)
	}
	for body, at := range map[string]string{
		`{"limits":{"maxConcurrent":501}}`: "body.limits.maxConcurrent", `{"plan":"GOLD"}`: "body.plan", `{"timezone":"Mars"}`: "body.timezone",
		`{"limits":{"monthlyRuns":-2}}`: "body.limits.monthlyRuns", `{"limit":{}}`: "body.limit", `{"name":""}`: "body.name",
	} {
		m := op.do("PUT", path, body).refused(422, "VALIDATION")
		if got := m["errors"].([]any)[0].(map[string]any)["location"]; got != at {
			t.Errorf("%s: the place is %v", body, got)
		}
	}
	op.do("PUT", "/api/admin/tenants/ten_none", `{"name":"x"}`).refused(404, "NOT_FOUND")
	op.do("GET", "/api/admin/tenants/ten_none", nil).refused(404, "NOT_FOUND")

	op.do("PUT", path, `{"suspended":true}`).want(200)
	(&client{t: t, key: c.key + " "}).do("GET", "/api/account", nil).refused(403, "FORBIDDEN") // not the text that the gateway has kept
}

func TestOperatorsSetPlansAndPrices(t *testing.T) {
	op := operator(t)
	items := op.do("GET", "/api/admin/plans", nil).want(200)["items"].([]any)
	if len(items) != 3 || items[0].(map[string]any)["name"] != "ENTERPRISE" || items[2].(map[string]any)["runsPerMinute"] != 60.0 {
		t.Errorf("%v", items)
	}
	before := op.do("GET", "/api/admin/plans/ENTERPRISE", nil).want(200)
	m := op.do("PUT", "/api/admin/plans/ENTERPRISE", `{"retentionDays":91}`).want(200)
	if m["retentionDays"] != 91.0 || m["maxConcurrent"] != before["maxConcurrent"] {
		t.Errorf("%v", m)
	}
	op.do("PUT", "/api/admin/plans/ENTERPRISE", `{"retentionDays":90}`).want(200)
	op.do("PUT", "/api/admin/plans/ENTERPRISE", `{}`).refused(422, "VALIDATION")
	op.do("PUT", "/api/admin/plans/GOLD", `{"retentionDays":90}`).refused(422, "VALIDATION")

	price := `{"model":"test-model","from":"2026-01-01T00:00:00Z","inputUsd":2.5,"cachedUsd":1.25,"outputUsd":10.000001}`
	op.do("PUT", "/api/admin/prices", price).want(200)
	a := op.do("GET", "/api/admin/prices", nil)
	if !strings.Contains(string(a.body), `"from":"2026-01-01T00:00:00.000Z","inputUsd":2.500000,"cachedUsd":1.250000,"outputUsd":10.000001,"source":"operator"}`) {
		t.Errorf("%s", a.body)
	}
	for _, part := range []string{`"model":"gpt-5.2",`, `"source":"builtin"`, `"model":"default",`, `"source":"default"`} {
		if !strings.Contains(string(a.body), part) {
			t.Errorf("the prices do not show %s: %s", part, a.body)
		}
	}
	op.do("PUT", "/api/admin/prices", strings.Replace(price, "2.5", "-1", 1)).refused(422, "VALIDATION")
	audit := op.do("GET", "/api/admin/audit?limit=50", nil)
	for _, action := range []string{"plan.changed", "price.changed"} {
		if !strings.Contains(string(audit.body), action) {
			t.Errorf("the audit lacks %s: %.500s", action, audit.body)
		}
	}
}

func TestAuditTellsWhoDidWhat(t *testing.T) {
	c, op := newTenant(t, "PRO"), operator(t)
	id := c.create(hello())
	c.do("POST", "/api/keys", `{"name":"x","role":"viewer"}`).want(201)
	c.do("DELETE", "/api/workflows/"+id, nil).want(204)
	op.do("PUT", "/api/admin/tenants/"+c.id, `{"name":"Renamed"}`).want(200)
	got := map[string]string{}
	for cursor := ""; ; {
		m := op.do("GET", "/api/admin/audit?limit=2&tenant="+c.id+cursor, nil).want(200)
		for _, r := range m["items"].([]any) {
			x := r.(map[string]any)
			got[x["action"].(string)] = x["role"].(string)
			if x["tenant"] != c.id || x["actor"] == "" || x["at"] == "" {
				t.Errorf("%v", x)
			}
			if x["action"] == "tenant.changed" && (x["before"].(map[string]any)["name"] == x["after"].(map[string]any)["name"]) {
				t.Errorf("before and after are the same: %v", x)
			}
		}
		if m["nextCursor"] == nil {
			break
		}
		cursor = "&cursor=" + m["nextCursor"].(string)
	}
	want := map[string]string{"tenant.created": "operator", "workflow.created": "owner", "key.created": "owner", "workflow.deleted": "owner", "tenant.changed": "operator"}
	for action, role := range want {
		if got[action] != role {
			t.Errorf("%s was done by %q, want %s", action, got[action], role)
		}
	}
}

package httpapi_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kind says what an operation does with things that belong to a tenant.
type kind int

const (
	public    kind = iota // answers everybody the same
	shared                // answers every tenant the same
	list                  // lists a tenant's own
	thing                 // reads or changes one thing of the tenant, named in the path
	create                // makes something new in the caller's tenant
	refer                 // makes something that refers to a thing of the tenant, named in the body
	admin                 // for operators
	browser               // answers whoever comes with a state that was given out
	everyone              // answers members and operators about themselves
	catalogue             // answers every tenant and operators the same
)

// kinds classifies every operation. A new route fails the test until it is here.
var kinds = map[string]kind{
	"health": public, "openapi": public,
	"listNodeTypes": catalogue, "getNodeType": catalogue,
	"listCredentialTypes": shared, "getCredentialType": shared, "listCredentials": list, "createCredential": create,
	"getCredential": thing, "updateCredential": thing, "deleteCredential": thing, "testCredential": thing, "authorizeCredential": thing,
	"oauth2Callback": browser,
	"listWorkflows":  list, "listExecutions": list, "listKeys": list, "listMembers": list, "listSchedules": list, "getAccount": list, "getCaller": everyone,
	"getWorkflow": thing, "updateWorkflow": thing, "deleteWorkflow": thing, "listWorkflowVersions": thing,
	"listWorkflowWebhooks": thing,
	"activateWorkflow":     thing, "deactivateWorkflow": thing, "runWorkflow": thing, "getWorkflowLimits": thing, "setWorkflowLimits": thing,
	"getJobStatus": thing, "getExecution": thing, "getExecutionData": thing, "getExecutionWorkflow": thing, "getNodeOutput": thing, "getNodeFile": thing,
	"resumeExecution": thing, "retryExecution": thing, "cancelExecution": thing,
	"deleteKey": thing, "limitKey": thing, "changeMember": thing, "removeMember": thing, "deleteSchedule": thing,
	"listTemplates": shared, "getTemplate": shared, "searchTemplates": list, "useTemplate": create,
	"createWorkflow": create, "importWorkflows": create, "createKey": create, "addMember": create,
	"createSchedule": refer, "makeTicket": create,
	"getUsage": list, "listUsageRecords": list,
	"listDataTables": list, "createDataTable": create, "getDataTable": thing, "renameDataTable": thing, "deleteDataTable": thing,
	"addDataTableColumn": thing, "deleteDataTableColumn": thing, "listDataTableRows": thing,
	"insertDataTableRows": thing, "updateDataTableRows": thing, "upsertDataTableRow": thing, "deleteDataTableRows": thing,
	"adminListExecutions": admin, "adminResumeExecution": admin, "adminRetryExecution": admin, "adminCancelExecution": admin,
	"adminBulkExecutions": admin, "adminListErrors": admin, "adminListAICosts": admin, "adminListQueues": admin,
	"adminRedriveQueue": admin, "adminGetMetrics": admin,
	"adminGetExecution": admin, "adminGetExecutionWorkflow": admin, "adminGetNodeOutput": admin, "adminPreviewRetry": admin,
	"adminListTenants": admin, "adminCreateTenant": admin, "adminGetTenant": admin, "adminChangeTenant": admin,
	"adminDeleteTenant": admin, "adminGetErasure": admin, "adminExportTenant": admin,
	"adminListPlans": admin, "adminGetPlan": admin, "adminPutPlan": admin,
	"adminListAudits": admin, "adminListPrices": admin, "adminPutPrice": admin, "adminReindexSearch": admin,
}

// estate is a tenant with one thing of each kind.
type estate struct {
	*client
	workflow, execution, key, member, schedule, credential, table string

	cursors map[string]string // by operation id
}

// marker is in every name that the estate has.
const marker = "belongs-to-somebody"

func newEstate(t *testing.T) *estate {
	t.Helper()
	e := &estate{client: newTenant(t, "PRO"), cursors: map[string]string{}}
	hook := node("Hook", "n8n-nodes-base.webhook", 2, `{"path":"`+marker+`"}`)
	e.workflow = e.create(line(marker, hook, set("Greet", "greeting", marker)))
	e.create(line(marker, manual()))
	e.do("PUT", "/api/workflows/"+e.workflow, line(marker, hook, set("Greet", "greeting", marker))).want(200)
	e.do("POST", "/api/workflows/"+e.workflow+"/activate", nil).want(200)
	e.execution = e.run(e.workflow, `{"input":[{"m":"`+marker+`"},{"m":2}]}`)["jobId"].(string)
	e.run(e.workflow, nil)
	e.key = e.do("POST", "/api/keys", map[string]string{"name": marker, "role": "viewer"}).want(201)["id"].(string)
	e.member = e.do("POST", "/api/members", map[string]string{"email": marker + "@example.com", "role": "viewer"}).want(201)["id"].(string)
	e.schedule = e.do("POST", "/api/schedules", map[string]string{"workflowId": e.workflow, "cron": "0 0 1 1 *", "name": marker}).want(201)["id"].(string)
	for _, name := range []string{marker, marker + " too"} {
		e.credential = e.do("POST", "/api/credentials", map[string]any{
			"type": "airtableOAuth2Api", "name": name, "fields": map[string]string{"clientId": marker, "clientSecret": marker},
		}).want(201)["id"].(string)
	}
	e.table = e.do("POST", "/api/data-tables", `{"name":"`+marker+`","columns":[{"name":"text","type":"string"}]}`).want(201)["id"].(string)
	e.do("POST", "/api/data-tables/"+e.table+"/rows", `{"rows":[{"text":"`+marker+`"},{"text":"two"}]}`).want(201)
	e.called(2)
	for id, path := range map[string]string{
		"listWorkflows": "/api/workflows", "listUsageRecords": "/api/usage/records", "listExecutions": "/api/executions", "listCredentials": "/api/credentials", "listWorkflowVersions": "/api/workflows/" + e.workflow + "/versions",
		"getNodeOutput": "/api/executions/" + e.execution + "/nodes/Greet/output", "listDataTableRows": "/api/data-tables/" + e.table + "/rows",
	} {
		next, ok := e.do("GET", path+"?limit=1", nil).want(200)["nextCursor"].(string)
		if !ok {
			t.Fatalf("%s gave no cursor", path)
		}
		e.cursors[id] = next
	}
	return e
}

// path fills an operation's path with the estate's things.
func (e *estate) path(t *testing.T, op operation) string {
	t.Helper()
	id := map[string]string{
		"workflows": e.workflow, "executions": e.execution, "jobs": e.execution, "keys": e.key, "members": e.member, "schedules": e.schedule, "credentials": e.credential, "data-tables": e.table,
		"templates": "payment-confirmation-crm-email",
	}
	typ := "n8n-nodes-base.set"
	if op.ID == "getCredentialType" {
		typ = "slackApi"
	}
	p := strings.NewReplacer("{name}", "Greet", "{type}", typ, "{plan}", "PRO", "{field}", "data", "{column}", "text").Replace(op.path)
	if strings.Contains(p, "{id}") {
		group := strings.Split(strings.TrimPrefix(p, "/api/"), "/")[0]
		own := id[group]
		if group == "admin" {
			own = e.id
		}
		if own == "" {
			t.Fatalf("%s: nothing of the estate fits %s", op.ID, op.path)
		}
		p = strings.Replace(p, "{id}", own, 1)
	}
	if op.ID == "searchTemplates" { // everything that can be found
		p += "?q=" + marker + "&scope=all"
	}
	if strings.Contains(p, "{") {
		t.Fatalf("%s: a parameter of %s is not known to this test", op.ID, op.path)
	}
	return p
}

// bodies are valid bodies of the operations that take one.
func (e *estate) bodies() map[string]any {
	return map[string]any{
		"createCredential": map[string]any{"type": "httpHeaderAuth", "name": "x", "fields": map[string]string{"name": "X", "value": "y"}},
		"updateCredential": map[string]any{"name": "y"},
		"createWorkflow":   hello(), "updateWorkflow": hello(), "importWorkflows": hello(), "runWorkflow": "{}", "retryExecution": "{}",
		"createKey": map[string]string{"name": "x", "role": "viewer"}, "limitKey": map[string]int{"requestsPerMinute": 100}, "addMember": map[string]string{"email": "new@example.com", "role": "viewer"},
		"setWorkflowLimits": map[string]int{"maxTokensPerRun": 9}, "changeMember": map[string]string{"role": "editor"}, "createSchedule": map[string]string{"workflowId": e.workflow, "cron": "0 0 1 1 *"},
		"adminCreateTenant": map[string]string{"name": "x", "plan": "FREE"}, "adminChangeTenant": map[string]string{"name": "x"},
		"adminBulkExecutions": map[string]any{"action": "resume", "filter": map[string]string{"tenant": e.id, "status": "failed"}},
		"createDataTable":     map[string]string{"name": "x"}, "renameDataTable": map[string]string{"name": "y"}, "addDataTableColumn": map[string]string{"name": "more", "type": "number"},
		"insertDataTableRows": `{"rows":[{"text":"x"}]}`, "updateDataTableRows": `{"filter":{"conditions":[{"column":"id","operator":"eq","value":1}]},"set":{"text":"x"}}`,
		"upsertDataTableRow": `{"filter":{"conditions":[{"column":"id","operator":"eq","value":1}]},"set":{"text":"x"}}`, "deleteDataTableRows": `{"filter":{"conditions":[{"column":"id","operator":"eq","value":1}]}}`,
		"adminReindexSearch": map[string]string{"tenant": e.id}, "adminPutPlan": map[string]int{"retentionDays": 30}, "adminPutPrice": map[string]any{"model": "m", "from": "2026-01-01T00:00:00Z", "inputUsd": 1, "cachedUsd": 1, "outputUsd": 1},
	}
}

// inventory is all that the estate's owner sees; it must not change by what others do.
func (e *estate) inventory() string {
	var b strings.Builder
	for _, p := range []string{
		"/api/workflows", "/api/workflows/" + e.workflow, "/api/workflows/" + e.workflow + "/versions", "/api/executions",
		"/api/executions/" + e.execution, "/api/members", "/api/schedules", "/api/account", "/api/credentials", "/api/credentials/" + e.credential,
		"/api/data-tables", "/api/data-tables/" + e.table, "/api/data-tables/" + e.table + "/rows",
	} {
		b.Write(e.do("GET", p, nil).body)
	}
	for _, k := range e.do("GET", "/api/keys", nil).want(200)["items"].([]any) {
		fmt.Fprint(&b, k.(map[string]any)["id"])
	}
	return b.String()
}

func TestEveryRouteKeepsTenantsApart(t *testing.T) {
	mine := newEstate(t)
	other := newTenant(t, "PRO")
	nobody := &client{t: t}
	before := mine.inventory()
	for _, op := range operations(t) {
		k, known := kinds[op.ID]
		if !known {
			t.Errorf("%s (%s %s) is not classified: add it to kinds", op.ID, op.method, op.path)
			continue
		}
		t.Run(op.ID, func(t *testing.T) {
			path, body := mine.path(t, op), mine.bodies()[op.ID]
			if k == browser {
				nobody.t = t
				if a := nobody.do(op.method, path+"?code=x&state="+mine.id+".x", nil); a.status != http.StatusNotFound {
					t.Errorf("with a state of nobody: %d %s", a.status, a.body)
				}
				return
			}
			if k != public {
				nobody.t = t
				if a := nobody.do(op.method, path, body); a.status != http.StatusUnauthorized {
					t.Errorf("without a key: %d %s", a.status, a.body)
				}
				forged := &client{t: t, key: mine.client.key + "x"}
				forged.do(op.method, path, body).refused(http.StatusUnauthorized, "UNAUTHENTICATED")
			}
			other.t = t
			a := other.do(op.method, path, body)
			if strings.Contains(string(a.body), marker) {
				t.Errorf("another tenant reads what is not his: %s", a.body)
			}
			switch k {
			case thing, refer:
				a.refused(http.StatusNotFound, "NOT_FOUND")
			case admin:
				a.refused(http.StatusForbidden, "FORBIDDEN")
			default:
				if a.status >= 300 {
					t.Errorf("an own request: %d %s", a.status, a.body)
				}
			}
			if cursor := mine.cursors[op.ID]; cursor != "" {
				other.do(op.method, path+"?cursor="+cursor, body).refused(http.StatusNotFound, "NOT_FOUND")
			}
			if op.ID != "runWorkflow" && hasCursor(op) && k != shared && k != catalogue && k != admin && mine.cursors[op.ID] == "" {
				t.Errorf("the estate has no cursor of this list")
			}
			if k == admin || k == public {
				return
			}
			if k == everyone {
				if body := operator(t).do(op.method, path, body).want(http.StatusOK); body["role"] != "operator" || body["account"] != nil {
					t.Errorf("an operator is told %v", body)
				}
				return
			}
			if k == catalogue {
				operator(t).do(op.method, path, body).want(http.StatusOK)
				return
			}
			operator(t).do(op.method, path, body).refused(http.StatusForbidden, "FORBIDDEN")
		})
	}
	mine.t = t
	if d := cmp.Diff(before, mine.inventory()); d != "" {
		t.Errorf("others changed the tenant:\n%s", d)
	}
	ops := map[string]bool{}
	for _, op := range operations(t) {
		ops[op.ID] = true
	}
	for id := range kinds {
		if !ops[id] {
			t.Errorf("kinds has %s, which no route has", id)
		}
	}
}

// A cursor whose key was altered is refused as such, not as a fault of the
// database, and leads nowhere else.
func TestAlteredCursorsAreRefused(t *testing.T) {
	mine, other := newTenant(t, "PRO"), newTenant(t, "PRO")
	for _, list := range []string{"executions", "workflows", "schedules", "keys", "credentials", "members"} {
		for _, key := range []string{"../" + other.id, "TENANT#" + other.id, "\xff", strings.Repeat("~", 300)} {
			text := base64.RawURLEncoding.EncodeToString([]byte(mine.id + "\x00" + list + "\x00" + key))
			a := mine.do("GET", "/api/"+list+"?cursor="+text, nil)
			if a.status != http.StatusOK && a.status != http.StatusUnprocessableEntity || strings.Contains(string(a.body), other.id+`"`) {
				t.Errorf("%s with the key %q: %d %.200s", list, key, a.status, a.body)
			}
		}
	}
}

func hasCursor(op operation) bool {
	for _, p := range op.Parameters {
		if p.Name == "cursor" {
			return true
		}
	}
	return false
}

func TestWebhooksKeepTenantsApart(t *testing.T) {
	mine, other := newEstate(t), newTenant(t, "PRO")
	if a := other.do("GET", "/hooks/"+mine.id+"/"+marker, nil); a.status != http.StatusOK {
		t.Fatalf("the webhook itself: %d %s", a.status, a.body)
	}
	other.do("GET", "/hooks/"+other.id+"/"+marker, nil).refused(http.StatusNotFound, "NOT_FOUND")
	id := other.create(line("same address", node("Hook", "n8n-nodes-base.webhook", 2, `{"path":"`+marker+`"}`)))
	other.do("POST", "/api/workflows/"+id+"/activate", nil).want(200) // addresses are the tenant's own
}

// TestEveryRouteHoldsItsRole tries every route with each lesser role.
func TestEveryRouteHoldsItsRole(t *testing.T) {
	e := newEstate(t)
	rank := map[string]int{"viewer": 1, "editor": 2, "owner": 3}
	for _, role := range []string{"viewer", "editor"} {
		lesser := e.as(role)
		for _, op := range operations(t) {
			if rank[op.Role] <= rank[role] {
				continue
			}
			lesser.t = t
			if a := lesser.do(op.method, e.path(t, op), e.bodies()[op.ID]); a.status != http.StatusForbidden {
				t.Errorf("%s as %s: %d %s", op.ID, role, a.status, a.body)
			}
		}
	}
}

// TestScopesNarrowKeys tries reading and writing of each group with narrow keys.
func TestScopesNarrowKeys(t *testing.T) {
	e := newEstate(t)
	for scope, allowed := range map[string][]string{
		"workflows:read":   {"/api/workflows", "/api/node-types", "/api/schedules"},
		"workflows:write":  {"/api/workflows"},
		"executions:read":  {"/api/executions"},
		"executions:write": {"/api/executions"},
		"account:read":     {"/api/account", "/api/members"},
		"credentials:read": {"/api/credentials"},
		"tables:read":      {"/api/data-tables"},
	} {
		narrow := e.as("owner", scope)
		for _, path := range []string{"/api/workflows", "/api/executions", "/api/account", "/api/members", "/api/keys", "/api/node-types", "/api/schedules", "/api/credentials", "/api/data-tables"} {
			a := narrow.do("GET", path, nil)
			want := http.StatusForbidden
			for _, p := range allowed {
				if p == path || (scope == "workflows:write" && (path == "/api/node-types" || path == "/api/schedules")) {
					want = http.StatusOK
				}
			}
			if a.status != want {
				t.Errorf("%s with %s: %d, want %d", path, scope, a.status, want)
			}
		}
		a := narrow.do("POST", "/api/workflows/"+e.workflow+"/run", "{}")
		if may := a.status == http.StatusAccepted; may != (scope == "executions:write") {
			t.Errorf("a run with %s: %d", scope, a.status)
		}
	}
}

// A key that was deleted is refused as soon as the caches have ended.
func TestDeletedKeysAreRefused(t *testing.T) {
	c := newTenant(t, "PRO")
	m := c.do("POST", "/api/keys", map[string]string{"name": "x", "role": "viewer"}).want(201)
	gone := &client{t: t, key: m["apiKey"].(string)}
	c.do("DELETE", "/api/keys/"+m["id"].(string), nil).want(204)
	gone.do("GET", "/api/account", nil).refused(401, "UNAUTHENTICATED") // never used before: nothing was cached
}

package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// unaudited are the changing methods that leave no audit record, and why.
var unaudited = map[string]string{
	"runWorkflow": "the execution says who began it", "retryExecution": "the new execution says who began it",
	"makeTicket": "a ticket of a minute changes nothing", "testCredential": "it only asks the other side",
	"authorizeCredential": "it only makes the address to go to",
	"insertDataTableRows": "rows are the data of workflows, whose runs leave no record of them either",
	"updateDataTableRows": "rows are the data of workflows, whose runs leave no record of them either",
	"upsertDataTableRow":  "rows are the data of workflows, whose runs leave no record of them either",
	"deleteDataTableRows": "rows are the data of workflows, whose runs leave no record of them either",
}

// last are the operations that take away what others need.
var last = []string{"deleteDataTableColumn", "deleteDataTable", "deleteSchedule", "removeMember", "deleteKey", "deleteCredential", "deleteWorkflow", "adminDeleteTenant"}

// recentAudits are the ids of the last audit records of all. Two of one
// millisecond have no order.
func recentAudits(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, r := range operator(t).do("GET", "/api/admin/audit?limit=50", nil).want(200)["items"].([]any) {
		ids[at(r, "id").(string)] = true
	}
	return ids
}

// added reports whether there is a record that was not there before.
func added(before, after map[string]bool) bool {
	for id := range after {
		if !before[id] {
			return true
		}
	}
	return false
}

// failed makes a failed execution, which operators find by its id.
func (e *estate) failed() string {
	e.t.Helper()
	job := e.run(e.create(broken("For the audit")), nil)["jobId"].(string)
	eventually(e.t, "the index has the failure", func() bool {
		return len(operator(e.t).do("GET", "/api/admin/executions?status=failed&tenant="+e.id, nil).want(200)["items"].([]any)) > 0
	})
	return job
}

// open makes an execution that does not end by itself.
func (e *estate) open() string { return e.start(e.create(sleeper()), 1)[0] }

// TestEveryChangeIsAudited makes each change of the API once, and wants a record
// of it. A new route that changes something is found here.
func TestEveryChangeIsAudited(t *testing.T) {
	e := newEstate(t)
	ops := slices.DeleteFunc(operations(t), func(op operation) bool { return op.method == http.MethodGet })
	slices.SortStableFunc(ops, func(a, b operation) int { return slices.Index(last, a.ID) - slices.Index(last, b.ID) })
	checked := 0
	for _, op := range ops {
		if unaudited[op.ID] != "" {
			continue
		}
		who := e.client
		if kinds[op.ID] == admin {
			who = operator(t)
		}
		path := e.path(t, op)
		switch op.ID {
		case "resumeExecution", "adminResumeExecution", "adminRetryExecution":
			path = strings.NewReplacer(e.execution, e.failed(), "/executions/"+e.id, "/executions/"+e.failed()).Replace(path)
		case "cancelExecution", "adminCancelExecution":
			path = strings.NewReplacer(e.execution, e.open(), "/executions/"+e.id, "/executions/"+e.open()).Replace(path)
		case "adminBulkExecutions":
			e.failed()
		}
		before := recentAudits(t)
		a := who.do(op.method, path, e.bodies()[op.ID])
		if a.status >= 300 {
			t.Errorf("%s cannot be done here, so nobody knows whether it leaves a record: %d %s", op.ID, a.status, a.body)
			continue
		}
		checked++
		if !added(before, recentAudits(t)) {
			t.Errorf("%s (%s %s) left no audit record; if that is meant, say why in unaudited", op.ID, op.method, op.path)
		}
	}
	if checked < 15 {
		t.Errorf("only %d changes were made", checked)
	}
}

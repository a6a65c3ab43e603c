package httpapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestDataTablesOverTheAPI(t *testing.T) {
	c := newTenant(t, "PRO")
	made := c.do("POST", "/api/data-tables", `{"name":"People","columns":[{"name":"name","type":"string"},{"name":"age","type":"number"}]}`).want(201)
	path := "/api/data-tables/" + made["id"].(string)
	c.do("POST", "/api/data-tables", `{"name":"People"}`).refused(409, "CONFLICT")
	c.do("POST", "/api/data-tables", `{"name":"X","columns":[{"name":"id","type":"string"}]}`).refused(422, "VALIDATION")
	c.do("POST", path+"/columns", `{"name":"born","type":"date"}`).want(200)
	c.do("POST", path+"/columns", `{"name":"born","type":"date"}`).refused(409, "CONFLICT")

	rows := []string{}
	for i := range 7 {
		rows = append(rows, fmt.Sprintf(`{"name":"p%d","age":%d,"born":"2000-01-0%d"}`, i, i, i+1))
	}
	if m := c.do("POST", path+"/rows", `{"rows":[`+strings.Join(rows, ",")+`]}`).want(201); fmt.Sprint(m["ids"]) != "[1 2 3 4 5 6 7]" {
		t.Errorf("inserted %v", m)
	}
	a := c.do("POST", path+"/rows", `{"rows":[{"name":"x"},{"age":"old"}]}`)
	a.refused(422, "VALIDATION")
	if !strings.Contains(string(a.body), "body.rows[1]") {
		t.Errorf("it does not say which row: %s", a.body)
	}
	ids := func(query string) (out string) {
		for cursor := ""; ; {
			m := c.do("GET", path+"/rows?limit=2"+query+cursor, nil).want(200)
			for _, r := range m["items"].([]any) {
				out += fmt.Sprint(at(r.(map[string]any), "id"))
			}
			next, ok := m["nextCursor"].(string)
			if !ok {
				return out
			}
			cursor = "&cursor=" + next
		}
	}
	filter := func(text string) string { return "&filter=" + url.QueryEscape(text) }
	if got := ids(""); got != "1234567" {
		t.Errorf("all rows are %s", got)
	}
	if got := ids(filter(`{"match":"any","conditions":[{"column":"age","operator":"gte","value":5},{"column":"name","operator":"like","value":"p0"}]}`)); got != "167" {
		t.Errorf("the filter selects %s", got)
	}
	c.do("GET", path+"/rows?filter=x", nil).refused(422, "VALIDATION")
	c.do("GET", path+"/rows?"+filter(`{"conditions":[{"column":"none","operator":"eq"}]}`)[1:], nil).refused(422, "VALIDATION")
	c.do("GET", path+"/rows?cursor=x", nil).refused(422, "VALIDATION")

	one := `"filter":{"conditions":[{"column":"name","operator":"eq","value":"p3"}]}`
	if m := c.do("PUT", path+"/rows", `{`+one+`,"set":{"age":"33"},"dryRun":true}`).want(200); fmt.Sprint(m["ids"]) != "[4]" {
		t.Errorf("a dry run names %v", m)
	}
	c.do("PUT", path+"/rows", `{`+one+`,"set":{"age":"33"}}`).want(200)
	row := c.do("GET", path+"/rows?"+filter(`{"conditions":[{"column":"age","operator":"eq","value":33}]}`)[1:], nil).want(200)["items"].([]any)[0].(map[string]any)
	if row["name"] != "p3" || row["born"] != "2000-01-04T00:00:00.000Z" {
		t.Errorf("the row is %v", row)
	}
	if m := c.do("POST", path+"/rows/upsert", `{"filter":{"conditions":[{"column":"name","operator":"eq","value":"new"}]},"set":{"name":"new"}}`).want(200); fmt.Sprint(m["ids"]) != "[8]" {
		t.Errorf("upserted %v", m)
	}
	c.do("POST", path+"/rows/delete", `{"filter":{"conditions":[]}}`).refused(422, "VALIDATION")
	c.do("POST", path+"/rows/delete", `{`+one+`}`).want(200)
	if got := ids(""); got != "1235678" {
		t.Errorf("left are %s", got)
	}
	if m := c.do("GET", path, nil).want(200); at(m, "size", "rows") != 7.0 || at(m, "size", "bytes").(float64) < 700 {
		t.Errorf("the table is %v", m)
	}
	c.do("PUT", path, `{"name":"Folk"}`).want(200)
	c.do("DELETE", path+"/columns/born", nil).want(204)
	c.do("DELETE", path+"/columns/born", nil).refused(404, "NOT_FOUND")
	c.do("DELETE", path, nil).want(204)
	c.do("GET", path+"/rows", nil).refused(404, "NOT_FOUND")
	actions := ""
	for _, l := range download(t, operator(t), c.id) {
		if l["kind"] == "audit" {
			actions += fmt.Sprint(at(l, "data", "Action"), " ")
		}
	}
	for _, want := range []string{"dataTable.created", "dataTable.renamed", "dataTable.columnAdded", "dataTable.columnDeleted", "dataTable.deleted"} {
		if !strings.Contains(actions, want) {
			t.Errorf("there is no record of %s among %s", want, actions)
		}
	}
}

// TestWorkflowsKeepRowsAndWhatTheySaw runs the nodes with the roles that their
// functions have.
func TestWorkflowsKeepRowsAndWhatTheySaw(t *testing.T) {
	c := newTenant(t, "PRO")
	table := c.do("POST", "/api/data-tables", `{"name":"Log","columns":[{"name":"v","type":"number"}]}`).want(201)["id"].(string)
	onTable := func(operation, more string) string {
		return `{"operation":"` + operation + `","dataTableId":{"__rl":true,"mode":"list","value":"` + table + `"}` + more + `}`
	}
	wf := c.create(line("Log", manual(),
		node("New", "n8n-nodes-base.removeDuplicates", 2, `{"operation":"removeItemsSeenInPreviousExecutions","logic":"removeItemsWithAlreadySeenKeyValues","dedupeValue":"={{ $json.v }}","options":{}}`),
		node("Keep", "n8n-nodes-base.dataTable", 1.1, onTable("insert", `,"columns":{"mappingMode":"autoMapInputData","value":null},"options":{}`)),
		node("Drop", "n8n-nodes-base.dataTable", 1.1, onTable("deleteRows", `,"filters":{"conditions":[{"keyName":"v","condition":"lt","keyValue":0}]}`)),
	))
	c.run(wf, `{"input":[{"v":1},{"v":-2},{"v":1}]}`)
	c.run(wf, `{"input":[{"v":1},{"v":3},{"v":-2}]}`)
	values := ""
	for _, r := range c.do("GET", "/api/data-tables/"+table+"/rows", nil).want(200)["items"].([]any) {
		values += fmt.Sprint(r.(map[string]any)["v"], " ")
	}
	if values != "1 1 3 " {
		t.Errorf("the table has %s", values)
	}
	c.do("DELETE", "/api/workflows/"+wf, nil).want(204)
}

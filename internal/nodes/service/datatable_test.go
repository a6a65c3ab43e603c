package service

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	local "github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// tableWorld has a table "People" of the tenant t, with the columns name, age, born
// and member, and its id.
func tableWorld(t *testing.T) (world, string) {
	t.Helper()
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := dynamostore.DataTables{Runs: dynamostore.NewRuns(local.Client(local.Open(t, c)), local.Runs, nil, c)}
	desk := &datatable.Desk{Tables: s, Rows: s, Clock: c}
	made, err := desk.Create(t.Context(), datatable.NewTable{Tenant: "t", Name: "People", Columns: []datatable.Column{
		{Name: "name", Type: datatable.String}, {Name: "age", Type: datatable.Number}, {Name: "born", Type: datatable.Date}, {Name: "member", Type: datatable.Boolean},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return world{typ: "dataTable", version: 1.1, services: node.Services{DataTables: desk}}, string(made.ID)
}

const tableNow = `"createdAt":"2026-03-01T12:00:00.000Z","updatedAt":"2026-03-01T12:00:00.000Z"`

// onTable are the parameters of an operation on rows of the table.
func onTable(id, operation, more string) string {
	return `{"resource":"row","operation":"` + operation + `","dataTableId":{"__rl":true,"mode":"id","value":"` + id + `"}` + more + `}`
}

const byName = `,"filters":{"conditions":[{"keyName":"name","condition":"eq","keyValue":"={{ $json.name }}"}]}`

func TestDataTableKeepsRows(t *testing.T) {
	w, id := tableWorld(t)
	runs := 0
	gives := func(parameters string, in []workflow.Item, want string) { // each in an execution of its own
		t.Helper()
		runs++
		w.run = "exe_" + strconv.Itoa(runs)
		w.gives(t, parameters, in, want)
	}
	auto := `,"columns":{"mappingMode":"autoMapInputData","value":null}`
	ada, bob := `{"name":"Ada","age":"36","born":"1815-12-10","id":99}`, `{"name":"Bob","member":"true"}`
	adaRow := `"name":"Ada","age":36,"born":"1815-12-10T00:00:00.000Z","member":null`
	gives(onTable(id, "insert", auto), items(t, ada, bob),
		`[{"id":1,`+tableNow+`,`+adaRow+`},{"id":2,`+tableNow+`,"name":"Bob","age":null,"born":null,"member":true}]`)
	gives(onTable(id, "get", `,"matchType":"allConditions"`+byName), items(t, `{"name":"Bob"}`, `{"name":"Eve"}`, `{"name":"Ada"}`),
		`[{"id":2,`+tableNow+`,"name":"Bob","age":null,"born":null,"member":true},{"id":1,`+tableNow+`,`+adaRow+`}]`)
	gives(onTable(id, "rowExists", byName), items(t, `{"name":"Eve"}`, `{"name":"Ada"}`), `[{"name":"Ada"}]`)
	gives(onTable(id, "rowNotExists", byName), items(t, `{"name":"Eve"}`, `{"name":"Ada"}`), `[{"name":"Eve"}]`)
	gives(onTable(id, "get", `,"returnAll":true,"orderBy":true,"orderByColumn":"name","orderByDirection":"DESC","filters":{"conditions":[{"keyName":"name","condition":"isNotEmpty"}]}`), items(t, `{}`),
		`[{"id":2,`+tableNow+`,"name":"Bob","age":null,"born":null,"member":true},{"id":1,`+tableNow+`,`+adaRow+`}]`)
	set := `,"columns":{"mappingMode":"defineBelow","value":{"age":"={{ $json.age }}"}}`
	gives(onTable(id, "update", byName+set+`,"options":{"dryRun":true}`), items(t, `{"name":"Bob","age":5}`),
		`[{"id":2,`+tableNow+`,"name":"Bob","age":null,"born":null,"member":true,"dryRunState":"before"},{"id":2,`+tableNow+`,"name":"Bob","age":5,"born":null,"member":true,"dryRunState":"after"}]`)
	gives(onTable(id, "update", byName+set), items(t, `{"name":"Bob","age":5}`, `{"name":"Nobody","age":6}`),
		`[{"id":2,`+tableNow+`,"name":"Bob","age":5,"born":null,"member":true}]`)
	gives(onTable(id, "upsert", byName+auto), items(t, `{"name":"Cyd","age":7}`, `{"name":"Cyd","age":8}`),
		`[{"id":3,`+tableNow+`,"name":"Cyd","age":7,"born":null,"member":null},{"id":3,`+tableNow+`,"name":"Cyd","age":8,"born":null,"member":null}]`)
	gives(onTable(id, "deleteRows", `,"filters":{"conditions":[{"keyName":"age","condition":"gt","keyValue":7},{"keyName":"member","condition":"isTrue"}]},"matchType":"allConditions"`), items(t, `{}`), `[]`)
	gives(onTable(id, "deleteRows", `,"filters":{"conditions":[{"keyName":"age","condition":"gt","keyValue":7},{"keyName":"member","condition":"isTrue"}]}`), items(t, `{}`),
		`[{"id":1,`+tableNow+`,`+adaRow+`},{"id":2,`+tableNow+`,"name":"Bob","age":5,"born":null,"member":true},{"id":3,`+tableNow+`,"name":"Cyd","age":8,"born":null,"member":null}]`)
	gives(onTable(id, "insert", auto+`,"options":{"optimizeBulk":true}`), items(t, ada, ada+` `), `[{"success":true,"insertedRows":2}]`)
}

// A node run that is repeated gives what the first attempt gave.
func TestDataTableInsertsOnceHoweverOftenItRuns(t *testing.T) {
	w, id := tableWorld(t)
	params := onTable(id, "insert", `,"columns":{"mappingMode":"autoMapInputData","value":null}`)
	first := w.execute(t, params, items(t, `{"name":"Ada"}`, `{"name":"Bob"}`))
	again := w.execute(t, params, items(t, `{"name":"Ada"}`, `{"name":"Bob"}`))
	one, two := workflow.AppendItems(nil, first.Run.Outputs[0]), workflow.AppendItems(nil, again.Run.Outputs[0])
	if d := cmp.Diff(string(one), string(two)); d != "" || first.Err != nil {
		t.Errorf("%v\n%s", first.Err, d)
	}
	w.gives(t, onTable(id, "get", `,"returnAll":true,"filters":{"conditions":[{"keyName":"id","condition":"gt","keyValue":2}]}`), items(t, `{}`), `[]`)
	if c := w.call(t, params); node.NewRegistry(Types()).Lookup("n8n-nodes-base.dataTable", 1.1).Effect(c) != node.Keyed {
		t.Error("an insert is not repeated without asking")
	}
}

func TestDataTableSaysWhatIsWrong(t *testing.T) {
	w, id := tableWorld(t)
	one := items(t, `{"name":"Ada"}`)
	set := func(columns string) string { return `,"columns":{"mappingMode":"defineBelow","value":` + columns + `}` }
	for want, params := range map[string]string{
		"There is no data table dtb_none": onTable("dtb_none", "get", ""),
		"No data table is chosen":         onTable("", "get", ""),
		`no column "nick"`:                onTable(id, "insert", set(`{"nick":"x"}`)),
		"does not fit the column \"age\"": onTable(id, "insert", set(`{"age":"old"}`)),
		"takes one value":                 onTable(id, "insert", set(`{"name":"={{ [1] }}"}`)),
		"At least one condition":          onTable(id, "deleteRows", ""),
		"which a condition or an order":   onTable(id, "get", `,"filters":{"conditions":[{"keyName":"nick","keyValue":1}]}`),
		`The operation "melt"`:            onTable(id, "melt", ""),
	} {
		if err := w.fails(t, params, one); !strings.Contains(err.Message, want) || err.Kind == fault.Internal {
			t.Errorf("%s: %v, want %q", params, err, want)
		}
	}
	w.settings = `, "onError": "continueRegularOutput"`
	out := w.execute(t, onTable(id, "insert", set(`{"age":"={{ $json.age }}"}`)), items(t, `{"age":1}`, `{"age":"x"}`))
	if len(out.Run.Outputs[0]) != 2 || out.Run.Outputs[0][0].JSON == nil {
		t.Errorf("items: %s", workflow.AppendItems(nil, out.Run.Outputs[0]))
	}
}

func TestDataTableMakesAndDropsTables(t *testing.T) {
	w, id := tableWorld(t)
	on := func(operation, more string) string {
		return `{"resource":"table","operation":"` + operation + `"` + more + `}`
	}
	named := func(name string) string { return `,"dataTableId":{"__rl":true,"mode":"name","value":"` + name + `"}` }
	made := w.execute(t, on("create", `,"tableName":"Shops","columns":{"column":[{"name":"city","type":"string"}]}`), items(t, `{}`))
	if made.Err != nil {
		t.Fatal(made.Err)
	}
	o := made.Run.Outputs[0][0].JSON
	if name, _ := o.Get("name"); name != "Shops" {
		t.Errorf("made %s", value.JSON(o))
	}
	w.gives(t, on("update", named("shops")+`,"newName":"Stores"`), items(t, `{}`), `[{"success":true,"name":"Stores"}]`)
	out := w.execute(t, on("list", `,"options":{"sortField":"name","sortDirection":"desc"}`), items(t, `{}`))
	var names []any
	for _, it := range out.Run.Outputs[0] {
		n, _ := it.JSON.Get("name")
		names = append(names, n)
	}
	if d := cmp.Diff([]any{"Stores", "People"}, names); d != "" {
		t.Error(d)
	}
	w.gives(t, onTable(id, "insert", `,"columns":{"mappingMode":"autoMapInputData","value":null}`), items(t, `{"name":"x"}`, `{"name":"y"}`), `[{"id":1,`+tableNow+`,"name":"x","age":null,"born":null,"member":null},{"id":2,`+tableNow+`,"name":"y","age":null,"born":null,"member":null}]`)
	w.gives(t, on("clear", named("People")), items(t, `{}`), `[{"success":true,"deletedCount":2}]`)
	w.gives(t, on("delete", named("People")), items(t, `{}`), `[{"success":true,"deletedTableId":"`+id+`"}]`)
	w.gives(t, on("create", `,"tableName":"Stores","options":{"createIfNotExists":true}`), items(t, `{}`), "["+string(value.JSON(tableAs(o, "Stores")))+"]")
}

// tableAs is a table with another name.
func tableAs(o *value.Object, name string) *value.Object {
	c := o.Shallow()
	c.Set("name", name)
	return c
}

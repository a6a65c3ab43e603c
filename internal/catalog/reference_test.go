package catalog_test

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/catalog"
)

// Workflows of one import that run each other find each other by their new ids.
func TestImportedWorkflowsFindEachOther(t *testing.T) {
	f := setup(t)
	known, err := f.Import(t.Context(), by, acme, flow([]string{"x"}))
	if err != nil {
		t.Fatal(err)
	}
	here := string(known[0].ID)
	parent := `{"id":"old1","name":"Parent","connections":{},"nodes":[
		{"name":"A","type":"n8n-nodes-base.executeWorkflow","typeVersion":1,"position":[0,0],"parameters":{"workflowId":"old2"}},
		{"name":"B","type":"n8n-nodes-base.executeWorkflow","typeVersion":1.2,"position":[0,0],"parameters":{"workflowId":{"__rl":true,"mode":"list","value":"elsewhere","cachedResultName":"Tool"}}},
		{"name":"C","type":"@n8n/n8n-nodes-langchain.toolWorkflow","typeVersion":2,"position":[0,0],"parameters":{"workflowId":{"__rl":true,"mode":"id","value":"gone","cachedResultName":"Nobody"}}},
		{"name":"D","type":"n8n-nodes-base.executeWorkflow","typeVersion":1.2,"position":[0,0],"parameters":{"workflowId":{"__rl":true,"mode":"id","value":"` + here + `"}}},
		{"name":"E","type":"n8n-nodes-base.executeWorkflow","typeVersion":1,"position":[0,0],"parameters":{"workflowId":"={{ $json.id }}"}},
		{"name":"F","type":"n8n-nodes-base.executeWorkflow","typeVersion":1.2,"position":[0,0],"parameters":{"workflowId":{"__rl":true,"mode":"list","value":"x","cachedResultName":"Twin"}}}]}`
	other := func(id, name string) string {
		return `{"id":"` + id + `","name":"` + name + `","connections":{},"nodes":[{"name":"S","type":"n8n-nodes-base.executeWorkflowTrigger","typeVersion":1,"position":[0,0],"parameters":{}}]}`
	}
	out, err := f.Import(t.Context(), by, acme, []byte("["+strings.Join([]string{parent, other("old2", "Child"), other("old3", "Tool"), other("t1", "Twin"), other("t2", "Twin")}, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	want := []catalog.Reference{
		{ID: string(out[1].ID), Nodes: []string{"A"}, Found: true},
		{ID: string(out[2].ID), Name: "Tool", Nodes: []string{"B"}, Found: true},
		{ID: "gone", Name: "Nobody", Nodes: []string{"C"}},
		{ID: here, Nodes: []string{"D"}, Found: true},
		{ID: "x", Name: "Twin", Nodes: []string{"F"}}, // which of the two is not known
	}
	for i, r := range out[0].Workflows {
		if i >= len(want) || r.ID != want[i].ID || r.Name != want[i].Name || r.Found != want[i].Found || strings.Join(r.Nodes, ",") != strings.Join(want[i].Nodes, ",") {
			t.Errorf("reference %d is %+v", i, r)
		}
	}
	if len(out[0].Workflows) != len(want) {
		t.Errorf("%d references, want %d", len(out[0].Workflows), len(want))
	}
	_, source, err := f.Get(t.Context(), acme, out[0].ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{`"workflowId":"` + string(out[1].ID) + `"`, `"value":"` + string(out[2].ID) + `"`, `"value":"gone"`, here} {
		if !strings.Contains(strings.ReplaceAll(string(source), " ", ""), id) {
			t.Errorf("the stored workflow has no %s", id)
		}
	}
}

// A workflow's error workflow that came in the same import has its new id in it.
func TestImportedWorkflowFindsItsErrorWorkflow(t *testing.T) {
	f := setup(t)
	one := `{"id":"old1","name":"Main","connections":{},"settings":{"errorWorkflow":"old2"},"nodes":[{"name":"S","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}}]}`
	two := `{"id":"old2","name":"On error","connections":{},"nodes":[{"name":"S","type":"n8n-nodes-base.errorTrigger","typeVersion":1,"position":[0,0],"parameters":{}}]}`
	out, err := f.Import(t.Context(), by, acme, []byte("["+one+","+two+"]"))
	if err != nil || out[0].Err != nil || out[1].Err != nil {
		t.Fatal(err, out)
	}
	if len(out[0].Problems) != 0 {
		t.Errorf("problems %v, want none", out[0].Problems)
	}
	_, source, err := f.Get(t.Context(), acme, out[0].ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"errorWorkflow":"` + string(out[1].ID) + `"`; !strings.Contains(strings.ReplaceAll(string(source), " ", ""), want) {
		t.Errorf("the stored workflow has no %s: %s", want, source)
	}
}

// What was imported earlier is found by the id that it had in n8n, by workflows that
// come later: as error workflow, and by the nodes that run it. What is missing is told.
func TestImportedWorkflowFindsThoseOfEarlierImports(t *testing.T) {
	f := setup(t)
	node := func(typ, params string) string {
		return `[{"name":"S","type":"n8n-nodes-base.` + typ + `","typeVersion":1,"position":[0,0],"parameters":` + params + `}]`
	}
	first, err := f.Import(t.Context(), by, acme, []byte(`{"id":"8xQ2","name":"On error","connections":{},"nodes":`+node("errorTrigger", "{}")+`}`))
	if err != nil {
		t.Fatal(err)
	}
	main := func(alarm string) catalog.Imported {
		t.Helper()
		out, err := f.Import(t.Context(), by, acme, []byte(`{"id":"m","name":"Main","connections":{},"settings":{"errorWorkflow":"`+alarm+`"},"nodes":`+node("executeWorkflow", `{"workflowId":"`+alarm+`"}`)+`}`))
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	found := main("8xQ2")
	_, source, err := f.Get(t.Context(), acme, found.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	compact := strings.ReplaceAll(string(source), " ", "")
	for _, want := range []string{`"errorWorkflow":"` + string(first[0].ID) + `"`, `"workflowId":"` + string(first[0].ID) + `"`} {
		if !strings.Contains(compact, want) {
			t.Errorf("the stored workflow has no %s: %s", want, source)
		}
	}
	if len(found.Problems) != 0 || !found.Workflows[0].Found {
		t.Errorf("%+v, %+v", found.Problems, found.Workflows)
	}
	missing := main("not-yet")
	if len(missing.Problems) != 1 || missing.Problems[0].Location != "settings.errorWorkflow" || !strings.Contains(missing.Problems[0].Message, `"not-yet"`) || missing.Workflows[0].Found {
		t.Errorf("%+v, %+v", missing.Problems, missing.Workflows)
	}
	// Another tenant's is none of this one's.
	other, err := f.Import(t.Context(), by, "ten_other", []byte(`{"name":"Main","connections":{},"settings":{"errorWorkflow":"8xQ2"},"nodes":`+node("noOp", "{}")+`}`))
	if err != nil || len(other[0].Problems) != 1 {
		t.Errorf("%+v, %v", other, err)
	}
}

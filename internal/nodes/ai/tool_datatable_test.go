package ai

import (
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/service"
)

// noSQL stands for what only node-data and node-ai have.
type noSQL struct{ node.SQLDriver }

// An agent keeps rows by the Data Table tool, with what the model gives; its run that
// is repeated keeps them once.
func TestAnAgentKeepsRows(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := dynamostore.DataTables{Runs: dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)}
	desk := &datatable.Desk{Tables: s, Rows: s, Clock: c}
	made, err := desk.Create(t.Context(), datatable.NewTable{Tenant: "ten_1", Name: "Notes", Columns: []datatable.Column{{Name: "text", Type: datatable.String}}})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := newToolBench(t, "dataTableTool", 1.1, `{"operation":"insert","dataTableId":{"__rl":true,"mode":"name","value":"notes"},
		"columns":{"mappingMode":"defineBelow","value":{"text":"={{ $fromAI('text', 'what to keep') }}"}}}`)
	b.more = service.Types()
	for range 2 {
		b.answers(openai.Rule{Contains: "keep this", Tool: "The_Tool", Reply: `{"text":"milk"}`}, openai.Rule{Contains: "milk", Reply: "Kept."})
		env, step := b.env(request("keep this"))
		env.Services.DataTables, env.Services.Postgres = desk, noSQL{}
		if got := b.items(node.Execute(t.Context(), env, step)); got != `[{"output":"Kept."}]` {
			t.Errorf("items: %s", got)
		}
	}
	rows, _, err := desk.Page(t.Context(), made, datatable.Filter{}, 0, 10)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows (%v), want one", len(rows), err)
	}
	if text, _ := made.Object(rows[0]).Get("text"); text != "milk" {
		t.Errorf("the row has %v", text)
	}
}

package code

import (
	"context"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// call describes one run of a node of the family.
type call struct {
	typ     string // without n8n-nodes-base.
	version float64
	mode    string // of the Code node
	source  string
	items   string // JSON list; "" is one empty item
	onError workflow.OnError
	runner  node.CodeRunner
	tenant  string
	history workflow.History

	language  string
	untouched bool // the node has no code of its own
}

// run runs the node; the runner is InProcess unless the call says another.
func (c call) run(t *testing.T) node.Outcome {
	t.Helper()
	params := value.Obj("jsCode", c.source, "functionCode", c.source)
	if c.untouched {
		params = value.NewObject(0)
	}
	if c.mode != "" {
		params.Set("mode", c.mode)
	}
	if c.language != "" {
		params.Set("language", c.language)
	}
	if c.typ == "" {
		c.typ, c.version = "code", 2
	}
	if c.onError == "" {
		c.onError = workflow.OnErrorStop
	}
	if c.tenant == "" {
		c.tenant = "ten_1"
	}
	raw := value.Obj("name", "w", "connections", value.NewObject(0), "nodes", []any{value.Obj("id", "n1", "name", "Code",
		"type", "n8n-nodes-base."+c.typ, "typeVersion", c.version, "position", []any{0.0, 0.0}, "parameters", params, "onError", string(c.onError))})
	w, err := workflow.FromValue(raw)
	if err != nil {
		t.Fatal(err)
	}
	n := w.Nodes[0]
	items := []workflow.Item{workflow.EmptyItem()}
	if c.items != "" {
		var err error
		if items, err = workflow.ParseItems([]byte(c.items)); err != nil {
			t.Fatal(err)
		}
	}
	if c.runner == nil {
		c.runner = InProcess{}
	}
	env := &node.Env{
		Workflow: w, History: c.history,
		Registry: node.NewRegistry(Types()),
		Run:      node.RunInfo{Tenant: c.tenant, ExecutionID: "exe_1", Attempt: 1, Timezone: "UTC", Now: time.Unix(1700000000, 0)},
		Services: node.Services{Code: c.runner},
	}
	return node.Execute(context.Background(), env, walk.Step{Node: n, Inputs: [][]workflow.Item{items}})
}

func output(t *testing.T, o node.Outcome) string {
	t.Helper()
	if o.Err != nil {
		t.Fatalf("the node failed: %v", o.Err)
	}
	list := []any{}
	for _, it := range o.Run.Outputs[0] {
		list = append(list, it.JSON)
	}
	return string(value.JSON(list))
}

func TestCodeReturnsItems(t *testing.T) {
	out := call{source: `return [{json:{a:1}},{json:{a:2}}]`}.run(t)
	if got := output(t, out); got != `[{"a":1},{"a":2}]` {
		t.Errorf("items: %s", got)
	}
}

package flow

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// call runs executeWorkflow as it is before (no results) or after its runs.
func call(t *testing.T, version float64, node1, items string, sub ...node.SubResult) node.Outcome {
	t.Helper()
	c := nodetest.Case{Node: value.Obj("name", "N", "id", "n", "type", "n8n-nodes-base.executeWorkflow", "typeVersion", version), Sub: sub}
	o, err := value.ParseObject([]byte(node1))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range o.All() {
		c.Node.Set(k, v)
	}
	c.Inputs = [][]workflow.Item{parse(t, items)}
	out, err := nodetest.Run(t.Context(), node.NewRegistry(Types()), c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parse(t *testing.T, text string) []workflow.Item {
	t.Helper()
	items, err := workflow.ParseItems([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func gave(t *testing.T, outputs ...string) node.SubResult {
	r := node.SubResult{ID: "exe_1"}
	for _, o := range outputs {
		r.Outputs = append(r.Outputs, parse(t, o))
	}
	return r
}

const two = `[{"json":{"a":1}},{"json":{"a":2}}]`

func TestExecuteWorkflowAsks(t *testing.T) {
	for _, c := range []struct {
		name    string
		version float64
		node    string
		want    []string // workflow, then its items, for each run
		asks    node.SubRuns
	}{
		{"once, by id", 1, `{"parameters":{"workflowId":"wf_1"}}`, []string{"wf_1", two}, node.SubRuns{}},
		{"once, from the list", 1.1, `{"parameters":{"workflowId":{"__rl":true,"mode":"list","value":"wf_2","cachedResultName":"Other"}}}`, []string{"wf_2", two}, node.SubRuns{}},
		{"each, by an expression", 1.1, `{"parameters":{"mode":"each","workflowId":{"__rl":true,"mode":"id","value":"=wf_{{ $json.a }}"}}}`,
			[]string{"wf_1", `[{"json":{"a":1}}]`, "wf_2", `[{"json":{"a":2}}]`}, node.SubRuns{}},
		{"fields are set and removed", 1.2, `{"parameters":{"workflowId":{"__rl":true,"mode":"id","value":"wf_3"},"workflowInputs":{"mappingMode":"defineBelow",
			"value":{"b":"={{ $json.a * 2 }}","c":"no"},"schema":[{"id":"b","displayName":"b","type":"string"},{"id":"c","displayName":"c","removed":true}],"convertFieldsToString":true}}}`,
			[]string{"wf_3", `[{"json":{"a":1,"b":"2"}},{"json":{"a":2,"b":"4"}}]`}, node.SubRuns{}},
		{"nobody waits", 1, `{"parameters":{"workflowId":"wf_1","options":{"waitForSubWorkflow":false}}}`, []string{"wf_1", two}, node.SubRuns{Detached: true}},
		{"goes on after failures", 1, `{"onError":"continueRegularOutput","parameters":{"workflowId":"wf_1"}}`, []string{"wf_1", two}, node.SubRuns{GoOn: true}},
	} {
		o := call(t, c.version, c.node, two)
		ask := o.Result.Ask
		if ask == nil || o.Run.Failed() || ask.Detached != c.asks.Detached || ask.GoOn != c.asks.GoOn || len(ask.Runs)*2 != len(c.want) {
			t.Errorf("%s: it asks for %+v (%+v)", c.name, ask, o.Run.Error)
			continue
		}
		for i, r := range ask.Runs {
			if got := string(workflow.AppendItems(nil, r.Items)); r.Workflow != c.want[2*i] || got != c.want[2*i+1] {
				t.Errorf("%s: run %d of %s with %s", c.name, i, r.Workflow, got)
			}
		}
	}
	if o := call(t, 1, `{"parameters":{"source":"parameter","workflowJson":"{\"nodes\":[]}"}}`, two); o.Result.Ask == nil || string(o.Result.Ask.Runs[0].Inline) != `{"nodes":[]}` {
		t.Errorf("JSON in the node: %+v %+v", o.Result.Ask, o.Run.Error)
	}
	for parameters, says := range map[string]string{
		`{}`:                     "No workflow is chosen",
		`{"source":"localFile"}`: "not supported",
		`{"source":"parameter","workflowJson":"no"}`: "holds no workflow",
	} {
		if o := call(t, 1, `{"parameters":`+parameters+`}`, two); o.Run.Error == nil || !strings.Contains(o.Run.Error.Message, says) {
			t.Errorf("%s: %+v", parameters, o.Run.Error)
		}
	}
}

func TestExecuteWorkflowGives(t *testing.T) {
	failure := node.SubResult{ID: "exe_9", Err: node.FailedIn("exe_9", fault.New(fault.Invalid, fault.CodeNodeOutcomeUnknown, "it broke"))}
	for _, c := range []struct {
		name, node string
		sub        []node.SubResult
		want       string
	}{
		{"as many items as came in", `{}`, []node.SubResult{gave(t, `[{"json":{"x":1}},{"json":{"x":2}}]`)},
			`[{"json":{"x":1},"pairedItem":{"item":0}},{"json":{"x":2},"pairedItem":{"item":1}}]`},
		{"another number", `{}`, []node.SubResult{gave(t, `[{"json":{"x":1}}]`)}, `[{"json":{"x":1},"pairedItem":[{"item":0},{"item":1}]}]`},
		{"each", `{"parameters":{"mode":"each"}}`, []node.SubResult{gave(t, `[{"json":{"x":1}},{"json":{"x":2}}]`), gave(t, `[]`, `[{"json":{"y":3}}]`)},
			`[{"json":{"x":1},"pairedItem":{"item":0}},{"json":{"x":2},"pairedItem":{"item":0}}] [{"json":{"y":3},"pairedItem":{"item":1}}]`},
		{"each, passing a failure on", `{"onError":"continueRegularOutput","parameters":{"mode":"each"}}`, []node.SubResult{failure, gave(t, `[{"json":{"x":1}}]`)},
			`[{"json":{"error":"it broke"},"pairedItem":{"item":0}},{"json":{"x":1},"pairedItem":{"item":1}}]`},
		{"nobody waited", `{"parameters":{"options":{"waitForSubWorkflow":false}}}`, []node.SubResult{{ID: "exe_1"}},
			`[{"json":{"a":1},"pairedItem":{"item":0}},{"json":{"a":2},"pairedItem":{"item":1}}]`},
	} {
		o := call(t, 1, c.node, two, c.sub...)
		if got := show(o.Run.Outputs); got != c.want || o.Run.Failed() {
			t.Errorf("%s: it gives\n%s\nwant\n%s (%+v)", c.name, got, c.want, o.Run.Error)
		}
	}
	o := call(t, 1, `{"parameters":{"mode":"each"}}`, two, gave(t, `[]`), failure)
	if e := o.Run.Error; e == nil || e.Item != 1 || e.Code != fault.CodeNodeOutcomeUnknown || e.Child != "exe_9" || !strings.Contains(e.Message, "index 1: it broke") {
		t.Errorf("the failure of a run is %+v", e)
	}
}

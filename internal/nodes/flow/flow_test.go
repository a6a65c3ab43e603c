package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// testdata/n8n has what n8n's own nodes gave for random parameters and items.
func TestNodesGiveWhatN8NGives(t *testing.T) {
	types := Types()
	nodetest.Goldens(t, node.NewRegistry(types), "testdata/n8n", withoutOwnTests(types))
}

// ownTests are the types whose results depend on more than items.
var ownTests = []string{"splitInBatches", "wait", "respondToWebhook", "executeWorkflow", "form"}

func withoutOwnTests(types []node.Type) []node.Type {
	var out []node.Type
	for _, typ := range types {
		own := false
		for _, name := range ownTests {
			own = own || strings.HasSuffix(typ.Spec.Type, "."+name)
		}
		if !own {
			out = append(out, typ)
		}
	}
	return out
}

// one runs a single node.
func run(t *testing.T, typ string, version float64, parameters string, inputs ...string) node.Outcome {
	t.Helper()
	c := nodetest.Case{Node: value.Obj("name", "N", "id", "n", "type", "n8n-nodes-base."+typ, "typeVersion", version)}
	p, err := value.ParseObject([]byte(parameters))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range p.All() {
		c.Node.Set(k, v)
	}
	for _, text := range inputs {
		items, err := workflow.ParseItems([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		c.Inputs = append(c.Inputs, items)
	}
	o, err := nodetest.Run(t.Context(), node.NewRegistry(Types()), c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func show(outs [][]workflow.Item) string {
	parts := make([]string, len(outs))
	for i, o := range outs {
		parts[i] = string(workflow.AppendItems(nil, o))
	}
	return strings.Join(parts, " ")
}

func TestItemsSayWhereTheyCameFrom(t *testing.T) {
	two := `[{"json":{"id":1,"l":[1,2]}},{"json":{"id":2,"l":[3]}}]`
	for _, c := range []struct {
		typ        string
		version    float64
		parameters string
		inputs     []string
		want       string // the origins of each item of each output: input.item
	}{
		{"set", 3.4, `{}`, []string{two}, "0.0 0.1"},
		{"splitOut", 1, `{"parameters":{"fieldToSplitOut":"l"}}`, []string{two}, "0.0 0.0 0.1"},
		{"aggregate", 1, `{"parameters":{"aggregate":"aggregateAllItemData"}}`, []string{two}, "0.0+0.1"},
		{"limit", 1, `{"parameters":{"keep":"lastItems"}}`, []string{two}, "0.1"},
		{"if", 1, `{"parameters":{"conditions":{"number":[{"value1":"={{ $json.id }}","operation":"equal","value2":2}]}}}`, []string{two}, "0.1 | 0.0"},
		{"merge", 3, `{}`, []string{two, two}, "0.0 0.1 1.0 1.1"},
		{"merge", 3, `{"parameters":{"mode":"combine","combineBy":"combineByPosition"}}`, []string{two, two}, "0.0+1.0+1.0 0.1+1.1+1.1"},
		{"merge", 2.1, `{"parameters":{"mode":"combine","combinationMode":"mergeByPosition"}}`, []string{two, two}, "0.0+1.0 0.1+1.1"},
		{"merge", 3, `{"parameters":{"mode":"combine","fieldsToMatchString":"id"}}`, []string{two, two}, "0.0+1.0 0.1+1.1"},
		{"sort", 1, `{"parameters":{"sortFieldsUi":{"sortField":[{"fieldName":"id","order":"descending"}]}}}`, []string{two}, "0.1 0.0"},
		{"sort", 1, `{"parameters":{"type":"code","code":"return b.json.id - a.json.id"}}`, []string{two}, "0.1 0.0"},
	} {
		o := run(t, c.typ, c.version, c.parameters, c.inputs...)
		if o.Run.Error != nil {
			t.Errorf("%s: %+v", c.typ, o.Run.Error)
			continue
		}
		if diff := cmp.Diff(c.want, origins(o.Run.Outputs)); diff != "" {
			t.Errorf("%s %v: %s", c.typ, c.version, diff)
		}
	}
}

func origins(outs [][]workflow.Item) string {
	var lists []string
	for _, out := range outs {
		var items []string
		for _, it := range out {
			var from []string
			for _, p := range it.Paired {
				from = append(from, fmt.Sprintf("%d.%d", p.Input, p.Item))
			}
			items = append(items, strings.Join(from, "+"))
		}
		lists = append(lists, strings.Join(items, " "))
	}
	return strings.Join(lists, " | ")
}

func TestFilesTravelWithTheirItems(t *testing.T) {
	in := `[{"json":{"a":1},"binary":{"f":{"mimeType":"text/plain","data":"aGk="}}}]`
	for _, c := range []struct {
		typ        string
		version    float64
		parameters string
		want       bool
	}{
		{"set", 1, `{}`, true}, {"set", 1, `{"parameters":{"keepOnlySet":true}}`, false},
		{"set", 3.2, `{}`, false}, {"set", 3.2, `{"parameters":{"options":{"includeBinary":true}}}`, true},
		{"set", 3.4, `{"parameters":{"includeOtherFields":true}}`, true}, {"set", 3.4, `{}`, false},
		{"set", 3.4, `{"parameters":{"includeOtherFields":true,"options":{"stripBinary":true}}}`, false},
		{"aggregate", 1, `{"parameters":{"aggregate":"aggregateAllItemData","options":{"includeBinaries":true}}}`, true},
		{"renameKeys", 1, `{}`, true},
	} {
		o := run(t, c.typ, c.version, c.parameters, in)
		if o.Run.Error != nil {
			t.Fatalf("%s: %+v", c.typ, o.Run.Error)
		}
		if _, ok := o.Run.Outputs[0][0].Binary["f"]; ok != c.want {
			t.Errorf("%s %v %s: file %v", c.typ, c.version, c.parameters, ok)
		}
	}
}

func TestUnsupportedIsSaidLoudly(t *testing.T) {
	for _, c := range []struct {
		typ        string
		version    float64
		parameters string
		says       string
	}{
		{"merge", 3, `{"parameters":{"mode":"combineBySql","query":"select 1"}}`, "cannot run in this function"},
		{"removeDuplicates", 2, `{"parameters":{"operation":"removeItemsSeenInPreviousExecutions"}}`, "cannot reach what earlier runs had in this function"},
		{"wait", 1.1, `{"parameters":{"resume":"letter"}}`, `Waiting for "letter" is not supported`},
		{"wait", 1.1, `{"parameters":{"resume":"form","incomingAuthentication":"basicAuth"}}`, "cannot ask for a credential"},
		{"wait", 1.1, `{"parameters":{"resume":"form","formFields":{"values":[{"fieldType":"slider","fieldLabel":"x"}]}}}`, `"slider" is no type of field`},
		{"set", 3.4, `{"parameters":{"assignments":{"assignments":[{"name":"a[99999]","type":"number","value":1}]}}}`, "index 99999 is too high"},
		{"if", 1, `{"parameters":{"conditions":{"string":[{"value1":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!","operation":"regex","value2":"^(a+)+$"}]}}}`, "regular expression takes too long"},
	} {
		o := run(t, c.typ, c.version, c.parameters, `[{"json":{"a":1}}]`)
		if o.Run.Error == nil || !strings.Contains(o.Run.Error.Message, c.says) {
			t.Errorf("%s: %+v, %s", c.typ, o.Run.Error, show(o.Run.Outputs))
		}
	}
}

func TestWait(t *testing.T) {
	now := nodetest.Now
	for _, c := range []struct {
		version    float64
		parameters string
		want       node.Wait
	}{
		{1.1, `{}`, node.Wait{Until: now.Add(5 * time.Second)}},
		{1, `{}`, node.Wait{Until: now.Add(time.Hour)}},
		{1, `{"parameters":{"amount":2,"unit":"days"}}`, node.Wait{Until: now.Add(48 * time.Hour)}},
		{1.1, `{"parameters":{"amount":0.5,"unit":"minutes"}}`, node.Wait{Until: now.Add(30 * time.Second)}},
		{1.1, `{"parameters":{"resume":"specificTime","dateTime":"2024-05-18T09:00:00"}}`, node.Wait{Until: time.Date(2024, 5, 18, 13, 0, 0, 0, time.UTC)}},
		{1.1, `{"parameters":{"resume":"webhook"}}`, node.Wait{Webhook: true}},
		{1.1, `{"parameters":{"resume":"webhook","limitWaitTime":true,"resumeAmount":3,"resumeUnit":"minutes"}}`, node.Wait{Webhook: true, Until: now.Add(3 * time.Minute)}},
	} {
		o := run(t, "wait", c.version, c.parameters, `[{"json":{"a":1}}]`)
		if o.Result.Wait == nil || !o.Result.Wait.Until.Equal(c.want.Until) || o.Result.Wait.Webhook != c.want.Webhook {
			t.Errorf("%s: %+v, %+v", c.parameters, o.Result.Wait, o.Run.Error)
		}
		if show(o.Run.Outputs) != `[{"json":{"a":1},"pairedItem":{"item":0}}]` {
			t.Errorf("%s: %s", c.parameters, show(o.Run.Outputs))
		}
	}
	for _, parameters := range []string{`{"amount":-1}`, `{"amount":9999,"unit":"days"}`, `{"unit":"parsecs"}`, `{"resume":"specificTime","dateTime":"soon"}`} {
		if o := run(t, "wait", 1.1, `{"parameters":`+parameters+`}`, `[{"json":{}}]`); o.Run.Error == nil || o.Run.Error.Code != fault.CodeNodeError {
			t.Errorf("%s: %+v", parameters, o.Run.Error)
		}
	}
}

func TestRespondToWebhook(t *testing.T) {
	in := `[{"json":{"a":1},"binary":{"f":{"mimeType":"text/csv","data":"aGk="}}},{"json":{"a":2}}]`
	for _, c := range []struct {
		parameters string
		status     int
		body       string
		header     [2]string
	}{
		{`{}`, 200, `{"a":1}`, [2]string{"content-type", "application/json; charset=utf-8"}},
		{`{"respondWith":"allIncomingItems"}`, 200, `[{"a":1},{"a":2}]`, [2]string{}},
		{`{"respondWith":"allIncomingItems","options":{"responseKey":"data.list"}}`, 200, `{"data":{"list":[{"a":1},{"a":2}]}}`, [2]string{}},
		{`{"respondWith":"json","responseBody":"={ \"x\": {{ $json.a }} }","options":{"responseCode":201,"responseHeaders":{"entries":[{"name":"X-Y","value":"z"}]}}}`, 201, `{"x":1}`, [2]string{"x-y", "z"}},
		{`{"respondWith":"text","responseBody":"hi {{ 1 }}"}`, 200, `hi {{ 1 }}`, [2]string{"content-type", "text/html; charset=utf-8"}},
		{`{"respondWith":"redirect","redirectURL":"https://x.y"}`, 307, ``, [2]string{"location", "https://x.y"}},
		{`{"respondWith":"noData","options":{"responseCode":204}}`, 204, ``, [2]string{}},
		{`{"respondWith":"binary"}`, 200, `hi`, [2]string{"content-type", "text/csv"}},
	} {
		o := run(t, "respondToWebhook", 1, `{"parameters":`+c.parameters+`}`, in)
		r := o.Result.Respond
		if r == nil || r.Status != c.status || string(r.Body) != c.body || (c.header[0] != "" && r.Headers[c.header[0]] != c.header[1]) {
			t.Errorf("%s: %+v, %+v", c.parameters, r, o.Run.Error)
		}
		if len(o.Run.Outputs) != 1 || len(o.Run.Outputs[0]) != 2 {
			t.Errorf("%s: %s", c.parameters, show(o.Run.Outputs))
		}
	}
	if o := run(t, "respondToWebhook", 1, `{"parameters":{"respondWith":"json","responseBody":"{no"}}`, in); o.Run.Error == nil || o.Result.Respond != nil {
		t.Errorf("invalid JSON was answered: %+v", o.Result.Respond)
	}
	if o := run(t, "respondToWebhook", 1.1, `{}`, in); o.Run.Error == nil || o.Run.Error.Message != "No Webhook node found in the workflow" {
		t.Errorf("without a webhook: %+v", o.Run.Error)
	}
}

func TestTriggersHandOnWhatStartedTheRun(t *testing.T) {
	for _, typ := range triggers() {
		name := typ.Spec.Type[strings.LastIndexByte(typ.Spec.Type, '.')+1:]
		if !typ.Spec.Trigger || !walk.IsTrigger(typ.Spec.Type) {
			t.Errorf("%s does not count as a trigger", name)
		}
	}
	if got := show(run(t, "webhook", 2, `{}`, `[{"json":{"body":{"x":1}}}]`).Run.Outputs); got != `[{"json":{"body":{"x":1}},"pairedItem":{"item":0}}]` {
		t.Error(got)
	}
	declared := `{"parameters":{"workflowInputs":{"values":[{"name":"a"},{"name":"b","type":"number"}]}}}`
	if got := show(run(t, "executeWorkflowTrigger", 1.1, declared, `[{"json":{"a":1,"c":2}}]`).Run.Outputs); got != `[{"json":{"a":1,"b":null},"pairedItem":{"item":0}}]` {
		t.Error(got)
	}
	if got := show(run(t, "executeWorkflowTrigger", 1, declared, `[{"json":{"a":1,"c":2}}]`).Run.Outputs); got != `[{"json":{"a":1,"c":2},"pairedItem":{"item":0}}]` {
		t.Error(got)
	}
	for _, c := range []struct {
		version    float64
		parameters string
		want       bool
	}{{1.1, `{"parameters":{"inputSource":"passthrough"}}`, false}, {1.1, `{"parameters":{"inputSource":"passthrough","returnOutput":"allRuns"}}`, true}, {1.2, `{"parameters":{"inputSource":"passthrough"}}`, true}} {
		if got := node.AllRunsGiven(run(t, "executeWorkflowTrigger", c.version, c.parameters, `[{"json":{}}]`).Run.State); got != c.want {
			t.Errorf("%v %s: all runs are given is %v", c.version, c.parameters, got)
		}
	}
}

// loopFlow is a loop with a body that doubles, and a node after it.
const loopFlow = `{"settings":{"executionOrder":"v1"},"nodes":[
	{"name":"Start","type":"n8n-nodes-base.manualTrigger","position":[0,0]},
	{"name":"Items","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[1,0],"parameters":{"mode":"raw","jsonOutput":"{\"l\":[1,2,3]}"}},
	{"name":"Split","type":"n8n-nodes-base.splitOut","position":[2,0],"parameters":{"fieldToSplitOut":"l"}},
	{"name":"Loop","type":"n8n-nodes-base.splitInBatches","typeVersion":%v,"position":[3,0],"parameters":{"batchSize":2}},
	{"name":"Body","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[4,5],"parameters":{"assignments":{"assignments":[
		{"name":"x","type":"number","value":"={{ $json.l * 2 }}"},{"name":"from","type":"number","value":"={{ $('Split').item.json.l }}"}]}}},
	{"name":"After","type":"n8n-nodes-base.noOp","position":[4,0]}],
	"connections":{"Start":{"main":[[{"node":"Items"}]]},"Items":{"main":[[{"node":"Split"}]]},"Split":{"main":[[{"node":"Loop"}]]},
	"Loop":{"main":%s},"Body":{"main":[[{"node":"Loop"}]]}}}`

// play runs a whole workflow; before each step the History is rebuilt from
// checkpoints, as after a crash.
func play(t *testing.T, text string) map[string][]*workflow.NodeRun {
	t.Helper()
	wf, err := workflow.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var checkpoints [][]byte
	runs := map[string][]*workflow.NodeRun{}
	for range 50 {
		w, err := walk.New(wf, walk.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range checkpoints {
			r, err := workflow.ParseRun(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Feed(r); err != nil {
				t.Fatal(err)
			}
		}
		steps := w.Ready()
		if len(steps) == 0 {
			return runs
		}
		env := &node.Env{Workflow: wf, Registry: node.NewRegistry(Types()), History: w.History(), Run: node.RunInfo{Mode: "manual", Timezone: "UTC"}}
		r := node.Execute(context.Background(), env, steps[0]).Run
		if r.Failed() {
			t.Fatalf("%s: %+v", r.Node, r.Error)
		}
		checkpoints = append(checkpoints, workflow.AppendRun(nil, r))
		runs[r.Node] = append(runs[r.Node], r)
	}
	t.Fatal("the workflow does not end")
	return nil
}

func TestLoopOverItems(t *testing.T) {
	for _, c := range []struct {
		version float64
		main    string
		loop    string
	}{
		{3, `[[{"node":"After"}],[{"node":"Body"}]]`, `[[],[1,2]] [[],[3]] [[[2,1],[4,2],[6,3]],[]]`},
		{2, `[[{"node":"Body"}],[{"node":"After"}]]`, `[[1,2],[]] [[3],[]] [[],[[2,1],[4,2],[6,3]]]`},
		{1, `[[{"node":"Body"}]]`, `[[1,2]] [[3]] null`},
	} {
		runs := play(t, fmt.Sprintf(loopFlow, c.version, c.main))
		var got []string
		for _, r := range runs["Loop"] {
			got = append(got, numbers(r.Outputs))
		}
		if diff := cmp.Diff(c.loop, strings.Join(got, " ")); diff != "" {
			t.Errorf("version %v: %s", c.version, diff)
		}
		if c.version > 1 && len(runs["After"]) != 1 {
			t.Errorf("version %v: After ran %d times", c.version, len(runs["After"]))
		}
		if last := runs["Loop"][len(runs["Loop"])-1].State; c.version > 1 {
			if done, _ := last.Get("done"); done != true {
				t.Errorf("version %v: state %s", c.version, value.JSON(last))
			}
			if len(value.JSON(last)) > 300 {
				t.Errorf("version %v: the state keeps the items: %s", c.version, value.JSON(last))
			}
		}
	}
}

// numbers shows outputs by the value of l, or [x, from].
func numbers(outs [][]workflow.Item) string {
	var shown [][]any
	for _, out := range outs {
		list := []any{}
		for _, it := range out {
			if l, ok := it.JSON.Get("l"); ok {
				list = append(list, l)
				continue
			}
			x, _ := it.JSON.Get("x")
			from, _ := it.JSON.Get("from")
			list = append(list, []any{x, from})
		}
		shown = append(shown, list)
	}
	b, _ := json.Marshal(shown)
	return string(b)
}

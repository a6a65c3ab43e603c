package ai

import (
	"context"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// serve runs the trigger with a call of a tool.
func (b *toolBench) serve(sub []node.SubResult, tool, args string) node.Outcome {
	b.t.Helper()
	given, err := value.ParseObject([]byte(args))
	if err != nil {
		b.t.Fatal(err)
	}
	env, step := b.env(`{}`, workflow.Item{JSON: value.Obj(MCPCall, value.Obj("toolName", tool, "arguments", given))})
	step.Node.Type, step.Node.TypeVersion = mcpTriggerType, 2
	env.Sub = sub
	return node.Execute(context.Background(), env, step)
}

// said is the result of a call, with "!" before an error.
func (b *toolBench) said(o node.Outcome) string {
	b.t.Helper()
	if o.Err != nil {
		b.t.Fatalf("the run failed: %v", o.Err)
	}
	it := o.Run.Outputs[0][0].JSON
	if failed, _ := it.Get(MCPFailed); failed == true {
		return "!" + node.Get(it, MCPResult, "")
	}
	return node.Get(it, MCPResult, "")
}

func TestAServedToolRunsInTheTriggersRun(t *testing.T) {
	b, w := newToolBench(t, "googleCalendarTool", 1.2, strings.ReplaceAll(events, "$json.about", "$json.mcpToolCall.toolName"))
	w.answer = `{"items":[{"id":"e1"}]}`
	if got := b.said(b.serve(nil, "The_Tool", `{"Limit":2}`)); got != `[{"id":"e1"}]` {
		t.Errorf("it said %s", got)
	}
	if len(w.seen) != 1 || !strings.Contains(w.seen[0], "maxResults=2") || !strings.Contains(w.seen[0], "The_Tool") {
		t.Errorf("requests: %v", w.seen)
	}
	for args, want := range map[string]string{`{}`: `!The argument "Limit" is missing.`, `{"Limit":"many"}`: "!The argument"} {
		if got := b.said(b.serve(nil, "The_Tool", args)); !strings.HasPrefix(got, want) {
			t.Errorf("%s: it said %s", args, got)
		}
	}
	if got := b.said(b.serve(nil, "nothing", `{}`)); got != `!There is no tool of the name "nothing".` {
		t.Errorf("it said %s", got)
	}
	w.status, w.answer = 404, `{"error":{"message":"Not Found"}}`
	if got := b.said(b.serve(nil, "The_Tool", `{"Limit":2}`)); !strings.HasPrefix(got, "!") || !strings.Contains(got, "Not Found") {
		t.Errorf("it said %s", got)
	}
}

// A call that may have been done and got no answer stops the run for a person's decision.
func TestAServedToolWhoseOutcomeIsUnknown(t *testing.T) {
	b, w := newToolBench(t, "discordTool", 2, posting)
	w.lost = true
	out := b.serve(nil, "The_Tool", `{"text":"hi"}`)
	if out.Err == nil || out.Err.Outcome != fault.Unknown {
		t.Errorf("%+v", out.Err)
	}
	env, step := b.env(`{}`)
	step.Node.Type, step.Node.TypeVersion = mcpTriggerType, 2
	if e := env.EffectOf(t.Context(), step); e != node.Unsafe {
		t.Errorf("the effect is %s", e)
	}
}

func TestAServedToolThatRunsAWorkflow(t *testing.T) {
	b, _ := newToolBench(t, "googleCalendarTool", 1.2, events)
	b.attach("AI", "ai_tool", "toolWorkflow", 2.2, `{"description":"Asks","workflowId":{"__rl":true,"mode":"id","value":"wf_2"}}`)
	b.rename(b.nodes[len(b.nodes)-1], "Ask")
	out := b.serve(nil, "Ask", `{"input":"how many?"}`)
	if ask := out.Result.Ask; ask == nil || len(ask.Runs) != 1 || ask.Runs[0].Workflow != "wf_2" || string(value.JSON(ask.Runs[0].Items[0].JSON)) != `{"query":"how many?"}` {
		t.Fatalf("it asked for %+v, %v", out.Result.Ask, out.Err)
	}
	for _, c := range []struct {
		sub  node.SubResult
		want string
	}{
		{node.SubResult{ID: "exe_2", Outputs: [][]workflow.Item{{json(`{"n":3}`)}}}, "[\n  {\n    \"n\": 3\n  }\n]"},
		{node.SubResult{ID: "exe_2", Err: node.Errorf("broken")}, `!There was an error: "broken"`},
	} {
		if got := b.said(b.serve([]node.SubResult{c.sub}, "Ask", `{"input":"how many?"}`)); got != c.want {
			t.Errorf("it said %q", got)
		}
	}
}

// A run by hand has no call.
func TestTheTriggerHandsOnWhatIsNoCall(t *testing.T) {
	b, _ := newToolBench(t, "googleCalendarTool", 1.2, events)
	env, step := b.env(`{}`, json(`{"a":1}`))
	step.Node.Type, step.Node.TypeVersion = mcpTriggerType, 2
	if got := b.items(node.Execute(t.Context(), env, step)); got != `[{"a":1}]` {
		t.Errorf("items: %s", got)
	}
}

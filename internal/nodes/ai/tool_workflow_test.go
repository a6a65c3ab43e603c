package ai

import (
	"context"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// goOn runs the agent again, with what it kept and what its workflow gave.
func (b *bench) goOn(before node.Outcome, typ string, version float64, params string, got node.SubResult, items ...workflow.Item) node.Outcome {
	b.t.Helper()
	env, step := b.env(typ, version, params, items...)
	env.Partial, env.Sub = before.Result.Partial, []node.SubResult{got}
	return node.Execute(context.Background(), env, step)
}

const toAgent = `{"promptType":"define","text":"={{ $json.q }}","options":{"returnIntermediateSteps":true}}`

func gave(items ...string) node.SubResult {
	r := node.SubResult{ID: "exe_9", Outputs: [][]workflow.Item{{}}}
	for _, text := range items {
		r.Outputs[0] = append(r.Outputs[0], json(text))
	}
	return r
}

func TestWorkflowToolAsksInAllVersions(t *testing.T) {
	for name, c := range map[string]struct {
		version  float64
		params   string
		args     string // of the model
		schema   string // what it is shown of them
		workflow string
		item     string // that the workflow starts with
		answer   string
	}{
		"one text": {1, `{"name":"ask_it","description":"d","workflowId":"={{ $workflow.id }}","fields":{"values":[{"name":"route","stringValue":"={{ $json.r }}"}]}}`,
			`{"input":"hello"}`, `{"type":"object","properties":{"input"`, "wf1", `{"query":"hello","route":"north"}`, "{\n  \"n\": 1\n}"},
		"own schema": {1.2, `{"name":"ask_it","specifyInputSchema":true,"schemaType":"manual","inputSchema":"{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}","workflowId":{"__rl":true,"mode":"id","value":"wf_2"}}`,
			`{"city":"Galle"}`, `"city"`, "wf_2", `{"query":{"city":"Galle"}}`, "{\n  \"n\": 1\n}"},
		"from AI": {2, `{"name":"ask_it","workflowId":{"__rl":true,"mode":"list","value":"wf_3","cachedResultName":"Other"},"workflowInputs":{"mappingMode":"defineBelow","value":{"who":"={{ $fromAI('who', 'whom to ask', 'string') }}","fixed":"x"},"schema":[{"id":"who","displayName":"who","type":"string"},{"id":"fixed","displayName":"fixed"}]}}`,
			`{"who":"Ada"}`, `"who":{"type":"string","description":"whom to ask"}`, "wf_3", `{"query":{"who":"Ada"},"who":"Ada","fixed":"x"}`, "{\n  \"n\": 1\n}"},
		"all items": {2.2, `{"workflowId":{"__rl":true,"mode":"id","value":"wf_4"},"workflowInputs":{"value":{},"schema":[]}}`,
			`{"input":"hello"}`, `"input"`, "wf_4", `{"query":"hello"}`, "[\n  {\n    \"n\": 1\n  },\n  {\n    \"n\": 2\n  }\n]"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.model()
			b.attach("AI", "ai_tool", "toolWorkflow", c.version, c.params)
			tool := "ask_it"
			if c.version > 2.1 {
				tool = "toolWorkflow_1"
			}
			b.answers(openai.Rule{Contains: "please", Tool: tool, Reply: c.args}, openai.Rule{Reply: "done"})
			in := json(`{"q":"please","r":"north"}`)
			first := b.run(lc+"agent", 1.8, toAgent, in)
			ask := first.Result.Ask
			if ask == nil || first.Err != nil || len(ask.Runs) != 1 || ask.First != 0 {
				t.Fatalf("it asks for %+v (%v)", ask, first.Err)
			}
			if got := string(value.JSON(ask.Runs[0].Items[0].JSON)); ask.Runs[0].Workflow != c.workflow || got != c.item {
				t.Errorf("it asks for %s with %s", ask.Runs[0].Workflow, got)
			}
			env, _ := b.env(lc+"agent", 1.8, toAgent, in)
			if shown := schemaShown(t, env); !strings.Contains(shown, strings.ReplaceAll(c.schema, " ", "")) {
				t.Errorf("the model is shown %s", shown)
			}
			last := b.goOn(first, lc+"agent", 1.8, toAgent, gave(`{"n":1}`, `{"n":2}`), in)
			got := b.items(last)
			if !strings.HasPrefix(got, `[{"output":"done","intermediateSteps":`) || last.Result.Usage.Total == 0 {
				t.Errorf("it gives %s", got)
			}
			calls := b.server.Calls()
			if said := calls[len(calls)-1].Messages; len(calls) != 2 || string(said[len(said)-1].Content) != c.answer {
				t.Errorf("%d model calls, the last with %s", len(calls), said[len(said)-1].Content)
			}
		})
	}
}

// schemaShown is what the model sees of the only tool's arguments, without spaces.
func schemaShown(t *testing.T, env *node.Env) string {
	t.Helper()
	agent := env.Workflow.Nodes[0]
	c := env.NewCall(t.Context(), env.Registry.Lookup(agent.Type, agent.TypeVersion), walk.Step{Node: agent}, nil)
	defer c.Close()
	tools, err := connectedTools(t.Context(), &session{c: c})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(value.JSON(tools[0].schema)), " ", "")
}

// Items that were answered and tools that were called before are not repeated.
func TestAgentKeepsItsWorkWhileAWorkflowRuns(t *testing.T) {
	b := setup(t)
	b.model()
	b.attach("AI", "ai_tool", "toolCalculator", 1, `{}`)
	b.attach("AI", "ai_tool", "toolWorkflow", 1.3, `{"name":"ask_it","workflowId":"wf_1"}`)
	b.answers(openai.Rule{Contains: "simple", Reply: "easy"}, openai.Rule{Contains: "42", Reply: "hard"},
		openai.Rule{Contains: "14", Tool: "ask_it", Reply: `{"input":"14"}`}, openai.Rule{Contains: "calc", Tool: "calculator", Reply: `{"input":"2*7"}`})
	items := []workflow.Item{json(`{"q":"simple"}`), json(`{"q":"calc"}`), json(`{"q":"simple"}`)}
	params := `{"promptType":"define","text":"={{ $json.q }}","options":{}}`
	first := b.run(lc+"agent", 1.8, params, items...)
	if first.Result.Ask == nil || len(b.server.Calls()) != 3 {
		t.Fatalf("it asks for %+v after %d calls (%v)", first.Result.Ask, len(b.server.Calls()), first.Err)
	}
	last := b.goOn(first, lc+"agent", 1.8, params, gave(`{"answer":42}`), items...)
	if got := b.items(last); got != `[{"output":"easy"},{"output":"hard"},{"output":"easy"}]` {
		t.Errorf("it gives %s", got)
	}
	if n := len(b.server.Calls()); n != 5 {
		t.Errorf("%d model calls, want 5", n)
	}
}

func TestFailureOfAToolsWorkflow(t *testing.T) {
	b := setup(t)
	b.model()
	b.attach("AI", "ai_tool", "toolWorkflow", 1.3, `{"name":"ask_it","workflowId":"wf_1"}`)
	b.answers(openai.Rule{Contains: "There was an error", Reply: "sorry"}, openai.Rule{Tool: "ask_it", Reply: `{"input":"x"}`})
	params := `{"promptType":"define","text":"go","options":{}}`
	first := b.run(lc+"agent", 1.8, params)
	broke := node.SubResult{ID: "exe_9", Err: node.FailedIn("exe_9", fault.New(fault.Invalid, fault.CodeNotFound, "it is gone"))}
	if got := b.items(b.goOn(first, lc+"agent", 1.8, params, broke)); got != `[{"output":"sorry"}]` {
		t.Errorf("told of a failure, it gives %s", got)
	}
	unknown := fault.New(fault.Invalid, fault.CodeNodeOutcomeUnknown, "who knows")
	unknown.Outcome = fault.Unknown
	out := b.goOn(first, lc+"agent", 1.8, params, node.SubResult{ID: "exe_9", Err: node.FailedIn("exe_9", unknown)})
	if out.Err == nil || out.Err.Code != fault.CodeNodeOutcomeUnknown || out.Run.Error.Child != "exe_9" {
		t.Errorf("an unknown outcome is %v, %+v", out.Err, out.Run.Error)
	}
}

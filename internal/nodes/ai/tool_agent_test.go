package ai

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// withAgentTool has an agent whose tool is an agent with a model of its own.
func withAgentTool(t *testing.T) *bench {
	b := setup(t)
	b.model()
	b.attach("AI", "ai_tool", "agentTool", 2.2, `{"toolDescription":"Knows the weather","text":"={{ $fromAI('Prompt', 'what to ask', 'string') }} in {{ $json.city }}","options":{"systemMessage":"You are the inner one"}}`)
	b.attach("agentTool 1", "ai_languageModel", "lmChatOpenAi", 1.2, `{"model":{"__rl":true,"value":"gpt-4o"}}`)
	return b
}

func TestAnAgentIsAToolOfAnother(t *testing.T) {
	b := withAgentTool(t)
	b.answers(openai.Rule{Contains: "ask the other", Tool: "agentTool_1", Reply: `{"Prompt":"rain?"}`},
		openai.Rule{Contains: "rain? in Galle", Reply: "It rains."}, openai.Rule{Contains: "It rains", Reply: "Take an umbrella."})
	out := b.run(lc+"agent", 3, request("ask the other"), json(`{"city":"Galle"}`))
	if got := b.items(out); got != `[{"output":"Take an umbrella."}]` {
		t.Errorf("items: %s", got)
	}
	calls := b.server.Calls()
	if len(calls) != 3 || calls[1].Model != "gpt-4o" || !strings.Contains(string(calls[1].Messages[0].Content), "the inner one") {
		t.Fatalf("%d calls", len(calls))
	}
	if said := string(calls[2].Messages[len(calls[2].Messages)-1].Content); said != `[{"output":"It rains."}]` {
		t.Errorf("the outer model was told %s", said)
	}
	alone := setup(t)
	alone.model()
	alone.answers(openai.Rule{Contains: "ask the other", Reply: "No."})
	if own := alone.run(lc+"agent", 3, request("ask the other")).Run.Usage; out.Run.Usage.Total < 3*own.Total {
		t.Errorf("three calls used %d tokens, one %d", out.Run.Usage.Total, own.Total)
	}
}

func TestAgentToolsThatCannotRunAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		add  func(*bench)
		want string
	}{
		"a circle": {func(b *bench) {
			b.wires["agentTool 1"]["ai_tool"][0] = append(b.wires["agentTool 1"]["ai_tool"][0], b.wires["agentTool 1"]["ai_tool"][0][0])
			b.wires["agentTool 1"]["ai_tool"][0][1].Node = "agentTool 1"
		}, "is a tool of its own"},
		"a workflow below": {func(b *bench) {
			b.attach("agentTool 1", "ai_tool", "toolWorkflow", 2.2, `{"workflowId":{"__rl":true,"mode":"id","value":"w"}}`)
		}, "cannot wait for"},
	} {
		b := withAgentTool(t)
		c.add(b)
		out := b.run(lc+"agent", 2.2, request("x"))
		if out.Err == nil || !strings.Contains(fault.Of(out.Err).Message, c.want) {
			t.Errorf("%s: %v", name, out.Err)
		}
	}
}

func TestAnAgentIsAsSafeAsTheToolsOfItsTools(t *testing.T) {
	b := withAgentTool(t)
	if e := b.effect(lc+"agent", 3, `{}`); e != node.Safe {
		t.Errorf("an agent without tools that change something is %s", e)
	}
	b.attach("agentTool 1", "ai_tool", "toolHttpRequest", 1.1, `{"method":"POST","url":"https://x.example"}`)
	if e := b.effect(lc+"agent", 3, `{}`); e != node.Unsafe {
		t.Errorf("an agent whose tool's tool posts is %s", e)
	}
}

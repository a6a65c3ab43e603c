package ai

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const (
	message = "@n8n/n8n-nodes-langchain.openAi"
	older   = "n8n-nodes-base.openAi"
)

func TestMessageAsJSON(t *testing.T) {
	b := setup(t)
	out := b.run(message, 1.7, `{"modelId":{"__rl":true,"mode":"id","value":"gpt-4o"},"messages":{"values":[{"content":"hi","role":"user"}]},"jsonOutput":true}`)
	if got := b.items(out); got != `[{"index":0,"message":{"role":"assistant","content":{"echo":"hi"},"refusal":null},"finish_reason":"stop"}]` {
		t.Errorf("items: %s", got)
	}
	if m := b.server.Calls()[0].Messages; len(m) != 2 || m[0].Role != "system" || !strings.Contains(string(m[0].Content), "JSON") {
		t.Errorf("messages: %+v", m)
	}
}

func TestMessageWithTools(t *testing.T) {
	b := setup(t)
	b.attach("AI", "ai_tool", "toolCalculator", 1, `{}`)
	b.answers(openai.Rule{Contains: "how much", Tool: "calculator", Reply: `{"input":"6*7"}`}, openai.Rule{Contains: "42", Reply: "It is 42."})
	out := b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"how much?"}]}}`)
	if got := b.items(out); got != `[{"index":0,"message":{"role":"assistant","content":"It is 42.","refusal":null},"finish_reason":"stop"}]` {
		t.Errorf("items: %s", got)
	}
	b = setup(t)
	b.attach("AI", "ai_tool", "toolCalculator", 1, `{}`)
	b.answers(openai.Rule{Tool: "calculator", Reply: `{"input":"1"}`})
	if out := b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"go"}]}}`); out.Err == nil || len(b.server.Calls()) != maxToolRounds {
		t.Errorf("%v after %d calls", out.Err, len(b.server.Calls()))
	}
}

func TestMessageNotSimplified(t *testing.T) {
	b := setup(t)
	got := b.items(b.run(message, 1, `{"modelId":"gpt-4","messages":{"values":[{"content":"hi"}]},"simplify":false}`))
	for _, part := range []string{`"object":"chat.completion"`, `"model":"gpt-4"`, `"usage":{"prompt_tokens":4`, `"content":"Echo: hi"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
}

func TestOptionsAreSent(t *testing.T) {
	b := setup(t)
	b.items(b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"hi"}]},"options":{"maxTokens":7,"temperature":0.5,"topP":0.9,"presence_penalty":1,"frequency_penalty":-1}}`))
	body := string(b.server.Calls()[0].Body)
	for _, part := range []string{`"max_tokens":7`, `"temperature":0.5`, `"top_p":0.9`, `"presence_penalty":1`, `"frequency_penalty":-1`} {
		if !strings.Contains(body, part) {
			t.Errorf("%s is not in %s", part, body)
		}
	}
}

func TestTextCompletionByAChatModel(t *testing.T) {
	b := setup(t)
	got := b.items(b.run(older, 1, `{"model":"gpt-4o-mini","prompt":"hi"}`))
	if got != `[{"text":"Echo: hi","index":0,"logprobs":null,"finish_reason":"stop"}]` {
		t.Errorf("items: %s", got)
	}
}

func TestWhatTheNodesCannotDoIsSaid(t *testing.T) {
	for _, c := range []struct{ typ, params, want string }{
		{message, `{"resource":"assistant"}`, "supports the resources text (with the operation message), audio, image and file; this node asks for assistant"},
		{message, `{"resource":"text","operation":"classify"}`, "text: classify"},
		{message, `{"messages":{"values":[]}}`, "No model is chosen"},
		{older, `{"resource":"image"}`, "supports the resources chat and text"},
		{older, `{"operation":"edit"}`, "text: edit"},
		{older, `{"prompt":"x"}`, "gpt-3.5-turbo-instruct serves OpenAI's retired completions API"},
		{older, `{"resource":"chat","options":{"n":3}}`, "More than one completion"},
	} {
		b := setup(t)
		out := b.run(c.typ, 1, c.params)
		if out.Err == nil || !strings.Contains(out.Err.Message, c.want) || len(b.server.Calls()) != 0 {
			t.Errorf("%s gave %v", c.params, out.Err)
		}
	}
}

func TestFailuresOfTheProvider(t *testing.T) {
	for name, c := range map[string]struct {
		fault openai.Fault
		want  fault.Error
	}{
		"rate limit": {openai.Fault{Status: 429, RetryAfter: "9"}, fault.Error{Kind: fault.Unavailable, Code: fault.CodeUpstreamRateLimited, RetryAfter: 9 * time.Second}},
		"quota":      {openai.Fault{Status: 429, Code: "insufficient_quota"}, fault.Error{Kind: fault.LimitExceeded, Code: fault.CodeUpstream}},
		"down":       {openai.Fault{Status: 500}, fault.Error{Kind: fault.Unavailable, Code: fault.CodeUpstream, Outcome: fault.Refused}},
		"cut":        {openai.Fault{CutHead: true}, fault.Error{Kind: fault.Unavailable, Code: fault.CodeUpstream, Outcome: fault.Unknown}},
	} {
		b := setup(t)
		b.server.Push(c.fault)
		out := b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"hi"}]}}`)
		f := out.Err
		if f == nil || f.Kind != c.want.Kind || f.Code != c.want.Code || f.RetryAfter != c.want.RetryAfter || f.Outcome != c.want.Outcome {
			t.Errorf("%s gave %+v", name, f)
		}
		// A cut call is not the user's decision: repeating it changes nothing outside.
		again, _ := node.Retry(&workflow.Node{}, node.Attempt{Err: f, Number: 1, Effect: b.effect(message, 1.8, `{}`)})
		if again != (name != "quota") {
			t.Errorf("%s is repeated: %v", name, again)
		}
	}
}

func TestUsageOfAllItemsIsAddedUp(t *testing.T) {
	b := setup(t)
	out := b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"hi"}]}}`, workflow.EmptyItem(), workflow.EmptyItem(), workflow.EmptyItem())
	if u := out.Run.Usage; out.Err != nil || u.Total != 3*(4+2) || u.Model != "gpt-4o" {
		t.Errorf("%+v, %v", u, out.Err)
	}
	for i, it := range out.Run.Outputs[0] {
		if it.Paired[0].Item != i {
			t.Errorf("item %d comes from %v", i, it.Paired)
		}
	}
}

// vault is a credential source with one credential.
type vault map[string]string

func (v vault) Open(_ context.Context, tenant, typ string, ref workflow.CredentialRef) (map[string]string, error) {
	if tenant != "ten_1" || ref.ID != "c1" {
		return nil, fault.New(fault.Invalid, fault.CodeCredentialMissing, "no such credential %s", typ)
	}
	return v, nil
}

func TestOwnCredentialAndBaseURL(t *testing.T) {
	b := setup(t)
	b.creds = vault{"apiKey": "sk-own", "url": b.base}
	b.tweak = func(n *workflow.Node) { n.Credentials = map[string]workflow.CredentialRef{"openAiApi": {ID: "c1"}} }
	b.items(b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"hi"}]}}`))
	if got := b.server.Calls()[0].Header.Get("Authorization"); got != "Bearer sk-own" {
		t.Errorf("key: %s", got)
	}
	b.creds = vault{"apiKey": "sk-own", "url": b.base, "allowedDomains": "api.openai.com"}
	if out := b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"hi"}]}}`); out.Err == nil || out.Err.Code != fault.CodeCredentialDomain || len(b.server.Calls()) != 1 {
		t.Errorf("a host that may not get the key: %v", out.Err)
	}
	b.tweak = func(n *workflow.Node) {
		n.Credentials = map[string]workflow.CredentialRef{"openAiApi": {ID: "other", Name: "lost"}}
	}
	if out := b.run(message, 1.8, `{"modelId":"gpt-4o","messages":{"values":[{"content":"hi"}]}}`); out.Err == nil || out.Err.Code != fault.CodeCredentialMissing {
		t.Errorf("%v", out.Err)
	}
}

func TestCodeTool(t *testing.T) {
	b := setup(t)
	b.code = code.InProcess{}
	b.model()
	b.attach("AI", "ai_tool", "toolCode", 1.1, `{"name":"shout","description":"upper case","jsCode":"return query.toUpperCase() + '!'"}`)
	b.answers(openai.Rule{Contains: "go", Tool: "shout", Reply: `{"query":"a\"); process.exit(); //"}`}, openai.Rule{Contains: "PROCESS.EXIT", Reply: "done"})
	out := b.run(lc+"agent", 1.7, `{"promptType":"define","text":"go","options":{"returnIntermediateSteps":true}}`)
	if got := b.items(out); !strings.Contains(got, `"observation":"A\"); PROCESS.EXIT(); //!"`) {
		t.Errorf("items: %s", got)
	}
	b.code = nil
	if out := b.run(lc+"agent", 1.7, `{"promptType":"define","text":"go"}`); out.Err == nil || out.Err.Code != fault.CodeNodeTypeUnsupported {
		t.Errorf("without a code runner: %v", out.Err)
	}
}

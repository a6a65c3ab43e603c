package ai

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/fault"
)

const asksResponse = `"modelId":{"__rl":true,"mode":"list","value":"gpt-4o-mini"},"responses":{"values":[{"content":"={{ $json.q }}"}]}`

func TestResponsesHaveTheFormOfTheirAPI(t *testing.T) {
	b := setup(t)
	b.answers(openai.Rule{Contains: "as JSON", Reply: `{"n":1}`})
	for name, c := range map[string]struct{ params, q, want string }{
		"text": {`{` + asksResponse + `}`, "hello", `"content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Echo: hello"}],"role":"assistant"}]}]`},
		"JSON": {`{` + asksResponse + `,"options":{"textFormat":{"textOptions":{"type":"json_schema","schema":"{\"type\":\"object\"}"}}}}`, "as JSON", `"text":{"n":1}}]`},
		"raw":  {`{` + asksResponse + `,"simplify":false}`, "hello", `"usage":{"input_tokens":5,"output_tokens":3,"total_tokens":8}`},
	} {
		got := b.items(b.run("@n8n/n8n-nodes-langchain.openAi", 2.1, c.params, json(`{"q":"`+c.q+`"}`)))
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	calls := b.server.Calls()
	for _, call := range calls {
		if m := call.Messages[len(call.Messages)-1]; string(m.Content) == "as JSON" && !strings.Contains(string(call.Messages[0].Content), `{"type":"object"}`) {
			t.Errorf("the model did not see the schema: %s", call.Messages[0].Content)
		}
	}
}

func TestResponsesRefuseWhatTheyCannotDo(t *testing.T) {
	b := setup(t)
	for name, c := range map[string]struct{ params, want string }{
		"built-in tools": {`{` + asksResponse + `,"builtInTools":{"webSearch":{}}}`, "webSearch"},
		"conversations":  {`{` + asksResponse + `,"options":{"conversationId":"c"}}`, "conversationId"},
		"no prompt":      {`{"modelId":"gpt-4o-mini","responses":{"values":[{"content":""}]}}`, "non-empty prompt"},
		"other work":     {`{"resource":"video","operation":"generate"}`, "video: generate"},
	} {
		out := b.run("@n8n/n8n-nodes-langchain.openAi", 2, c.params, json(`{"q":"x"}`))
		if out.Err == nil || !strings.Contains(fault.Of(out.Err).Message, c.want) {
			t.Errorf("%s: %v", name, out.Err)
		}
	}
}

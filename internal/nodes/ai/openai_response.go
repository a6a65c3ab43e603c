package ai

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// openAIResponse is the OpenAI node from version 2 on: its text resource with the
// operation "message a model", which n8n sends to the Responses API. Here it goes
// the way of all chats, and the answer has the form of that API.
func openAIResponse() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.openAi", Versions: []float64{2, 2.1, 2.2, 2.3},
			Name: "OpenAI", Description: "Message an OpenAI model", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"}, Credentials: []string{"openAiApi"},
			Params: []node.Param{
				{Name: "resource", Type: "options", Default: "text", Options: []node.Option{{Value: "text", Name: "Text"}}},
				{Name: "operation", Type: "options", Default: "response", Options: []node.Option{{Value: "response", Name: "Message a Model"}},
					Show: map[string][]any{"resource": {"text"}}},
				{Name: "modelId", Type: "resourceLocator", Required: true, Description: "The model"},
				{Name: "responses", Type: "fixedCollection", Fields: []node.Param{{Name: "values", Type: "collection", Fields: []node.Param{
					{Name: "type", Type: "options", Default: "text", Options: []node.Option{{Value: "text", Name: "Text"}}},
					{Name: "content", Type: "string", Default: ""},
					{Name: "role", Type: "options", Default: "user", Options: []node.Option{{Value: "user", Name: "User"}, {Value: "assistant", Name: "Assistant"}, {Value: "system", Name: "System"}}},
				}}}},
				{Name: "simplify", Type: "boolean", Default: true, Description: "Whether to return a simplified version of the response instead of the raw data"},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "instructions", Type: "string", Description: "What the model is told before the messages."},
					{Name: "maxTokens", Type: "number", Default: 16.0}, {Name: "temperature", Type: "number", Default: 1.0}, {Name: "topP", Type: "number", Default: 1.0},
					{Name: "textFormat", Type: "fixedCollection", Description: "textOptions: type (text, json_object, json_schema), schema."},
				}},
			},
		},
		Run: runResponse, Effect: agentEffect,
	}
}

func runResponse(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		if resource, operation := r.String("resource", "text"), r.String("operation", "response"); resource != "text" || operation != "response" {
			return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
				"The OpenAI node supports the resources text (with the operation response), audio, image and file; this node asks for %s: %s.", resource, operation)
		}
		return s.respond(ctx, r)
	})
	if err != nil {
		return node.Result{}, s.failed(err)
	}
	return s.result(items), nil
}

// respond makes the call of one item.
func (s *session) respond(ctx context.Context, r *node.Reader) ([]workflow.Item, error) {
	m := options(r)
	if m.name = node.Text(r.Locator("modelId")); m.name == "" {
		return nil, node.Errorf("No model is chosen.")
	}
	messages, err := responseMessages(r, &m)
	if err != nil {
		return nil, err
	}
	if err := m.open(ctx, s.c); err != nil {
		return nil, err
	}
	s.item = r.Item()
	tools, err := connectedTools(ctx, s)
	defer s.end()
	if err != nil {
		return nil, err
	}
	reply, err := (&agent{s: s, m: m, tools: tools}).untilAnswered(ctx, r, messages)
	if err != nil {
		return nil, err
	}
	output := responseOutput(reply, m.json)
	if r.Bool("simplify", true) {
		return []workflow.Item{paired(value.Obj("output", output), r)}, r.Err()
	}
	id, _ := reply.Raw.Get("id")
	created, _ := reply.Raw.Get("created")
	return []workflow.Item{paired(value.Obj(
		"id", id, "object", "response", "created_at", created, "status", "completed", "model", m.name, "output", output,
		"usage", value.Obj("input_tokens", float64(reply.Usage.Prompt), "output_tokens", float64(reply.Usage.Completion), "total_tokens", float64(reply.Usage.Total))), r)}, r.Err()
}

// responseMessages are the instructions, the form of the answer and the node's messages.
func responseMessages(r *node.Reader, m *model) ([]node.ChatMessage, error) {
	for _, name := range []string{"options.conversationId", "options.previousResponseId", "options.promptConfig"} {
		if node.Truthy(r.Value(name)) {
			return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "The option %s is not supported; give the model the earlier messages instead.", name[len("options."):])
		}
	}
	if o, ok := r.Value("builtInTools").(*value.Object); ok && o.Len() > 0 {
		return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "OpenAI's built-in tools (%s) are not supported; connect a tool to the node instead.", o.Keys()[0])
	}
	var messages []node.ChatMessage
	if text := r.String("options.instructions", ""); text != "" {
		messages = append(messages, node.ChatMessage{Role: "system", Content: text})
	}
	if text := responseForm(r, m); text != "" {
		messages = append(messages, node.ChatMessage{Role: "system", Content: text})
	}
	asks := false
	for _, o := range r.Objects("responses.values") {
		if typ := node.Get(o, "type", "text"); typ != "text" {
			return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "Messages of the type %s are not supported; only text is.", typ)
		}
		content := node.Get(o, "content", "")
		messages = append(messages, node.ChatMessage{Role: node.Get(o, "role", "user"), Content: content})
		asks = asks || content != ""
	}
	if !asks && r.Err() == nil {
		return nil, node.Errorf("A non-empty prompt is required.")
	}
	return messages, r.Err()
}

// responseForm asks for the form that the author wants the answer in.
func responseForm(r *node.Reader, m *model) string {
	o, _ := r.Value("options.textFormat.textOptions").(*value.Object)
	if list, ok := r.Value("options.textFormat.textOptions").([]any); ok && len(list) > 0 {
		o, _ = list[0].(*value.Object)
	}
	if o == nil {
		return ""
	}
	switch node.Get(o, "type", "text") {
	case "json_object":
		m.json = true
		return "Answer with one JSON object."
	case "json_schema":
		m.json = true
		return "Answer with one JSON object of this JSON Schema:\n" + node.Get(o, "schema", "{}")
	}
	return ""
}

// responseOutput is the answer in the form of the Responses API; what was asked for
// as JSON is read.
func responseOutput(reply node.ChatReply, json bool) []any {
	var text any = reply.Message.Content
	if json {
		if v, err := value.Parse([]byte(reply.Message.Content)); err == nil {
			text = v
		}
	}
	id, _ := reply.Raw.Get("id")
	return []any{value.Obj("id", id, "type", "message", "status", "completed",
		"content", []any{value.Obj("type", "output_text", "annotations", []any{}, "logprobs", []any{}, "text", text)}, "role", "assistant")}
}

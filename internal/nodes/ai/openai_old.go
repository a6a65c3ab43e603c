package ai

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// openAIOld is the older OpenAI node: chat completions, and text completions by
// chat models.
func openAIOld() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.openAi", Versions: []float64{1, 1.1}, Name: "OpenAI", Description: "Consume Open AI",
			Group: "ai", Family: node.AI, Inputs: []string{"main"}, Outputs: []string{"main"}, Credentials: []string{"openAiApi"},
			Params: []node.Param{
				{Name: "resource", Type: "options", Default: "text", Options: []node.Option{{Value: "chat", Name: "Chat"}, {Value: "text", Name: "Text"}}},
				{Name: "operation", Type: "options", Default: "complete", Options: []node.Option{{Value: "complete", Name: "Complete"}}},
				{Name: "model", Type: "options", Description: "The model which will generate the completion"},
				{Name: "chatModel", Type: "options", Description: "The model, in version 1.1"},
				{Name: "prompt", Type: "string", Description: "Text, or the messages of a chat"},
				{Name: "simplifyOutput", Type: "boolean", Default: true},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: modelOptions},
			},
		},
		Run: runOld, Effect: safe,
	}
}

func runOld(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		resource, operation := r.String("resource", "text"), r.String("operation", "complete")
		if operation != "complete" || resource != "chat" && resource != "text" {
			return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
				"The OpenAI node supports the resources chat and text with the operation complete; this node asks for %s: %s.", resource, operation)
		}
		return s.complete(ctx, r, resource == "text")
	})
	if err != nil {
		return node.Result{}, err
	}
	return s.result(items), nil
}

// complete makes the call of one item. Text completions go to a chat model as one
// message; the completions API itself and its models are gone.
func (s *session) complete(ctx context.Context, r *node.Reader, text bool) ([]workflow.Item, error) {
	m := options(r)
	m.name = oldModel(r, text)
	if text && retired(m.name) {
		return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
			"The model %s serves OpenAI's retired completions API only; choose a chat model such as gpt-4o-mini.", m.name)
	}
	if r.Number("options.n", 1) > 1 {
		return nil, node.Errorf("More than one completion for a prompt is not supported: remove the option 'Number of Completions'.")
	}
	messages := readMessages(r, "prompt.messages")
	if text {
		messages = []node.ChatMessage{{Role: "user", Content: r.String("prompt", "")}}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := m.open(ctx, s.c); err != nil {
		return nil, err
	}
	reply, err := s.chat(ctx, prompt{model: m, item: r.Item(), messages: messages})
	if err != nil {
		return nil, err
	}
	raw := reply.Raw
	if text {
		raw = asCompletion(raw)
	}
	if !r.Bool("simplifyOutput", true) {
		return []workflow.Item{paired(raw, r)}, nil
	}
	return choices(raw, r), nil
}

// oldModel is the model by the defaults of n8n's versions.
func oldModel(r *node.Reader, text bool) string {
	switch {
	case text:
		return r.String("model", "gpt-3.5-turbo-instruct")
	case r.Value("chatModel") != nil:
		return r.String("chatModel", "")
	default:
		return r.String("model", "gpt-3.5-turbo")
	}
}

// retired reports whether a model never had a chat API.
func retired(name string) bool {
	return strings.HasPrefix(name, "text-") || strings.HasSuffix(name, "-instruct") || strings.HasPrefix(name, "davinci") || strings.HasPrefix(name, "babbage")
}

// asCompletion is a chat answer in the form of a text completion; n8n trims the
// text of its simplified form, as is done here for both.
func asCompletion(raw *value.Object) *value.Object {
	raw = raw.Clone()
	raw.Set("object", "text_completion")
	list, _ := value.Path(raw, "choices")
	all, _ := list.([]any)
	for i, choice := range all {
		content, _ := value.Path(choice, "message", "content")
		text, _ := content.(string)
		finish, _ := value.Path(choice, "finish_reason")
		all[i] = value.Obj("text", strings.TrimSpace(text), "index", float64(i), "logprobs", nil, "finish_reason", finish)
	}
	return raw
}

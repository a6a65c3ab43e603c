package ai

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// chainLLM is the Basic LLM Chain: a prompt, a model, perhaps an output parser.
func chainLLM() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.chainLlm", Versions: []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9},
			Name: "Basic LLM Chain", Description: "A simple chain to prompt a large language model", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "prompt", Type: "string", Default: "={{ $json.input }}", Show: map[string][]any{"@version": {1.0}}},
				{Name: "prompt", Type: "string", Default: "={{ $json.chat_input }}", Show: map[string][]any{"@version": {1.1, 1.2}}},
				{Name: "prompt", Type: "string", Default: "={{ $json.chatInput }}", Show: map[string][]any{"@version": {1.3}}},
				{Name: "promptType", Type: "options", Default: "auto", Options: []node.Option{{Value: "auto", Name: "Take from previous node"}, {Value: "define", Name: "Define below"}}},
				{Name: "text", Type: "string", Default: ""},
				{Name: "hasOutputParser", Type: "boolean", Default: false},
				{Name: "messages", Type: "fixedCollection", Fields: []node.Param{{Name: "messageValues", Type: "collection", Fields: []node.Param{
					{Name: "type", Type: "options", Default: "SystemMessagePromptTemplate"}, {Name: "message", Type: "string", Default: ""},
				}}}},
			},
		},
		Run: runChain, Effect: safe,
	}
}

func runChain(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	m, err := languageModel(ctx, c, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	p, err := outputParser(ctx, c, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		messages, err := chainMessages(c, r, p)
		if err != nil {
			return nil, err
		}
		out, err := s.chain(ctx, p, prompt{model: m, item: r.Item(), messages: messages})
		if err != nil {
			return nil, err
		}
		return chainItems(out, r, c.Node.TypeVersion >= 1.6 || p != nil), nil
	})
	if err != nil {
		return node.Result{}, err
	}
	return s.result(items), nil
}

// chain makes the call of one item and gives its answers: several if a parser
// made a list.
func (s *session) chain(ctx context.Context, p *parser, q prompt) ([]any, error) {
	reply, err := s.chat(ctx, q)
	if err != nil {
		return nil, err
	}
	text := reply.Message.Content
	if p == nil {
		if v, err := value.Parse([]byte(text)); err == nil && q.model.json {
			return []any{v}, nil
		}
		return []any{text}, nil
	}
	out, err := s.read(ctx, p, q.item, text)
	if list, ok := out.([]any); ok {
		return list, err
	}
	return []any{out}, err
}

func chainItems(out []any, r *node.Reader, unwrap bool) []workflow.Item {
	items := make([]workflow.Item, len(out))
	for i, x := range out {
		items[i] = paired(chainJSON(x, unwrap), r)
	}
	return items
}

// chainJSON is one answer as an item's json: text under "text", objects as they
// are or as text by version.
func chainJSON(v any, unwrap bool) *value.Object {
	switch v := v.(type) {
	case string:
		return value.Obj("text", strings.TrimSpace(v))
	case []any:
		return value.Obj("data", v)
	case *value.Object:
		if unwrap {
			return v
		}
		return value.Obj("text", string(value.JSON(v)))
	default:
		return value.Obj("response", value.Obj("text", v))
	}
}

// chainMessages are the node's chat messages and the prompt.
func chainMessages(c *node.Call, r *node.Reader, p *parser) ([]node.ChatMessage, error) {
	text, err := promptOf(c, r, c.Node.TypeVersion <= 1.3)
	if err != nil {
		return nil, err
	}
	var list []node.ChatMessage
	for _, o := range r.Objects("messages.messageValues") {
		role := map[string]string{
			"AIMessagePromptTemplate": "assistant", "SystemMessagePromptTemplate": "system", "HumanMessagePromptTemplate": "user",
		}[node.Get(o, "type", "SystemMessagePromptTemplate")]
		if role == "" {
			return nil, node.Errorf("Invalid message type")
		}
		if kind := node.Get(o, "messageType", "text"); kind != "text" {
			return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "Images in chat messages (%s) are not supported.", kind)
		}
		list = append(list, node.ChatMessage{Role: role, Content: node.Get(o, "message", "")})
	}
	if p != nil {
		text += "\n" + p.instructions()
	}
	return append(list, node.ChatMessage{Role: "user", Content: text}), r.Err()
}

// promptOf is the prompt: of its own parameter, or of the input's chatInput.
func promptOf(c *node.Call, r *node.Reader, old bool) (string, error) {
	var v any
	switch {
	case old:
		v = r.Value("prompt")
	case r.String("promptType", "auto") == "define":
		v = r.Value("text")
	default:
		if v, _ = c.Items()[r.Item()].JSON.Get("chatInput"); v == nil && r.Err() == nil {
			return "", node.WithDetail(node.Errorf("No prompt specified"),
				"Expected to find the prompt in an input field called 'chatInput' (this is what the chat trigger node outputs). To use something else, change the 'Prompt' parameter")
		}
	}
	if err := r.Err(); err != nil {
		return "", err
	}
	if v == nil {
		return "", node.Errorf("The ‘prompt’ parameter is empty.")
	}
	return node.Text(v), nil
}

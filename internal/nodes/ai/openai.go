package ai

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// openAIMessage is the OpenAI node of the LangChain package before version 2: its text resource
// with the operation "message a model".
func openAIMessage() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.openAi", Versions: []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8},
			Name: "OpenAI", Description: "Message an OpenAI model", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"}, Credentials: []string{"openAiApi"},
			Params: []node.Param{
				{Name: "resource", Type: "options", Default: "text", Options: []node.Option{{Value: "text", Name: "Text"}}},
				{Name: "operation", Type: "options", Default: "message", Options: []node.Option{{Value: "message", Name: "Message a Model"}},
					Show: map[string][]any{"resource": {"text"}}},
				{Name: "modelId", Type: "resourceLocator", Required: true, Description: "The model"},
				{Name: "messages", Type: "fixedCollection", Fields: []node.Param{{Name: "values", Type: "collection", Fields: []node.Param{
					{Name: "content", Type: "string", Default: ""},
					{Name: "role", Type: "options", Default: "user", Options: []node.Option{{Value: "user", Name: "User"}, {Value: "assistant", Name: "Assistant"}, {Value: "system", Name: "System"}}},
				}}}},
				{Name: "simplify", Type: "boolean", Default: true, Description: "Whether to return a simplified version of the response instead of the raw data"},
				{Name: "jsonOutput", Type: "boolean", Default: false, Description: "Whether to attempt to return the response in JSON format"},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: modelOptions},
			},
		},
		Run: runMessage, Effect: agentEffect,
	}
}

var modelOptions = []node.Param{
	{Name: "frequency_penalty", Type: "number", Default: 0.0}, {Name: "maxTokens", Type: "number", Default: 16.0},
	{Name: "presence_penalty", Type: "number", Default: 0.0}, {Name: "temperature", Type: "number", Default: 1.0},
	{Name: "topP", Type: "number", Default: 1.0},
}

func runMessage(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		resource, operation := r.String("resource", "text"), r.String("operation", "message")
		if resource != "text" || operation != "message" {
			return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
				"The OpenAI node supports the resources text (with the operation message), audio, image and file; this node asks for %s: %s.", resource, r.String("operation", "its default operation"))
		}
		return s.message(ctx, r)
	})
	if err != nil {
		return node.Result{}, s.failed(err)
	}
	return s.result(items), nil
}

// message makes the call of one item.
func (s *session) message(ctx context.Context, r *node.Reader) ([]workflow.Item, error) {
	m := options(r)
	m.name = node.Text(r.Locator("modelId"))
	m.json = r.Bool("jsonOutput", false)
	if m.name == "" {
		return nil, node.Errorf("No model is chosen.")
	}
	messages := readMessages(r, "messages.values")
	if m.json {
		messages = append([]node.ChatMessage{{Role: "system", Content: "You are a helpful assistant designed to output JSON."}}, messages...)
	}
	if err := r.Err(); err != nil {
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
	a := &agent{s: s, m: m, tools: tools}
	reply, err := a.untilAnswered(ctx, r, messages)
	if err != nil {
		return nil, err
	}
	raw := reply.Raw.Clone()
	if m.json {
		parseContents(raw)
	}
	if !r.Bool("simplify", true) {
		return []workflow.Item{paired(raw, r)}, nil
	}
	return choices(raw, r), nil
}

// maxToolRounds is how often a message may ask for tools before its answer.
const maxToolRounds = 15

// untilAnswered calls the model, and the tools that it asks for, until it answers.
func (a *agent) untilAnswered(ctx context.Context, r *node.Reader, messages []node.ChatMessage) (node.ChatReply, error) {
	for range maxToolRounds {
		reply, err := a.s.chat(ctx, prompt{model: a.m, item: r.Item(), messages: messages, tools: a.definitions()})
		if err != nil || len(reply.Message.ToolCalls) == 0 || len(a.tools) == 0 {
			return reply, err
		}
		messages = append(messages, reply.Message)
		for _, call := range reply.Message.ToolCalls {
			name, args := callOf(call)
			said, err := a.call(ctx, nil, name, args)
			if err != nil {
				return reply, err
			}
			id, _ := value.Path(call, "id")
			messages = append(messages, node.ChatMessage{Role: "tool", ToolCallID: node.Text(id), Content: said})
		}
	}
	return node.ChatReply{}, node.Errorf("The model asked for tools %d times and gave no answer.", maxToolRounds)
}

// options reads the model's options, which have the same names in both nodes.
func options(r *node.Reader) model {
	return model{
		maxTokens: r.Int("options.maxTokens", 0), temperature: number(r, "options.temperature"), topP: number(r, "options.topP"),
		presencePenalty: number(r, "options.presence_penalty"), frequencyPenalty: number(r, "options.frequency_penalty"),
	}
}

func readMessages(r *node.Reader, name string) []node.ChatMessage {
	var list []node.ChatMessage
	for _, o := range r.Objects(name) {
		list = append(list, node.ChatMessage{Role: node.Get(o, "role", "user"), Content: node.Get(o, "content", "")})
	}
	return list
}

// parseContents replaces each answer that is JSON by what it says.
func parseContents(raw *value.Object) {
	list, _ := value.Path(raw, "choices")
	all, _ := list.([]any)
	for _, choice := range all {
		m, _ := value.Path(choice, "message")
		o, ok := m.(*value.Object)
		if !ok {
			continue
		}
		text, _ := o.Get("content")
		if s, ok := text.(string); ok {
			if v, err := value.Parse([]byte(s)); err == nil {
				o.Set("content", v)
			}
		}
	}
}

// choices are the items of a simplified answer: one for each choice.
func choices(raw *value.Object, r *node.Reader) []workflow.Item {
	list, _ := value.Path(raw, "choices")
	all, _ := list.([]any)
	var items []workflow.Item
	for _, choice := range all {
		if o, ok := choice.(*value.Object); ok {
			items = append(items, paired(o, r))
		}
	}
	return items
}

func paired(o *value.Object, r *node.Reader) workflow.Item {
	return workflow.Item{JSON: o, Paired: []workflow.Paired{{Item: r.Item()}}}
}

// connected are the enabled sub-nodes that lead into n by a connection type, in
// the order of the workflow's nodes.
func connected(w *workflow.Workflow, n *workflow.Node, typ string) []*workflow.Node {
	var list []*workflow.Node
	for _, from := range w.Nodes {
		if from.Disabled {
			continue
		}
		for _, slot := range w.Connections[from.Name][typ] {
			for _, target := range slot {
				if target.Node == n.Name {
					list = append(list, from)
				}
			}
		}
	}
	return list
}

package ai

import (
	"context"
	"fmt"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const (
	agentSystem     = "You are a helpful assistant"
	agentIterations = 10
	finalTool       = "format_final_json_response"
	finalRule       = "For your answer to the user you must call the tool `" + finalTool + "` with the whole answer in the form that its parameters ask for. Call it only once, when the answer is final; never write the JSON yourself."
)

// agentNode is the AI Agent: a model that may call tools until it has an answer.
func agentNode() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type:     "@n8n/n8n-nodes-langchain.agent",
			Versions: []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.1, 2.2}, Name: "AI Agent",
			Description: "Generates an action plan and executes it. Can use external tools.", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "agent", Type: "options", Default: "toolsAgent", Options: []node.Option{
					{Value: "toolsAgent", Name: "Tools Agent"}, {Value: "conversationalAgent", Name: "Conversational Agent"}, {Value: "openAiFunctionsAgent", Name: "OpenAI Functions Agent"}}},
				{Name: "promptType", Type: "options", Default: "auto", Options: []node.Option{{Value: "auto", Name: "Take from previous node"}, {Value: "define", Name: "Define below"}}},
				{Name: "text", Type: "string", Default: ""}, {Name: "hasOutputParser", Type: "boolean", Default: false},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "systemMessage", Type: "string", Default: agentSystem}, {Name: "maxIterations", Type: "number", Default: 10.0},
					{Name: "returnIntermediateSteps", Type: "boolean", Default: false}}},
			},
		},
		Run: runAgent, Effect: agentEffect,
	}
}

// agentEffect: an agent is as safe as the tools that it may call.
func agentEffect(c *node.Call) node.Effect {
	for _, n := range connected(c.Workflow, c.Node, "ai_tool") {
		if t, ok := toolKinds[kind(n)]; ok && t.unsafe != nil && t.unsafe(n) {
			return node.Unsafe
		} else if !ok && c.ToolType(n) != nil && nodeToolUnsafe(c, n) {
			return node.Unsafe
		}
	}
	return node.Safe
}

// agent is one agent with what hangs on it.
type agent struct {
	s      *session
	m      model
	tools  []*tool
	parser *parser
	memory *memory
}

func runAgent(ctx context.Context, c *node.Call) (node.Result, error) {
	a := &agent{s: &session{c: c}}
	if err := a.connect(ctx); err != nil {
		return node.Result{}, err
	}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		input, err := promptOf(c, r, false)
		if err != nil {
			return nil, err
		}
		out, err := a.run(ctx, r, input)
		if err != nil {
			return nil, err
		}
		return []workflow.Item{paired(out, r)}, nil
	})
	if err != nil {
		return node.Result{}, a.s.failed(err)
	}
	return a.s.result(items), nil
}

// connect reads the sub-nodes.
func (a *agent) connect(ctx context.Context) error {
	c := a.s.c
	if typ := c.At(0).String("agent", "toolsAgent"); typ != "toolsAgent" && typ != "conversationalAgent" && typ != "openAiFunctionsAgent" {
		return fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "The agent type %s is not supported; choose the Tools Agent.", typ)
	}
	var err error
	if a.m, err = languageModel(ctx, c, c.Node); err != nil {
		return err
	}
	if a.parser, err = outputParser(ctx, c, c.Node); err != nil {
		return err
	}
	if a.memory, err = connectedMemory(ctx, c); err != nil {
		return err
	}
	a.tools, err = connectedTools(ctx, a.s)
	return err
}

// run answers one item.
func (a *agent) run(ctx context.Context, r *node.Reader, input string) (*value.Object, error) {
	a.s.item = r.Item()
	past, err := a.memory.load(ctx)
	if err != nil {
		return nil, err
	}
	messages := a.opening(r, past, input)
	if err := r.Err(); err != nil {
		return nil, err
	}
	out, steps, err := a.loop(ctx, r, messages)
	if err != nil {
		return nil, err
	}
	said, _ := out.Get("output")
	if err := a.memory.save(ctx, r.Item(), input, node.Text(said)); err != nil {
		return nil, err
	}
	if r.Bool("options.returnIntermediateSteps", false) {
		out.Set("intermediateSteps", steps)
	}
	return out, r.Err()
}

// opening are the messages before the model's first answer.
func (a *agent) opening(r *node.Reader, past []node.ChatMessage, input string) []node.ChatMessage {
	system := r.String("options.systemMessage", agentSystem)
	if a.parser != nil && a.parser.schema != nil {
		system += "\n\n" + finalRule
	} else if a.parser != nil {
		system += "\n\n" + a.parser.instructions()
	}
	messages := append([]node.ChatMessage{{Role: "system", Content: system}}, past...)
	return append(messages, node.ChatMessage{Role: "user", Content: input})
}

// loop calls the model and the tools that it asks for, until it answers.
func (a *agent) loop(ctx context.Context, r *node.Reader, messages []node.ChatMessage) (*value.Object, []any, error) {
	steps := []any{}
	for range max(r.Int("options.maxIterations", agentIterations), 1) {
		reply, err := a.s.chat(ctx, prompt{model: a.m, item: r.Item(), messages: messages, tools: a.definitions()})
		if err != nil {
			return nil, nil, err
		}
		if len(reply.Message.ToolCalls) == 0 {
			out, err := a.final(ctx, r.Item(), reply.Message.Content)
			return out, steps, err
		}
		messages = append(messages, reply.Message)
		for _, call := range reply.Message.ToolCalls {
			name, args := callOf(call)
			if name == finalTool && a.parser != nil {
				out, err := a.final(ctx, r.Item(), args)
				return out, steps, err
			}
			said, err := a.call(ctx, name, args)
			if err != nil {
				return nil, nil, err
			}
			id, _ := value.Path(call, "id")
			messages = append(messages, node.ChatMessage{Role: "tool", ToolCallID: node.Text(id), Content: said})
			steps = append(steps, step(name, args, node.Text(id), said))
		}
	}
	return value.Obj("output", "Agent stopped due to max iterations."), steps, nil
}

func callOf(call *value.Object) (name, args string) {
	n, _ := value.Path(call, "function", "name")
	a, _ := value.Path(call, "function", "arguments")
	return node.Text(n), node.Text(a)
}

func step(name, args, id, said string) any {
	input, err := value.Parse([]byte(args))
	if err != nil {
		input = args
	}
	return value.Obj("action", value.Obj("tool", name, "toolInput", input, "toolCallId", id, "log", fmt.Sprintf("Invoking %q with %s", name, args)), "observation", said)
}

// definitions are the tools as the model sees them.
func (a *agent) definitions() []*value.Object {
	var list []*value.Object
	for _, t := range a.tools {
		list = append(list, t.definition())
	}
	if a.parser != nil && a.parser.schema != nil {
		list = append(list, (&tool{name: finalTool, description: "Gives the final answer to the user in the required form. Not for questions or steps on the way.", schema: a.parser.schema}).definition())
	}
	return list
}

// final forms the answer: text under "output", or what the parser makes of it.
func (a *agent) final(ctx context.Context, item int, text string) (*value.Object, error) {
	if a.parser == nil {
		return value.Obj("output", text), nil
	}
	v, err := a.s.read(ctx, a.parser, item, wrapped(a.parser, text))
	if err != nil {
		return nil, err
	}
	if o, ok := v.(*value.Object); ok {
		return o, nil
	}
	return value.Obj("output", v), nil
}

// wrapped puts an answer that is bare JSON into the parser's "output".
func wrapped(p *parser, text string) string {
	v, err := value.Parse([]byte(text))
	if err != nil || p.schema == nil {
		return text
	}
	_, wants := value.Path(p.schema, "properties", "output")
	if _, has := value.Path(v, "output"); has || !wants {
		return text
	}
	return string(value.JSON(value.Obj("output", v)))
}

// call runs a tool. What goes wrong in it is told to the model, except where the
// run itself cannot go on.
func (a *agent) call(ctx context.Context, name, args string) (string, error) {
	for _, t := range a.tools {
		if t.name != name {
			continue
		}
		said, err := t.run(ctx, args)
		a.s.changed = a.s.changed || t.unsafe && err == nil
		if f := fault.Of(err); f != nil && (f.Kind == fault.Cancelled || f.Outcome == fault.Unknown || ctx.Err() != nil) {
			return "", err
		}
		if err != nil {
			return "There was an error: \"" + fault.Of(err).Message + "\"", nil
		}
		return said, nil
	}
	return fmt.Sprintf("There is no tool of the name %q.", name), nil
}

package ai

import (
	"context"
	"errors"
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
			Versions: []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.1, 2.2, 3, 3.1}, Name: "AI Agent",
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
		} else if !ok && c.ToolType(n) != nil {
			if n.Type == agentToolType && checkAgentTool(c.Workflow, n, nil) != nil {
				continue // it fails before it does anything
			}
			if nodeToolUnsafe(c, n) {
				return node.Unsafe
			}
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
	asked  int // workflows that it asked for before
}

func runAgent(ctx context.Context, c *node.Call) (node.Result, error) {
	a := &agent{s: &session{c: c}}
	defer a.s.end()
	if err := a.connect(ctx); err != nil {
		return node.Result{}, err
	}
	before, err := a.goOn()
	if err != nil {
		return node.Result{}, err
	}
	items, err := a.answers(ctx, before)
	var q *asking
	if errors.As(err, &q) {
		return a.asks(q, a.s.item, items)
	}
	if err != nil {
		return node.Result{}, a.s.failed(err)
	}
	return a.s.result(items), nil
}

// answers answers the items, from where the agent was when it last asked for a
// workflow. The error may be that it asks for one; then the items are those before.
func (a *agent) answers(ctx context.Context, before *resumed) ([]workflow.Item, error) {
	var done []workflow.Item
	c := a.s.c
	if before != nil {
		done = before.done
	}
	for i := range c.Items() {
		if before != nil && i < before.item {
			continue
		}
		if ctx.Err() != nil {
			return nil, node.TimedOut(ctx)
		}
		var talk *conversation
		if before != nil && i == before.item {
			talk = before.talk
		}
		out, err := a.answer(ctx, c.At(i), talk)
		var q *asking
		switch {
		case err == nil:
			done = append(done, out)
		case errors.As(err, &q):
			return done, err
		case c.Continues() && !fault.Of(err).Stops():
			done = append(done, node.ErrorItem(i, err))
		default:
			return nil, node.AtItem(i, err)
		}
	}
	return done, nil
}

// answer answers one item.
func (a *agent) answer(ctx context.Context, r *node.Reader, talk *conversation) (workflow.Item, error) {
	a.s.item = r.Item()
	if talk != nil {
		if err := a.take(talk); err != nil {
			return workflow.Item{}, err
		}
	} else {
		input, err := promptOf(a.s.c, r, false)
		if err != nil {
			return workflow.Item{}, err
		}
		talk = &conversation{input: input}
	}
	out, err := a.run(ctx, r, talk)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return workflow.Item{}, err
	}
	return paired(out, r), nil
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

// run goes on with a conversation to its end.
func (a *agent) run(ctx context.Context, r *node.Reader, talk *conversation) (*value.Object, error) {
	if talk.messages == nil {
		past, err := a.memory.load(ctx)
		if err != nil {
			return nil, err
		}
		talk.messages = a.opening(r, past, talk.input)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	out, err := a.loop(ctx, r, talk)
	if err != nil {
		return nil, err
	}
	said, _ := out.Get("output")
	if err := a.memory.save(ctx, r.Item(), talk.input, node.Text(said)); err != nil {
		return nil, err
	}
	if r.Bool("options.returnIntermediateSteps", false) {
		out.Set("intermediateSteps", append([]any{}, talk.steps...))
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
func (a *agent) loop(ctx context.Context, r *node.Reader, v *conversation) (*value.Object, error) {
	for most := max(r.Int("options.maxIterations", agentIterations), 1); ; {
		if calls := v.pending(); calls != nil {
			if out, err := a.callAll(ctx, r, v, calls); out != nil || err != nil {
				return out, err
			}
		}
		if v.round >= most {
			return value.Obj("output", "Agent stopped due to max iterations."), nil
		}
		reply, err := a.s.chat(ctx, prompt{model: a.m, item: r.Item(), messages: v.messages, tools: a.definitions()})
		if err != nil {
			return nil, err
		}
		if len(reply.Message.ToolCalls) == 0 {
			return a.final(ctx, r.Item(), reply.Message.Content)
		}
		v.messages = append(v.messages, reply.Message)
		v.round, v.call = v.round+1, 0
	}
}

// callAll makes the tool calls of the last answer that have not been made. The
// answer is not nil if one of them was the final one.
func (a *agent) callAll(ctx context.Context, r *node.Reader, v *conversation, calls []*value.Object) (*value.Object, error) {
	for v.call < len(calls) {
		name, args := callOf(calls[v.call])
		if name == finalTool && a.parser != nil {
			return a.final(ctx, r.Item(), args)
		}
		said, err := a.call(ctx, v, name, args)
		if err != nil {
			return nil, err
		}
		v.heard(calls[v.call], args, said)
	}
	return nil, nil
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
func (a *agent) call(ctx context.Context, v *conversation, name, args string) (string, error) {
	for _, t := range a.tools {
		if t.name != name {
			continue
		}
		var said string
		var err error
		if t.workflow != nil {
			err = a.askFor(ctx, t, args, v)
		} else {
			said, err = t.run(ctx, args)
		}
		var q *asking
		if errors.As(err, &q) {
			return "", err
		}
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

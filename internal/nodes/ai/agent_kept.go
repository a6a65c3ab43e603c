package ai

import (
	"context"
	encoding "encoding/json"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// kept is an agent's work so far, while a workflow runs that its model asked for:
// the items it has answered, and the conversation of the one under way. It is what
// keeps the model's earlier answers from being paid for again.
type kept struct {
	Asked     int                 `json:"asked"` // workflows that were asked for before
	Item      int                 `json:"item"`  // under way
	Items     encoding.RawMessage `json:"items"` // answered, in their order
	Input     string              `json:"input"`
	Messages  []messageForm       `json:"messages"`
	Steps     encoding.RawMessage `json:"steps"`
	Round     int                 `json:"round"` // model calls of the item
	Call      int                 `json:"call"`  // the call of the last answer that asked
	Usage     workflow.TokenUsage `json:"usage"`
	CostMicro int64               `json:"costMicro"`
}

// messageForm is a message with the tool calls as JSON.
type messageForm struct {
	Role       string                `json:"role"`
	Content    string                `json:"content"`
	ToolCallID string                `json:"id,omitempty"`
	ToolCalls  []encoding.RawMessage `json:"calls,omitempty"`
}

// conversation is the state of the loop for one item.
type conversation struct {
	input    string
	messages []node.ChatMessage
	steps    []any
	round    int // model calls
	call     int // of the last answer, the next tool call to make
}

// pending are the tool calls of the last answer; nil if it is the model's turn.
func (v *conversation) pending() []*value.Object {
	for i := len(v.messages) - 1; i >= 0; i-- {
		if calls := v.messages[i].ToolCalls; len(calls) > 0 {
			if v.call < len(calls) {
				return calls
			}
			return nil
		}
		if v.messages[i].Role != "tool" {
			return nil
		}
	}
	return nil
}

// asking ends an attempt because a workflow has to run: it is no failure.
type asking struct {
	run  node.SubRun
	talk *conversation
}

func (*asking) Error() string { return errAsks.Error() }

// result is the node's answer to the engine: run this, and keep that until then.
func (a *agent) asks(q *asking, item int, done []workflow.Item) (node.Result, error) {
	k := kept{
		Asked: a.asked + 1, Item: item, Items: workflow.AppendItems(nil, done), Input: q.talk.input, Steps: value.JSON(q.talk.steps),
		Round: q.talk.round, Call: q.talk.call, Usage: a.s.usage, CostMicro: a.s.costMicro,
	}
	for _, m := range q.talk.messages {
		f := messageForm{Role: m.Role, Content: m.Content, ToolCallID: m.ToolCallID}
		for _, c := range m.ToolCalls {
			f.ToolCalls = append(f.ToolCalls, value.JSON(c))
		}
		k.Messages = append(k.Messages, f)
	}
	b, err := encoding.Marshal(k)
	if err != nil {
		return node.Result{}, err
	}
	return node.Result{Ask: &node.SubRuns{Runs: []node.SubRun{q.run}, First: a.asked}, Partial: b}, nil
}

// resumed is an agent that goes on, with what the workflow gave.
type resumed struct {
	item int
	done []workflow.Item
	talk *conversation
}

// goOn reads what was kept; nil if the agent begins.
func (a *agent) goOn() (*resumed, error) {
	c := a.s.c
	if c.Partial == nil {
		return nil, nil
	}
	var k kept
	if err := encoding.Unmarshal(c.Partial, &k); err != nil {
		return nil, fault.Wrap(err, fault.Internal, fault.CodeInternal, "What the agent kept cannot be read.")
	}
	items, err := workflow.ParseItems(k.Items)
	if err != nil {
		return nil, err
	}
	steps, err := value.Parse(k.Steps)
	if err != nil {
		return nil, err
	}
	v := &conversation{input: k.Input, round: k.Round, call: k.Call}
	v.steps, _ = steps.([]any)
	for _, f := range k.Messages {
		m := node.ChatMessage{Role: f.Role, Content: f.Content, ToolCallID: f.ToolCallID}
		for _, raw := range f.ToolCalls {
			o, err := value.ParseObject(raw)
			if err != nil {
				return nil, err
			}
			m.ToolCalls = append(m.ToolCalls, o)
		}
		v.messages = append(v.messages, m)
	}
	a.asked, a.s.asked, a.s.usage, a.s.costMicro = k.Asked, k.Asked, k.Usage, k.CostMicro
	return &resumed{item: k.Item, done: items, talk: v}, nil
}

// take gives the conversation what the workflow that it asked for gave.
func (a *agent) take(v *conversation) error {
	calls := v.pending()
	if calls == nil || len(a.s.c.Sub) == 0 {
		return fault.New(fault.Internal, fault.CodeInternal, "The agent goes on without what it asked for.")
	}
	name, args := callOf(calls[v.call])
	for _, t := range a.tools {
		if t.name == name && t.workflow != nil {
			said, err := t.workflow.answer(a.s.c.Sub[0])
			if err != nil {
				return err
			}
			v.heard(calls[v.call], args, said)
			return nil
		}
	}
	return node.Errorf("The tool %q, whose workflow ran, is no longer connected to the agent.", name)
}

// heard adds the result of the next tool call.
func (v *conversation) heard(call *value.Object, args, said string) {
	name, _ := callOf(call)
	id, _ := value.Path(call, "id")
	v.messages = append(v.messages, node.ChatMessage{Role: "tool", ToolCallID: node.Text(id), Content: said})
	v.steps = append(v.steps, step(name, args, node.Text(id), said))
	v.call++
}

// askFor turns a call of a workflow tool into the run that it asks for; what is
// wrong with the call itself is for the model.
func (a *agent) askFor(ctx context.Context, t *tool, args string, v *conversation) error {
	if v == nil {
		return fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "The tool %q runs a workflow; connect it to an AI Agent.", t.workflow.node.Name)
	}
	run, err := t.workflow.ask(ctx, a.s.item, args)
	if err != nil {
		return err
	}
	return &asking{run: run, talk: v}
}

package ai

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// memoryManager is the Chat Memory Manager: it reads, adds and deletes the messages
// of the memory that is connected to it.
func memoryManager() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.memoryManager", Versions: []float64{1, 1.1},
			Name: "Chat Memory Manager", Description: "Manage chat messages memory and use it in the workflow", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "mode", Type: "options", Default: "load", Options: []node.Option{
					{Value: "load", Name: "Get Many Messages"}, {Value: "insert", Name: "Insert Messages"}, {Value: "delete", Name: "Delete Messages"}}},
				{Name: "insertMode", Type: "options", Default: "insert", Options: []node.Option{{Value: "insert", Name: "Insert Messages"}, {Value: "override", Name: "Override All Messages"}}, Show: map[string][]any{"mode": {"insert"}}},
				{Name: "deleteMode", Type: "options", Default: "lastN", Options: []node.Option{{Value: "lastN", Name: "Last N"}, {Value: "all", Name: "All Messages"}}, Show: map[string][]any{"mode": {"delete"}}},
				{Name: "messages", Type: "fixedCollection", Fields: []node.Param{{Name: "messageValues", Type: "collection", Fields: []node.Param{
					{Name: "type", Type: "options", Default: "system", Options: []node.Option{{Value: "ai", Name: "AI"}, {Value: "system", Name: "System"}, {Value: "user", Name: "User"}}},
					{Name: "message", Type: "string", Default: ""}, {Name: "hideFromUI", Type: "boolean", Default: false}}}}, Show: map[string][]any{"mode": {"insert"}}},
				{Name: "lastMessagesCount", Type: "number", Default: 2.0, Show: map[string][]any{"mode": {"delete"}}},
				{Name: "simplifyOutput", Type: "boolean", Default: true, Show: map[string][]any{"mode": {"load"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{{Name: "groupMessages", Type: "boolean", Default: true}}},
			},
		},
		Run: runMemoryManager, Effect: memoryEffect,
	}
}

// memoryEffect: only to delete the last ones again deletes more.
func memoryEffect(c *node.Call) node.Effect {
	r := c.At(0)
	if r.String("mode", "load") == "delete" && r.String("deleteMode", "lastN") == "lastN" {
		return node.Unsafe
	}
	return node.Safe
}

func runMemoryManager(ctx context.Context, c *node.Call) (node.Result, error) {
	m, err := connectedMemory(ctx, c)
	if err != nil {
		return node.Result{}, err
	}
	if m == nil {
		return node.Result{}, node.Errorf("A Memory sub-node must be connected and enabled")
	}
	x := &managing{c, m.history}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		switch mode := r.String("mode", "load"); mode {
		case "load":
			return x.load(ctx, r)
		case "insert":
			return x.insert(ctx, r)
		case "delete":
			return x.remove(ctx, r)
		default:
			return nil, node.Errorf("The mode must be load, insert or delete, not %q.", mode)
		}
	})
	if err != nil {
		return node.Result{}, err
	}
	return node.Result{Outputs: [][]workflow.Item{items}}, nil
}

// managing is one run of the node.
type managing struct {
	c       *node.Call
	history history
}

func (x *managing) insert(ctx context.Context, r *node.Reader) ([]workflow.Item, error) {
	var list []node.ChatMessage
	for _, o := range r.Objects("messages.messageValues") {
		role := map[string]string{"ai": "assistant", "system": "system", "user": "user"}[node.Get(o, "type", "system")]
		if role == "" {
			return nil, node.Errorf("The type of a message must be ai, system or user, not %q.", node.Get(o, "type", ""))
		}
		list = append(list, node.ChatMessage{Role: role, Content: node.Get(o, "message", "")})
	}
	override := r.String("insertMode", "insert") == "override"
	if err := r.Err(); err != nil {
		return nil, err
	}
	var err error
	if override {
		err = x.history.set(ctx, list)
	} else {
		err = x.history.add(ctx, x.c.Key(r.Item()), list...)
	}
	if err != nil {
		return nil, err
	}
	return x.done(ctx, r)
}

func (x *managing) remove(ctx context.Context, r *node.Reader) ([]workflow.Item, error) {
	mode, n := r.String("deleteMode", "lastN"), r.Int("lastMessagesCount", 2)
	if err := r.Err(); err != nil {
		return nil, err
	}
	var left []node.ChatMessage
	if mode == "lastN" {
		all, err := x.history.load(ctx, 0)
		if err != nil {
			return nil, err
		}
		if n < 0 || n > len(all) { // as n8n: fewer messages than that are all kept
			return x.done(ctx, r)
		}
		left = all[:len(all)-n]
	}
	if err := x.history.set(ctx, left); err != nil {
		return nil, err
	}
	return x.done(ctx, r)
}

// done is what a change gives: success, in version 1 the messages.
func (x *managing) done(ctx context.Context, r *node.Reader) ([]workflow.Item, error) {
	if x.c.Node.TypeVersion > 1 {
		return []workflow.Item{paired(value.Obj("success", true), r)}, nil
	}
	all, err := x.history.load(ctx, 0)
	if err != nil {
		return nil, err
	}
	var out []workflow.Item
	for _, o := range serialized(all) {
		out = append(out, paired(o.(*value.Object), r))
	}
	return out, nil
}

func (x *managing) load(ctx context.Context, r *node.Reader) ([]workflow.Item, error) {
	simple, group := r.Bool("simplifyOutput", true), r.Bool("options.groupMessages", x.c.Node.TypeVersion > 1)
	if err := r.Err(); err != nil {
		return nil, err
	}
	all, err := x.history.load(ctx, 0)
	if err != nil {
		return nil, err
	}
	list := serialized(all)
	if simple {
		list = simplified(all)
	}
	if group {
		return []workflow.Item{paired(value.Obj("messages", list, "messagesCount", float64(len(list))), r)}, nil
	}
	out := make([]workflow.Item, len(list))
	for i, o := range list {
		out[i] = paired(o.(*value.Object), r)
	}
	return out, nil
}

// simplified are messages in groups of one of each type: {human, ai}.
func simplified(all []node.ChatMessage) []any {
	out := []any{}
	var group *value.Object
	for _, m := range all {
		typ := messageTypes[m.Role]
		if group == nil {
			group = value.NewObject(2)
		} else if _, has := group.Get(typ); has {
			out = append(out, group)
			group = value.NewObject(2)
		}
		group.Set(typ, m.Content)
	}
	if group != nil {
		out = append(out, group)
	}
	return out
}

// serialized are messages as LangChain writes them.
func serialized(all []node.ChatMessage) []any {
	classes := map[string]string{"user": "HumanMessage", "assistant": "AIMessage", "system": "SystemMessage"}
	out := make([]any, len(all))
	for i, m := range all {
		out[i] = value.Obj("lc", 1.0, "type", "constructor", "id", []any{"langchain_core", "messages", classes[m.Role]}, "kwargs", messageData(m, ""))
	}
	return out
}

package node

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// Tools are n8n's "<type>Tool" types of all that call out, and of those that say so:
// nodes that an AI node runs when its model asks for them.
func Tools(types ...[]Type) []Type {
	var out []Type
	for _, list := range types {
		for i := range list {
			s := &list[i].Spec
			if (s.Tool || s.Family == HTTP || s.Family == Data) && !s.Trigger && list[i].Run != nil && len(s.Part) == 0 {
				out = append(out, asTool(list[i]))
			}
		}
	}
	return out
}

// asTool is the type of a node that hangs on an AI node. It does not run by itself.
func asTool(t Type) Type {
	base, s := t.Spec, t.Spec
	s.Type, s.ToolOf, s.Name = base.Type+"Tool", base.Type, base.Name+" Tool"
	s.Group, s.Family, s.Inputs, s.Outputs, s.Params = "ai", AI, nil, nil, nil
	s.Load = func() []Param { return append(slices.Clone(toolParams), base.Parameters()...) }
	return Type{Spec: s, Run: func(context.Context, *Call) (Result, error) {
		return Result{}, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "%s does not run by itself; connect it to an AI node as a tool.", s.Name)
	}}
}

var toolParams = []Param{
	{Name: "descriptionType", Type: "options", Default: "auto", Options: []Option{{Value: "auto", Name: "Set Automatically"}, {Value: "manual", Name: "Set Manually"}}},
	{Name: "toolDescription", Type: "string", Default: "", Description: "What the tool is for, as the model reads it.", Show: map[string][]any{"descriptionType": {"manual"}}},
}

// ToolRun is one run of a tool.
type ToolRun struct {
	Node *workflow.Node // that hangs on the running node
	Item int            // of the running node's items, which the tool's expressions see
	Args *value.Object  // what the model gave: $fromAI
	// ID names the call among those of the node run: idempotency keys come from it.
	ID string
}

// ToolType is the type that runs where n is used as a tool; nil if n is none.
func (c *Call) ToolType(n *workflow.Node) *Type {
	t := c.env.Registry.Lookup(n.Type, n.TypeVersion)
	if t == nil || t.Spec.ToolOf == "" {
		return nil
	}
	return c.env.Registry.Lookup(t.Spec.ToolOf, n.TypeVersion)
}

// ToolCall is the Call with which a tool would run. Close frees it.
func (c *Call) ToolCall(ctx context.Context, r ToolRun) *Call {
	x := c.tool(r)
	return x.env.NewCall(ctx, x.typ, x.step, x.inputs)
}

// RunTool runs a tool once, for one item, under the rules of node runs: its
// credentials are those of its own node and are hidden in what it gives, it never
// panics, and its output is limited. It is not retried.
func (c *Call) RunTool(ctx context.Context, r ToolRun) (Result, error) {
	x := c.tool(r)
	if err := x.typ.missingService(x.env.Services, r.Node); err != nil {
		return Result{}, err
	}
	var err error
	if x.out.Result, err = x.call(ctx); err == nil {
		err = x.checkSize()
	}
	return x.out.Result, err
}

// tool is the execution of a tool. Its node has the type that runs; its item
// keeps its pairing, so that expressions find what it comes from.
func (c *Call) tool(r ToolRun) *execution {
	typ := c.ToolType(r.Node)
	n := *r.Node
	n.Type = typ.Spec.Type
	n.ID = c.Node.ID + "/" + r.Node.Name + "/" + r.ID
	env := *c.env
	env.Run.Tool = true
	if env.args = r.Args; env.args == nil {
		env.args = value.NewObject(0)
	}
	items := []workflow.Item{workflow.EmptyItem()}
	if own := c.Items(); r.Item < len(own) {
		items = own[r.Item : r.Item+1]
	}
	return &execution{
		env: &env, typ: typ, inputs: [][]workflow.Item{items}, arrived: [][]workflow.Item{items},
		step: walk.Step{Node: &n, Inputs: [][]workflow.Item{items}, Sources: c.Sources, RunIndex: c.RunIndex},
	}
}

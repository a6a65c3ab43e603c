package ai

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const agentToolType = "@n8n/n8n-nodes-langchain.agentTool"

// agentToolNode is an agent that hangs on another one: it has a model, tools and a
// memory of its own, and answers what the other's model asks it.
func agentToolNode() node.Type {
	base := agentNode().Spec
	base.Type, base.ToolOf, base.Name = agentToolType, base.Type, "AI Agent Tool"
	base.Versions, base.Inputs, base.Outputs = []float64{2.2, 3}, nil, nil
	base.Params = append([]node.Param{
		{Name: "toolDescription", Type: "string", Default: agentToolAbout, Description: "What the agent is for, as the other's model reads it."},
	}, base.Params...)
	return node.Type{Spec: base, Run: func(context.Context, *node.Call) (node.Result, error) {
		return node.Result{}, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "AI Agent Tool does not run by itself; connect it to an AI Agent as a tool.")
	}}
}

const agentToolAbout = "AI Agent that can call other tools"

// agentTool makes the tool. It runs as the agent would, with its own text for the prompt.
func agentTool(s *session, r *sub) (*tool, error) {
	if err := checkAgentTool(s.c.Workflow, r.node, nil); err != nil {
		return nil, err
	}
	n := *r.node
	n.Parameters = n.Parameters.Shallow()
	n.Parameters.Set("promptType", "define")
	if about, _ := n.Parameters.Get("toolDescription"); about == nil {
		n.Parameters.Set("toolDescription", agentToolAbout)
	}
	own := *r
	own.node = &n
	t, err := makeNodeTool(s, &own)
	r.err = own.err
	return t, err
}

// checkAgentTool refuses agents that call each other in a circle, and tools that run
// workflows below an agent tool: only an agent that is no tool can wait for them.
func checkAgentTool(w *workflow.Workflow, n *workflow.Node, above []*workflow.Node) error {
	for _, a := range above {
		if a == n {
			return node.Errorf("The agent tool %q is a tool of its own. Remove one of the connections.", n.Name)
		}
	}
	for _, t := range connected(w, n, "ai_tool") {
		switch {
		case kind(t) == "toolWorkflow":
			return fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
				"The tool %q runs a workflow, which the agent tool %q cannot wait for. Connect %q to the AI Agent itself.", t.Name, n.Name, t.Name)
		case t.Type == agentToolType:
			if err := checkAgentTool(w, t, append(above, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

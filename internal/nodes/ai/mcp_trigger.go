package ai

import (
	"context"
	"errors"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// mcpTriggerType serves the tools that are connected to it to MCP clients.
const mcpTriggerType = "@n8n/n8n-nodes-langchain.mcpTrigger"

// The members of the trigger's items: n8n's for the call, and what the tool said.
const (
	MCPCall   = "mcpToolCall" // {toolName, arguments}
	MCPResult = "result"
	MCPFailed = "isError"
)

// mcpTrigger is the MCP Server Trigger. A call of a tool is a run, and the trigger's
// own node run is the tool's: it has the tool's checkpoint, usage and outcome.
func mcpTrigger() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: mcpTriggerType, Versions: []float64{1, 1.1, 2, 2.1}, Name: "MCP Server Trigger",
			Description: "Serves the tools that are connected to it at an address for MCP clients (Streamable HTTP). Each call of a tool is a run.",
			Group:       "trigger", Family: node.AI, Trigger: true, Outputs: []string{"main"}, Credentials: []string{"httpBearerAuth", "httpHeaderAuth"},
			Params: []node.Param{
				{Name: "authentication", Type: "options", Default: "none", Description: "none, bearerAuth or headerAuth."},
				{Name: "path", Type: "string", Description: "The path of the address; without it the webhookId is."},
				{Name: "instructions", Type: "string", Default: "", Description: "What clients tell their model about the server."},
			},
		},
		Run: runMCPTrigger, Effect: agentEffect,
	}
}

// runMCPTrigger runs the tool that a client calls. A run by hand has no call, and
// hands on its items.
func runMCPTrigger(ctx context.Context, c *node.Call) (node.Result, error) {
	items := c.Items()
	if len(items) == 0 {
		return node.Result{Outputs: [][]workflow.Item{items}}, nil
	}
	given, _ := items[0].JSON.Get(MCPCall)
	call, ok := given.(*value.Object)
	if !ok {
		return node.Result{Outputs: [][]workflow.Item{items}}, nil
	}
	a := &agent{s: &session{c: c}}
	defer a.s.end()
	var err error
	if a.tools, err = connectedTools(ctx, a.s); err != nil {
		return node.Result{}, err
	}
	args, _ := call.Get("arguments")
	said, failed, err := a.serve(ctx, node.Get(call, "toolName", ""), string(value.JSON(args)))
	var q *asking
	if errors.As(err, &q) {
		return node.Result{Ask: &node.SubRuns{Runs: []node.SubRun{q.run}}}, nil
	}
	if err != nil {
		return node.Result{}, a.s.failed(err)
	}
	o := items[0].JSON.Shallow()
	o.Set(MCPResult, said)
	o.Set(MCPFailed, failed)
	return a.s.result([]workflow.Item{{JSON: o, Paired: []workflow.Paired{{}}}}), nil
}

// serve calls a tool for a client. What goes wrong in the tool is told to the client;
// an error is one with which the run cannot go on.
func (a *agent) serve(ctx context.Context, name, args string) (said string, failed bool, err error) {
	for _, t := range a.tools {
		if t.name != name {
			continue
		}
		switch {
		case t.workflow != nil && a.s.c.Sub != nil:
			got := a.s.c.Sub[0]
			said, err = t.workflow.answer(got)
			return said, got.Err != nil, err
		case t.workflow != nil:
			err = a.askFor(ctx, t, args, &conversation{})
		default:
			said, err = t.run(ctx, args)
		}
		var q *asking
		f := fault.Of(err)
		switch {
		case err == nil:
			return said, false, nil
		case errors.As(err, &q), f.Stops(), f.Outcome == fault.Unknown && t.unsafe, ctx.Err() != nil, node.HeldBack(err):
			return "", false, err
		}
		return f.Message, true, nil
	}
	return "There is no tool of the name \"" + name + "\".", true, nil
}

// ServedTools are the tools of an MCP Server Trigger as clients see them: name,
// description, inputSchema. Nothing is called and no credential is opened.
func ServedTools(ctx context.Context, r *node.Registry, wf *workflow.Workflow, n *workflow.Node, info node.RunInfo) ([]*value.Object, error) {
	typ := r.Lookup(n.Type, n.TypeVersion)
	if typ == nil || typ.Spec.Type != mcpTriggerType {
		return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "The node %q (%s) serves no tools.", n.Name, n.Type)
	}
	env := &node.Env{
		Workflow: wf, Registry: r, Run: info,
		Services: node.Services{HTTP: noCalls{}, Credentials: unopened{}},
	}
	inputs := [][]workflow.Item{{workflow.EmptyItem()}}
	c := env.NewCall(ctx, typ, walk.Step{Node: n, Inputs: inputs}, inputs)
	defer c.Close()
	tools, err := connectedTools(ctx, &session{c: c})
	if err != nil {
		return nil, err
	}
	list := make([]*value.Object, len(tools))
	for i, t := range tools {
		list[i] = value.Obj("name", t.name, "description", t.description, "inputSchema", t.schema)
	}
	return list, nil
}

// noCalls is where a list of tools is made: there is no way out from there.
type noCalls struct{}

func (noCalls) Do(*http.Request, node.HTTPOptions) (*http.Response, error) {
	return nil, fault.New(fault.Internal, fault.CodeInternal, "A list of tools calls nothing.")
}

// unopened stands for credentials that need not be opened: only a call needs them.
type unopened struct{}

func (unopened) Open(context.Context, string, string, workflow.CredentialRef) (map[string]string, error) {
	return map[string]string{"apiKey": "-", "accessToken": "-"}, nil
}

package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func executionDataRoutes(a *API) {
	read := route{tag: "executions", role: tenant.Viewer, scope: tenant.ReadExecutions}
	outputs := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{AnyOf: []*huma.Schema{itemsSchema(), {Type: "null"}}}}
	run := &huma.Schema{Type: huma.TypeObject, Required: []string{"outputs"}, Properties: map[string]*huma.Schema{
		"outputs": outputs, "error": anyObject("{\"code\", \"message\"}, if the node failed."),
	}}
	data := &huma.Schema{Type: huma.TypeObject, Required: []string{"order", "nodes"}, Properties: map[string]*huma.Schema{
		"order": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}, Description: "Names, one per node run."},
		"nodes": {Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeArray, Items: run}},
	}}

	add(a, read.at("getExecutionWorkflow", http.MethodGet, "/api/executions/{id}/workflow", "The workflow that it runs, as it was then, in n8n's format").
		answers(anyObject("A stored version, or what a node of another workflow held in its parameter.")).refuses(http.StatusNotFound), a.executionWorkflow)
	add(a, read.at("getExecutionData", http.MethodGet, "/api/executions/{id}/data", "All items of all nodes, in n8n's terms").
		answers(data).refuses(http.StatusNotFound, http.StatusRequestEntityTooLarge), a.executionData)
	add(a, read.at("getNodeOutput", http.MethodGet, "/api/executions/{id}/nodes/{name}/output", "The items of one node").
		answers(itemsPage()).refuses(http.StatusNotFound, http.StatusRequestEntityTooLarge), a.nodeOutput)
}

func itemsSchema() *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: anyObject("An item: {\"json\", \"binary\"?, \"pairedItem\"?}.")}
}

// itemsPage is a page of a node's items.
func itemsPage() *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"items", "nextCursor", "total"}, Properties: map[string]*huma.Schema{
		"items": itemsSchema(), "nextCursor": {AnyOf: []*huma.Schema{{Type: huma.TypeString}, {Type: "null"}}}, "total": {Type: huma.TypeInteger},
	}}
}

func (a *API) executionWorkflow(ctx context.Context, in *ExecutionPath) (*rawOutput, error) {
	c, err := a.Executions.Get(ctx, in.ref(ctx))
	if err != nil {
		return nil, err
	}
	wf, _, err := a.Relations.WorkflowOf(ctx, c)
	if err != nil {
		return nil, err
	}
	return rawJSON(value.JSON(wf.Raw)), nil
}

func (a *API) executionData(ctx context.Context, in *ExecutionPath) (*rawOutput, error) {
	ref := in.ref(ctx)
	runs, err := a.Executions.Runs(ctx, ref)
	if err != nil {
		return nil, err
	}
	b := []byte(`{"order":[`)
	byNode := map[string][]workflow.NodeRun{}
	var names []string
	for i, r := range runs {
		if i > 0 {
			b = append(b, ',')
		}
		b = value.AppendString(b, r.Node)
		if byNode[r.Node] == nil {
			names = append(names, r.Node)
		}
		byNode[r.Node] = append(byNode[r.Node], r)
	}
	b = append(b, `],"nodes":{`...)
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(value.AppendString(b, name), ':', '[')
		for j, r := range byNode[name] {
			if j > 0 {
				b = append(b, ',')
			}
			if b = appendRun(b, r); len(b) > maxAnswer {
				return nil, errTooMuch()
			}
		}
		b = append(b, ']')
	}
	return rawJSON(append(b, '}', '}')), nil
}

func errTooMuch() error {
	return fault.New(fault.Invalid, fault.CodePayloadTooLarge,
		"The items have more than %d bytes; read them node by node, with a limit.", maxAnswer)
}

// appendRun writes one node run: its outputs, null where nothing was given.
func appendRun(b []byte, r workflow.NodeRun) []byte {
	b = append(b, `{"outputs":[`...)
	for i, items := range r.Outputs {
		if i > 0 {
			b = append(b, ',')
		}
		if items == nil {
			b = append(b, "null"...)
			continue
		}
		b = workflow.AppendItems(b, items)
	}
	b = append(b, ']')
	if r.Error != nil {
		b = append(b, `,"error":{"code":`...)
		b = value.AppendString(b, string(r.Error.Code))
		b = append(b, `,"message":`...)
		b = append(value.AppendString(b, r.Error.Message), '}')
	}
	return append(b, '}')
}

// NodeOutputQuery names items of one output of one run of a node; it is exported because huma reads no parameters of others.
type NodeOutputQuery struct {
	Name   string `path:"name" doc:"The node's name."`
	Run    int    `query:"run" minimum:"-1" default:"-1" doc:"The run of the node, from 0; the last one if left out."`
	Output int    `query:"output" minimum:"0" doc:"The output, from 0."`
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" default:"1000" doc:"How many items to return at most."`
	Cursor string `query:"cursor" maxLength:"1000" doc:"nextCursor of the page before."`
}

type nodeOutputInput struct {
	ExecutionPath
	NodeOutputQuery
}

func (a *API) nodeOutput(ctx context.Context, in *nodeOutputInput) (*rawOutput, error) {
	return a.itemsOf(ctx, in.ref(ctx), &in.NodeOutputQuery)
}

// itemsOf answers a page of a node's items.
func (a *API) itemsOf(ctx context.Context, ref execution.Ref, in *NodeOutputQuery) (*rawOutput, error) {
	list := "output/" + string(ref.ID) + "/" + in.Name
	from, err := startOf(ref.Tenant, list, in.Cursor)
	if err != nil {
		return nil, err
	}
	runs, err := a.Executions.Runs(ctx, ref)
	if err != nil {
		return nil, err
	}
	items, err := outputOf(runs, in)
	if err != nil {
		return nil, err
	}
	page := items[min(from, len(items)):min(from+in.Limit, len(items))]
	if page == nil { // a node that failed gave nothing; a list is a list all the same
		page = []workflow.Item{}
	}
	b := workflow.AppendItems([]byte(`{"items":`), page)
	if len(b) > maxAnswer {
		return nil, errTooMuch()
	}
	b = append(b, `,"nextCursor":`...)
	if next := from + len(page); next < len(items) {
		b = value.AppendString(b, sealCursor(ref.Tenant, list, strconv.Itoa(next)))
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"total":`...)
	b = strconv.AppendInt(b, int64(len(items)), 10)
	return rawJSON(append(b, '}')), nil
}

func startOf(t ident.Tenant, list, cursor string) (int, error) {
	key, err := openCursor(t, list, cursor)
	if err != nil || key == "" {
		return 0, err
	}
	n, err := strconv.Atoi(key)
	if err != nil || n < 0 {
		return 0, invalid("query.cursor", "The cursor is not one of this API.")
	}
	return n, nil
}

// outputOf finds the items of one output of one run of the node.
func outputOf(runs []workflow.NodeRun, in *NodeOutputQuery) ([]workflow.Item, error) {
	var found *workflow.NodeRun
	for i, r := range runs {
		if r.Node == in.Name && (in.Run < 0 || r.Index == in.Run) {
			found = &runs[i]
		}
	}
	switch {
	case found == nil:
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "Node %q has no such run in this execution.", in.Name)
	case in.Output >= len(found.Outputs) && in.Output > 0:
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "Node %q gave nothing on output %d.", in.Name, in.Output)
	case len(found.Outputs) == 0:
		return nil, nil
	}
	return found.Outputs[in.Output], nil
}

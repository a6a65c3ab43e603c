package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// NodeType is one node type in its newest version.
type NodeType struct {
	Type        string    `json:"type" doc:"n8n's name." example:"n8n-nodes-base.httpRequest"`
	Versions    []float64 `json:"versions" nullable:"false" doc:"Supported typeVersions."`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Group       string    `json:"group"`
	Family      string    `json:"family"`
	Trigger     bool      `json:"trigger"`
	Inputs      []string  `json:"inputs" nullable:"false"`
	Outputs     []string  `json:"outputs" nullable:"false"`
	Credentials []string  `json:"credentials" nullable:"false" doc:"Credential types that it can use."`
}

// NodeTypeDetail is a node type with the parameters of each group of versions.
type NodeTypeDetail struct {
	NodeType
	Variants []NodeVariant `json:"variants" nullable:"false"`
}

// NodeVariant are the parameters that some versions of a node type have.
type NodeVariant struct {
	Versions   []float64   `json:"versions" nullable:"false"`
	Parameters []Parameter `json:"parameters" nullable:"false"`
}

// Parameter is one parameter of a node type.
type Parameter struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Required    bool             `json:"required,omitempty"`
	Default     any              `json:"default,omitempty"`
	Description string           `json:"description,omitempty"`
	Options     []Option         `json:"options,omitempty"`
	Fields      []Parameter      `json:"fields,omitempty" doc:"Of collections."`
	Show        map[string][]any `json:"show,omitempty" doc:"Visible if each named parameter has one of the values."`
}

// Option is one choice of a parameter.
type Option struct {
	Value       any    `json:"value"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

const listNodeTypes = "node-types"

func nodeTypeRoutes(a *API) {
	read := route{tag: "node types", role: tenant.Viewer, operators: true, scope: tenant.ReadWorkflows, errors: []int{http.StatusNotFound}}
	add(a, read.at("listNodeTypes", http.MethodGet, "/api/node-types", "List the node types that can run"), a.listNodeTypes)
	add(a, read.at("getNodeType", http.MethodGet, "/api/node-types/{type}", "Get a node type with its parameters"), a.getNodeType)
}

type nodeTypeListInput struct {
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"1000" doc:"How many items to return at most."`
	Cursor string `query:"cursor" maxLength:"1000" doc:"nextCursor of the page before."`
}

func (a *API) listNodeTypes(ctx context.Context, in *nodeTypeListInput) (*ListOutput[NodeType], error) {
	t := caller(ctx).Tenant
	from, err := startOf(t, listNodeTypes, in.Cursor)
	if err != nil {
		return nil, err
	}
	names := a.Nodes.Names()
	var items []NodeType
	next := ""
	for i := min(from, len(names)); i < len(names); i++ {
		if len(items) == in.Limit {
			next = statusText(i)
			break
		}
		items = append(items, a.nodeType(names[i]))
	}
	return pageOf(t, listNodeTypes, items, next), nil
}

func (a *API) nodeType(name string) NodeType {
	variants := a.Nodes.All(name)
	s := variants[len(variants)-1].Spec // the newest
	return NodeType{
		Type: name, Versions: a.Nodes.Versions(name), Name: s.Name, Description: s.Description, Group: s.Group,
		Family: string(s.Family), Trigger: s.Trigger, Inputs: some(s.Inputs), Outputs: some(s.Outputs), Credentials: some(s.Credentials),
	}
}

func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type nodeTypeInput struct {
	Type string `path:"type" doc:"n8n's name of the type." example:"n8n-nodes-base.set"`
}

func (a *API) getNodeType(_ context.Context, in *nodeTypeInput) (*struct{ Body NodeTypeDetail }, error) {
	variants := a.Nodes.All(in.Type)
	if len(variants) == 0 {
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "There is no node type %q.", in.Type)
	}
	d := NodeTypeDetail{NodeType: a.nodeType(in.Type)}
	for _, v := range variants {
		d.Variants = append(d.Variants, NodeVariant{v.Spec.Versions, parametersOf(v.Spec.Parameters())})
	}
	return &struct{ Body NodeTypeDetail }{d}, nil
}

func parametersOf(params []node.Param) []Parameter {
	out := make([]Parameter, len(params))
	for i, p := range params {
		out[i] = Parameter{
			Name: p.Name, Type: p.Type, Required: p.Required, Default: p.Default, Description: p.Description, Show: p.Show,
		}
		for _, o := range p.Options {
			out[i].Options = append(out[i].Options, Option{o.Value, o.Name, o.Description})
		}
		if len(p.Fields) > 0 {
			out[i].Fields = parametersOf(p.Fields)
		}
	}
	return out
}

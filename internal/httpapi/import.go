package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Imported is what became of one workflow of an import: where it is, which of its
// nodes can run, and what is still missing. Without an id it was not imported,
// and error says why.
type Imported struct {
	catalog.Imported
	Error *ImportError `json:"error,omitempty"`
}

// ImportError is why a workflow was not imported.
type ImportError struct {
	Code    fault.Code    `json:"code"`
	Message string        `json:"message"`
	Errors  []fault.Field `json:"errors,omitempty"`
}

// ImportReport is the answer to an import, one entry per workflow in its order.
type ImportReport struct {
	Items []Imported `json:"items" nullable:"false"`
}

func importRoutes(a *API) {
	type output struct{ Body ImportReport }
	r := route{
		id: "importWorkflows", method: http.MethodPost, path: "/api/workflows/import", tag: "workflows",
		summary: "Import what n8n exports: one workflow or a list",
		about:   "A broken workflow of a list is reported in its place and the others are imported; a single broken one is refused.",
		role:    tenant.Editor, scope: tenant.WriteWorkflows,
		body: &huma.Schema{AnyOf: []*huma.Schema{anyObject("One workflow, or an object with \"data\" or \"workflows\"."), {
			Type: huma.TypeArray, Items: anyObject("A workflow in n8n's JSON format."),
		}}},
		errors: []int{http.StatusRequestEntityTooLarge},
	}
	add(a, r, func(ctx context.Context, in *WorkflowInput) (*output, error) {
		who := caller(ctx)
		list, err := a.Catalog.Import(ctx, who.Actor, who.Tenant, in.RawBody)
		if err != nil {
			return nil, err
		}
		out := &output{ImportReport{Items: make([]Imported, len(list))}}
		for i, one := range list {
			out.Body.Items[i] = a.imported(ctx, r, one)
		}
		return out, nil
	})
}

func (a *API) imported(ctx context.Context, r route, one catalog.Imported) Imported {
	entry := Imported{Imported: one}
	if one.Supported == nil {
		entry.Supported, entry.Unsupported = []catalog.TypeUse{}, []catalog.TypeUse{}
		entry.Credentials, entry.Problems = []catalog.Credential{}, []fault.Field{}
		entry.Workflows = []catalog.Reference{}
	}
	if one.Err != nil {
		p := a.refuse(ctx, r, one.Err)
		entry.Error = &ImportError{p.Code, p.Detail, p.Errors}
	}
	return entry
}

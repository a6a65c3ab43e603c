package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/search/feed"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Reindexer makes a tenant's search index anew, part by part; feed.Feed has it.
type Reindexer interface {
	Rebuild(ctx context.Context, r feed.Rebuilding) (done int, next string, err error)
}

// NewReindex returns the routes that the embed function serves. New declares them
// too, so that they are in the document; the gateway sends them here.
func NewReindex(p Parts) *API { return build(p, adminSearchRoutes) }

// ReindexRequest is one step of rebuilding a tenant's search index.
type ReindexRequest struct {
	Tenant ident.Tenant `json:"tenant" minLength:"1" maxLength:"60"`
	Cursor string       `json:"cursor,omitempty" maxLength:"200" doc:"nextCursor of the step before; left out, the rebuilding begins."`
	Fresh  bool         `json:"fresh,omitempty" doc:"Embed everything, also what the index has already."`
}

// ReindexReport says how far the rebuilding is.
type ReindexReport struct {
	Workflows  int     `json:"workflows" doc:"How many workflows this step took."`
	NextCursor *string `json:"nextCursor" nullable:"true" doc:"Send it with the next step; null when the new index is in use."`
}

func adminSearchRoutes(a *API) {
	type input struct{ Body ReindexRequest }
	type output struct{ Body ReindexReport }
	r := route{
		id: "adminReindexSearch", method: http.MethodPost, path: "/api/admin/search/reindex", tag: "admin",
		summary: "Rebuild a tenant's search index, step by step",
		about:   "The new index is made beside the one in use and takes its place with the last step. `make reindex` does this for all tenants.",
		role:    tenant.Operator, errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
	}
	add(a, r, func(ctx context.Context, in *input) (*output, error) {
		if a.Reindexer == nil {
			return nil, fault.New(fault.Unavailable, fault.CodeUnavailable, "This is answered by a function of its own, which the gateway did not ask.")
		}
		if in.Body.Cursor == "" { // later steps are the same action
			if err := a.note(ctx, in.Body.Tenant, "search.rebuilt", string(in.Body.Tenant), map[string]any{"fresh": in.Body.Fresh}); err != nil {
				return nil, err
			}
		}
		done, next, err := a.Reindexer.Rebuild(ctx, feed.Rebuilding{Tenant: in.Body.Tenant, Cursor: in.Body.Cursor, Fresh: in.Body.Fresh})
		if err != nil {
			return nil, err
		}
		out := &output{ReindexReport{Workflows: done}}
		if next != "" {
			out.Body.NextCursor = &next
		}
		return out, nil
	})
}

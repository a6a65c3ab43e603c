package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// ErrorGroup is the failures of one cause.
type ErrorGroup struct {
	Fingerprint string           `json:"fingerprint" doc:"Of code, node type and the message without what differs from case to case."`
	Code        string           `json:"code"`
	NodeType    string           `json:"nodeType,omitempty"`
	Pattern     string           `json:"pattern" doc:"The message without what differs."`
	Count       int64            `json:"count"`
	Tenants     int              `json:"tenants" doc:"How many tenants have it."`
	FirstSeen   Stamp            `json:"firstSeen" doc:"In the time that was asked for."`
	LastSeen    Stamp            `json:"lastSeen"`
	Days        map[string]int64 `json:"days" doc:"Count by day, UTC."`
	Sample      ErrorSample      `json:"sample"`
}

// ErrorSample is the last failure of a group.
type ErrorSample struct {
	Tenant    ident.Tenant    `json:"tenant"`
	Execution ident.Execution `json:"executionId"`
	Node      string          `json:"node,omitempty"`
	Message   string          `json:"message"`
}

// ErrorGroups are the causes of the failures.
type ErrorGroups struct {
	Items    []ErrorGroup `json:"items" nullable:"false" doc:"The most frequent first, at most 200."`
	Failures int          `json:"failures" doc:"How many were counted."`
	Groups   int          `json:"groups" doc:"How many causes there are."`
	Complete bool         `json:"complete" doc:"False: there were too many to count; the oldest are left out."`
}

func adminErrorRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator}
	add(a, admin.at("adminListErrors", http.MethodGet, "/api/admin/errors", "Failures of all tenants, grouped by their cause"),
		func(ctx context.Context, in *AdminFilterInput) (*struct{ Body ErrorGroups }, error) {
			groups, err := a.Office.Errors(ctx, in.filter())
			if err != nil {
				return nil, err
			}
			out := ErrorGroups{Items: []ErrorGroup{}, Failures: groups.Looked, Groups: groups.Distinct, Complete: groups.Complete}
			for _, g := range groups.Items {
				out.Items = append(out.Items, errorGroupOf(g))
			}
			return &struct{ Body ErrorGroups }{out}, nil
		})
}

func errorGroupOf(g oversight.Group) ErrorGroup {
	return ErrorGroup{
		g.Fingerprint, string(g.Code), g.NodeType, oversight.Pattern(g.Sample.Message), g.Count, g.Tenants, Stamp(g.First), Stamp(g.Last), g.Days,
		ErrorSample{g.SampleRef.Tenant, g.SampleRef.ID, g.Sample.Node, g.Sample.Message},
	}
}

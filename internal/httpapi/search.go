package httpapi

import (
	"context"
	"log/slog"
	"math"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Search finds templates and workflows by what they do; search.Searcher has it.
type Search interface {
	Search(ctx context.Context, t ident.Tenant, q search.Query) (search.Result, error)
}

// NewSearch returns the routes that the search function serves. New declares them
// too, so that they are in the document; the gateway sends them here.
func NewSearch(s Search, rate *tenant.Limiter, log *slog.Logger) *API {
	return build(Parts{Search: s, Rate: rate, Log: log}, searchRoutes)
}

// Found is a template or workflow that fits a query.
type Found struct {
	Template
	Kind  search.Kind `json:"kind" enum:"template,workflow"`
	Score float64     `json:"score" doc:"0 to 1; comparable within one answer."`
	Why   Why         `json:"why"`
}

// Why says why something was found.
type Why struct {
	Meaning  float64  `json:"meaning" doc:"How near its meaning is to the query's, 0 to 1."`
	Words    []string `json:"words" nullable:"false" doc:"Words of the query that it has."`
	UseCases []string `json:"useCases" nullable:"false" doc:"Its use cases that are nearest to the query."`
}

// SearchAnswer is what was found, best first.
type SearchAnswer struct {
	Items     []Found `json:"items" nullable:"false"`
	Corrected string  `json:"corrected,omitempty" doc:"The query without typing errors, if it had any."`
	By        string  `json:"by" enum:"meaning,words" doc:"What was compared: the meaning and the words, or the words alone where the model is not there; notice then says why."`
	Notice    string  `json:"notice,omitempty" doc:"What to know about the answer: that nothing fits well, or why words alone were compared."`
}

type searchInput struct {
	TemplateFilter
	Query string `query:"q" doc:"What the workflow should do, in plain words." example:"when a customer pays, thank them by email"`
	Limit int    `query:"limit" default:"10" minimum:"1" maximum:"50" doc:"How many items to return at most."`
	Scope string `query:"scope" default:"templates" enum:"templates,workflows,all" doc:"Search the templates, the tenant's own workflows, or both."`
}

// scopes are the kinds of documents by scope.
var scopes = map[string]search.Kind{"templates": search.Template, "workflows": search.Workflow, "all": ""}

func searchRoutes(a *API) {
	read := route{
		tag: "templates", role: tenant.Viewer, scope: tenant.ReadWorkflows, errors: []int{http.StatusServiceUnavailable},
		about: "Compares the meaning of the query with that of each template, and its words; typing errors do no harm.",
	}
	add(a, read.at("searchTemplates", http.MethodGet, "/api/templates/search", "Find templates and workflows by what they do"), a.searchTemplates)
}

func (a *API) searchTemplates(ctx context.Context, in *searchInput) (*struct{ Body SearchAnswer }, error) {
	if a.Search == nil {
		return nil, fault.New(fault.Unavailable, fault.CodeUnavailable, "Search is answered by a function of its own, which the gateway did not ask.")
	}
	r, err := a.Search.Search(ctx, caller(ctx).Tenant, search.Query{
		Text: in.Query, Kind: scopes[in.Scope], Apps: in.App, Tags: in.Tag, Categories: in.Category, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	body := SearchAnswer{Items: make([]Found, len(r.Hits)), Corrected: r.Corrected, By: "meaning"}
	for i, h := range r.Hits {
		body.Items[i] = Found{
			Template: templateOf(h.Document), Kind: h.Document.Kind, Score: round(h.Score),
			Why: Why{Meaning: round(h.Meaning), Words: some(h.Words), UseCases: some(h.UseCases)},
		}
	}
	if r.Weak {
		body.Notice = "Nothing fits this query well. Say in English, in a sentence, what the workflow should do"
		if len(in.App)+len(in.Tag)+len(in.Category) > 0 {
			body.Notice += ", or take a filter away"
		}
		body.Notice += "."
	}
	if r.WordsOnly != nil {
		a.Log.Warn("a search compared words only", "error", r.WordsOnly)
		body.By, body.Notice = "words", "The model that compares meanings is not available at present; only words were compared."
	}
	return &struct{ Body SearchAnswer }{body}, nil
}

// round keeps 4 digits of a score; more mean nothing.
func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

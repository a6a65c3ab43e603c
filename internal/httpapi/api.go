package httpapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/automatelanka/automatelanka/internal/archive"
	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// MaxBody is the largest request body, in bytes.
const MaxBody = 4 << 20

// maxAnswer is the largest answer, in bytes: Lambda's limit is 6 MB for the whole
// response, in which the body is a JSON string.
const maxAnswer = 4 << 20

// Version is the version of the API in its document.
const Version = "1.0.0"

// Parts are what the API stands on.
type Parts struct {
	Executions execution.API
	Relations  execution.Relations
	Again      Again
	Workflows  execution.Workflows
	Catalog    *catalog.Catalog
	Directory  *tenant.Directory
	Nodes      *node.Registry
	Usage      *usage.Accountant
	Office     *oversight.Office
	Tenants    TenantMaker
	Marks      Marks
	Templates  Templates
	// Search and Reindexer are nil in the API function: other functions serve their
	// routes.
	Search    Search
	Reindexer Reindexer
	Live      TicketMaker
	LiveURL   string // the WebSocket's address; with a slash at its begin it is a path on the API's own host
	Eraser    *archive.Eraser
	Exporter  *archive.Exporter
	Vault     *credential.Vault
	Connector Connector // nil in the API function, as Search is
	PublicURL string    // "": that of each request
	Files     Files
	// DataTables are the tables of rows that workflows keep.
	DataTables *datatable.Desk
	// Audit keeps records of what the stores do not record themselves.
	Audit oversight.Keeper
	// Rate holds API keys to their requests a minute.
	Rate  *tenant.Limiter
	Clock clock.Clock
	Log   *slog.Logger
}

// Again tells which node runs a retry would repeat; execution.Desk has it.
type Again interface {
	Again(ctx context.Context, ref execution.Ref, fromNode string) ([]NodeRun, error)
}

// TenantMaker makes what a new tenant needs in the store of executions; what is
// there already stays.
type TenantMaker interface {
	MakeTenant(ctx context.Context, t ident.Tenant) error
}

// Marks reads where a tenant's polling triggers stand.
type Marks interface {
	Marks(ctx context.Context, t ident.Tenant) ([]execution.Mark, error)
}

// API serves the routes.
type API struct {
	Parts
	mux  *http.ServeMux
	huma huma.API
	spec func() []byte
}

var setProblem sync.Once

// New returns the API with all its routes.
func New(p Parts) *API {
	return build(p,
		healthRoutes, workflowRoutes, capsRoutes, importRoutes, runRoutes, jobRoutes, executionRoutes, executionDataRoutes, executionFileRoutes,
		executionActionRoutes, nodeTypeRoutes, templateRoutes, searchRoutes, credentialRoutes, credentialTypeRoutes, authorizeRoutes, connectRoutes,
		keyRoutes, memberRoutes, scheduleRoutes, accountRoutes, dataTableRoutes,
		adminTenantRoutes, adminArchiveRoutes, adminPlanRoutes, adminRecordRoutes,
		usageRoutes, adminExecutionRoutes, adminViewRoutes, adminErrorRoutes, adminCostRoutes, adminQueueRoutes, adminSearchRoutes, liveRoutes, otherHandlers,
	)
}

// build returns an API with some of the routes.
func build(p Parts, routes ...func(*API)) *API {
	// huma keeps the constructor of its errors in a variable of its package.
	setProblem.Do(func() { huma.NewError = newProblem })
	a := &API{Parts: p, mux: http.NewServeMux()}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "AutomateLanka API", Version: Version,
				Description: "Runs n8n workflows for many tenants. Every answer is about the tenant of the credential. " +
					"An API key may send the requests a minute that its plan allows each key, or fewer if it was given a limit of its own (/api/keys); " +
					"what is more is refused with 429 PLAN_LIMIT_RATE, and Retry-After says when to go on. Template search and the trying of credentials count apart.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "An API key (alk_…) or an OIDC token."},
				},
			},
		},
		Formats: formats(), DefaultFormat: "application/json",
	}
	a.huma = humago.New(a.mux, config)
	for _, add := range routes {
		add(a)
	}
	openAnswers(a.huma.OpenAPI())
	a.spec = sync.OnceValue(func() []byte {
		b, err := json.Marshal(a.huma.OpenAPI())
		if err != nil { // the document is made of the program's own declarations
			panic(err)
		}
		return b
	})
	return a
}

// OpenAPI returns the OpenAPI 3.1 document as JSON.
func (a *API) OpenAPI() []byte { return a.spec() }

// ServeHTTP answers one request. The caller's identity, if any, is in its context.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > MaxBody {
		WriteProblem(w, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The body has %d bytes; at most %d are allowed.", r.ContentLength, MaxBody))
		return
	}
	if err := plainBody(r); err != nil {
		WriteProblem(w, err)
		return
	}
	// The API speaks JSON only, whatever a client says that it sends (curl -d says
	// it is a form).
	r.Header.Set("Content-Type", "application/json")
	keepName(r)
	handler, pattern := a.mux.Handler(r)
	if pattern == "" || !straight(r) { // the router would send elsewhere
		a.noRoute(w, r, handler)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// noRoute answers where the router found nothing: 405 with what is allowed, or 404.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	probe := &headerProbe{header: http.Header{}}
	if straight(r) {
		handler.ServeHTTP(probe, r)
	}
	if probe.status == http.StatusMethodNotAllowed {
		allow := probe.header.Get("Allow")
		w.Header().Set("Allow", allow)
		p := problemOf(fault.New(fault.Invalid, fault.CodeValidation, "%s is not allowed here; use %s.", r.Method, allow))
		p.Status, p.Title = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed)
		p.write(w)
		return
	}
	WriteProblem(w, fault.New(fault.NotFound, fault.CodeNotFound, "There is no route %s %s.", r.Method, r.URL.Path))
}

// headerProbe keeps the status and headers of an answer, and drops its body.
type headerProbe struct {
	header http.Header
	status int
}

func (p *headerProbe) Header() http.Header         { return p.header }
func (p *headerProbe) Write(b []byte) (int, error) { return len(b), nil }
func (p *headerProbe) WriteHeader(status int)      { p.status = status }

// schemaName names schemas as their Go types, without the package.
func schemaName(t reflectType, hint string) string {
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "Body")
}

// formats are JSON, also under the suffix by which problems are found.
func formats() map[string]huma.Format {
	f := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	return map[string]huma.Format{"application/json": f, "json": f}
}

// straight reports whether the router takes the path as it is; it would answer
// others with a redirect to a cleaned one.
func straight(r *http.Request) bool {
	p := r.URL.EscapedPath()
	return path.Clean(p) == p
}

// keepName escapes the slashes of names in the routes that have one in their path
// (a node's name, a node type's): the gateway has unescaped them.
func keepName(r *http.Request) {
	head, name, tail := "/api/node-types/", "", ""
	p := r.URL.Path
	if rest, ok := strings.CutPrefix(p, head); ok {
		name = rest
	} else if before, rest, ok := strings.Cut(p, "/nodes/"); ok && (strings.HasPrefix(p, "/api/executions/") || strings.HasPrefix(p, "/api/admin/executions/")) {
		head = before + "/nodes/"
		if i := strings.LastIndex(rest, "/"); i > 0 {
			name, tail = rest[:i], rest[i:]
		}
		if of, ok := strings.CutSuffix(name, "/files"); ok {
			name, tail = of, "/files"+tail
		}
	}
	if strings.Contains(name, "/") {
		r.URL.RawPath = head + url.PathEscape(name) + tail
	}
}

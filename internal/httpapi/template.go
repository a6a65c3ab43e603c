package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/template"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Templates is the library of templates, and what stands beside each.
type Templates interface {
	Catalogue() (*template.Catalogue, error)
	// Similar are the templates nearest to one, best first.
	Similar(id string, limit int) ([]search.Hit, error)
}

// Template is what a list shows of a template.
type Template struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Category    string   `json:"category"`
	Tags        []string `json:"tags" nullable:"false"`
	UseCases    []string `json:"useCases" nullable:"false" doc:"What one would want it for."`
	Apps        []string `json:"apps" nullable:"false" doc:"The services that it reaches, as slugs."`
}

func templateOf(d search.Document) Template {
	return Template{d.ID, d.Name, d.Description, d.Category, some(d.Tags), some(d.UseCases), some(d.Apps)}
}

// Facet is one value to filter by, and how many templates have it.
type Facet struct {
	Slug      string `json:"slug"`
	Name      string `json:"name"`
	Templates int    `json:"templates"`
}

// TemplatePage is one page of the library, and what the whole of it can be filtered by.
type TemplatePage struct {
	Page[Template]
	Categories []Facet `json:"categories" nullable:"false" doc:"Those that have templates, in the order of display."`
	Apps       []Facet `json:"apps" nullable:"false" doc:"The most used first."`
}

// TemplateDetail is a template with its workflow.
type TemplateDetail struct {
	Template
	Workflow    json.RawMessage    `json:"workflow" doc:"In n8n's JSON format: nodes, connections, settings."`
	Credentials []NeededCredential `json:"credentials" nullable:"false" doc:"Those to connect before it can run."`
	Similar     []Template         `json:"similar" nullable:"false" doc:"The nearest first."`
}

// NeededCredential is a credential that nodes of a workflow need.
type NeededCredential struct {
	Type  string   `json:"type" doc:"n8n's name of the credential type." example:"stripeApi"`
	Name  string   `json:"name" doc:"For people." example:"Stripe account"`
	Nodes []string `json:"nodes" nullable:"false"`
}

// UsedTemplate is the workflow that was made of a template.
type UsedTemplate struct {
	Workflow    Workflow           `json:"workflow"`
	Credentials []NeededCredential `json:"credentials" nullable:"false" doc:"Those still to connect."`
}

const (
	listTemplates = "templates"
	// similarTemplates are shown on a template's page.
	similarTemplates = 6
)

func templateRoutes(a *API) {
	read := route{tag: "templates", role: tenant.Viewer, scope: tenant.ReadWorkflows}
	add(a, read.at("listTemplates", http.MethodGet, "/api/templates", "List the templates"), a.listTemplates)
	add(a, read.at("getTemplate", http.MethodGet, "/api/templates/{id}", "Get a template with its workflow and similar ones").
		refuses(http.StatusNotFound), a.getTemplate)
	use := route{tag: "templates", role: tenant.Editor, scope: tenant.WriteWorkflows}
	add(a, use.at("useTemplate", http.MethodPost, "/api/templates/{id}/use", "Make a workflow of a template").
		gives(http.StatusCreated).refuses(http.StatusNotFound), a.useTemplate)
}

type templateListInput struct {
	PageInput
	TemplateFilter
}

// TemplateFilter keeps templates that have one of the values of each sort; it is
// exported because huma reads no parameters of others.
type TemplateFilter struct {
	App      []string `query:"app" doc:"Slugs of services, separated by commas: one of them." maxItems:"20"`
	Tag      []string `query:"tag" doc:"Tags, separated by commas: one of them." maxItems:"20"`
	Category []string `query:"category" doc:"Slugs of categories, separated by commas: one of them." maxItems:"20"`
}

func (a *API) listTemplates(ctx context.Context, in *templateListInput) (*struct{ Body TemplatePage }, error) {
	t := caller(ctx).Tenant
	library, err := a.Templates.Catalogue()
	if err != nil {
		return nil, err
	}
	from, err := startOf(t, listTemplates, in.Cursor)
	if err != nil {
		return nil, err
	}
	q := search.Query{Apps: in.App, Tags: in.Tag, Categories: in.Category}
	passes := q.Passes()
	all := library.All()
	var items []Template
	next := ""
	for i := min(from, len(all)); i < len(all); i++ {
		d := all[i].Document()
		if !passes(&d) {
			continue
		}
		if len(items) == in.Limit {
			next = statusText(i)
			break
		}
		items = append(items, templateOf(d))
	}
	body := TemplatePage{Page: pageOf(t, listTemplates, items, next).Body}
	body.Categories, body.Apps = facets(all)
	return &struct{ Body TemplatePage }{body}, nil
}

// facets counts the templates by category and by app.
func facets(all []*template.Template) (categories, apps []Facet) {
	inCategory, withApp := map[string]int{}, map[string]int{}
	for _, t := range all {
		inCategory[t.Category]++
		for _, app := range t.Apps {
			withApp[app]++
		}
	}
	categories, apps = []Facet{}, []Facet{}
	for _, c := range template.Categories() {
		if n := inCategory[c.Slug]; n > 0 {
			categories = append(categories, Facet{c.Slug, c.Name, n})
		}
	}
	for app, n := range withApp {
		apps = append(apps, Facet{app, strings.ReplaceAll(app, "-", " "), n})
	}
	slices.SortFunc(apps, func(a, b Facet) int {
		if a.Templates != b.Templates {
			return b.Templates - a.Templates
		}
		return strings.Compare(a.Slug, b.Slug)
	})
	return categories, apps
}

// TemplatePath names a template in a route; it is exported because huma reads no parameters of others.
type TemplatePath struct {
	ID string `path:"id" doc:"The template's id." example:"payment-confirmation-crm-email" maxLength:"80"`
}

func (a *API) template(id string) (*template.Template, []NeededCredential, error) {
	library, err := a.Templates.Catalogue()
	if err != nil {
		return nil, nil, err
	}
	t, err := library.Get(id)
	if err != nil {
		return nil, nil, err
	}
	credentials, err := t.Credentials()
	needed := []NeededCredential{}
	for _, c := range credentials {
		needed = append(needed, NeededCredential(c))
	}
	return t, needed, err
}

func (a *API) getTemplate(_ context.Context, in *TemplatePath) (*struct{ Body TemplateDetail }, error) {
	t, credentials, err := a.template(in.ID)
	if err != nil {
		return nil, err
	}
	similar, err := a.Templates.Similar(t.ID, similarTemplates)
	if err != nil {
		return nil, err
	}
	d := TemplateDetail{Template: templateOf(t.Document()), Workflow: t.Raw, Credentials: credentials, Similar: []Template{}}
	for _, h := range similar {
		d.Similar = append(d.Similar, templateOf(h.Document))
	}
	return &struct{ Body TemplateDetail }{d}, nil
}

type useTemplateInput struct {
	TemplatePath
	Body *UseTemplateRequest
}

// UseTemplateRequest says what is to be different from the template.
type UseTemplateRequest struct {
	Name string `json:"name,omitempty" maxLength:"200" doc:"The workflow's name; the template's if left out."`
}

type useTemplateOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     UsedTemplate
}

func (a *API) useTemplate(ctx context.Context, in *useTemplateInput) (*useTemplateOutput, error) {
	t, credentials, err := a.template(in.ID)
	if err != nil {
		return nil, err
	}
	name := ""
	if in.Body != nil {
		name = strings.TrimSpace(in.Body.Name)
	}
	w, err := t.Use(name)
	if err != nil {
		return nil, err
	}
	who := caller(ctx)
	h, err := a.Catalog.Create(ctx, who.Actor, who.Tenant, value.JSON(w))
	if err != nil {
		return nil, err
	}
	made := answerWorkflow(h)
	return &useTemplateOutput{Location: made.Location, ETag: made.ETag, Body: UsedTemplate{made.Body, credentials}}, nil
}

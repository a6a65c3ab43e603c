package template

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Document is the template as search knows it. Its version is 0: what a table
// says of the same id is newer.
func (t *Template) Document() search.Document {
	return search.Document{
		ID: t.ID, Kind: search.Template, Name: t.Name, Description: t.Description, Category: t.Category,
		Tags: t.Tags, Apps: t.Apps, UseCases: t.UseCases,
	}
}

// Text is what is embedded of the template: name, description, tags, use cases.
func (t *Template) Text() string {
	d := t.Document()
	return d.Text()
}

// Use returns a tenant's own workflow made of the template, in n8n's JSON: named
// (the template's name if name is empty), not active, credentials still to
// connect, each trigger with an address of its own. The caller gives it an id.
func (t *Template) Use(name string) (*value.Object, error) {
	w, err := value.ParseObject(t.Raw)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = t.Name
	}
	w.Set("name", name)
	w.Set("active", false)
	w.Set("meta", value.Obj("templateId", t.ID))
	ownAddresses(w)
	return w, nil
}

// ownAddresses gives the nodes that services call a webhookId that nobody can
// guess: it is part of their address.
func ownAddresses(w *value.Object) {
	nodes, _ := w.Get("nodes")
	list, _ := nodes.([]any)
	for _, x := range list {
		n, _ := x.(*value.Object)
		if n == nil {
			continue
		}
		typ, _ := n.Get("type")
		name, _ := typ.(string)
		if _, has := n.Get("webhookId"); has || service.Of(name) != nil {
			n.Set("webhookId", uuid.NewString())
		}
	}
}

// Credential is one credential that a workflow made of the template needs.
type Credential struct {
	Type  string   `json:"type"` // n8n's, "stripeApi"
	Name  string   `json:"name"` // for people, "Stripe account"
	Nodes []string `json:"nodes"`
}

// Credentials are those still to connect, by type.
func (t *Template) Credentials() ([]Credential, error) {
	w, err := t.Workflow()
	if err != nil {
		return nil, err
	}
	needed := map[string]*Credential{}
	for _, n := range w.Nodes {
		for kind, ref := range n.Credentials {
			c := needed[kind]
			if c == nil {
				c = &Credential{Type: kind, Name: ref.Name}
				needed[kind] = c
			}
			c.Nodes = append(c.Nodes, n.Name)
		}
	}
	var out []Credential
	for _, kind := range slices.Sorted(maps.Keys(needed)) {
		out = append(out, *needed[kind])
	}
	return out, nil
}

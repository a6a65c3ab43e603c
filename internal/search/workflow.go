package search

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxSteps bounds the steps of a workflow that are embedded: the model reads
// only so much, and the first steps say most.
const maxSteps = 40

// OfWorkflow makes the document of a tenant's workflow. It is found by its name,
// description, tags, the services it uses, and the names and notes of its steps;
// never by what its parameters contain, which may be secret.
func OfWorkflow(id string, version int64, w *workflow.Workflow) Document {
	d := Document{ID: id, Kind: Workflow, Version: version, Name: w.Name, Tags: workflowTags(w.Raw)}
	d.Description, _ = field(w.Raw, "description")
	var steps, notes []string
	for _, n := range w.Nodes {
		if strings.HasSuffix(n.Type, ".stickyNote") {
			if text, ok := field(n.Parameters, "content"); ok {
				notes = append(notes, cut(strings.Join(strings.Fields(text), " "), 400))
			}
			continue
		}
		if app, ok := App(n.Type); ok && !slices.Contains(d.Apps, app) {
			d.Apps = append(d.Apps, app)
		}
		if len(steps) < maxSteps {
			steps = append(steps, n.Name)
		}
		if n.Notes != "" {
			notes = append(notes, cut(n.Notes, 400))
		}
	}
	if len(steps) > 0 {
		d.Body = "Steps: " + strings.Join(steps, ", ") + "."
	}
	if len(notes) > 0 {
		d.Body += " " + strings.Join(notes, " ")
	}
	return d
}

func field(o *value.Object, key string) (string, bool) {
	v, _ := o.Get(key)
	s, ok := v.(string)
	return s, ok
}

// workflowTags reads n8n's tags: a list of names, or of objects with a name.
func workflowTags(raw *value.Object) []string {
	v, _ := raw.Get("tags")
	list, _ := v.([]any)
	var out []string
	for _, t := range list {
		switch t := t.(type) {
		case string:
			out = append(out, t)
		case *value.Object:
			if name, ok := field(t, "name"); ok {
				out = append(out, name)
			}
		}
	}
	return out
}

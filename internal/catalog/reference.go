package catalog

import (
	"context"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Reference is one workflow that the nodes of another one run.
type Reference struct {
	ID    string   `json:"id"`   // as the nodes have it now
	Name  string   `json:"name"` // as their author knew it, "" if the nodes do not say
	Nodes []string `json:"nodes"`
	// Found says whether the tenant has it; a node whose workflow is not there fails
	// with NOT_FOUND.
	Found bool `json:"found"`
}

// callers are the node types that run other workflows.
var callers = []string{"n8n-nodes-base.executeWorkflow", "@n8n/n8n-nodes-langchain.toolWorkflow"}

// calls are the workflows that a workflow's nodes run; those that an expression
// chooses, or that lie in the node, are left out.
func calls(wf *workflow.Workflow) []Reference {
	out := []Reference{}
	for _, n := range wf.Nodes {
		id, name := calledBy(n)
		if id == "" || strings.HasPrefix(id, "=") {
			continue
		}
		i := slices.IndexFunc(out, func(r Reference) bool { return r.ID == id })
		if i < 0 {
			i = len(out)
			out = append(out, Reference{ID: id, Name: name})
		}
		out[i].Nodes = append(out[i].Nodes, n.Name)
	}
	return out
}

// calledBy reads which workflow a node runs: an id, or a resource locator.
func calledBy(n *workflow.Node) (id, name string) {
	if source, _ := n.Parameters.Get("source"); !slices.Contains(callers, n.Type) || source == "parameter" {
		return "", ""
	}
	v, _ := n.Parameters.Get("workflowId")
	if o, ok := v.(*value.Object); ok {
		n, _ := o.Get("cachedResultName")
		name, _ = n.(string)
		v, _ = o.Get("value")
	}
	id, _ = v.(string)
	return strings.TrimSpace(id), name
}

// batch are the workflows of one import, which may run each other: by the id that
// they had in n8n, or by a name that only one of them has.
type batch struct {
	ids   map[string]ident.Workflow
	names map[string]ident.Workflow // "" where several have it
}

func (b *batch) add(wf *workflow.Workflow, id ident.Workflow) {
	if wf.ID != "" {
		b.ids[wf.ID] = id
	}
	if _, twice := b.names[wf.Name]; twice {
		id = ""
	}
	b.names[wf.Name] = id
}

// of is the new id of the workflow that a reference means, "" if it is none of these.
func (b *batch) of(r Reference) ident.Workflow {
	if id := b.ids[r.ID]; id != "" {
		return id
	}
	if r.Name == "" {
		return ""
	}
	return b.names[r.Name]
}

// here is the id under which the tenant has a workflow that is named by its own id, or
// by the one that it had where it was imported from; "" if it has none.
func (c *Catalog) here(ctx context.Context, t ident.Tenant, id string) (ident.Workflow, error) {
	found := ident.Workflow(id)
	if !ident.Valid(ident.PrefixWorkflow, id) {
		var err error
		if found, err = c.Store.Imported(ctx, t, id); err != nil {
			return "", unless(err, fault.NotFound)
		}
	}
	if _, err := c.Store.Head(ctx, t, found); err != nil {
		return "", unless(err, fault.NotFound)
	}
	return found, nil
}

// unless is an error of another kind.
func unless(err error, k fault.Kind) error {
	if fault.Is(err, k) {
		return nil
	}
	return err
}

// alarm is the error workflow that the settings name, by the id that it has here: it
// came in the same import, or in an earlier one. "" if there is none, or none yet.
func (c *Catalog) alarm(ctx context.Context, t ident.Tenant, b *batch, wf *workflow.Workflow) (ident.Workflow, error) {
	name := wf.Settings.ErrorWorkflow
	if name == "" {
		return "", nil
	}
	if id := b.ids[name]; id != "" {
		return id, nil
	}
	return c.here(ctx, t, name)
}

// refer finds what a workflow's nodes run. Those that came in the same import, or in
// an earlier one, are written into its JSON by the ids that they have here, as is its
// error workflow; of the others it says whether the tenant has them.
func (c *Catalog) refer(ctx context.Context, t ident.Tenant, b *batch, wf *workflow.Workflow, raw []byte) ([]Reference, []byte, error) {
	list := calls(wf)
	moved := map[string]string{}
	for i := range list {
		r := &list[i]
		if id := b.of(*r); id != "" {
			moved[r.ID], r.ID, r.Found = string(id), string(id), true
			continue
		}
		id, err := c.here(ctx, t, r.ID)
		if err != nil {
			return nil, nil, err
		}
		if r.Found = id != ""; r.Found && string(id) != r.ID {
			moved[r.ID], r.ID = string(id), string(id)
		}
	}
	alarm, err := c.alarm(ctx, t, b, wf)
	if err != nil {
		return nil, nil, err
	}
	if len(moved) == 0 && alarm == "" {
		return list, raw, nil
	}
	o, err := value.ParseObject(raw)
	if err != nil {
		return nil, nil, err
	}
	move(o, moved)
	if settings, ok := o.Get("settings"); ok && alarm != "" {
		settings.(*value.Object).Set("errorWorkflow", string(alarm)) // it was read from there
	}
	return list, value.JSON(o), nil
}

// move writes new ids into the nodes of a workflow's JSON.
func move(o *value.Object, to map[string]string) {
	nodes, _ := o.Get("nodes")
	list, _ := nodes.([]any)
	for _, x := range list {
		n, _ := x.(*value.Object)
		typ, _ := n.Get("type")
		name, _ := typ.(string)
		v, _ := n.Get("parameters")
		p, ok := v.(*value.Object)
		if !ok || !slices.Contains(callers, name) {
			continue
		}
		id, _ := p.Get("workflowId")
		switch id := id.(type) {
		case string:
			if new := to[strings.TrimSpace(id)]; new != "" {
				p.Set("workflowId", new)
			}
		case *value.Object:
			old, _ := id.Get("value")
			if text, ok := old.(string); ok && to[strings.TrimSpace(text)] != "" {
				id.Set("value", to[strings.TrimSpace(text)])
			}
		}
	}
}

package catalog

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// byteOrderMark is what some editors put before a text in UTF-8.
const byteOrderMark = "\ufeff"

// maxImport is the most workflows of one import.
const maxImport = 1000

// importers is how many workflows of one import are stored at one time.
const importers = 8

// Imported is what became of one workflow of an import.
type Imported struct {
	Index       int            `json:"index"` // its place in the import
	ID          ident.Workflow `json:"id,omitempty"`
	Name        string         `json:"name,omitempty"`
	Version     int            `json:"version,omitempty"`
	Supported   []TypeUse      `json:"supported"`
	Unsupported []TypeUse      `json:"unsupported"`
	Credentials []Credential   `json:"credentials"`
	Problems    []fault.Field  `json:"problems"`  // what would make a run fail once it gets there
	Workflows   []Reference    `json:"workflows"` // that its nodes run
	Err         error          `json:"-"`         // it was not imported
}

// TypeUse is one node type with the nodes that have it.
type TypeUse struct {
	Type        string   `json:"type"`
	TypeVersion float64  `json:"typeVersion"`
	Nodes       []string `json:"nodes"`
	// Instead says of an unsupported type why it is, and what to use; "" where there
	// is nothing special to say.
	Instead string `json:"instead,omitempty"`
}

// Credential is one credential that the workflow's nodes refer to.
type Credential struct {
	Type  string   `json:"type"`
	Name  string   `json:"name"`
	Nodes []string `json:"nodes"`
	// Found says whether the tenant has it, by id or by type and name; a node whose
	// credential is not there fails with CREDENTIAL_MISSING.
	Found bool `json:"found"`
	Known bool `json:"known"` // the type is one of the platform's
	id    string
}

// Import stores what n8n exports: one workflow, a list of them, or an object that
// wraps either. A broken workflow of a list is reported in its place, and the
// others are imported; a single broken one is an error.
func (c *Catalog) Import(ctx context.Context, by tenant.Actor, t ident.Tenant, raw []byte) ([]Imported, error) {
	list, single := unwrap(bytes.TrimPrefix(raw, []byte(byteOrderMark)))
	if len(list) == 0 || len(list) > maxImport {
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "An import has 1 to %d workflows; this one has %d.", maxImport, len(list))
	}
	out := make([]Imported, len(list))
	together := batch{ids: map[string]ident.Workflow{}, names: map[string]ident.Workflow{}}
	incoming := make([]incoming, len(list))
	for i, w := range list {
		incoming[i] = c.incoming(w, &together)
	}
	var group errgroup.Group
	group.SetLimit(importers)
	for i := range list {
		group.Go(func() error {
			out[i] = c.importOne(ctx, by, t, incoming[i], &together)
			out[i].Index = i
			return nil
		})
	}
	_ = group.Wait() // each failure is in its place
	if single && out[0].Err != nil {
		return nil, out[0].Err
	}
	return out, nil
}

// unwrap finds the workflows in what n8n's interfaces export: the editor (one),
// the command line (a list), the public API ({"data": […]}), a template
// ({"workflow": {…}}), and the site of templates, which wraps that once more beside
// "nodes" that only describe the node types. Text that is no JSON is taken for one
// workflow, whose parser says where it is wrong.
func unwrap(raw []byte) (list []json.RawMessage, single bool) {
	if json.Unmarshal(raw, &list) == nil {
		return list, false
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil {
		return []json.RawMessage{raw}, true
	}
	if inner, err := value.ParseObject(o["workflow"]); err == nil && (wraps(inner)) {
		return unwrap(withName(inner, o))
	}
	if o["nodes"] != nil {
		return []json.RawMessage{raw}, true
	}
	for _, key := range []string{"data", "workflows"} {
		if json.Unmarshal(o[key], &list) == nil {
			return list, false
		}
	}
	return []json.RawMessage{raw}, true
}

// wraps reports whether an object is a workflow, or has one in it.
func wraps(o *value.Object) bool {
	_, nodes := o.Get("nodes")
	_, deeper := o.Get("workflow")
	return nodes || deeper
}

// withName gives a template's workflow the template's name, if it has none.
func withName(inner *value.Object, outer map[string]json.RawMessage) json.RawMessage {
	if _, ok := inner.Get("name"); ok {
		return outer["workflow"]
	}
	var name string
	if json.Unmarshal(outer["name"], &name) == nil {
		inner.Set("name", name)
	}
	return value.JSON(inner)
}

// incoming is one workflow of an import, with the id that it will have.
type incoming struct {
	raw []byte
	wf  *workflow.Workflow
	id  ident.Workflow
	err error // it is broken
}

func (c *Catalog) incoming(raw []byte, together *batch) incoming {
	in := incoming{raw: raw}
	if in.wf, in.err = workflow.Parse(raw); in.err == nil {
		in.id = ident.Workflow(ident.New(ident.PrefixWorkflow, c.now()))
		together.add(in.wf, in.id)
	}
	return in
}

func (c *Catalog) importOne(ctx context.Context, by tenant.Actor, t ident.Tenant, in incoming, together *batch) Imported {
	if in.err != nil {
		return Imported{Err: in.err}
	}
	report := c.report(in.wf)
	if err := c.findCredentials(ctx, t, report.Credentials); err != nil {
		report.Err = err
		return report
	}
	refs, raw, err := c.refer(ctx, t, together, in.wf, in.raw)
	if err != nil {
		report.Err = err
		return report
	}
	missing, err := c.missingErrorWorkflow(ctx, t, together, in.wf)
	if err != nil {
		report.Err = err
		return report
	}
	report.Problems = append(report.Problems, missing...)
	report.Workflows = refs
	h, err := c.createAs(ctx, by, t, in.id, in.wf, raw)
	if err != nil {
		report.Err = err
		return report
	}
	report.ID, report.Version, report.Name = h.ID, h.Version, h.Name
	return report
}

// missingErrorWorkflow says that the workflow names an error workflow that the
// tenant does not have, and that did not come with it or before it.
func (c *Catalog) missingErrorWorkflow(ctx context.Context, t ident.Tenant, together *batch, wf *workflow.Workflow) ([]fault.Field, error) {
	id := wf.Settings.ErrorWorkflow
	if id == "" {
		return nil, nil
	}
	if found, err := c.alarm(ctx, t, together, wf); err != nil || found != "" {
		return nil, err
	}
	return []fault.Field{{
		Location: "settings.errorWorkflow",
		Message:  fmt.Sprintf("There is no workflow %q here, so that a failure starts none. Import the error workflow, too: it is found by the id that it has in the export. Or put the id of another one here.", id),
	}}, nil
}

// kind is a node type in one version.
type kind struct {
	typ     string
	version float64
}

// Unsupported are the node types of a workflow that the platform lacks, or lacks in
// that version: runs fail when they get there.
func (c *Catalog) Unsupported(raw []byte) []TypeUse {
	wf, err := workflow.Parse(raw)
	if err != nil {
		return []TypeUse{}
	}
	return c.report(wf).Unsupported
}

// report sorts a workflow's nodes by what the platform can run.
func (c *Catalog) report(wf *workflow.Workflow) Imported {
	supported, unsupported := map[kind][]string{}, map[kind][]string{}
	credentials := map[[3]string][]string{}
	for _, n := range wf.Nodes {
		into := unsupported
		if c.Types.Supports(n.Type, n.TypeVersion) {
			into = supported
		}
		k := kind{n.Type, n.TypeVersion}
		into[k] = append(into[k], n.Name)
		for typ, ref := range n.Credentials {
			k := [3]string{typ, ref.Name, ref.ID}
			credentials[k] = append(credentials[k], n.Name)
		}
	}
	r := Imported{
		Name: wf.Name, Supported: uses(supported), Unsupported: explained(uses(unsupported)),
		Credentials: make([]Credential, 0, len(credentials)), Problems: wf.Problems(),
	}
	if r.Problems == nil {
		r.Problems = []fault.Field{}
	}
	for _, k := range slices.SortedFunc(maps.Keys(credentials), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
		r.Credentials = append(r.Credentials, Credential{Type: k[0], Name: k[1], Nodes: credentials[k], id: k[2]})
	}
	return r
}

// findCredentials says which of the credentials the tenant has.
func (c *Catalog) findCredentials(ctx context.Context, t ident.Tenant, list []Credential) error {
	for i := range list {
		x := &list[i]
		x.Known = credential.Kinds().Get(x.Type) != nil
		if c.Credentials == nil {
			continue
		}
		var err error
		if x.Found, err = credential.Has(ctx, c.Credentials, t, x.Type, workflow.CredentialRef{ID: x.id, Name: x.Name}); err != nil {
			return err
		}
	}
	return nil
}

// explained says of unsupported types what to use instead.
func explained(list []TypeUse) []TypeUse {
	for i := range list {
		list[i].Instead = node.Instead(list[i].Type)
	}
	return list
}

// uses lists node types by name and version.
func uses(m map[kind][]string) []TypeUse {
	out := make([]TypeUse, 0, len(m))
	for k, nodes := range m {
		out = append(out, TypeUse{Type: k.typ, TypeVersion: k.version, Nodes: nodes})
	}
	slices.SortFunc(out, func(a, b TypeUse) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), cmp.Compare(a.TypeVersion, b.TypeVersion))
	})
	return out
}

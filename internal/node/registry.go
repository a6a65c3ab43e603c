package node

import (
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Registry finds node types by name and version. It is read-only once made.
type Registry struct {
	byName map[string][]*Type // versions ascending
	names  []string           // sorted
}

// NewRegistry makes a registry of the types. It panics if a type is incomplete
// or a version is given twice: that is a mistake of the program.
func NewRegistry(types ...[]Type) *Registry {
	r := &Registry{byName: map[string][]*Type{}}
	var parts []*Type
	for _, list := range types {
		for i := range list {
			if len(list[i].Spec.Part) > 0 {
				parts = append(parts, &list[i])
				continue
			}
			r.add(&list[i])
		}
	}
	for _, p := range parts {
		r.join(p)
	}
	slices.Sort(r.names)
	return r
}

// join makes a part one with those that serve the rest of its type, if they are there.
func (r *Registry) join(part *Type) {
	owners := r.byName[part.Spec.Type]
	for i, own := range owners {
		one := byResource(*own, *part)
		owners[i] = &one
	}
	if len(owners) == 0 {
		r.add(part)
	}
}

func (r *Registry) add(t *Type) {
	s := &t.Spec
	if s.Type == "" || s.Family == "" || len(s.Versions) == 0 || (t.Run == nil && !s.Trigger) {
		panic(fmt.Sprintf("node type %q is incomplete", s.Type))
	}
	for _, other := range r.byName[s.Type] {
		for _, v := range s.Versions {
			if slices.Contains(other.Spec.Versions, v) {
				panic(fmt.Sprintf("node type %q has version %v twice", s.Type, v))
			}
		}
	}
	if r.byName[s.Type] == nil {
		r.names = append(r.names, s.Type)
	}
	list := append(r.byName[s.Type], t)
	slices.SortFunc(list, func(a, b *Type) int { return int(1000 * (a.Spec.Versions[0] - b.Spec.Versions[0])) })
	r.byName[s.Type] = list
}

// Lookup finds a node type, nil if the type or its version is not supported.
func (r *Registry) Lookup(typ string, version float64) *Type {
	var open *Type
	for _, t := range r.byName[typ] {
		if slices.Contains(t.Spec.Versions, version) {
			return t
		}
		if t.Spec.AnyVersion {
			open = t
		}
	}
	return open
}

// Supports reports whether a node type can run in that version.
func (r *Registry) Supports(typ string, version float64) bool { return r.Lookup(typ, version) != nil }

// Polls reports whether a node type is a trigger that polls a service.
func (r *Registry) Polls(typ string, version float64) bool {
	t := r.Lookup(typ, version)
	return t != nil && t.Poll != nil
}

// FamilyOf is the family in which a node runs; Pure for types that are not
// supported, so that their failure costs nothing.
func (r *Registry) FamilyOf(n *workflow.Node) Family {
	t := r.Lookup(n.Type, n.TypeVersion)
	if t == nil {
		return Pure
	}
	return t.familyOf(n)
}

// Versions are the supported versions of a type, ascending; nil for unknown types.
func (r *Registry) Versions(typ string) []float64 {
	var all []float64
	for _, t := range r.byName[typ] {
		all = append(all, t.Spec.Versions...)
	}
	slices.Sort(all)
	return all
}

// Names are all types, sorted.
func (r *Registry) Names() []string { return slices.Clone(r.names) }

// All returns every type of that name, by version; nil for unknown ones.
func (r *Registry) All(typ string) []*Type { return slices.Clone(r.byName[typ]) }

// instead says why types cannot be supported where many tenants share the
// machines, and what does their work here.
var instead = map[string]string{
	"n8n-nodes-base.executeCommand":   "There is no shell: workflows share no server with one. Compute in a Code node, call a service by HTTP Request, and keep files by Read/Write Files from Disk.",
	"n8n-nodes-base.localFileTrigger": "There is no disk to watch. Start the workflow by a Webhook, or look into the file space on a Schedule Trigger with Read/Write Files from Disk.",
	"n8n-nodes-base.ssh":              "There is no SSH. Let the other server offer what is needed by HTTP, and call it by HTTP Request.",
}

// Instead says why a type is not supported and what to use; "" where there is
// nothing special to say.
func Instead(typ string) string { return instead[typ] }

// unsupported says which type is missing and what there is instead.
func (r *Registry) unsupported(nodeName, typ string, version float64) *fault.Error {
	v := value.FormatNumber(version)
	if have := r.Versions(typ); have != nil {
		texts := make([]string, len(have))
		for i, x := range have {
			texts[i] = value.FormatNumber(x)
		}
		return fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
			"The node %q has type %s in version %s, which is not supported; supported are the versions %s.", nodeName, typ, v, strings.Join(texts, ", "))
	}
	if why := Instead(typ); why != "" {
		return fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "The node %q has type %s, which is not supported. %s", nodeName, typ, why)
	}
	return fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
		"The node %q has type %s (version %s), which is not supported. Remove or disable it, or replace it, for example by an HTTP Request.", nodeName, typ, v)
}

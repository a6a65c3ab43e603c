package templates

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/template"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// A parameter that a service's node does not have would be ignored without a
// word, so templates may only set those that it has, with values that it knows.
func TestParametersExist(t *testing.T) {
	catalogue, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	registry := nodes.Registry()
	for _, tpl := range catalogue.All() {
		wf, err := tpl.Workflow()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range wf.Nodes {
			typ := registry.Lookup(n.Type, n.TypeVersion)
			if _, service := search.App(n.Type); !service || typ == nil || len(typ.Spec.Params) == 0 {
				continue
			}
			for _, problem := range strange(typ, n) {
				t.Errorf("%s: %q (%s): %s", tpl.ID, n.Name, n.Type, problem)
			}
		}
	}
}

// strange names the parameters of a node that its type does not know.
func strange(typ *node.Type, n *workflow.Node) []string {
	var out []string
	for name, v := range n.Parameters.All() {
		defs := byName(typ.Spec.Params, name)
		if len(defs) == 0 {
			out = append(out, "there is no parameter "+name)
			continue
		}
		out = append(out, strangeValue(name, v, defs)...)
	}
	return out
}

// byName are all definitions of a name: there may be several, for other operations.
func byName(list []node.Param, name string) []node.Param {
	var out []node.Param
	for _, p := range list {
		if p.Name == name {
			out = append(out, p)
		}
	}
	return out
}

func strangeValue(at string, v any, defs []node.Param) []string {
	switch v := v.(type) {
	case string:
		return strangeOption(at, v, defs)
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, strangeValue(at, x, defs)...)
		}
		return out
	case *value.Object:
		return strangeFields(at, v, defs)
	}
	return nil
}

func strangeOption(at, v string, defs []node.Param) []string {
	var all []string
	for _, d := range defs {
		if d.Type != "options" || len(d.Options) == 0 || strings.HasPrefix(v, "=") {
			return nil
		}
		for _, o := range d.Options {
			all = append(all, o.Value)
		}
	}
	if !slices.Contains(all, v) {
		return []string{fmt.Sprintf("%s has no choice %q, only %s", at, v, strings.Join(all, ", "))}
	}
	return nil
}

func strangeFields(at string, v *value.Object, defs []node.Param) []string {
	var fields []node.Param
	for _, d := range defs {
		if len(d.Fields) == 0 {
			return nil // the spec does not say what is in it
		}
		fields = append(fields, d.Fields...)
	}
	var out []string
	for name, x := range v.All() {
		inner := byName(fields, name)
		if len(inner) == 0 {
			out = append(out, fmt.Sprintf("%s has no field %s", at, name))
			continue
		}
		out = append(out, strangeValue(at+"."+name, x, inner)...)
	}
	return out
}

package node

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Default is the value of a parameter that a node does not set: of the first
// parameter of that name that is visible with the node's version and its other
// parameters. Members of collections have no default of their own there, as in n8n.
func (s *Spec) Default(name string, n *workflow.Node) any {
	if strings.Contains(name, ".") {
		return nil
	}
	params := s.Parameters()
	for i := range params {
		if p := &params[i]; p.Name == name && s.visible(p, n, 0) {
			return value.From(p.Default)
		}
	}
	return nil
}

// maxShowDepth bounds how far visibility is followed through parameters that
// depend on each other.
const maxShowDepth = 4

func (s *Spec) visible(p *Param, n *workflow.Node, depth int) bool {
	for name, allowed := range p.Show {
		if !slices.ContainsFunc(allowed, func(v any) bool {
			return value.Equal(value.From(v), s.showValue(name, n, depth))
		}) {
			return false
		}
	}
	return true
}

// showValue is what a visibility rule compares: the version, or another
// parameter as written.
func (s *Spec) showValue(name string, n *workflow.Node, depth int) any {
	if name == "@version" {
		return n.TypeVersion
	}
	name = strings.TrimPrefix(name, "/")
	if v, ok := lookup(n.Parameters, name); ok {
		return v
	}
	if depth >= maxShowDepth {
		return nil
	}
	params := s.Parameters()
	for i := range params {
		if p := &params[i]; p.Name == name && s.visible(p, n, depth+1) {
			return value.From(p.Default)
		}
	}
	return nil
}

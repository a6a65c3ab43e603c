package expr

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// found is an item and where it is, so that two ways to the same item compare equal.
type found struct {
	item               *workflow.Item
	node               string
	run, output, index int
}

// paired follows the current item's origins back to the item of a node.
func (s *Scope) paired(node string, i int, method string) (*workflow.Item, error) {
	if err := s.exists(node); err != nil {
		return nil, err
	}
	if !leadsTo(s.Workflow, node, s.Node.Name) {
		return nil, problemf("Invalid expression: there is no path back to the referenced node '%s'", node)
	}
	if err := s.executed(node); err != nil {
		return nil, err
	}
	list := s.items()
	if len(list) == 0 {
		if pinned := s.Pinned[node]; i < len(pinned) {
			return &pinned[i], nil
		}
	}
	if i < 0 || i >= len(list) {
		return nil, problemf("Can't get data for expression: some nodes between '%s' and '%s' have not been executed yet", node, s.Node.Name)
	}
	origin := workflow.Paired{Item: i}
	if own := list[i].Paired; len(own) > 0 {
		origin = own[0]
	}
	source, ok := s.source(origin.Input)
	if !ok {
		return nil, problemf("Paired item resolution failed: could not trace back to node '%s'", node)
	}
	t := trail{scope: s, node: node, method: method}
	f, err := t.ancestor(source, origin, 0)
	if err != nil {
		return nil, err
	}
	return f.item, nil
}

// maxAncestry bounds the way back through a run; loops make it long.
const maxAncestry = 10_000

// trail is one search for the item of a node that an item comes from.
type trail struct {
	scope  *Scope
	node   string // whose item is wanted
	method string // by which it was asked for
	known  map[found]result
}

type result struct {
	f   found
	err error
}

func (t *trail) ancestor(source workflow.Source, at workflow.Paired, depth int) (found, error) {
	if depth > maxAncestry {
		return found{}, problemf("Paired item resolution failed: the way back to node '%s' is longer than %d node runs", t.node, maxAncestry)
	}
	outputs, sources := t.scope.ranOrPinned(source)
	if source.Output >= len(outputs) {
		return found{}, problemf("Can't get data for expression: output #%d of node '%s' gave nothing", source.Output, source.Node)
	}
	list := outputs[source.Output]
	within := at.Item >= 0 && at.Item < len(list)
	switch {
	case source.Node == t.node && within:
		return found{&list[at.Item], t.node, source.Run, source.Output, at.Item}, nil
	case source.Node == t.node:
		return found{}, t.missing(source.Node)
	case !within:
		return found{}, errUndefined
	}
	origins := list[at.Item].Paired
	if len(origins) == 0 {
		return found{}, t.missing(source.Node)
	}
	return t.once(found{nil, source.Node, source.Run, source.Output, at.Item}, func() (found, error) {
		return t.matching(sources, origins, depth)
	})
}

// once remembers what was found from a place: several ways may lead there.
func (t *trail) once(place found, search func() (found, error)) (found, error) {
	if r, ok := t.known[place]; ok {
		return r.f, r.err
	}
	f, err := search()
	if t.known == nil {
		t.known = map[found]result{}
	}
	t.known[place] = result{f, err}
	return f, err
}

// matching follows each of an item's origins; all that lead to the node must
// lead to one item.
func (t *trail) matching(sources []workflow.Source, origins []workflow.Paired, depth int) (found, error) {
	var hits []found
	var first error
	for _, o := range origins {
		if o.Input >= len(sources) || sources[o.Input].Node == "" {
			continue
		}
		f, err := t.ancestor(sources[o.Input], o, depth+1)
		switch {
		case err == nil && !slices.Contains(hits, f):
			hits = append(hits, f)
		case err != nil && first == nil:
			first = err
		}
	}
	switch {
	case len(hits) == 1:
		return hits[0], nil
	case len(hits) > 1:
		return found{}, problemf("Multiple matches found").because("Several items of node '%s' belong to this item; use .first(), .last() or .all()[index] instead of .%s.", t.node, t.method)
	case first != nil:
		return found{}, first
	default:
		return found{}, errUndefined // n8n fails here by a TypeError of its own
	}
}

func (t *trail) missing(node string) error {
	return problemf("Paired item data for %s from node '%s' is unavailable. Ensure '%s' is providing the required output.", t.method, node, node)
}

// ranOrPinned is what a node gave in a run, and where its items came from.
func (s *Scope) ranOrPinned(source workflow.Source) ([][]workflow.Item, []workflow.Source) {
	if r := s.run(source.Node, source.Run); r != nil {
		return r.Outputs, r.Sources
	}
	if pinned, ok := s.Pinned[source.Node]; ok {
		return [][]workflow.Item{pinned}, nil
	}
	return nil, nil
}

package expr

import (
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// items are those that the node works on: of its first input, or in the newer
// order of execution of the first that has any.
func (s *Scope) items() []workflow.Item {
	if len(s.Inputs) == 0 {
		return nil
	}
	if len(s.Inputs[0]) > 0 || s.Workflow == nil || s.Workflow.Settings.ExecutionOrder != "v1" {
		return s.Inputs[0]
	}
	for _, in := range s.Inputs {
		if len(in) > 0 {
			return in
		}
	}
	return nil
}

// current is the item of that index among those the node works on.
func (s *Scope) current(i int) (*workflow.Item, error) {
	list := s.items()
	if i >= 0 && i < len(list) {
		return &list[i], nil
	}
	name := ""
	if s.Node != nil {
		name = s.Node.Name
	}
	if len(list) == 0 {
		return nil, problemf("Node '%s' hasn't been executed", name)
	}
	return nil, problemf("\"%s\" node has %d item(s) but you're trying to access item %d", name, len(list), i)
}

// source is where the items of one input came from; the first's if it is unknown.
func (s *Scope) source(input int) (workflow.Source, bool) {
	if input < 0 || input >= len(s.Sources) {
		input = 0
	}
	if len(s.Sources) == 0 || s.Sources[input].Node == "" {
		return workflow.Source{}, false
	}
	return s.Sources[input], true
}

// exists checks that the workflow has a node of that name.
func (s *Scope) exists(node string) error {
	if s.Workflow == nil || s.Workflow.Node(node) == nil {
		return problemf("Referenced node doesn't exist").because("There is no node '%s' in this workflow.", node)
	}
	return nil
}

// runs is how often a node has run.
func (s *Scope) runs(node string) int {
	if s.History == nil {
		return 0
	}
	return s.History.Runs(node)
}

// executed checks that a node has run, or is pinned.
func (s *Scope) executed(node string) error {
	if _, pinned := s.Pinned[node]; pinned || s.runs(node) > 0 {
		return nil
	}
	return problemf("Node '%s' hasn't been executed", node)
}

const (
	connected = -1 // the output that leads to the node of the expression
	lastRun   = -1
)

// nodeItems are the items that a node gave on an output in a run. connected and
// lastRun choose by n8n's rules.
func (s *Scope) nodeItems(node string, out, run int) ([]workflow.Item, error) {
	if err := s.exists(node); err != nil {
		return nil, err
	}
	items, err := s.ranItems(node, out, run)
	if err != nil {
		if pinned, ok := s.Pinned[node]; ok {
			return pinned, nil
		}
	}
	return items, err
}

// oldItems is nodeItems for $items(), which takes a pinned node's items only
// where the node has not run at all.
func (s *Scope) oldItems(node string, out, run int) ([]workflow.Item, error) {
	if err := s.exists(node); err != nil {
		return nil, err
	}
	if pinned, ok := s.Pinned[node]; ok && s.runs(node) == 0 {
		return pinned, nil
	}
	return s.ranItems(node, out, run)
}

func (s *Scope) ranItems(node string, out, run int) ([]workflow.Item, error) {
	runs := s.runs(node)
	if runs == 0 {
		return nil, problemf("Node '%s' hasn't been executed", node)
	}
	if run < 0 {
		run = runs - 1
	}
	r := s.run(node, run)
	if r == nil {
		return nil, problemf("Run %d of node \"%s\" not found", run, node)
	}
	if len(r.Outputs) == 0 {
		return nil, problemf("No data found from the main output of node '%s'", node)
	}
	if out == connected {
		n, ok := output(s.Workflow, s.Node.Name, node)
		if !ok {
			return nil, problemf("connect \"%s\" to \"%s\"", s.Node.Name, node)
		}
		out = n
	}
	if out >= len(r.Outputs) || out < 0 {
		return nil, problemf("Node \"%s\" has no branch with index %d", node, out)
	}
	return r.Outputs[out], nil
}

func (s *Scope) run(node string, i int) *workflow.NodeRun {
	if i < 0 || i >= s.runs(node) {
		return nil
	}
	return s.History.Run(node, i)
}

// branch is the output of a node that leads here, the first if none does.
func (s *Scope) branch(node string) int {
	if s.Workflow == nil || s.Node == nil {
		return 0
	}
	n, _ := output(s.Workflow, s.Node.Name, node)
	return n
}

// nodeItem is $node["X"]'s item: of the same index as the current one.
func (s *Scope) nodeItem(node string, i, run int) (*workflow.Item, error) {
	list, err := s.nodeItems(node, connected, run)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, problemf("Node '%s' hasn't been executed", node)
	case i >= len(list):
		return nil, problemf("\"%s\" node has %d item(s) but you're trying to access item %d", node, len(list), i)
	}
	return &list[i], nil
}

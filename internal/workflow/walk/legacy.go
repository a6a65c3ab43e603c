package walk

import (
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// pullParents is the legacy order's treatment of a node that begins to wait: the
// branches that feed its other inputs and have not run are started from their
// highest node that has not run, with one empty item.
func (w *Walker) pullParents(from *workflow.Node, run *workflow.NodeRun, f fed) {
	siblings := w.targetsOf(from.Name)
	for _, origins := range w.wf.Incoming(f.target.Node) {
		for _, origin := range origins {
			if w.skipsParent(from, origin.Node, siblings) {
				continue
			}
			top, ok := w.highestIdle(origin.Node, siblings)
			if !ok {
				continue
			}
			if len(run.Outputs[f.output]) == 0 && ancestors(w.wf, top)[from.Name] {
				continue
			}
			w.pullNode(top, from, f.output)
		}
	}
}

// skipsParent reports whether a parent needs no start of its own: it is the
// node that just ran, is about to run, or has run.
func (w *Walker) skipsParent(from *workflow.Node, parent string, siblings map[string]bool) bool {
	if parent == from.Name {
		return true
	}
	if siblings[parent] && !w.incomingEmpty(parent, w.latest(from.Name)) {
		return true
	}
	return w.onStack(parent) || len(w.runs[parent]) > 0
}

// highestIdle climbs from a node towards the nodes that lead to it, as long as
// they have not run; false if one of them is about to run anyway.
func (w *Walker) highestIdle(name string, siblings map[string]bool) (string, bool) {
	top := name
	for _, parent := range append([]string{name}, ancestorOrder(w.wf, name)...) {
		if parent != name && siblings[parent] {
			return "", false
		}
		if w.onStack(parent) {
			return "", false
		}
		if len(w.runs[parent]) > 0 {
			break
		}
		top = parent
	}
	return top, true
}

// pullNode starts a node with one empty item if nothing feeds it, or what feeds
// it gave nothing.
func (w *Walker) pullNode(name string, from *workflow.Node, output int) {
	node := w.wf.Node(name)
	if node == nil || !w.incomingEmpty(name, w.latest(from.Name)) {
		return
	}
	w.push(entry{
		node: node, inputs: [][]workflow.Item{{workflow.EmptyItem()}},
		sources: []workflow.Source{{Node: from.Name, Output: output, Run: w.latest(from.Name)}},
	})
}

// targetsOf are the nodes that a node feeds.
func (w *Walker) targetsOf(name string) map[string]bool {
	set := map[string]bool{}
	for _, targets := range w.wf.Outgoing(name) {
		for _, t := range targets {
			set[t.Node] = true
		}
	}
	return set
}

// incomingEmpty reports whether the nodes that feed a node's first input gave
// nothing in the run of that index.
func (w *Walker) incomingEmpty(name string, index int) bool {
	in := w.wf.Incoming(name)
	if len(in) == 0 {
		return true
	}
	for _, origin := range in[0] {
		runs := w.runs[origin.Node]
		if index < len(runs) && origin.Output < len(runs[index].Outputs) && len(runs[index].Outputs[origin.Output]) > 0 {
			return false
		}
	}
	return true
}

package walk

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// fed is one connection that a node run feeds.
type fed struct {
	target workflow.Target
	node   *workflow.Node
	output int
}

// follow puts the nodes that a run feeds on the stack. In order v1 they are
// pushed from bottom to top and right to left of the canvas, so that the topmost,
// leftmost one runs first.
func (w *Walker) follow(n *workflow.Node, run *workflow.NodeRun) {
	feeds := w.feeds(n, run)
	if !w.legacy {
		slices.SortStableFunc(feeds, func(a, b fed) int {
			if c := compare(b.node.Position[1], a.node.Position[1]); c != 0 {
				return c
			}
			return compare(b.node.Position[0], a.node.Position[0])
		})
	}
	for _, f := range feeds {
		if w.err == nil {
			w.add(n, run, f)
		}
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// feeds lists the connections that carry items. In the legacy order an empty
// output also feeds inputs beyond the first.
func (w *Walker) feeds(n *workflow.Node, run *workflow.NodeRun) []fed {
	var feeds []fed
	for output, targets := range w.wf.Outgoing(n.Name) {
		for _, t := range targets {
			node := w.wf.Node(t.Node)
			if node == nil {
				w.fail(n, fault.New(fault.Invalid, fault.CodeValidation,
					"The node %q is connected to %q, which does not exist. Remove the connection or add the node.", n.Name, t.Node))
				return nil
			}
			if output >= len(run.Outputs) || run.Outputs[output] == nil {
				continue
			}
			if len(run.Outputs[output]) > 0 || (t.Index > 0 && w.legacy) {
				feeds = append(feeds, fed{t, node, output})
			}
		}
	}
	return feeds
}

// add feeds one connection: the target runs at once, or waits until all its
// inputs are fed.
func (w *Walker) add(from *workflow.Node, run *workflow.NodeRun, f fed) {
	items := run.Outputs[f.output]
	source := workflow.Source{Node: from.Name, Output: f.output, Run: w.latest(from.Name)}
	inputs := len(w.wf.Incoming(f.target.Node))
	if inputs <= 1 {
		w.push(entry{node: f.node, inputs: [][]workflow.Item{items}, sources: []workflow.Source{source}})
		return
	}
	known := w.waiting.has(f.target.Node)
	slot := w.waiting.slot(f.target.Node, f.target.Index, inputs)
	slot.inputs[f.target.Index] = items
	slot.sources[f.target.Index] = source
	if !slices.ContainsFunc(slot.inputs, func(in []workflow.Item) bool { return in == nil }) {
		w.waiting.drop(f.target.Node, slot)
		w.push(entry{node: f.node, inputs: slot.inputs, sources: slot.sources})
		return
	}
	if !known && w.legacy {
		w.pullParents(from, run, f)
	}
}

// latest is the index in the History of a node's last run.
func (w *Walker) latest(name string) int { return len(w.runs[name]) - 1 }

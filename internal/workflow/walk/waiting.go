package walk

import (
	"slices"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// waitList are the nodes with several inputs of which some have been fed: by
// name, in the order in which they began to wait.
type waitList struct {
	nodes value.Object // name -> *waitNode
}

type waitNode struct{ slots []*waitSlot }

// waitSlot is one coming run of a waiting node.
type waitSlot struct {
	number  int
	inputs  [][]workflow.Item // nil: not fed
	sources []workflow.Source
}

func (l *waitList) node(name string) *waitNode {
	v, _ := l.nodes.Get(name)
	n, _ := v.(*waitNode)
	return n
}

func (l *waitList) has(name string) bool { return l.node(name) != nil }

// slot finds the first slot whose input is free, or makes one. n8n numbers a new
// slot by how many there are, not by the highest number: after an earlier one has
// gone, a new one replaces the last, and what that had is lost. Workflows that
// run into this give n8n's results here too.
func (l *waitList) slot(name string, input, inputs int) *waitSlot {
	n := l.node(name)
	if n == nil {
		n = &waitNode{}
		l.nodes.Set(name, n)
	}
	for _, s := range n.slots {
		if s.inputs[input] == nil {
			return s
		}
	}
	s := &waitSlot{number: len(n.slots), inputs: make([][]workflow.Item, inputs), sources: make([]workflow.Source, inputs)}
	n.slots = slices.DeleteFunc(n.slots, func(old *waitSlot) bool { return old.number == s.number })
	n.slots = append(n.slots, s)
	slices.SortFunc(n.slots, func(a, b *waitSlot) int { return a.number - b.number })
	return s
}

func (l *waitList) drop(name string, slot *waitSlot) {
	n := l.node(name)
	n.slots = slices.DeleteFunc(n.slots, func(s *waitSlot) bool { return s == slot })
	if len(n.slots) == 0 {
		l.nodes.Delete(name)
	}
}

// first is the slot that n8n starts first: it sorts the numbers as text.
func (n *waitNode) first() *waitSlot {
	return slices.MinFunc(n.slots, func(a, b *waitSlot) int {
		x, y := strconv.Itoa(a.number), strconv.Itoa(b.number)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
}

// startWaiting starts one waiting node with what it has, when nothing else is
// left to run.
func (w *Walker) startWaiting() {
	names := w.waiting.nodes.Keys()
	for i := 0; i < len(names); i++ {
		name := names[i]
		node := w.wf.Node(name)
		if node == nil || w.parentWaits(name, names) {
			continue
		}
		slot := w.waiting.node(name).first()
		if !w.suffices(node, slot) {
			continue
		}
		fed := false
		for j, in := range slot.inputs {
			if in == nil {
				slot.inputs[j] = []workflow.Item{}
			}
			fed = fed || len(in) > 0
		}
		w.waiting.drop(name, slot)
		if fed {
			w.push(entry{node: node, inputs: slot.inputs, sources: slot.sources})
			return
		}
		names, i = w.waiting.nodes.Keys(), -1
	}
}

func (w *Walker) parentWaits(name string, names []string) bool {
	above := ancestors(w.wf, name)
	return slices.ContainsFunc(names, func(n string) bool { return above[n] })
}

// suffices reports whether a node may start with the inputs that were fed. Only
// order v1 knows nodes that need particular ones.
func (w *Walker) suffices(n *workflow.Node, slot *waitSlot) bool {
	if w.legacy {
		return true
	}
	needed, declared := requiredInputs(n)
	if len(needed) > 0 && len(needed) == declared {
		return false
	}
	return !slices.ContainsFunc(needed, func(in int) bool {
		return in >= len(slot.inputs) || slot.inputs[in] == nil
	})
}

// requiredInputs are the inputs that a node needs and how many it declares, by
// n8n's descriptions: Merge needs both when it chooses a branch. All others are
// content with one, which a waiting node always has.
func requiredInputs(n *workflow.Node) (needed []int, declared int) {
	if n.Type != "n8n-nodes-base.merge" || n.TypeVersion < 2 {
		return nil, 0
	}
	if mode, _ := n.Parameters.Get("mode"); mode != "chooseBranch" {
		return nil, 0
	}
	if n.TypeVersion < 3 {
		return []int{0, 1}, 2
	}
	// From version 3 the number of inputs is not fixed in the description.
	return []int{0, 1}, -1
}

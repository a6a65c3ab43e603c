package workflow

import (
	"maps"
	"slices"
)

// alwaysOn are the node types that hand on at least one item whatever they get.
// A cycle of nothing else cannot end. All others may end one: they choose
// between outputs, can give no items, wait, or fail.
var alwaysOn = map[string]bool{
	"n8n-nodes-base.set":           true,
	"n8n-nodes-base.noOp":          true,
	"n8n-nodes-base.renameKeys":    true,
	"n8n-nodes-base.executionData": true,
	"n8n-nodes-base.dateTime":      true,
	"n8n-nodes-base.crypto":        true,
}

// endlessCycles returns the groups of nodes that feed each other and cannot stop
// doing so, each in the order of the JSON. n8n allows cycles in general (a sixth
// of real workflows have one); a run's limit of node runs guards the others.
func (w *Workflow) endlessCycles() [][]string {
	next := func(name string) []string {
		if n := w.byName[name]; n == nil || !(n.Disabled || alwaysOn[n.Type]) {
			return nil
		}
		var out []string
		for i, targets := range w.Outgoing(name) {
			for _, t := range targets {
				n := w.byName[t.Node]
				// A disabled node hands on its first input only, and a node with
				// several inputs waits for the others.
				if i == 0 && t.Type == Main && n != nil && (n.Disabled || alwaysOn[n.Type]) && len(w.Incoming(t.Node)) == 1 {
					out = append(out, t.Node)
				}
			}
		}
		return out
	}
	var cycles [][]string
	for _, group := range components(w.names(), next) {
		if len(group) > 1 || slices.Contains(next(group[0]), group[0]) {
			cycles = append(cycles, group)
		}
	}
	return cycles
}

func (w *Workflow) names() []string {
	names := make([]string, 0, len(w.Nodes))
	for _, n := range w.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// components finds the strongly connected components of a graph (Tarjan), with
// an explicit stack because the graph is a tenant's. Members keep the order of names.
func components(names []string, next func(string) []string) [][]string {
	t := tarjan{index: map[string]int{}, low: map[string]int{}, open: map[string]bool{}, next: next}
	for _, n := range names {
		if _, seen := t.index[n]; !seen {
			t.visit(n)
		}
	}
	order := make(map[string]int, len(names))
	for i, n := range names {
		order[n] = i
	}
	for _, g := range t.groups {
		slices.SortFunc(g, func(a, b string) int { return order[a] - order[b] })
	}
	return t.groups
}

type tarjan struct {
	index, low map[string]int
	open       map[string]bool
	stack      []string
	next       func(string) []string
	groups     [][]string
}

type tarjanFrame struct {
	name string
	rest []string
}

func (t *tarjan) enter(name string) tarjanFrame {
	t.index[name] = len(t.index)
	t.low[name] = t.index[name]
	t.stack = append(t.stack, name)
	t.open[name] = true
	return tarjanFrame{name, t.next(name)}
}

func (t *tarjan) visit(root string) {
	frames := []tarjanFrame{t.enter(root)}
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		if len(f.rest) > 0 {
			n := f.rest[0]
			f.rest = f.rest[1:]
			if _, seen := t.index[n]; !seen {
				frames = append(frames, t.enter(n))
			} else if t.open[n] {
				t.low[f.name] = min(t.low[f.name], t.index[n])
			}
			continue
		}
		t.leave(f.name)
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			parent := frames[len(frames)-1].name
			t.low[parent] = min(t.low[parent], t.low[f.name])
		}
	}
}

func (t *tarjan) leave(name string) {
	if t.low[name] != t.index[name] {
		return
	}
	at := slices.Index(t.stack, name)
	group := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, n := range group {
		t.open[n] = false
	}
	t.groups = append(t.groups, group)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

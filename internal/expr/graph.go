package expr

import (
	"maps"
	"slices"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// output returns through which output of the node above the items of node below
// come, found breadth first as n8n does; ok is false if no path leads there.
func output(w *workflow.Workflow, below, above string) (n int, ok bool) {
	seen := map[string]bool{}
	for queue := []string{below}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, input := range w.Incoming(name) {
			for _, o := range input {
				if o.Node == above {
					return o.Output, true
				}
				if !seen[o.Node] {
					queue = append(queue, o.Node)
				}
			}
		}
	}
	return 0, false
}

// leadsTo reports whether items of the node above can reach the node below. For
// a node that serves others (a tool, a model), those it serves count.
func leadsTo(w *workflow.Workflow, above, below string) bool {
	starts := servedBy(w, below)
	if len(starts) == 0 {
		_, ok := output(w, below, above)
		return ok
	}
	parents := reverse(w)
	seen := map[string]bool{}
	for queue := starts; len(queue) > 0; queue = queue[1:] {
		for _, p := range parents[queue[0]] {
			if p == above {
				return true
			}
			if !seen[p] {
				seen[p] = true
				queue = append(queue, p)
			}
		}
	}
	return false
}

// servedBy lists the nodes to which node is connected otherwise than by data,
// directly or through others of its kind.
func servedBy(w *workflow.Workflow, node string) []string {
	var list []string
	seen := map[string]bool{node: true}
	for queue := []string{node}; len(queue) > 0; queue = queue[1:] {
		kinds := w.Connections[queue[0]]
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			if kind == workflow.Main {
				continue
			}
			for _, slot := range kinds[kind] {
				for _, t := range slot {
					if !seen[t.Node] {
						seen[t.Node] = true
						list = append(list, t.Node)
						queue = append(queue, t.Node)
					}
				}
			}
		}
	}
	return list
}

// reverse leads from each node to those connected to it in any way.
func reverse(w *workflow.Workflow) map[string][]string {
	parents := map[string][]string{}
	for source, kinds := range w.Connections {
		for _, slots := range kinds {
			for _, slot := range slots {
				for _, t := range slot {
					parents[t.Node] = append(parents[t.Node], source)
				}
			}
		}
	}
	return parents
}

package walk

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// ancestors are all nodes that lead to a node by data connections, itself left out.
func ancestors(wf *workflow.Workflow, name string) map[string]bool {
	set := map[string]bool{}
	queue := []string{name}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, origins := range wf.Incoming(n) {
			for _, o := range origins {
				if !set[o.Node] && o.Node != name {
					set[o.Node] = true
					queue = append(queue, o.Node)
				}
			}
		}
	}
	return set
}

// climbBudget bounds ancestorOrder, whose work can double with every diamond of the graph.
const climbBudget = 20_000

// ancestorOrder lists the ancestors of a node in the order in which n8n's legacy
// order looks at them: every way up is walked, later finds come first, and of
// doubles the last find counts. Beyond climbBudget the rest is left out.
func ancestorOrder(wf *workflow.Workflow, name string) []string {
	budget := climbBudget
	return climb(wf, name, nil, &budget)
}

func climb(wf *workflow.Workflow, name string, path []string, budget *int) []string {
	if *budget--; *budget < 0 || slices.Contains(path, name) {
		return nil
	}
	path = append(slices.Clip(path), name)
	var found []string
	for _, origins := range wf.Incoming(name) {
		for _, o := range origins {
			if slices.Contains(path, o.Node) {
				continue
			}
			found = append(found, o.Node)
			for _, up := range climb(wf, o.Node, path, budget) {
				if i := lastIndex(found, up); i >= 0 {
					found = slices.Delete(found, i, i+1)
				}
				found = append(found, up)
			}
		}
	}
	return found
}

// lastIndex finds the element nearest the end: the lists here are n8n's, reversed.
func lastIndex(list []string, s string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == s {
			return i
		}
	}
	return -1
}

// leadsSomewhere reports whether an input of a node has an enabled node above it.
func leadsSomewhere(wf *workflow.Workflow, name string, input int) bool {
	seen := map[string]bool{name: true}
	in := wf.Incoming(name)
	if input >= len(in) {
		return false
	}
	var queue []string
	for _, o := range in[input] {
		queue = append(queue, o.Node)
	}
	for len(queue) > 0 {
		n := wf.Node(queue[0])
		queue = queue[1:]
		if n == nil || seen[n.Name] {
			continue
		}
		if !n.Disabled {
			return true
		}
		seen[n.Name] = true
		for _, origins := range wf.Incoming(n.Name) {
			for _, o := range origins {
				queue = append(queue, o.Node)
			}
		}
	}
	return false
}

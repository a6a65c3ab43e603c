package execution

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// notExecutable are node types that never run by themselves.
var notExecutable = []string{"n8n-nodes-base.stickyNote"}

// countNodes is the number of nodes that count for progress: all that can run.
func countNodes(wf *workflow.Workflow) int {
	n := 0
	for _, node := range wf.Nodes {
		if !slices.Contains(notExecutable, node.Type) && !isSubNode(wf, node) {
			n++
		}
	}
	return n
}

// isSubNode reports whether the node only serves another one (a model, a tool).
func isSubNode(wf *workflow.Workflow, n *workflow.Node) bool {
	out := wf.Connections[n.Name]
	if len(out) == 0 {
		return false
	}
	for typ := range out {
		if !strings.HasPrefix(typ, "ai_") {
			return false
		}
	}
	return true
}

// manualFirst are start nodes in the order in which a manual run prefers them.
var manualFirst = []string{"n8n-nodes-base.manualTrigger", "n8n-nodes-base.start"}

// StartNode chooses where a run begins when nobody named a node: the manual
// trigger for runs by hand, otherwise the first enabled trigger, otherwise the
// first node that nothing leads to.
func StartNode(wf *workflow.Workflow, mode string) *workflow.Node {
	if mode != "webhook" && mode != "trigger" {
		for _, typ := range manualFirst {
			for _, n := range wf.Nodes {
				if n.Type == typ && !n.Disabled {
					return n
				}
			}
		}
	}
	for _, n := range wf.Nodes {
		if !n.Disabled && isTrigger(n.Type) {
			return n
		}
	}
	return firstUnfed(wf)
}

func isTrigger(typ string) bool {
	name := strings.ToLower(typ[strings.LastIndexByte(typ, '.')+1:])
	return strings.HasSuffix(name, "trigger") || name == "webhook" || name == "cron" || name == "interval" || name == "start"
}

func firstUnfed(wf *workflow.Workflow) *workflow.Node {
	fed := map[string]bool{}
	for _, byType := range wf.Connections {
		for _, slots := range byType {
			for _, targets := range slots {
				for _, t := range targets {
					fed[t.Node] = true
				}
			}
		}
	}
	for _, n := range wf.Nodes {
		if !n.Disabled && !fed[n.Name] && !slices.Contains(notExecutable, n.Type) && len(wf.Connections[n.Name]["main"]) > 0 {
			return n
		}
	}
	for _, n := range wf.Nodes {
		if !n.Disabled && !fed[n.Name] && !slices.Contains(notExecutable, n.Type) {
			return n
		}
	}
	return nil
}

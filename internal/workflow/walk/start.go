package walk

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// manualStarts are the node types that a run without a named start begins with,
// by preference: n8n's order of starting nodes.
var manualStarts = []string{
	"n8n-nodes-base.manualTrigger", "n8n-nodes-base.executeWorkflowTrigger", "n8n-nodes-base.errorTrigger",
	"n8n-nodes-base.start", "n8n-nodes-base.evaluationTrigger", "n8n-nodes-base.formTrigger",
}

// otherTriggers start workflows although their names do not end in "Trigger".
var otherTriggers = []string{
	"n8n-nodes-base.start", "n8n-nodes-base.webhook", "n8n-nodes-base.cron", "n8n-nodes-base.interval",
	"n8n-nodes-base.emailReadImap",
}

// IsTrigger reports whether a node type starts workflows; it also knows types
// that are not supported, by n8n's way of naming them.
func IsTrigger(typ string) bool {
	return strings.HasSuffix(typ, "Trigger") || slices.Contains(otherTriggers, typ)
}

// StartNode is the node that a run begins with if none is named: the manual
// trigger or its relatives, then the first other trigger that is enabled, then
// the only node; nil if there is none.
func StartNode(wf *workflow.Workflow) *workflow.Node {
	for _, typ := range manualStarts {
		for _, n := range wf.Nodes {
			if n.Type == typ && !n.Disabled {
				return n
			}
		}
	}
	for _, n := range wf.Nodes {
		if IsTrigger(n.Type) && !n.Disabled {
			return n
		}
	}
	if len(wf.Nodes) == 1 && !wf.Nodes[0].Disabled {
		return wf.Nodes[0]
	}
	return nil
}

func startNode(wf *workflow.Workflow, opt Options) (*workflow.Node, error) {
	if opt.Start != "" {
		if n := wf.Node(opt.Start); n != nil {
			return n, nil
		}
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "There is no node %q to start from.", opt.Start)
	}
	if n := StartNode(wf); n != nil {
		return n, nil
	}
	return nil, fault.New(fault.Invalid, fault.CodeValidation, "The workflow has no trigger to start from. Add a Manual Trigger, or name the start node.")
}

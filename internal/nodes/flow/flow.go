// Package flow has the node types that decide where items go and what is in
// them: triggers, Set, If, Merge, loops and the like. All are pure: they run
// inside advance, read nothing outside and change nothing.
//
// Each type is one file with its test and one line in Types.
package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Types are the node types of the family.
func Types() []node.Type {
	return append(triggers(),
		setV1(), setV3(),
		ifV1(), ifV2(),
		switchV1(), switchV2(), switchV3(),
		filterV1(), filterV2(),
		mergeV1(), mergeV2(), mergeV3(),
		splitOut(), aggregate(), limit(), sortItems(), removeDuplicates(), summarize(), itemLists(),
		splitInBatches(1), splitInBatches(2), splitInBatches(3),
		compareDatasets(), renameKeys(), executionData(),
		wait(), formPage(), respondToWebhook(), executeWorkflow(),
		noOp(), stickyNote(), stopAndError(),
	)
}

// one wraps the items of a node's only output.
func one(items []workflow.Item, err error) (node.Result, error) {
	if err != nil {
		return node.Result{}, err
	}
	return node.Result{Outputs: [][]workflow.Item{items}}, nil
}

// pass is the Run of nodes that hand on what they get.
func pass(_ context.Context, c *node.Call) (node.Result, error) { return one(c.Items(), nil) }

var main1 = []string{"main"}

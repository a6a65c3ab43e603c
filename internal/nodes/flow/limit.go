package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func limit() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.limit", Versions: []float64{1}, Name: "Limit",
			Description: "Keeps the first or the last items.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "maxItems", Type: "number", Default: 1.0, Description: "How many items are kept."},
				{Name: "keep", Type: "options", Default: "firstItems", Description: "firstItems or lastItems."},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) { return one(limited(c.At(0), c.Items())) },
	}
}

func limited(r *node.Reader, items []workflow.Item) ([]workflow.Item, error) {
	n, length := r.Int("maxItems", 1), len(items)
	switch {
	case n > length:
		return items, r.Err()
	case r.String("keep", "firstItems") == "firstItems":
		if n < 0 {
			n = max(length+n, 0) // as JavaScript's slice
		}
		return items[:n], r.Err()
	default:
		return items[min(length-n, length):], r.Err()
	}
}

package http

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
)

// Types are the node types of the family.
func Types() []node.Type { return []node.Type{httpRequest(), graphQL(), rssFeedRead()} }

func httpRequest() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type:        "n8n-nodes-base.httpRequest",
			Versions:    []float64{1, 2, 3, 4, 4.1, 4.2, 4.3, 4.4, 4.5},
			Name:        "HTTP Request",
			Description: "Makes an HTTP request and returns the response data",
			Group:       "output",
			Family:      node.HTTP,
			Inputs:      []string{"main"},
			Outputs:     []string{"main"},
			Credentials: generic,
			Params:      append(paramsV3(), paramsV1()...),
		},
		Run:    func(ctx context.Context, c *node.Call) (node.Result, error) { return run(ctx, c, build) },
		Effect: effect,
	}
}

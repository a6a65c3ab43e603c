package http

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
)

// pages makes the requests of one item: one, or as many as pagination asks for.
func (q *request) pages(ctx context.Context, c *node.Call) ([]answer, error) {
	a, err := q.send(ctx, c, 0, false)
	if err != nil {
		return nil, err
	}
	return []answer{a}, nil
}

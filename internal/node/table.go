package node

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Tables answers a tenant's SQL over items, as tables of a database that exists
// for one query.
type Tables interface {
	// Query runs one SELECT over the tables input1, input2, …, each with a row for
	// every object. Rows have no members for NULL.
	Query(ctx context.Context, inputs [][]*value.Object, query string) ([]*value.Object, error)
}

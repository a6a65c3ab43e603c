// Package nodes is the list of all node types.
package nodes

import (
	"github.com/automatelanka/automatelanka/internal/connector"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ai"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/nodes/data"
	"github.com/automatelanka/automatelanka/internal/nodes/flow"
	"github.com/automatelanka/automatelanka/internal/nodes/http"
	"github.com/automatelanka/automatelanka/internal/nodes/service"
)

// Registry returns every node type there is: one line a family.
func Registry() *node.Registry {
	types := [][]node.Type{
		flow.Types(),
		http.Types(),
		ai.Types(),
		code.Types(),
		data.Types(),
		service.Types(),
		connector.Types(),
	}
	return node.NewRegistry(append(types, node.Tools(types...))...)
}

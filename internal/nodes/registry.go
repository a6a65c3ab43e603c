// Package nodes is the list of all node types.
package nodes

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/connector"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ai"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/nodes/data"
	"github.com/automatelanka/automatelanka/internal/nodes/flow"
	"github.com/automatelanka/automatelanka/internal/nodes/http"
	"github.com/automatelanka/automatelanka/internal/nodes/service"
)

// openAI is the type of which the AI nodes serve the texts, a connector the rest.
const openAI = "@n8n/n8n-nodes-langchain.openAi"

// joinOpenAI makes one of the two parts of that type.
func joinOpenAI(types [][]node.Type) {
	var rest node.Type
	for i, list := range types {
		at := slices.IndexFunc(list, func(t node.Type) bool { return t.Spec.Type == openAI && t.Spec.Load != nil })
		if at >= 0 {
			rest, types[i] = list[at], slices.Delete(list, at, at+1)
		}
	}
	for _, list := range types {
		for i := range list {
			if list[i].Spec.Type == openAI {
				list[i] = node.ByResource(list[i], rest, "audio", "image", "file")
			}
		}
	}
}

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
	joinOpenAI(types)
	return node.NewRegistry(append(types, node.Tools(types...))...)
}

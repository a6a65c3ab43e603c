package ai

import "github.com/automatelanka/automatelanka/internal/node"

// Types are the node types of the family.
func Types() []node.Type {
	return []node.Type{openAIMessage(), openAIOld()}
}

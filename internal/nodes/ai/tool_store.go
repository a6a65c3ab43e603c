package ai

import (
	"context"
	"fmt"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// answeringTool answers questions from a vector store by a model of its own.
func answeringTool(s *session, r *sub) (*tool, error) {
	name := toolName(r)
	if r.node.TypeVersion >= 1.1 {
		name = nodeToolName(r)
	}
	about, limit := r.text("description", ""), r.whole("topK", defaultLimit)
	m, err := languageModel(r.ctx, s.c, r.node)
	if err != nil {
		return nil, err
	}
	if len(connected(s.c.Workflow, r.node, "ai_vectorStore")) == 0 {
		return nil, node.Errorf("A Vector Store sub-node must be connected to %q and enabled", r.node.Name)
	}
	return &tool{
		name: name, schema: oneText("input", "The question, as a whole sentence"),
		description: fmt.Sprintf("Answers questions about %s. Always use it when you need to know about this: %s. The input is a whole question.", name, about),
		run: func(ctx context.Context, args string) (string, error) {
			x, err := connectedStore(ctx, s, r.node, limit)
			if err != nil {
				return "", err
			}
			defer x.close()
			return x.answer(ctx, prompt{model: m}, answerPrompt, argument(args, "input"))
		},
	}, nil
}

// nodeToolName is a node's own name as models allow it.
func nodeToolName(r *sub) string {
	name := notInNames.ReplaceAllString(r.node.Name, "_")
	return name[:min(len(name), 64)]
}

// storeTool gives a model the documents themselves.
func storeTool(s *session, r *sub) (*tool, error) {
	if mode := storeMode(r.node); mode != "retrieve-as-tool" {
		return nil, node.Errorf("The vector store %q is in the mode %q; to be a tool it must be in the mode 'Retrieve Documents (As Tool for AI Agent)'.", r.node.Name, mode)
	}
	name := nodeToolName(r)
	if own := r.text("toolName", ""); own != "" && r.node.TypeVersion < 1.3 {
		name = notInNames.ReplaceAllString(own, "_")
	}
	limit, metadata := r.whole("topK", defaultLimit), r.flag("includeDocumentMetadata", true)
	return &tool{
		name: name, description: r.text("toolDescription", ""), schema: oneText("input", "What to search for"),
		run: func(ctx context.Context, args string) (string, error) {
			x, err := retrieverOf(ctx, s, r.node, limit)
			if err != nil {
				return "", err
			}
			defer x.close()
			found, err := x.find(ctx, argument(args, "input"))
			if err != nil {
				return "", err
			}
			list := make([]any, len(found))
			for i, m := range found {
				list[i] = documentJSON(m.Document, metadata)
			}
			return string(value.JSON(list)), nil
		},
	}, nil
}

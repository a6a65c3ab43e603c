package ai

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/textsplit"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// connectedSplitter reads the text splitter connected to n; nil if there is none.
func connectedSplitter(ctx context.Context, c *node.Call, n *workflow.Node) (textsplit.Splitter, error) {
	list := connected(c.Workflow, n, "ai_textSplitter")
	if len(list) == 0 {
		return nil, nil
	}
	r := newSub(ctx, c, list[0])
	size := textsplit.Size{Chunk: r.whole("chunkSize", textsplit.DefaultSize), Overlap: r.whole("chunkOverlap", textsplit.DefaultOverlap)}
	separator, language := r.text("separator", ""), r.text("options.splitCode", "")
	if err := r.problem(); err != nil {
		return nil, err
	}
	if err := size.Check(); err != nil {
		return nil, node.Errorf("In %q: %s", r.node.Name, err.Error())
	}
	switch kind(r.node) {
	case "textSplitterCharacterTextSplitter":
		return textsplit.Character{Size: size, Separator: separator}, nil
	case "textSplitterRecursiveCharacterTextSplitter":
		separators := textsplit.Separators(language)
		if separators == nil && language != "" {
			return nil, node.Errorf("The text splitter %q does not know the language %q; it knows %v.", r.node.Name, language, textsplit.Languages())
		}
		return textsplit.Recursive{Size: size, Separators: separators}, nil
	case "textSplitterTokenSplitter":
		if c.Services.Tokenizer == nil {
			return nil, unsupported(r.node, "Here the text splitter")
		}
		return textsplit.Token{Size: size, Pieces: c.Services.Tokenizer.Pieces}, nil
	}
	return nil, unsupported(r.node, "The text splitter")
}

// whole reads a whole number. An object, which some exported workflows have for a
// field that was emptied, is as good as none.
func (s *sub) whole(name string, def int) int {
	switch s.value(name).(type) {
	case nil, float64, string:
	default:
		return def
	}
	if n := s.number(name); n != nil && *n == *n {
		return int(*n)
	}
	return def
}

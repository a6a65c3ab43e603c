package ai

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/textsplit"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// summaryInput gives the parts of an item that are summarised.
type summaryInput struct {
	c        *node.Call
	loader   *loader            // that is connected; nil: the item itself
	splitter textsplit.Splitter // that is connected; nil: by the node's sizes
}

// summarySource reads the loader or the splitter connected to the node.
func summarySource(ctx context.Context, c *node.Call) (*summaryInput, error) {
	x := &summaryInput{c: c}
	var err error
	if c.At(0).String("operationMode", "nodeInputJson") == "documentLoader" {
		x.loader, err = connectedLoader(ctx, c, c.Node)
		return x, err
	}
	x.splitter, err = connectedSplitter(ctx, c, c.Node)
	return x, err
}

func (x *summaryInput) chunks(ctx context.Context, r *node.Reader, it workflow.Item) ([]string, error) {
	var out []string
	if x.loader != nil {
		docs, err := x.loader.load(ctx, r.Item(), it)
		for _, d := range docs {
			out = append(out, d.Content)
		}
		return nonempty(out, err)
	}
	parts, err := x.parts(ctx, r, it)
	if err != nil {
		return nil, err
	}
	splitter := x.splitter
	if splitter == nil {
		size := textsplit.Size{Chunk: r.Int("chunkSize", 1000), Overlap: r.Int("chunkOverlap", 200)}
		if err := size.Check(); err != nil {
			return nil, err
		}
		splitter = textsplit.Recursive{Size: size}
	}
	for _, p := range parts {
		out = append(out, splitter.Split(p.text)...)
	}
	return nonempty(out, r.Err())
}

// nonempty refuses to summarise nothing.
func nonempty(list []string, err error) ([]string, error) {
	if err == nil && len(list) == 0 {
		err = node.Errorf("The item has no text to summarise.")
	}
	return list, err
}

// parts are the texts of an item's JSON or of its file.
func (x *summaryInput) parts(ctx context.Context, r *node.Reader, it workflow.Item) ([]part, error) {
	switch mode := r.String("operationMode", "nodeInputJson"); mode {
	case "nodeInputJson":
		return jsonParts(it.JSON, nil), nil
	case "nodeInputBinary":
		data, f, err := x.c.ReadFile(ctx, it, r.String("options.binaryDataKey", "data"))
		if err != nil {
			return nil, err
		}
		l := &loader{c: x.c, node: x.c.Node}
		return l.file(ctx, newSub(ctx, x.c, x.c.Node), data, f.MimeType)
	default:
		return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "The operation mode %s of the Summarization Chain is not supported.", mode)
	}
}

package ai

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const (
	summaryPrompt = "Write a concise summary of the following:\n\n\n\"{text}\"\n\n\nCONCISE SUMMARY: "
	refinePrompt  = "There is a summary up to a certain point: {existing_answer}\nImprove it, only where needed, with the further text below. If the text adds nothing, give the summary unchanged.\n------------\n{text}\n------------\n\nREFINED SUMMARY: "
	// combineChars is how much text one combining call gets; more is combined in rounds.
	combineChars = 12_000
	maxChunks    = 200
)

// chainSummarization summarises text that may be longer than a model takes.
func chainSummarization() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.chainSummarization", Versions: []float64{2, 2.1}, Name: "Summarization Chain",
			Description: "Transforms text into a concise summary", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "operationMode", Type: "options", Default: "nodeInputJson", Options: []node.Option{{Value: "nodeInputJson", Name: "Use Node Input (JSON)"}, {Value: "nodeInputBinary", Name: "Use Node Input (Binary)"}, {Value: "documentLoader", Name: "Use Document Loader"}}},
				{Name: "chunkingMode", Type: "options", Default: "simple", Options: []node.Option{{Value: "simple", Name: "Simple"}, {Value: "advanced", Name: "Advanced"}}},
				{Name: "chunkSize", Type: "number", Default: 1000.0}, {Name: "chunkOverlap", Type: "number", Default: 200.0},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "binaryDataKey", Type: "string", Default: "data"}, {Name: "summarizationMethodAndPrompts", Type: "fixedCollection"}}},
			},
		},
		Run: runSummarize, Effect: safe,
	}
}

func runSummarize(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	m, err := languageModel(ctx, c, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	source, err := summarySource(ctx, c)
	if err != nil {
		return node.Result{}, err
	}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		chunks, err := source.chunks(ctx, r, it)
		if err != nil {
			return nil, err
		}
		y := &summary{s: s, m: m, item: r.Item()}
		const at = "options.summarizationMethodAndPrompts.values."
		y.part, y.combine = r.String(at+"combineMapPrompt", summaryPrompt), r.String(at+"prompt", summaryPrompt)
		y.refine = r.String(at+"refinePrompt", refinePrompt)
		method := r.String(at+"summarizationMethod", "map_reduce")
		if err := r.Err(); err != nil {
			return nil, err
		}
		out, err := y.run(ctx, method, chunks)
		if err != nil {
			return nil, err
		}
		key := "response"
		if c.Node.TypeVersion >= 2.1 {
			key = "output"
		}
		return []workflow.Item{paired(value.Obj(key, value.Obj("text", out)), r)}, nil
	})
	if err != nil {
		return node.Result{}, err
	}
	return s.result(items), nil
}

// summary is the summarising of one item.
type summary struct {
	s                     *session
	m                     model
	item                  int
	part, combine, refine string
}

func (y *summary) run(ctx context.Context, method string, chunks []string) (string, error) {
	if len(chunks) > maxChunks {
		return "", fault.New(fault.Invalid, fault.CodeRunLimit, "The text has %d parts; at most %d are summarised. Choose larger parts.", len(chunks), maxChunks)
	}
	switch method {
	case "stuff":
		return y.ask(ctx, y.combine, map[string]string{"text": strings.Join(chunks, "\n\n")})
	case "refine":
		return y.refineAll(ctx, chunks)
	default:
		return y.mapReduce(ctx, chunks)
	}
}

func (y *summary) ask(ctx context.Context, template string, values map[string]string) (string, error) {
	reply, err := y.s.chat(ctx, prompt{model: y.m, item: y.item, messages: []node.ChatMessage{{Role: "user", Content: fill(template, values)}}})
	return reply.Message.Content, err
}

func (y *summary) refineAll(ctx context.Context, chunks []string) (string, error) {
	out := ""
	for i, chunk := range chunks {
		template := y.refine
		if i == 0 {
			template = y.combine
		}
		var err error
		if out, err = y.ask(ctx, template, map[string]string{"text": chunk, "existing_answer": out}); err != nil {
			return "", err
		}
	}
	return out, nil
}

// mapReduce summarises every part, and then the summaries, in rounds.
func (y *summary) mapReduce(ctx context.Context, chunks []string) (string, error) {
	if len(chunks) == 1 {
		return y.ask(ctx, y.combine, map[string]string{"text": chunks[0]})
	}
	parts, err := y.each(ctx, y.part, chunks)
	for err == nil && len(parts) > 1 {
		groups := pack(parts, combineChars)
		if len(groups) == len(parts) {
			groups = []string{strings.Join(parts, "\n\n")} // too long to become fewer by groups
		}
		parts, err = y.each(ctx, y.combine, groups)
	}
	if err != nil {
		return "", err
	}
	return parts[0], nil
}

func (y *summary) each(ctx context.Context, template string, texts []string) ([]string, error) {
	out := make([]string, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = y.ask(ctx, template, map[string]string{"text": text}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pack joins neighbouring texts into groups of at most limit bytes.
func pack(texts []string, limit int) []string {
	var groups []string
	for _, text := range texts {
		if n := len(groups); n > 0 && len(groups[n-1])+len(text)+2 <= limit {
			groups[n-1] += "\n\n" + text
			continue
		}
		groups = append(groups, text)
	}
	return groups
}

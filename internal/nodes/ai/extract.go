package ai

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// extractPrompt is the system prompt of the Information Extractor where the author has none.
const extractPrompt = "You extract information from text. Give only what the text says. If the text does not say the value of an attribute, you may leave the attribute out."

// informationExtractor reads data of a given form out of text.
func informationExtractor() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain.informationExtractor", Versions: []float64{1, 1.1, 1.2},
			Name: "Information Extractor", Description: "Extract information from text in a structured format", Group: "ai", Family: node.AI,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "text", Type: "string", Default: ""},
				{Name: "schemaType", Type: "options", Default: "fromAttributes", Options: []node.Option{
					{Value: "fromAttributes", Name: "From Attribute Descriptions"}, {Value: "fromJson", Name: "Generate From JSON Example"}, {Value: "manual", Name: "Define using JSON Schema"}}},
				{Name: "jsonSchemaExample", Type: "json", Default: "{\"state\":\"California\",\"cities\":[\"Los Angeles\",\"San Francisco\",\"San Diego\"]}"},
				{Name: "inputSchema", Type: "json", Default: `{"type":"object","properties":{"state":{"type":"string"},"cities":{"type":"array","items":{"type":"string"}}}}`},
				{Name: "attributes", Type: "fixedCollection", Fields: []node.Param{{Name: "attributes", Type: "collection", Fields: []node.Param{
					{Name: "name", Type: "string"}, {Name: "type", Type: "options", Default: "string"}, {Name: "description", Type: "string"}, {Name: "required", Type: "boolean"},
				}}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{{Name: "systemPromptTemplate", Type: "string"}}},
			},
		},
		Run: runExtract, Effect: safe,
	}
}

func runExtract(ctx context.Context, c *node.Call) (node.Result, error) {
	s := &session{c: c}
	m, err := languageModel(ctx, c, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	schema, err := extractSchema(c.At(0))
	if err != nil {
		return node.Result{}, err
	}
	p := &parser{schema: schema, fix: true, fixer: m}
	items, err := c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		text := r.String("text", "")
		if strings.TrimSpace(text) == "" && r.Err() == nil {
			return nil, node.Errorf("Text for item %d is not defined", r.Item())
		}
		system := r.String("options.systemPromptTemplate", extractPrompt)
		if err := r.Err(); err != nil {
			return nil, err
		}
		out, err := s.ask(ctx, p, ask(m, r, fill(system, nil)+"\n"+p.instructions(), text))
		if err != nil {
			return nil, err
		}
		return []workflow.Item{paired(value.Obj("output", out), r)}, nil
	})
	if err != nil {
		return node.Result{}, err
	}
	return s.result(items), nil
}

// extractSchema is the schema of what is to be found.
func extractSchema(r *node.Reader) (*value.Object, error) {
	var schema *value.Object
	var err error
	switch r.String("schemaType", "fromAttributes") {
	case "fromJson":
		schema, err = parseSchema(r.String("jsonSchemaExample", ""), true)
	case "manual":
		schema, err = parseSchema(r.String("inputSchema", ""), false)
	default:
		list := r.Objects("attributes.attributes")
		if len(list) == 0 && r.Err() == nil {
			return nil, node.Errorf("At least one attribute must be specified")
		}
		schema = schemaOfAttributes(list)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	if err != nil {
		return nil, node.WithDetail(node.Errorf("The schema is not valid JSON"), err.Error())
	}
	return schema, nil
}

// ask is the prompt of a system message and a text.
func ask(m model, r *node.Reader, system, text string) prompt {
	return prompt{model: m, item: r.Item(), messages: []node.ChatMessage{{Role: "system", Content: system}, {Role: "user", Content: text}}}
}

// ask makes a call and reads the answer.
func (s *session) ask(ctx context.Context, p *parser, q prompt) (any, error) {
	reply, err := s.chat(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.read(ctx, p, q.item, reply.Message.Content)
}

package ai

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// parser turns a model's text into data.
type parser struct {
	schema *value.Object // of the whole answer; nil for a list of items
	list   *listParser
	fix    bool  // ask a model to mend an answer that does not fit
	fixer  model // the model to ask
}

// listParser splits an answer into lines.
type listParser struct {
	count     int // -1: any number
	separator string
}

// instructions tell the model what form to answer in.
func (p *parser) instructions() string {
	if p.list != nil {
		many := "any number of"
		if p.list.count > 0 {
			many = fmt.Sprint(p.list.count)
		}
		return fmt.Sprintf("Answer with a list of %s items and nothing else. Separate the items by %q.", many, p.list.separator)
	}
	return "Answer with one JSON value that is valid against the JSON Schema below, and with nothing else: no explanation, no comments, no trailing commas.\n" +
		"Put the JSON value into a Markdown code block. The JSON Schema is:\n```json\n" + string(value.JSON(p.schema)) + "\n```"
}

var fence = regexp.MustCompile("(?s)```(?:json)?\\s*\n(.+?)\n\\s*```")

// parse reads an answer. What does not fit is an error that says why.
func (p *parser) parse(text string) (any, error) {
	if p.list != nil {
		return p.list.parse(text)
	}
	text = strings.TrimSpace(text)
	if m := fence.FindStringSubmatch(text); m != nil {
		if inner := strings.TrimSpace(m[1]); strings.HasPrefix(inner, "{") || strings.HasPrefix(inner, "[") {
			text = inner
		}
	}
	v, err := value.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	if v, err = check(v, p.schema, place{at: "the answer"}); err != nil {
		return nil, err
	}
	return unnest(v), nil
}

// unnest takes off a wrapper that a model put on twice: {"output": {"output": …}}.
func unnest(v any) any {
	outer, _ := v.(*value.Object)
	inner, _ := value.Path(v, "output")
	o, ok := inner.(*value.Object)
	if !ok || outer.Len() != 1 || o.Len() != 1 {
		return v
	}
	if _, twice := o.Get("output"); twice {
		return o
	}
	return v
}

func (l *listParser) parse(text string) (any, error) {
	out := []any{}
	for part := range strings.SplitSeq(text, l.separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	if l.count > 0 && len(out) < l.count {
		return nil, fmt.Errorf("%d items, %d wanted", len(out), l.count)
	}
	if l.count > 0 {
		out = out[:l.count]
	}
	return out, nil
}

// read parses an answer, and asks the model once to mend it if the parser is to.
func (s *session) read(ctx context.Context, p *parser, item int, text string) (any, error) {
	v, err := p.parse(text)
	if err != nil && p.fix {
		reply, cerr := s.chat(ctx, prompt{model: p.fixer, item: item, messages: []node.ChatMessage{{Role: "user", Content: fmt.Sprintf(
			"Instructions:\n--------------\n%s\n--------------\nAnswer:\n--------------\n%s\n--------------\n\nThe answer does not follow the instructions. Error:\n--------------\n%s\n--------------\n\nGive an answer that does. Write nothing but the answer:",
			p.instructions(), text, err)}}})
		if cerr != nil {
			return nil, cerr
		}
		v, err = p.parse(reply.Message.Content)
	}
	if err != nil {
		return nil, node.WithDetail(node.Errorf("Model output doesn't fit required format"), err.Error())
	}
	return v, nil
}

// outputParser reads the parser connected to n; nil if there is none.
func outputParser(ctx context.Context, c *node.Call, n *workflow.Node) (*parser, error) {
	list := connected(c.Workflow, n, "ai_outputParser")
	if len(list) == 0 {
		return nil, nil
	}
	s := newSub(ctx, c, list[0])
	switch kind(s.node) {
	case "outputParserStructured":
		return structured(ctx, s)
	case "outputParserItemList":
		p := &parser{list: &listParser{count: -1, separator: "\n"}}
		if count := s.number("options.numberOfItems"); count != nil {
			p.list.count = int(*count)
		}
		p.list.separator = strings.ReplaceAll(s.text("options.separator", "\n"), `\n`, "\n")
		return p, s.problem()
	case "outputParserAutofixing":
		p, err := outputParser(ctx, c, s.node)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, node.Errorf("An output parser must be connected to %q.", s.node.Name)
		}
		p.fix = true
		p.fixer, err = languageModel(ctx, c, s.node)
		return p, err
	}
	return nil, unsupported(s.node, "The output parser")
}

// structured reads the structured output parser. Its answer is wrapped in
// "output", which is optional before version 1.3.
func structured(ctx context.Context, s *sub) (*parser, error) {
	var inner *value.Object
	version := s.node.TypeVersion
	text, example := "", false
	switch {
	case version < 1.2:
		text = s.text("jsonSchema", "")
	case s.text("schemaType", "fromJson") == "manual":
		text = s.text("inputSchema", "")
	default:
		text, example = s.text("jsonSchemaExample", `{"state":"California","cities":["Los Angeles","San Francisco","San Diego"]}`), true
	}
	if err := s.problem(); err != nil {
		return nil, err
	}
	inner, err := parseSchema(text, example)
	if err != nil {
		return nil, node.WithDetail(node.Errorf("The schema of %q is not valid JSON", s.node.Name), err.Error())
	}
	p := &parser{schema: value.Obj("type", "object", "properties", value.Obj("output", inner))}
	if version == 1 {
		p.schema = inner // the first version took the wrapper off again
	}
	if version >= 1.3 {
		p.schema.Set("required", []any{"output"})
		p.fix = s.flag("autoFix", false)
	}
	if p.fix {
		p.fixer, err = languageModel(ctx, s.c, s.node)
	}
	return p, err
}

// parseSchema reads a JSON schema, or an example of the data.
func parseSchema(text string, example bool) (*value.Object, error) {
	v, err := value.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	if example {
		return schemaOfExample(v, 0), nil
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, fmt.Errorf("a JSON schema is an object, not %s", value.KindOf(v))
	}
	return o, nil
}

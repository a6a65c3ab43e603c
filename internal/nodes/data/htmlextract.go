package data

import (
	"context"
	"regexp"
	"strings"

	"github.com/andybalholm/cascadia"
	dom "golang.org/x/net/html"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func htmlExtract() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.htmlExtract", Versions: []float64{1}, Name: "HTML Extract",
			Description: "Extracts parts of HTML by CSS selectors (old workflows).",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "sourceData", Type: "options", Default: "json", Description: "Where the HTML is: json or binary."},
				{Name: "dataPropertyName", Type: "string", Default: "data", Description: "The field or file with the HTML."},
				{Name: "extractionValues", Type: "fixedCollection", Default: map[string]any{}, Description: "The parts: key, cssSelector, returnValue (attribute, html, text, value), attribute, returnArray."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "trimValues."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) { return one(extract(ctx, c)) },
	}
}

func extract(ctx context.Context, c *node.Call) ([]workflow.Item, error) {
	return c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		texts, err := sourceHTML(ctx, c, r, it)
		if err != nil {
			return nil, err
		}
		x := extraction{
			trim: node.Truthy(option(r, "trimValues")), clean: node.Truthy(option(r, "cleanUpText")),
			wrapped: c.Node.Type == "n8n-nodes-base.html" && c.Node.TypeVersion >= 1.2, old: c.Node.Type == "n8n-nodes-base.htmlExtract",
		}
		parts := r.Objects("extractionValues.values")
		if r.Err() != nil {
			return nil, r.Err()
		}
		var out []workflow.Item
		for _, text := range texts {
			markup, err := markupOf(text)
			if err != nil {
				return nil, err
			}
			o, err := x.run(markup, parts)
			if err != nil {
				return nil, err
			}
			out = append(out, derived(r.Item(), o))
		}
		return out, nil
	})
}

// sourceHTML finds the texts to look through: one, or a list of them.
func sourceHTML(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item) ([]any, error) {
	name := r.String("dataPropertyName", "data")
	if r.String("sourceData", "json") != "json" {
		data, _, err := c.ReadFile(ctx, it, name)
		return []any{string(data)}, err
	}
	v, ok := it.JSON.Get(name)
	if !ok && (c.Node.Type != "n8n-nodes-base.html" || c.Node.TypeVersion > 1) {
		v, ok = field.Get(it.JSON, name)
	}
	if !ok {
		return nil, node.Errorf("No property named %q exists!", name)
	}
	if list, ok := v.([]any); ok {
		return list, nil
	}
	return []any{v}, nil
}

// markupOf is the HTML of a value. n8n takes an object or a list for a document that
// was read before, in which nothing is found, and refuses numbers and the like.
func markupOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case nil:
		return "", node.WithDetail(node.Errorf("cheerio.load() expects a string"), "The field with the HTML is empty.")
	case float64, bool:
		return "", notHTML(v)
	case []any:
		if len(v) > 0 {
			switch first := v[0].(type) {
			case string, float64, bool:
				return "", notHTML(first)
			case nil:
				return "", node.Errorf("Cannot read properties of null (reading 'parent')")
			}
		}
	}
	return "", nil
}

func notHTML(v any) error {
	return node.WithDetail(node.Errorf("Cannot create property 'prev' on %s '%s'", value.KindOf(v), node.JSString(v)),
		"The field with the HTML must be a text or a list of texts.")
}

// extraction are the rules for all parts.
type extraction struct {
	trim, clean bool
	wrapped     bool // text is laid out as a plain-text mail would be
	old         bool // no text is an empty text
}

func (x extraction) run(text string, parts []*value.Object) (*value.Object, error) {
	if len(text) > maxText {
		return nil, node.Errorf("The HTML is longer than %d MB.", maxText>>20)
	}
	doc, err := dom.Parse(strings.NewReader(text))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The HTML cannot be read.")
	}
	out := value.NewObject(len(parts))
	for _, p := range parts {
		selector := strings.TrimSpace(node.Get(p, "cssSelector", ""))
		found, err := query(doc, selector)
		if err != nil {
			return nil, err
		}
		key := node.Get(p, "key", "")
		if many, _ := p.Get("returnArray"); node.Truthy(many) {
			list := []any{}
			for _, n := range found {
				v, _ := x.get([]*dom.Node{n}, p)
				list = append(list, v)
			}
			out.Set(key, list)
			continue
		}
		if v, ok := x.get(found, p); ok {
			out.Set(key, v)
		} else {
			out.Delete(key) // of an earlier part with the same key
		}
	}
	return out, nil
}

func query(doc *dom.Node, selector string) ([]*dom.Node, error) {
	if selector == "" {
		return nil, nil
	}
	s, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "%q is not a CSS selector that is understood here.", selector)
	}
	return cascadia.QueryAll(doc, s), nil
}

// get takes what a part asks for from the elements; false for undefined.
func (x extraction) get(found []*dom.Node, p *value.Object) (any, bool) {
	v, ok := x.raw(found, p)
	if !ok {
		return nil, false
	}
	if x.trim {
		v = strings.TrimSpace(v)
	}
	if x.clean {
		v = strings.TrimSpace(v)
		v = lineBreaks.ReplaceAllString(v, "")
		v = blanks.ReplaceAllString(v, " ")
	}
	return v, true
}

var (
	lineBreaks = regexp.MustCompile(`\r\n|\n|\r`)
	blanks     = regexp.MustCompile(`[\s\p{Zs}]+`)
)

func (x extraction) raw(found []*dom.Node, p *value.Object) (string, bool) {
	switch node.Get(p, "returnValue", "text") {
	case "attribute":
		if len(found) == 0 {
			return "", false
		}
		return attribute(found[0], node.Get(p, "attribute", ""))
	case "html":
		s := inner(found)
		return s, s != ""
	case "value":
		if len(found) == 0 {
			return "", false
		}
		return attribute(found[0], "value")
	}
	if x.wrapped {
		return plainText(inner(found), node.Get(p, "skipSelectors", "")), true
	}
	var b strings.Builder
	for _, n := range found {
		allText(n, &b)
	}
	return b.String(), b.Len() > 0 || x.old
}

func attribute(n *dom.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// inner is the HTML inside the first element.
func inner(found []*dom.Node) string {
	if len(found) == 0 {
		return ""
	}
	var b strings.Builder
	for c := found[0].FirstChild; c != nil; c = c.NextSibling {
		render(&b, c, 0)
	}
	return b.String()
}

func allText(n *dom.Node, b *strings.Builder) {
	if n.Type == dom.TextNode {
		b.WriteString(n.Data)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		allText(c, b)
	}
}

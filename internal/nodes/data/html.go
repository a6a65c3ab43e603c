package data

import (
	"context"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func html() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.html", Versions: []float64{1, 1.1, 1.2}, Name: "HTML",
			Description: "Fills an HTML template, extracts parts of HTML by CSS selectors, or makes a table.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "generateHtmlTemplate", Description: "generateHtmlTemplate, extractHtmlContent or convertToHtmlTable."},
				{Name: "html", Type: "string", Default: "", Description: "The template, with expressions in {{ }}."},
				{Name: "sourceData", Type: "options", Default: "json", Description: "Where the HTML is: json or binary."},
				{Name: "dataPropertyName", Type: "string", Default: "data", Description: "The field or file with the HTML."},
				{Name: "extractionValues", Type: "fixedCollection", Default: map[string]any{}, Description: "The parts: key, cssSelector, returnValue (attribute, html, text, value), attribute, skipSelectors, returnArray."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "trimValues, cleanUpText; of tables: caption, capitalize, customStyling, …Attributes."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			switch op := c.At(0).String("operation", "generateHtmlTemplate"); op {
			case "generateHtmlTemplate":
				return one(c.Each(ctx, c.Items(), fillTemplate(c)))
			case "extractHtmlContent":
				return one(extract(ctx, c))
			case "convertToHtmlTable":
				return one(htmlTable(c))
			default:
				return node.Result{}, node.Errorf("The operation %q of HTML is not known.", op)
			}
		},
	}
}

// resolvable is one {{ }} block.
var resolvable = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// fillTemplate evaluates each {{ }} and puts its text in its place, by
// JavaScript's String(v) and the patterns of its replace ($&, $$).
func fillTemplate(c *node.Call) func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
	return func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		text := r.String("html", "")
		if r.Err() != nil {
			return nil, r.Err()
		}
		for _, block := range resolvable.FindAllString(text, -1) {
			v, ok, err := c.Evaluate(block, r.Item())
			if err != nil {
				return nil, err
			}
			with := "undefined"
			if ok {
				with = node.JSString(v)
			}
			at := strings.Index(text, block)
			if at < 0 {
				continue
			}
			before, after := text[:at], text[at+len(block):]
			with = strings.NewReplacer("$$", "$", "$&", block, "$`", before, "$'", after).Replace(with)
			if len(before)+len(with)+len(after) > maxText {
				return nil, node.Errorf("The HTML is longer than %d MB.", maxText>>20)
			}
			text = before + with + after
		}
		return []workflow.Item{derived(r.Item(), value.Obj("html", text))}, nil
	}
}

// The styles that n8n gives to tables.
const (
	tableStyle  = "style='border-spacing:0; font-family:helvetica,arial,sans-serif'"
	headerStyle = "style='margin:0; padding:7px 20px 7px 0px; border-bottom:1px solid #eee; text-align:left; color:#888; font-weight:normal'"
	cellStyle   = "style='margin:0; padding:7px 20px 7px 0px; border-bottom:1px solid #eee'"
)

func htmlTable(c *node.Call) ([]workflow.Item, error) {
	r, items := c.At(0), c.Items()
	styles := [3]string{tableStyle, headerStyle, cellStyle}
	if node.Truthy(option(r, "customStyling")) {
		styles = [3]string{}
	}
	columns := value.NewObject(8)
	for _, it := range items {
		for k := range it.JSON.All() {
			columns.Set(k, nil)
		}
	}
	var b strings.Builder
	b.WriteString("<table " + styles[0] + " " + node.Text(option(r, "tableAttributes")) + ">")
	if caption := node.Text(option(r, "caption")); caption != "" {
		b.WriteString("<caption>" + caption + "</caption>")
	}
	b.WriteString("<thead " + styles[1] + " " + node.Text(option(r, "headerAttributes")) + "><tr>")
	for _, k := range columns.Keys() {
		if node.Truthy(option(r, "capitalize")) {
			k = capitalized(k)
		}
		b.WriteString("<th>" + k + "</th>")
	}
	b.WriteString("</tr></thead><tbody>")
	for i, it := range items {
		row := c.At(i)
		b.WriteString("<tr  " + node.Text(option(row, "rowAttributes")) + ">")
		for _, k := range columns.Keys() {
			b.WriteString("<td " + styles[2] + " " + node.Text(option(row, "cellAttributes")) + ">" + cell(it.JSON, k) + "</td>")
		}
		b.WriteString("</tr>")
		if row.Err() != nil {
			return nil, row.Err()
		}
	}
	b.WriteString("</tbody></table>")
	return []workflow.Item{{JSON: value.Obj("table", b.String()), Paired: workflow.PairedWithAll(len(items))}}, r.Err()
}

func cell(o *value.Object, name string) string {
	v, ok := o.Get(name)
	if !ok {
		return "undefined"
	}
	if checked, ok := v.(bool); ok {
		mark := ""
		if checked {
			mark = `checked="checked"`
		}
		return `<input type="checkbox" ` + mark + "/>"
	}
	return node.JSString(v)
}

// capitalized turns first_name into First Name.
func capitalized(name string) string {
	var words []string
	for w := range strings.SplitSeq(name, "_") {
		if w != "" {
			words = append(words, strings.ToUpper(w[:1])+w[1:])
		}
	}
	return strings.Join(words, " ")
}

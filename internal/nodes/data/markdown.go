package data

import (
	"bytes"
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	mdhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func markdown() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.markdown", Versions: []float64{1}, Name: "Markdown",
			Description: "Turns Markdown into HTML and back.",
			Group:       "output", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "mode", Type: "options", Default: "htmlToMarkdown", Description: "htmlToMarkdown or markdownToHtml."},
				{Name: "html", Type: "string", Default: "", Description: "The HTML."},
				{Name: "markdown", Type: "string", Default: "", Description: "The Markdown."},
				{Name: "destinationKey", Type: "string", Default: "data", Description: "The field that gets the result."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "ghCompatibleHeaderId, headerLevelStart, noHeaderId, openLinksInNewWindow, prefixHeaderId, simpleLineBreaks, simplifiedAutoLink, strikethrough, tables, tasklists."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			toHTML := c.At(0).String("mode", "htmlToMarkdown") == "markdownToHtml"
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				v, err := converted(c, r, toHTML)
				if err != nil {
					return nil, err
				}
				out := derived(r.Item(), it.JSON.Shallow()) // without files, as in n8n
				if v == undefined {
					return []workflow.Item{out}, nil
				}
				return []workflow.Item{out}, field.Set(out.JSON, r.String("destinationKey", "data"), v)
			}))
		},
	}
}

// undefined is the result where there is nothing to convert, not even null: no field.
var undefined = new(struct{ _ byte })

// converted is the text in the other form. What is no Markdown at all (null, 0, false)
// stays as it is.
func converted(c *node.Call, r *node.Reader, toHTML bool) (any, error) {
	name := "html"
	if toHTML {
		name = "markdown"
	}
	v, set, err := c.ParamDefined(name, r.Item())
	switch {
	case err != nil:
		return nil, err
	case toHTML && !set:
		return undefined, nil
	case toHTML && !node.Truthy(v):
		return v, nil
	}
	s, isText := v.(string)
	switch {
	case v == nil:
		return nil, node.Errorf("Cannot convert undefined or null to object")
	case toHTML && !isText:
		return nil, node.WithDetail(node.Errorf("text.replace is not a function"), "The Markdown must be a text.")
	case !isText:
		return eachToMarkdown(v)
	case len(s) > maxText:
		return nil, node.Errorf("The text is longer than %d MB.", maxText>>20)
	}
	if toHTML {
		return markdownToHTML(s, r.Object("options"))
	}
	return htmlToMarkdown(s), nil
}

// eachToMarkdown takes what is no text for a collection of texts by name, as n8n's
// converter does: of a list the names are its indexes, and a number has none.
func eachToMarkdown(v any) (any, error) {
	out := value.NewObject(4)
	set := func(name string, x any) error {
		s := node.JSString(x)
		switch {
		case x == nil:
			return node.Errorf("Cannot read properties of null (reading 'length')")
		case len(s) > maxText:
			return node.Errorf("The text is longer than %d MB.", maxText>>20)
		}
		out.Set(name, htmlToMarkdown(s))
		return nil
	}
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			if err := set(strconv.Itoa(i), x); err != nil {
				return nil, err
			}
		}
	case *value.Object:
		for k, x := range v.All() {
			if err := set(k, x); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// markdownToHTML gives the HTML that Showdown gives for common Markdown: headings
// with ids, quotes as they are, HTML let through.
func markdownToHTML(s string, options *value.Object) (string, error) {
	on := func(name string) bool { return truthyOr(options, name, false) }
	var ext []goldmark.Extender
	for name, e := range map[string]goldmark.Extender{
		"tables": extension.Table, "strikethrough": extension.Strikethrough, "tasklists": extension.TaskList, "simplifiedAutoLink": extension.Linkify,
	} {
		if on(name) {
			ext = append(ext, e)
		}
	}
	render := []renderer.Option{mdhtml.WithXHTML(), mdhtml.WithUnsafe(), mdhtml.WithWriter(lightWriter{mdhtml.DefaultWriter})}
	if on("simpleLineBreaks") {
		render = append(render, mdhtml.WithHardWraps())
	}
	var parse []parser.Option
	if !on("noHeaderId") {
		parse = append(parse, parser.WithAutoHeadingID())
	}
	md := goldmark.New(goldmark.WithExtensions(ext...), goldmark.WithRendererOptions(render...), goldmark.WithParserOptions(parse...))
	var out bytes.Buffer
	ids := &headingIDs{seen: map[string]int{}, prefix: node.Get(options, "prefixHeaderId", ""), github: on("ghCompatibleHeaderId")}
	if !on("disableForced4SpacesIndentedSublists") {
		s = flatLists(s)
	}
	if !on("literalMidWordUnderscores") {
		s = wordMarks(s)
	}
	if err := md.Convert([]byte(s), &out, parser.WithContext(parser.NewContext(parser.WithIDs(ids)))); err != nil {
		return "", fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The Markdown cannot be read.")
	}
	text := showdown.Replace(strings.TrimRight(out.String(), "\n"))
	text = indentQuotes(text)
	text = codeClass.ReplaceAllString(text, `<code class="$1 language-$1">`)
	if on("openLinksInNewWindow") {
		text = strings.ReplaceAll(text, `<a href="`, `<a rel="noopener noreferrer" target="_blank" href="`)
	}
	return text, nil
}

// What Showdown writes in another way: entries of loose lists on one line, and
// the language of code twice.
var (
	showdown  = strings.NewReplacer("<li>\n<p>", "<li><p>", "</p>\n</li>", "</p></li>")
	codeClass = regexp.MustCompile(`<code class="language-([^"]*)">`)
)

// shallowEntry is an entry of a list with less than four spaces before it.
var shallowEntry = regexp.MustCompile(`^ {1,3}((?:[-*+]|\d+\.)[ \t])`)

// flatLists takes the spaces away from entries that Showdown does not nest.
func flatLists(s string) string {
	lines, fenced := strings.Split(s, "\n"), false
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		if !fenced {
			lines[i] = shallowEntry.ReplaceAllString(line, "$1")
		}
	}
	return strings.Join(lines, "\n")
}

// wordMark finds a_b_c; code, links and addresses are passed over.
var wordMark = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`|\\]\\([^)\n]*\\)|<[^>\n]*>|https?://\\S+|[A-Za-z0-9]_[^\\s_][^_\n]*_")

// wordMarks makes emphasis of underscores inside words, as Showdown does.
func wordMarks(s string) string {
	return wordMark.ReplaceAllStringFunc(s, func(m string) string {
		if len(m) < 4 || m[1] != '_' || strings.ContainsAny(m[len(m)-2:len(m)-1], " \t") {
			return m
		}
		return m[:1] + "*" + m[2:len(m)-1] + "*"
	})
}

// indentQuotes indents what is in a blockquote by two spaces, code apart.
func indentQuotes(s string) string {
	if !strings.Contains(s, "<blockquote>") {
		return s
	}
	lines, depth, code := strings.Split(s, "\n"), 0, false
	for i, line := range lines {
		if line == "</blockquote>" && depth > 0 {
			depth--
		}
		if !code {
			lines[i] = strings.Repeat("  ", depth) + line
		}
		if line == "<blockquote>" {
			depth++
		}
		if strings.Contains(line, "<pre>") {
			code = true
		}
		if strings.Contains(line, "</pre>") {
			code = false
		}
	}
	return strings.Join(lines, "\n")
}

// lightWriter escapes no more than it must: quotes and > stay.
type lightWriter struct{ mdhtml.Writer }

func (w lightWriter) Write(b util.BufWriter, source []byte) {
	light(b, func(b util.BufWriter) { w.Writer.Write(b, source) }, "&gt;", ">", "&quot;", `"`)
}

func (w lightWriter) RawWrite(b util.BufWriter, source []byte) {
	light(b, func(b util.BufWriter) { w.Writer.RawWrite(b, source) }, "&quot;", `"`)
}

func light(to util.BufWriter, write func(util.BufWriter), pairs ...string) {
	var buf bytes.Buffer
	w := bufWriter{&buf}
	write(w)
	_, _ = to.WriteString(strings.NewReplacer(pairs...).Replace(buf.String()))
}

// bufWriter makes a bytes.Buffer fit goldmark's writers.
type bufWriter struct{ *bytes.Buffer }

func (bufWriter) Flush() error  { return nil }
func (bufWriter) Buffered() int { return 0 }

// headingIDs makes ids of headings: letters and digits in lower case.
type headingIDs struct {
	seen   map[string]int
	prefix string
	github bool
}

var (
	notIDChar = regexp.MustCompile(`\W`)
	notGHChar = regexp.MustCompile("[&+$,/:;=?@\"#{}|^¨~\\[\\]`\\\\*)(%.!'<>]")
)

// Generate implements parser.IDs.
func (h *headingIDs) Generate(text []byte, _ ast.NodeKind) []byte {
	id := h.prefix + strings.TrimSpace(string(text))
	if h.github {
		id = notGHChar.ReplaceAllString(strings.ReplaceAll(id, " ", "-"), "")
	} else {
		id = notIDChar.ReplaceAllString(id, "")
	}
	id = strings.ToLower(id)
	n := h.seen[id]
	h.seen[id]++
	if n > 0 {
		id += "-" + strconv.Itoa(n)
	}
	return []byte(id)
}

// Put implements parser.IDs.
func (h *headingIDs) Put(id []byte) { h.seen[string(id)]++ }

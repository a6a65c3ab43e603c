package page

import (
	"html/template"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// allowed is the HTML that authors may write: text, lists, tables and links to
// web pages and mail. Nothing runs, nothing is loaded, nothing can be sent.
var allowed = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("b", "strong", "i", "em", "u", "s", "small", "mark", "sub", "sup", "code", "pre", "kbd", "br", "hr", "p", "div", "span",
		"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th")
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^\d{1,3}$`)).OnElements("td", "th")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(?:row|col)$`)).OnElements("th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}()

// HTML makes an author's HTML safe. Line breaks stay ones.
func HTML(text string) template.HTML {
	text = strings.ReplaceAll(text, `\n`, "\n") // n8n's forms take both
	clean := strings.TrimSpace(allowed.Sanitize(text))
	return template.HTML(strings.ReplaceAll(clean, "\n", "<br>"))
}

// Markup is HTML for a document of the author's own, in which line breaks are
// only layout if it has blocks.
func Markup(text string) template.HTML {
	if strings.Contains(text, "</") {
		return template.HTML(allowed.Sanitize(text))
	}
	return HTML(text)
}

// Plain is text as it is, its line breaks kept.
func Plain(text string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(text), "\n", "<br>"))
}

package data

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlToMarkdown writes HTML as Markdown: the marks of node-html-markdown.
func htmlToMarkdown(s string) string {
	doc, err := dom.Parse(strings.NewReader(s))
	if err != nil {
		return s
	}
	m := &marker{}
	m.children(doc, 0)
	return strings.TrimSpace(manyBreaks.ReplaceAllString(string(m.out), "\n\n"))
}

var (
	manyBreaks = regexp.MustCompile(`\n{3,}`)
	special    = regexp.MustCompile("[\\\\`*_~\\[\\]]")
	lineStart  = regexp.MustCompile(`(?m)^(\s*?)((?:\+\s)|(?:[=>-])|(?:#{1,6}\s))`)
	numbered   = regexp.MustCompile(`(?m)^(\s*\d+)(\.\s)`)
)

// marker writes Markdown.
type marker struct {
	out   []byte
	pre   bool
	lists []int // the number of the next entry, 0 for bullets
}

func (m *marker) children(n *dom.Node, depth int) {
	if depth > maxTags {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		m.node(c, depth+1)
	}
}

// around writes an element's content between two marks, if it has any.
func (m *marker) around(n *dom.Node, depth int, before, after string) {
	inner := &marker{pre: m.pre, lists: m.lists}
	inner.children(n, depth)
	text := string(inner.out)
	if trimmed := strings.TrimSpace(text); trimmed != "" {
		if strings.HasPrefix(text, " ") {
			m.space()
		}
		m.write(before + trimmed + after)
		if strings.HasSuffix(text, " ") {
			m.write(" ")
		}
	}
}

func (m *marker) write(s string) { m.out = append(m.out, s...) }

func (m *marker) space() {
	if n := len(m.out); n > 0 && m.out[n-1] != ' ' && m.out[n-1] != '\n' {
		m.write(" ")
	}
}

// breaks makes sure that n line breaks, one or two, stand at the end.
func (m *marker) breaks(n int) {
	s := bytes.TrimRight(m.out, " ")
	have := len(s) - len(bytes.TrimRight(s, "\n"))
	if len(s) == 0 || have >= n {
		return
	}
	m.out = append(s, "\n\n"[:n-have]...)
}

func (m *marker) node(n *dom.Node, depth int) {
	if n.Type == dom.TextNode {
		m.text(n.Data)
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Noscript:
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		m.block(n, depth, strings.Repeat("#", int(n.Data[1]-'0'))+" ")
	case atom.Strong, atom.B:
		m.around(n, depth, "**", "**")
	case atom.Em, atom.I:
		m.around(n, depth, "_", "_")
	case atom.Del, atom.S, atom.Strike:
		m.around(n, depth, "~~", "~~")
	case atom.Code:
		m.code(n, depth)
	case atom.Pre:
		m.fence(n)
	case atom.A:
		m.link(n, depth)
	case atom.Img:
		src, _ := attribute(n, "src")
		alt, _ := attribute(n, "alt")
		m.write("![" + alt + "](" + src + ")")
	case atom.Br:
		m.write("  \n")
	case atom.Hr:
		m.breaks(2)
		m.write("---")
		m.breaks(2)
	case atom.Ul, atom.Ol:
		m.list(n, depth)
	case atom.Li:
		m.entry(n, depth)
	case atom.Blockquote:
		m.quoted(n, depth)
	case atom.Table:
		m.table(n, depth)
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Form, atom.Figure, atom.Address, atom.Dl:
		m.block(n, depth, "")
	default:
		m.children(n, depth)
	}
}

func (m *marker) block(n *dom.Node, depth int, before string) {
	m.breaks(2)
	m.around(n, depth, before, "")
	m.breaks(2)
}

// text escapes what Markdown would read as a mark.
func (m *marker) text(s string) {
	if m.pre {
		m.write(s)
		return
	}
	lead := s != "" && strings.ContainsAny(s[:1], " \t\r\n")
	tail := s != "" && strings.ContainsAny(s[len(s)-1:], " \t\r\n")
	words := strings.Join(strings.Fields(s), " ")
	if words == "" {
		if lead {
			m.space()
		}
		return
	}
	if lead {
		m.space()
	}
	words = special.ReplaceAllString(words, `\$0`)
	if n := len(m.out); n == 0 || m.out[n-1] == '\n' {
		words = lineStart.ReplaceAllString(words, `$1\$2`)
		words = numbered.ReplaceAllString(words, `$1\$2`)
	}
	m.write(words)
	if tail {
		m.write(" ")
	}
}

func (m *marker) code(n *dom.Node, depth int) {
	var b strings.Builder
	allText(n, &b)
	if m.pre {
		m.children(n, depth)
		return
	}
	fence := "`"
	if strings.Contains(b.String(), "`") {
		fence = "``"
	}
	m.write(fence + b.String() + fence)
}

func (m *marker) fence(n *dom.Node) {
	var b strings.Builder
	allText(n, &b)
	if c := n.FirstChild; c == nil || c.DataAtom != atom.Code {
		m.breaks(2)
		m.write(b.String())
		m.breaks(2)
		return
	}
	lang := ""
	if c := n.FirstChild; c != nil && c.DataAtom == atom.Code {
		class, _ := attribute(c, "class")
		if _, after, ok := strings.Cut(class, "language-"); ok {
			lang, _, _ = strings.Cut(after, " ")
		}
	}
	m.breaks(2)
	m.write("```" + lang + "\n" + strings.TrimRight(b.String(), "\n") + "\n```")
	m.breaks(2)
}

func (m *marker) link(n *dom.Node, depth int) {
	href, ok := attribute(n, "href")
	if !ok || href == "" {
		m.children(n, depth)
		return
	}
	title, _ := attribute(n, "title")
	if title != "" {
		title = ` "` + title + `"`
	}
	var b strings.Builder
	allText(n, &b)
	if strings.TrimSpace(b.String()) == href && title == "" {
		m.write("<" + href + ">")
		return
	}
	m.around(n, depth, "[", "]("+strings.NewReplacer("(", `\(`, ")", `\)`).Replace(href)+title+")")
}

func (m *marker) list(n *dom.Node, depth int) {
	if len(m.lists) == 0 {
		m.breaks(2)
	} else {
		m.breaks(1)
	}
	first := 0
	if n.DataAtom == atom.Ol {
		first = 1
	}
	m.lists = append(m.lists, first)
	m.children(n, depth)
	m.lists = m.lists[:len(m.lists)-1]
	m.breaks(1)
}

func (m *marker) entry(n *dom.Node, depth int) {
	m.breaks(1)
	mark, level := "* ", max(len(m.lists), 1)
	if len(m.lists) > 0 && m.lists[level-1] > 0 {
		mark = fmt.Sprintf("%d. ", m.lists[level-1])
		m.lists[level-1]++
	}
	m.write(strings.Repeat("  ", level-1) + mark)
	inner := &marker{lists: m.lists}
	inner.children(n, depth)
	m.write(strings.TrimSpace(string(inner.out)))
	m.breaks(1)
}

func (m *marker) quoted(n *dom.Node, depth int) {
	inner := &marker{}
	inner.children(n, depth)
	m.breaks(2)
	for i, line := range strings.Split(strings.TrimSpace(string(inner.out)), "\n") {
		if i > 0 {
			m.write("\n")
		}
		m.write("> " + line)
	}
	m.breaks(2)
}

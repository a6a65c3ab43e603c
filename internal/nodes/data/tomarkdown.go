package data

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

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
	return strings.TrimSpace(manyBreaks.ReplaceAllString(m.b.String(), "\n\n"))
}

var (
	manyBreaks = regexp.MustCompile(`\n{3,}`)
	special    = regexp.MustCompile("[\\\\`*_~\\[\\]]")
	lineStart  = regexp.MustCompile(`(?m)^(\s*?)((?:\+\s)|(?:[=>-])|(?:#{1,6}\s))`)
	numbered   = regexp.MustCompile(`(?m)^(\s*\d+)(\.\s)`)
)

// marker writes Markdown.
type marker struct {
	b     strings.Builder
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
	text := inner.b.String()
	if trimmed := strings.TrimSpace(text); trimmed != "" {
		if strings.HasPrefix(text, " ") {
			m.space()
		}
		m.b.WriteString(before + trimmed + after)
		if strings.HasSuffix(text, " ") {
			m.b.WriteString(" ")
		}
	}
}

func (m *marker) space() {
	if s := m.b.String(); s != "" && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, "\n") {
		m.b.WriteByte(' ')
	}
}

// breaks makes sure that n line breaks stand at the end.
func (m *marker) breaks(n int) {
	s := strings.TrimRight(m.b.String(), " ")
	have := len(s) - len(strings.TrimRight(s, "\n"))
	if s == "" || have >= n {
		return
	}
	m.b.Reset()
	m.b.WriteString(s + strings.Repeat("\n", n-have))
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
		m.b.WriteString("![" + alt + "](" + src + ")")
	case atom.Br:
		m.b.WriteString("  \n")
	case atom.Hr:
		m.breaks(2)
		m.b.WriteString("---")
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
		m.b.WriteString(s)
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
	if at := m.b.String(); at == "" || strings.HasSuffix(at, "\n") {
		words = lineStart.ReplaceAllString(words, `$1\$2`)
		words = numbered.ReplaceAllString(words, `$1\$2`)
	}
	m.b.WriteString(words)
	if tail {
		m.b.WriteByte(' ')
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
	m.b.WriteString(fence + b.String() + fence)
}

func (m *marker) fence(n *dom.Node) {
	var b strings.Builder
	allText(n, &b)
	if c := n.FirstChild; c == nil || c.DataAtom != atom.Code {
		m.breaks(2)
		m.b.WriteString(b.String())
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
	m.b.WriteString("```" + lang + "\n" + strings.TrimRight(b.String(), "\n") + "\n```")
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
		m.b.WriteString("<" + href + ">")
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
	m.b.WriteString(strings.Repeat("  ", level-1) + mark)
	inner := &marker{lists: m.lists}
	inner.children(n, depth)
	m.b.WriteString(strings.TrimSpace(inner.b.String()))
	m.breaks(1)
}

func (m *marker) quoted(n *dom.Node, depth int) {
	inner := &marker{}
	inner.children(n, depth)
	m.breaks(2)
	for i, line := range strings.Split(strings.TrimSpace(inner.b.String()), "\n") {
		if i > 0 {
			m.b.WriteByte('\n')
		}
		m.b.WriteString("> " + line)
	}
	m.breaks(2)
}

// table writes rows; the first one is the head.
func (m *marker) table(n *dom.Node, depth int) {
	var rows [][]string
	var walk func(*dom.Node, int)
	walk = func(n *dom.Node, depth int) {
		if depth > maxTags {
			return
		}
		if n.DataAtom == atom.Tr {
			rows = append(rows, m.row(n, depth))
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(n, depth)
	m.breaks(2)
	widths := columnWidths(rows)
	for i, row := range rows {
		m.line(row, widths, " ")
		if i == 0 {
			m.line(make([]string, len(widths)), widths, "-")
		}
	}
	m.breaks(2)
}

func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 1)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// line writes a row with its cells filled up to the columns' widths.
func (m *marker) line(row []string, widths []int, fill string) {
	m.b.WriteString("|")
	for i, w := range widths {
		cell := ""
		if i < len(row) {
			cell = row[i]
		}
		m.b.WriteString(" " + cell + strings.Repeat(fill, w-utf8.RuneCountInString(cell)) + " |")
	}
	m.b.WriteString("\n")
}

func (m *marker) row(n *dom.Node, depth int) []string {
	var cells []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			inner := &marker{}
			inner.children(c, depth)
			cells = append(cells, strings.ReplaceAll(strings.Join(strings.Fields(inner.b.String()), " "), "|", `\|`))
		}
	}
	return cells
}

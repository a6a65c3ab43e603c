package data

import (
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// wrapAt is the length at which lines of plain text are broken.
const wrapAt = 80

// maxTags bounds how deep HTML is followed.
const maxTags = 400

// PlainText is HTML as text, all of it.
func PlainText(html string) string { return plainText(html, "") }

// plainText lays HTML out as text: headings in capitals, paragraphs apart, lists
// with marks, links with their address, lines of at most 80 characters. Elements
// that the selectors match are left out.
func plainText(html, skip string) string {
	doc, err := dom.Parse(strings.NewReader(html))
	if err != nil {
		return ""
	}
	p := &plain{skip: map[*dom.Node]bool{}}
	for s := range strings.SplitSeq(skip, ",") {
		if sel, err := cascadia.ParseGroup(strings.TrimSpace(s)); err == nil {
			for _, n := range cascadia.QueryAll(doc, sel) {
				p.skip[n] = true
			}
		}
	}
	p.children(doc, 0)
	return p.text()
}

// plain collects lines.
type plain struct {
	skip   map[*dom.Node]bool
	lines  []string
	words  []string // of the line under way
	gap    int      // line breaks owed before the next words
	upper  bool
	indent string
	mark   string // of the list item that begins
	glue   bool   // the next word belongs to the last one
}

// spacing is how many line breaks stand before and after an element.
var spacing = map[atom.Atom][2]int{
	atom.P: {2, 2}, atom.Div: {1, 1}, atom.H1: {3, 2}, atom.H2: {3, 2}, atom.H3: {3, 2}, atom.H4: {2, 2}, atom.H5: {2, 2}, atom.H6: {2, 2},
	atom.Ul: {2, 2}, atom.Ol: {2, 2}, atom.Li: {1, 1}, atom.Pre: {2, 2}, atom.Blockquote: {2, 2}, atom.Table: {2, 2}, atom.Tr: {1, 1},
	atom.Article: {1, 1}, atom.Aside: {1, 1}, atom.Footer: {1, 1}, atom.Form: {1, 1}, atom.Header: {1, 1}, atom.Main: {1, 1}, atom.Nav: {1, 1}, atom.Section: {1, 1},
}

func (p *plain) children(n *dom.Node, depth int) {
	if depth > maxTags {
		return
	}
	number := 1
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Li {
			p.mark = " * "
			if n.DataAtom == atom.Ol {
				p.mark = fmt.Sprintf(" %d. ", number)
			}
			number++
		}
		p.node(c, depth)
	}
}

func (p *plain) node(n *dom.Node, depth int) {
	switch {
	case p.skip[n] || n.DataAtom == atom.Script || n.DataAtom == atom.Style || n.DataAtom == atom.Head:
		return
	case n.Type == dom.TextNode:
		p.write(n.Data)
		return
	case n.DataAtom == atom.Br:
		p.flush()
		p.gap = max(p.gap, 1)
		return
	case n.DataAtom == atom.Img:
		p.image(n)
		return
	case n.DataAtom == atom.Hr:
		p.open(2)
		p.write(strings.Repeat("-", wrapAt))
		p.open(2)
		return
	}
	space := spacing[n.DataAtom]
	if space[0] > 0 {
		p.open(space[0])
	}
	upper, indent := p.upper, p.indent
	if strings.HasPrefix(n.Data, "h") && len(n.Data) == 2 && n.Data[1] >= '1' && n.Data[1] <= '6' {
		p.upper = true
	}
	switch n.DataAtom {
	case atom.Li:
		p.indent += p.mark
	case atom.Blockquote:
		p.indent += "> "
	case atom.Pre:
		p.verbatim(n)
		p.open(space[1])
		return
	}
	p.children(n, depth+1)
	if n.DataAtom == atom.A {
		p.link(n)
	}
	if space[1] > 0 {
		p.open(space[1])
	}
	p.upper, p.indent = upper, indent
}

// verbatim writes text with its line breaks and spaces.
func (p *plain) verbatim(n *dom.Node) {
	var b strings.Builder
	allText(n, &b)
	for line := range strings.SplitSeq(strings.Trim(b.String(), "\n"), "\n") {
		p.words = []string{line}
		p.flush()
		p.gap = 1
	}
}

func (p *plain) image(n *dom.Node) {
	alt, _ := attribute(n, "alt")
	src, _ := attribute(n, "src")
	p.write(strings.TrimSpace(alt + " [" + src + "]"))
}

// link adds the address of a link, unless it leads into the page.
func (p *plain) link(n *dom.Node) {
	href, ok := attribute(n, "href")
	href = strings.TrimPrefix(href, "mailto:")
	if ok && href != "" && !strings.HasPrefix(href, "#") {
		p.write(" [" + href + "]")
	}
}

// write adds words to the line under way.
func (p *plain) write(text string) {
	if p.upper {
		text = strings.ToUpper(text)
	}
	starts := text != "" && strings.TrimLeft(text, " \t\n\r") == text
	for i, w := range strings.Fields(text) {
		if i == 0 && starts && p.glue && len(p.words) > 0 {
			p.words[len(p.words)-1] += w
			continue
		}
		p.words = append(p.words, w)
	}
	if strings.TrimSpace(text) != "" || text != "" {
		p.glue = strings.TrimRight(text, " \t\n\r") == text
	}
}

// open ends the line and owes line breaks.
func (p *plain) open(breaks int) {
	p.flush()
	p.gap = max(p.gap, breaks)
}

// flush breaks the words into lines.
func (p *plain) flush() {
	if len(p.words) == 0 {
		return
	}
	if len(p.lines) > 0 {
		for range p.gap - 1 {
			p.lines = append(p.lines, "")
		}
	}
	line := p.words[0]
	lead := p.indent
	for _, w := range p.words[1:] {
		if len(lead)+len(line)+1+len(w) > wrapAt {
			p.lines = append(p.lines, lead+line)
			line, lead = w, p.hang()
			continue
		}
		line += " " + w
	}
	p.lines = append(p.lines, lead+line)
	p.indent = p.hang()
	p.words, p.gap, p.glue = nil, 0, false
}

// hang is the indent of the lines that follow the first of a list item.
func (p *plain) hang() string {
	return strings.Map(func(r rune) rune {
		if r == '>' {
			return r
		}
		return ' '
	}, p.indent)
}

func (p *plain) text() string {
	p.flush()
	return strings.Join(p.lines, "\n")
}

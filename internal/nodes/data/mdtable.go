package data

import (
	"strings"
	"unicode/utf8"

	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

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
	m.write("|")
	for i, w := range widths {
		cell := ""
		if i < len(row) {
			cell = row[i]
		}
		m.write(" " + cell + strings.Repeat(fill, w-utf8.RuneCountInString(cell)) + " |")
	}
	m.write("\n")
}

func (m *marker) row(n *dom.Node, depth int) []string {
	var cells []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			inner := &marker{}
			inner.children(c, depth)
			cells = append(cells, strings.ReplaceAll(strings.Join(strings.Fields(string(inner.out)), " "), "|", `\|`))
		}
	}
	return cells
}

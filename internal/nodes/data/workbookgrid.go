package data

import (
	stdxml "encoding/xml"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// gridBuilder collects cells by their place.
type gridBuilder struct {
	row, col    int // of the last cell
	rows        map[int]map[int]any
	count       int
	top, bottom int
	left, right int
	used        bool
}

func (g *gridBuilder) startRow(e stdxml.StartElement) {
	g.row, g.col = g.row+1, -1
	for _, a := range e.Attr {
		if n, err := strconv.Atoi(a.Value); a.Name.Local == "r" && err == nil && n > 0 {
			g.row = n - 1
		}
	}
}

// add puts a value at its reference, or after the last cell if it has none.
func (g *gridBuilder) add(ref string, v any) error {
	g.col++
	if row, col, ok := cellPlace(ref); ok {
		g.row, g.col = row, col
	}
	if v == nil {
		return nil
	}
	if g.count++; g.count > maxCells || g.col >= maxColumns || g.row >= maxSheetRows {
		return errTooLarge()
	}
	if g.rows == nil {
		g.rows = map[int]map[int]any{}
	}
	if g.rows[g.row] == nil {
		g.rows[g.row] = map[int]any{}
	}
	g.rows[g.row][g.col] = v
	if !g.used {
		g.used, g.top, g.bottom, g.left, g.right = true, g.row, g.row, g.col, g.col
	}
	g.top, g.bottom = min(g.top, g.row), max(g.bottom, g.row)
	g.left, g.right = min(g.left, g.col), max(g.right, g.col)
	return nil
}

func errTooLarge() error {
	return node.Errorf("The spreadsheet is larger than %d cells, %d rows or %d columns.", maxCells, maxSheetRows, maxColumns)
}

func (g *gridBuilder) grid() (grid, error) {
	out := grid{row: g.top, col: g.left}
	if !g.used {
		return out, nil
	}
	if len(g.rows)*(g.right-g.left+1) > 4*maxCells {
		return out, errTooLarge() // few cells, but wide apart
	}
	out.cells = make([][]any, g.bottom-g.top+1)
	for i := range out.cells {
		row := g.rows[g.top+i]
		if row == nil {
			continue
		}
		out.cells[i] = make([]any, g.right-g.left+1)
		for col, v := range row {
			out.cells[i][col-g.left] = v
		}
	}
	return out, nil
}

// cellPlace reads a reference like B3: row and column from 0.
func cellPlace(ref string) (row, col int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		col = col*26 + int(ref[i]-'A') + 1
	}
	n, err := strconv.Atoi(ref[i:])
	return n - 1, col - 1, err == nil && n > 0 && col > 0
}

// columnName is the letters of a column, from 0.
func columnName(col int) string {
	name := ""
	for col++; col > 0; col = (col - 1) / 26 {
		name = string(rune('A'+(col-1)%26)) + name
	}
	return name
}

// within cuts the grid by n8n's option: a number is the first row, A2:C9 the corners.
func (g grid) within(area string) (grid, error) {
	if area == "" {
		return g, nil
	}
	if n, err := strconv.Atoi(strings.TrimSpace(area)); err == nil {
		return g.cut(n, g.col, g.row+len(g.cells)-1, g.col+g.width()-1), nil
	}
	from, to, two := strings.Cut(strings.ToUpper(strings.ReplaceAll(area, "$", "")), ":")
	if !two {
		to = from
	}
	top, left, ok := cellPlace(from)
	bottom, right, ok2 := cellPlace(to)
	if !ok || !ok2 {
		return g, node.Errorf("The range %q is not understood; write it like A2:C10, or give the number of the first row.", area)
	}
	return g.cut(top, left, bottom, right), nil
}

func (g grid) width() int {
	for _, row := range g.cells {
		if row != nil {
			return len(row)
		}
	}
	return 0
}

func (g grid) cut(top, left, bottom, right int) grid {
	bottom, right = min(bottom, g.row+len(g.cells)-1), min(right, g.col+g.width()-1)
	out := grid{row: top, col: left}
	for row := top; row <= bottom; row++ {
		var cells []any
		if i := row - g.row; i >= 0 && g.cells[i] != nil && right >= left {
			cells = make([]any, right-left+1)
			for col := max(left, g.col); col <= right; col++ {
				cells[col-left] = g.cells[i][col-g.col]
			}
		}
		out.cells = append(out.cells, cells)
	}
	return out
}

// items makes an item of each row: by the names in the first row, or, without a
// header, as a list in the field row. Rows without any cell are left out where there
// is a header.
func (g grid) items(item int, header, empty bool) []workflow.Item {
	out := []workflow.Item{}
	rows, names := g.cells, []string(nil)
	if header && len(rows) > 0 {
		names, rows = headings(rows[0], g.width()), rows[1:]
	}
	for _, row := range rows {
		if header {
			if o := named(names, row, empty); o != nil {
				out = append(out, derived(item, o))
			}
			continue
		}
		out = append(out, derived(item, value.Obj("row", listed(row, g.width(), empty))))
	}
	return out
}

func named(names []string, row []any, empty bool) *value.Object {
	o, blank := value.NewObject(len(row)), true
	for i, name := range names {
		switch {
		case i < len(row) && row[i] != nil:
			o.Set(name, row[i])
			blank = false
		case empty:
			o.Set(name, "")
		}
	}
	if blank {
		return nil
	}
	return o
}

func listed(row []any, width int, empty bool) []any {
	last := len(row)
	for last > 0 && row[last-1] == nil {
		last--
	}
	list := append([]any{}, row[:last]...)
	if empty {
		for i := range list {
			if list[i] == nil {
				list[i] = ""
			}
		}
		for len(list) < width {
			list = append(list, "")
		}
	}
	return list
}

// headings are the names of the columns: unique, and __EMPTY where there is none.
func headings(row []any, width int) []string {
	names, seen := make([]string, width), map[string]int{}
	for i := range names {
		name := "__EMPTY"
		if i < len(row) && row[i] != nil {
			name = cellString(row[i])
		}
		base := name
		if n := seen[base]; n > 0 {
			for name = base + "_" + strconv.Itoa(n); seen[name] > 0; name = base + "_" + strconv.Itoa(n) {
				n++
			}
			seen[base] = n + 1
		}
		seen[name] = max(seen[name], 1)
		names[i] = name
	}
	return names
}

func cellString(v any) string {
	if b, ok := v.(bool); ok {
		return strings.ToUpper(node.Text(b))
	}
	return node.Text(v)
}

package data

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/automatelanka/automatelanka/internal/node"
)

// rtfReader reads the tables of an RTF file (Rich Text Format 1.9.1) as one sheet:
// the text of cells, without how it looks.
type rtfReader struct {
	text  string
	grid  gridBuilder
	row   int
	col   int
	cell  strings.Builder
	table bool // a row was begun
	any   bool
	skip  int // characters that stand for one of Unicode, where that is not known
	group []rtfGroup
}

// rtfGroup is what holds inside of braces.
type rtfGroup struct {
	hidden bool // fonts, colours, pictures: no text of the document
	skips  int  // as \uc says
}

// rtfHidden are the groups that have no text of the document.
var rtfHidden = map[string]bool{
	"fonttbl": true, "colortbl": true, "stylesheet": true, "info": true, "pict": true, "header": true, "footer": true, "listtable": true,
	"listoverridetable": true, "generator": true, "themedata": true, "object": true, "fldinst": true, "rsidtbl": true, "xmlnstbl": true,
}

// maxRTFDepth bounds how deep groups may lie in each other.
const maxRTFDepth = 1000

func rtfTable(data []byte) (grid, error) {
	r := &rtfReader{text: string(data), group: []rtfGroup{{skips: 1}}}
	for i := 0; i < len(r.text); {
		n, err := r.step(i)
		if err != nil {
			return grid{}, err
		}
		i += n
	}
	if !r.any {
		return grid{}, node.Errorf("The RTF file has no table; only the rows of tables are read.")
	}
	return r.grid.grid()
}

func (r *rtfReader) now() *rtfGroup { return &r.group[len(r.group)-1] }

// step reads what is at i, and returns its length.
func (r *rtfReader) step(i int) (int, error) {
	switch c := r.text[i]; c {
	case '{':
		if len(r.group) == maxRTFDepth {
			return 0, node.Errorf("The RTF file has groups that are more than %d deep.", maxRTFDepth)
		}
		r.group = append(r.group, *r.now())
	case '}':
		if len(r.group) > 1 {
			r.group = r.group[:len(r.group)-1]
		}
	case '\\':
		return r.control(i)
	case '\r', '\n', 0:
	default:
		r.write(string(charmap.Windows1252.DecodeByte(c)))
	}
	return 1, nil
}

func (r *rtfReader) write(s string) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if r.table && !r.now().hidden {
		r.cell.WriteString(s)
	}
}

// control reads a control word or symbol.
func (r *rtfReader) control(i int) (int, error) {
	rest := r.text[i+1:]
	if rest == "" {
		return 1, nil
	}
	if c := rest[0]; !isLetter(c) {
		return r.symbol(c, rest), nil
	}
	n := 0
	for n < len(rest) && isLetter(rest[n]) {
		n++
	}
	word, end := rest[:n], n
	if end < len(rest) && rest[end] == '-' {
		end++
	}
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	number, err := strconv.Atoi(rest[n:end])
	hasNumber := err == nil
	if end < len(rest) && rest[end] == ' ' {
		end++
	}
	return 1 + end, r.word(word, number, hasNumber)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// symbol reads a control symbol, and returns its length with the backslash.
func (r *rtfReader) symbol(c byte, rest string) int {
	switch c {
	case '\'':
		if len(rest) >= 3 {
			if b, err := strconv.ParseUint(rest[1:3], 16, 8); err == nil {
				r.write(string(charmap.Windows1252.DecodeByte(byte(b))))
			}
			return 4
		}
	case '\\', '{', '}':
		r.write(string(c))
	case '~':
		r.write("\u00a0")
	case '_':
		r.write("-")
	case '*':
		r.now().hidden = true
	}
	return 2
}

func (r *rtfReader) word(word string, number int, hasNumber bool) error {
	switch word {
	case "trowd":
		r.table, r.any = true, true
	case "cell":
		return r.endCell()
	case "row":
		if r.table {
			r.row, r.col, r.table = r.row+1, 0, false
			r.cell.Reset()
		}
	case "par", "line":
		r.write("\n")
	case "tab":
		r.write("\t")
	case "emdash":
		r.write("—")
	case "endash":
		r.write("–")
	case "lquote":
		r.write("‘")
	case "rquote":
		r.write("’")
	case "ldblquote":
		r.write("“")
	case "rdblquote":
		r.write("”")
	case "bullet":
		r.write("•")
	case "uc":
		if hasNumber && number >= 0 {
			r.now().skips = number
		}
	case "u":
		if hasNumber {
			r.write(string(rune(uint16(number))))
			r.skip = r.now().skips
		}
	default:
		if rtfHidden[word] {
			r.now().hidden = true
		}
	}
	return nil
}

// endCell puts the cell: numbers, TRUE and FALSE as what they are.
func (r *rtfReader) endCell() error {
	if !r.table {
		return nil
	}
	text := r.cell.String()
	r.cell.Reset()
	var v any = text
	switch n := node.ToNumber(text); {
	case strings.TrimSpace(text) == "":
		v = nil
	case text == "TRUE" || text == "FALSE":
		v = text == "TRUE"
	case n == n:
		v = n
	}
	err := r.grid.put(r.row, r.col, v)
	r.col++
	return err
}

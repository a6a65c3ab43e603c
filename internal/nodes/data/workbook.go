package data

import (
	"archive/zip"
	"bytes"
	stdxml "encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
)

// The bounds of a workbook: what one part may unpack to, in bytes, and its cells.
const (
	maxPart      = 64 << 20
	maxCells     = 2_000_000
	maxColumns   = 16_384    // of Excel
	maxSheetRows = 1_048_576 // likewise
)

// grid is one sheet: the rows from the first that has a cell, each from the first
// column that any row uses. A cell is a string, float64 or bool; nil is empty.
type grid struct {
	row, col int // of the first cell, from 0
	cells    [][]any
}

// workbook reads XLSX files (Office Open XML, ECMA-376): values only, formulas by
// their last result, dates as the serial numbers that they are.
type workbook struct {
	parts   map[string]*zip.File
	sheets  []sheetRef
	strings []string
}

type sheetRef struct{ name, part string }

// openWorkbook reads the list of sheets and the texts that they share.
func openWorkbook(data []byte) (*workbook, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	w := &workbook{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		w.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	if err := w.findSheets(); err != nil {
		return nil, err
	}
	return w, w.readStrings()
}

// find returns the sheet of a name, the first for "".
func (w *workbook) find(name string) (sheetRef, error) {
	names := make([]string, len(w.sheets))
	for i, s := range w.sheets {
		names[i] = s.name
	}
	i, err := findSheet(names, name)
	if err != nil {
		return sheetRef{}, err
	}
	return w.sheets[i], nil
}

func errNoSheets() error { return node.Errorf("Spreadsheet does not have any sheets!") }

func errNoSheet(name string) error {
	return node.Errorf("Spreadsheet does not contain sheet called \"%s\"!", name)
}

var errNoWorkbook = errors.New("it has no workbook")

func (w *workbook) findSheets() error {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if w.parts["xl/workbook.xml"] == nil {
		return errNoWorkbook
	}
	if err := w.unmarshal("xl/workbook.xml", &book); err != nil {
		return err
	}
	if err := w.unmarshal("xl/_rels/workbook.xml.rels", &links); err != nil {
		return err
	}
	for _, s := range book.Sheets {
		for _, l := range links.All {
			if l.ID == s.ID {
				w.sheets = append(w.sheets, sheetRef{s.Name, partName(l.Target)})
			}
		}
	}
	return nil
}

// partName resolves a target, which is absolute or beside the workbook.
func partName(target string) string {
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join("xl", target)
}

// open returns a part's XML, bounded: an archive can unpack to far more than it is.
func (w *workbook) open(part string) (io.ReadCloser, *stdxml.Decoder, error) {
	f := w.parts[part]
	if f == nil {
		return nil, nil, errors.New("it lacks " + part)
	}
	if f.UncompressedSize64 > maxPart {
		return nil, nil, node.Errorf("The spreadsheet is larger than %d MB.", maxPart>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	return r, stdxml.NewDecoder(io.LimitReader(r, maxPart)), nil
}

func (w *workbook) unmarshal(part string, into any) error {
	r, d, err := w.open(part)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return d.Decode(into)
}

// sharedText is a text, plain or in runs.
type sharedText struct {
	Plain []string `xml:"t"`
	Runs  []string `xml:"r>t"`
}

func (t sharedText) String() string { return strings.Join(t.Plain, "") + strings.Join(t.Runs, "") }

func (w *workbook) readStrings() error {
	const part = "xl/sharedStrings.xml"
	if w.parts[part] == nil {
		return nil
	}
	var table struct {
		Texts []sharedText `xml:"si"`
	}
	if err := w.unmarshal(part, &table); err != nil {
		return err
	}
	for _, t := range table.Texts {
		w.strings = append(w.strings, t.String())
	}
	return nil
}

// cellXML is one cell as it is written.
type cellXML struct {
	Ref    string     `xml:"r,attr"`
	Type   string     `xml:"t,attr"`
	Value  *string    `xml:"v"`
	Inline sharedText `xml:"is"`
}

// read reads one sheet.
func (w *workbook) read(s sheetRef) (grid, error) {
	r, d, err := w.open(s.part)
	if err != nil {
		return grid{}, err
	}
	defer func() { _ = r.Close() }()
	g := gridBuilder{row: -1}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return g.grid()
		}
		if err != nil {
			return grid{}, err
		}
		start, ok := t.(stdxml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "row":
			g.startRow(start)
		case "c":
			var c cellXML
			if err := d.DecodeElement(&c, &start); err != nil {
				return grid{}, err
			}
			if err := g.add(c.Ref, w.value(c)); err != nil {
				return grid{}, err
			}
		}
	}
}

// value is what a cell holds; errors count as empty.
func (w *workbook) value(c cellXML) any {
	if c.Type == "inlineStr" {
		return c.Inline.String()
	}
	if c.Value == nil {
		return nil
	}
	v := *c.Value
	switch c.Type {
	case "s":
		if i, err := strconv.Atoi(v); err == nil && i >= 0 && i < len(w.strings) {
			return w.strings[i]
		}
		return nil
	case "b":
		return v == "1" || v == "true"
	case "str", "d":
		return v
	case "e":
		return nil
	}
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		return n
	}
	return nil
}

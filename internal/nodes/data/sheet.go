package data

import (
	"archive/zip"
	"bytes"
)

// How the files of spreadsheets begin.
var (
	zipHead = []byte("PK\x03\x04")                       // XLSX and ODS
	oleHead = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") // XLS: a compound file
	rtfHead = []byte(`{\rtf`)
)

// isSheet reports whether a file is one of a spreadsheet, by its content: names and
// media types of files are often wrong.
func isSheet(data []byte) bool {
	return bytes.HasPrefix(data, zipHead) || bytes.HasPrefix(data, oleHead) || bytes.HasPrefix(data, rtfHead)
}

// sheetOf reads the sheet of a name, the first for "".
func sheetOf(data []byte, name string) (grid, error) {
	switch {
	case bytes.HasPrefix(data, oleHead):
		return xlsSheet(data, name)
	case bytes.HasPrefix(data, rtfHead):
		return rtfTable(data)
	}
	if content := odsPart(data); content != nil {
		return odsSheet(content, name)
	}
	w, err := openWorkbook(data)
	if err != nil {
		return grid{}, err
	}
	s, err := w.find(name)
	if err != nil {
		return grid{}, err
	}
	return w.read(s)
}

// odsPart is the part of an ODS file with its sheets; nil of any other file.
func odsPart(data []byte) *zip.File {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	for _, f := range z.File {
		if f.Name == odsContent {
			return f
		}
	}
	return nil
}

// put sets one cell by its place, from 0.
func (g *gridBuilder) put(row, col int, v any) error {
	g.row, g.col = row, col-1
	return g.add("", v)
}

// findSheet is the place of a name among those of the sheets, of the first for "".
func findSheet(names []string, name string) (int, error) {
	if len(names) == 0 {
		return 0, errNoSheets()
	}
	for i, n := range names {
		if name == "" || n == name {
			return i, nil
		}
	}
	return 0, errNoSheet(name)
}

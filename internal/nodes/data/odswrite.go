package data

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

const (
	officeNS = "urn:oasis:names:tc:opendocument:xmlns:"
	odsHead  = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

	odsManifest = odsHead + `<manifest:manifest xmlns:manifest="` + officeNS + `manifest:1.0" manifest:version="1.2">` +
		`<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="` + odsType + `"/>` +
		`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`
)

// odsRows writes a table as an ODS file with one sheet.
func odsRows(columns []string, rows []*value.Object, head bool, sheet string) ([]byte, error) {
	if sheet == "" {
		sheet = "Sheet"
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	// The type comes first, plain and with its size in front: readers know the file by it.
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: "mimetype", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(odsType)), CompressedSize64: uint64(len(odsType)), UncompressedSize64: uint64(len(odsType)),
	})
	if err == nil {
		_, err = w.Write([]byte(odsType))
	}
	if err != nil {
		return nil, err
	}
	for _, part := range []struct{ name, text string }{{"META-INF/manifest.xml", odsManifest}, {odsContent, odsXML(columns, rows, head, sheet)}} {
		w, err := z.Create(part.name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(part.text)); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}

func odsXML(columns []string, rows []*value.Object, head bool, sheet string) string {
	var b strings.Builder
	b.WriteString(odsHead + `<office:document-content xmlns:office="` + officeNS + `office:1.0" xmlns:table="` + officeNS + `table:1.0" xmlns:text="` + officeNS + `text:1.0" office:version="1.2">` +
		`<office:body><office:spreadsheet><table:table table:name="` + xmlText(sheet) + `">`)
	row := func(cell func(i int) any) {
		b.WriteString("<table:table-row>")
		for i := range columns {
			writeODSCell(&b, cell(i))
		}
		b.WriteString("</table:table-row>")
	}
	if head {
		row(func(i int) any { return columns[i] })
	}
	for _, o := range rows {
		row(func(i int) any { v, _ := o.Get(columns[i]); return v })
	}
	b.WriteString("</table:table></office:spreadsheet></office:body></office:document-content>")
	return b.String()
}

func writeODSCell(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("<table:table-cell/>")
	case float64:
		n := value.FormatNumber(v)
		b.WriteString(`<table:table-cell office:value-type="float" office:value="` + n + `"><text:p>` + n + `</text:p></table:table-cell>`)
	case bool:
		b.WriteString(`<table:table-cell office:value-type="boolean" office:boolean-value="` + strconv.FormatBool(v) + `"><text:p>` + strings.ToUpper(node.Text(v)) + `</text:p></table:table-cell>`)
	default:
		b.WriteString(`<table:table-cell office:value-type="string">`)
		for line := range strings.SplitSeq(node.Text(v), "\n") {
			b.WriteString("<text:p>" + odsSpaces(line) + "</text:p>")
		}
		b.WriteString("</table:table-cell>")
	}
}

// odsSpaces writes a line so that its spaces and tabs stay: readers make one of
// several, and drop those at the ends.
func odsSpaces(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		switch {
		case line[i] == '\t':
			b.WriteString("<text:tab/>")
			i++
		case line[i] == ' ':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], " "))
			if n == 1 && i > 0 && i+1 < len(line) {
				b.WriteByte(' ')
				i++
				continue
			}
			b.WriteString(`<text:s text:c="` + strconv.Itoa(n) + `"/>`)
			i += n
		default:
			n := strings.IndexAny(line[i:], " \t")
			if n < 0 {
				n = len(line) - i
			}
			b.WriteString(xmlText(line[i : i+n]))
			i += n
		}
	}
	return b.String()
}

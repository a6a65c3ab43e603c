package data

import (
	"archive/zip"
	"bytes"
	stdxml "encoding/xml"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// xlsxType is the media type of XLSX files.
const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// The fixed parts of an XLSX file with one sheet.
const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS   = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	docRels  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packRels = "http://schemas.openxmlformats.org/package/2006/relationships"
	partMain = "application/vnd.openxmlformats-officedocument.spreadsheetml."

	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + partMain + `sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + partMain + `worksheet+xml"/></Types>`
	rootLinks = xmlHead + `<Relationships xmlns="` + packRels + `"><Relationship Id="rId1" Type="` + docRels + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookLinks = xmlHead + `<Relationships xmlns="` + packRels + `"><Relationship Id="rId1" Type="` + docRels + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
)

// maxSheetName is the longest name of a sheet that Excel opens, in characters.
const maxSheetName = 31

// xlsxRows writes a table as an XLSX file with one sheet.
func xlsxRows(columns []string, rows []*value.Object, head bool, sheet string) ([]byte, error) {
	if sheet == "" {
		sheet = "Sheet"
	}
	if len([]rune(sheet)) > maxSheetName || strings.ContainsAny(sheet, `\/?*[]:`) {
		return nil, node.Errorf("The sheet name %q is not possible: at most %d characters, none of \\ / ? * [ ] :", sheet, maxSheetName)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", rootLinks},
		{"xl/workbook.xml", xmlHead + `<workbook xmlns="` + mainNS + `" xmlns:r="` + docRels + `"><sheets><sheet name="` + xmlText(sheet) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", bookLinks},
		{"xl/worksheets/sheet1.xml", sheetXML(columns, rows, head)},
	} {
		w, err := z.Create(part.name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(part.text)); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

func sheetXML(columns []string, rows []*value.Object, head bool) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<worksheet xmlns="` + mainNS + `"><sheetData>`)
	n := 0
	row := func(cell func(i int) any) {
		n++
		b.WriteString(`<row r="` + strconv.Itoa(n) + `">`)
		for i := range columns {
			writeCell(&b, columnName(i)+strconv.Itoa(n), cell(i))
		}
		b.WriteString("</row>")
	}
	if head {
		row(func(i int) any { return columns[i] })
	}
	for _, o := range rows {
		row(func(i int) any { v, _ := o.Get(columns[i]); return v })
	}
	b.WriteString("</sheetData></worksheet>")
	return b.String()
}

func writeCell(b *strings.Builder, ref string, v any) {
	switch v := v.(type) {
	case nil:
	case float64:
		b.WriteString(`<c r="` + ref + `"><v>` + value.FormatNumber(v) + `</v></c>`)
	case bool:
		digit := "0"
		if v {
			digit = "1"
		}
		b.WriteString(`<c r="` + ref + `" t="b"><v>` + digit + `</v></c>`)
	default:
		b.WriteString(`<c r="` + ref + `" t="inlineStr"><is><t xml:space="preserve">` + xmlText(node.Text(v)) + `</t></is></c>`)
	}
}

func xmlText(s string) string {
	var b bytes.Buffer
	_ = stdxml.EscapeText(&b, []byte(s)) // a bytes.Buffer does not fail
	return b.String()
}

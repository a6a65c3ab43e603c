package data

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func rowsOf(t *testing.T, items []workflow.Item) string {
	t.Helper()
	list := make([]any, len(items))
	for i, it := range items {
		list[i] = it.JSON
	}
	return string(value.JSON(list))
}

// written is the items as a file, in the item that Convert to File gives.
func written(t *testing.T, parameters, items string) string {
	t.Helper()
	o := run(t, "convertToFile", 1.1, parameters, items)
	if o.Run.Error != nil {
		t.Fatal(o.Run.Error)
	}
	if f := o.Run.Outputs[0][0].Binary["data"]; f.MimeType != xlsxType || f.Extension != "xlsx" {
		t.Errorf("the file is %s, %s", f.MimeType, f.Extension)
	}
	return string(workflow.AppendItems(nil, o.Run.Outputs[0]))
}

func TestWorkbookThereAndBack(t *testing.T) {
	const items = `[{"json":{"name":"Ann & <Bo>","n":1.5,"ok":true,"in":{"deep":[7]}}},{"json":{"name":" two\nlines ","n":null,"day":"2021-05-06"}},{"json":{}},{"json":{"name":"007"}}]`
	for _, c := range []struct{ write, read, want string }{
		{`{"operation":"xlsx"}`, `{"operation":"xlsx"}`, `[{"name":"Ann & <Bo>","n":1.5,"ok":true,"in.deep.0":7},{"name":" two\nlines ","day":"2021-05-06"},{"name":"007"}]`},
		{`{"operation":"xlsx","options":{"headerRow":false}}`, `{"operation":"xlsx","options":{"headerRow":false}}`,
			`[{"row":["Ann & <Bo>",1.5,true,7]},{"row":[" two\nlines ",null,null,null,"2021-05-06"]},{"row":[]},{"row":["007"]}]`},
		{`{"operation":"xlsx","options":{"sheetName":"Mine"}}`, `{"operation":"xlsx","options":{"sheetName":"Mine","range":"A1:B2","includeEmptyCells":true}}`, `[{"name":"Ann & <Bo>","n":1.5}]`},
		{`{"operation":"xlsx"}`, `{"operation":"xlsx","options":{"range":"1","includeEmptyCells":true}}`,
			`[{"7":"","Ann & <Bo>":" two\nlines ","1.5":"","TRUE":"","__EMPTY":"2021-05-06"},{"7":"","Ann & <Bo>":"007","1.5":"","TRUE":"","__EMPTY":""}]`},
	} {
		o := run(t, "extractFromFile", 1, c.read, written(t, c.write, items))
		if o.Run.Error != nil {
			t.Errorf("%s: %v", c.read, o.Run.Error)
			continue
		}
		if got := rowsOf(t, o.Run.Outputs[0]); got != c.want {
			t.Errorf("%s:\n gives %s\n want  %s", c.read, got, c.want)
		}
	}
	o := run(t, "spreadsheetFile", 2, `{"fileFormat":"autodetect"}`, written(t, `{"operation":"xlsx"}`, `[{"json":{"a":1}}]`))
	if o.Run.Error != nil || rowsOf(t, o.Run.Outputs[0]) != `[{"a":1}]` {
		t.Errorf("Spreadsheet File: %v", o.Run)
	}
	o = run(t, "extractFromFile", 1, `{"operation":"xlsx","options":{"sheetName":"Other"}}`, written(t, `{"operation":"xlsx"}`, `[{"json":{"a":1}}]`))
	if o.Run.Error == nil || o.Run.Error.Message != `Spreadsheet does not contain sheet called "Other"!` {
		t.Errorf("a sheet that is not there: %v", o.Run.Error)
	}
}

// book is an XLSX file with the given sheet and shared texts.
func book(t *testing.T, sheet, texts string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range map[string]string{
		"xl/workbook.xml":            `<workbook xmlns="` + mainNS + `" xmlns:r="` + docRels + `"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + packRels + `"><Relationship Id="a" Type="x" Target="/xl/odd/place.xml"/></Relationships>`,
		"xl/odd/place.xml":           `<worksheet xmlns="` + mainNS + `"><sheetData>` + sheet + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":       `<sst xmlns="` + mainNS + `">` + texts + `</sst>`,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(t *testing.T, file []byte) (string, string) {
	t.Helper()
	o := run(t, "extractFromFile", 1, `{"operation":"xlsx"}`, fmt.Sprintf(`[{"json":{},"binary":{"data":{"mimeType":"x/y","data":%q}}}]`, base64.StdEncoding.EncodeToString(file)))
	if o.Run.Error != nil {
		return "", o.Run.Error.Message
	}
	return rowsOf(t, o.Run.Outputs[0]), ""
}

// Other programs share texts, leave references out, start anywhere and have formulas.
func TestWorkbooksOfOthers(t *testing.T) {
	texts := `<si><t>a</t></si><si><r><t>b</t></r><r><t xml:space="preserve"> c</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si>`
	for sheet, want := range map[string]string{
		`<row r="3"><c r="B3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c><c r="D3" t="s"><v>0</v></c></row>` +
			`<row r="5"><c r="B5"><f>1+1</f><v>2</v></c><c r="C5" t="e"><v>#N/A</v></c><c r="D5" s="4"><v>44322</v></c></row>`: `[{"a":2,"a_1":44322}]`,
		`<row><c t="str"><v>x</v></c><c t="inlineStr"><is><t>y</t></is></c></row><row><c t="b"><v>1</v></c><c/></row>`: `[{"x":true}]`,
		``: `[]`,
	} {
		if got, fail := read(t, book(t, sheet, texts)); got != want {
			t.Errorf("%s:\n gives %s %s\n want  %s", sheet, got, fail, want)
		}
	}
}

func TestHostileWorkbooks(t *testing.T) {
	for name, file := range map[string][]byte{
		"no archive":      append([]byte("PK\x03\x04"), "nothing"...),
		"no workbook":     zipOf(t, "a.txt", "x"),
		"no XML":          book(t, `<row`, ``),
		"too far down":    book(t, `<row r="99999999"><c r="A99999999"><v>1</v></c></row>`, ``),
		"too far right":   book(t, `<row r="1"><c r="ZZZZ1"><v>1</v></c></row>`, ``),
		"wide apart":      book(t, wideApart(1000), ``),
		"unpacks too far": book(t, strings.Repeat(" ", maxPart+1), ``),
	} {
		if got, fail := read(t, file); fail == "" {
			t.Errorf("%s: gives %s", name, got)
		}
	}
}

// wideApart has two cells in each row, in the first column and the last.
func wideApart(rows int) string {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, `<row r="%d"><c r="A%d"><v>1</v></c><c r="XFD%d"><v>1</v></c></row>`, i+1, i+1, i+1)
	}
	return b.String()
}

func TestSheetNamesThatExcelRefusesAreRefused(t *testing.T) {
	for _, name := range []string{"a/b", strings.Repeat("x", 32)} {
		if o := run(t, "convertToFile", 1.1, `{"operation":"xlsx","options":{"sheetName":"`+name+`"}}`, `[{"json":{}}]`); o.Run.Error == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

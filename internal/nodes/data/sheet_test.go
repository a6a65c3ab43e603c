package data

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// rowsIn reads a spreadsheet by Extract from File.
func rowsIn(t *testing.T, content []byte, parameters string) []workflow.Item {
	t.Helper()
	o := run(t, "extractFromFile", 1, parameters, inItem(content, "f"))
	if o.Run.Error != nil {
		t.Fatalf("%s: %+v", parameters, o.Run.Error)
	}
	return o.Run.Outputs[0]
}

// testdata/sheets has what SheetJS read from the files that it wrote.
func TestSpreadsheetsAreReadAsSheetJSReadsThem(t *testing.T) {
	raw, err := os.ReadFile("testdata/sheets/want.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string][]json.RawMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for name, sheets := range want {
		content, err := os.ReadFile("testdata/sheets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for sheet, rows := range sheets {
			op := strings.TrimPrefix(filepath.Ext(name), ".")
			items := rowsIn(t, content, `{"operation":"`+op+`","options":{"sheetName":"`+sheet+`"}}`)
			var got []string
			for i, it := range items {
				if len(rows) == len(items) || i < 5 || i%97 == 0 {
					got = append(got, string(value.JSON(it.JSON)))
				}
			}
			var texts []string
			for _, r := range rows {
				v, err := value.Parse(r)
				if err != nil {
					t.Fatal(err)
				}
				texts = append(texts, string(value.JSON(v)))
			}
			if d := cmp.Diff(texts, got); d != "" {
				t.Errorf("%s, sheet %s (-SheetJS)\n%s", name, sheet, d)
			}
		}
		o := run(t, "extractFromFile", 1, `{"operation":"xls","options":{"sheetName":"Other"}}`, inItem(content, "f"))
		if o.Run.Error == nil || !strings.Contains(o.Run.Error.Message, `sheet called "Other"`) {
			t.Errorf("%s: a sheet that is not there: %+v", name, o.Run.Error)
		}
	}
}

func TestODSThereAndBack(t *testing.T) {
	items := `[{"json":{"name":"Ann & <Bo>","n":1.5,"ok":true}},{"json":{"name":"  two\n\tlines ","n":null,"day":"2021-05-06"}},{"json":{"name":"a b  c"}}]`
	o := run(t, "convertToFile", 1.1, `{"operation":"ods","options":{"sheetName":"Mine"}}`, items)
	if o.Run.Error != nil {
		t.Fatal(o.Run.Error)
	}
	f := o.Run.Outputs[0][0].Binary["data"]
	if f.MimeType != odsType || f.Extension != "ods" {
		t.Errorf("the file is %s, %s", f.MimeType, f.Extension)
	}
	got := rowsOf(t, rowsIn(t, f.Data, `{"operation":"ods","options":{"sheetName":"Mine"}}`))
	if want := `[{"name":"Ann & <Bo>","n":1.5,"ok":true},{"name":"  two\n\tlines ","day":"2021-05-06"},{"name":"a b  c"}]`; got != want {
		t.Errorf("gives %s\nwant  %s", got, want)
	}
}

func TestODSHasRepeatedCellsDatesAndTimes(t *testing.T) {
	row := func(cells string) string {
		return `<table:table-row>` + cells + `</table:table-row>`
	}
	text := func(s string) string {
		return `<table:table-cell office:value-type="string"><text:p>` + s + `</text:p></table:table-cell>`
	}
	body := row(text("a")+text("b")+text("c")+text("d")) +
		row(`<table:table-cell office:value-type="float" office:value="7" table:number-columns-repeated="2"/><table:table-cell/><table:table-cell office:value-type="time" office:time-value="PT06H00M00S"/>`) +
		`<table:table-row table:number-rows-repeated="2">` + text("x<text:s text:c=\"2\"/>y<text:span>z</text:span>") + `<table:table-cell office:value-type="date" office:date-value="2024-03-05T12:00:00"/></table:table-row>` +
		`<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>`
	content := strings.Replace(odsXML(nil, nil, false, "S"), "</table:table>", body+"</table:table>", 1)
	got := rowsOf(t, rowsIn(t, zipOf(t, odsContent, content), `{"operation":"ods"}`))
	if want := `[{"a":7,"b":7,"d":0.25},{"a":"x  yz","b":45356.5},{"a":"x  yz","b":45356.5}]`; got != want {
		t.Errorf("gives %s\nwant  %s", got, want)
	}
}

func TestRTFTablesAreRead(t *testing.T) {
	const doc = `{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}{\*\generator Secret;}Before the table.\par
\trowd\cellx1000\cellx2000\pard\intbl{\b name}\cell n\cell\row
\trowd\cellx1000\cellx2000 Zo\'eb\line two \u8364?x\cell 1.5\cell\row
\trowd\cellx1000\cellx2000 {\uc2\u20320 ??done}\cell TRUE\cell\row
\trowd \cell \cell\row After}`
	got := rowsOf(t, rowsIn(t, []byte(doc), `{"operation":"rtf"}`))
	if want := `[{"name":"Zoë\ntwo €x","n":1.5},{"name":"你done","n":true}]`; got != want {
		t.Errorf("gives %s\nwant  %s", got, want)
	}
	o := run(t, "extractFromFile", 1, `{"operation":"rtf"}`, inItem([]byte(`{\rtf1 no table}`), "f"))
	if o.Run.Error == nil || !strings.Contains(o.Run.Error.Message, "no table") {
		t.Errorf("a document without a table: %+v", o.Run.Error)
	}
}

// FuzzSheets: whatever the bytes are, reading them ends, with rows or an error.
func FuzzSheets(f *testing.F) {
	for _, name := range []string{"small.xls", "small5.xls", "small.ods"} {
		b, err := os.ReadFile("testdata/sheets/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{\rtf1\trowd a\cell\row}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if isSheet(b) {
			if g, err := sheetOf(b, ""); err == nil && len(g.cells) > maxSheetRows {
				t.Errorf("%d rows", len(g.cells))
			}
		}
	})
}

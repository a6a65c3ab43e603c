package data

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// testdata/n8n has what n8n's own nodes gave for random parameters and items.
func TestNodesGiveWhatN8NGives(t *testing.T) {
	var types []node.Type
	for _, typ := range Types() {
		if !strings.Contains(strings.ToLower(typ.Spec.Type), "file") && !strings.HasSuffix(typ.Spec.Type, "moveBinaryData") && !strings.HasSuffix(typ.Spec.Type, "readPDF") &&
			!strings.HasSuffix(typ.Spec.Type, "debugHelper") && !strings.HasSuffix(typ.Spec.Type, "CustomerDatastore") && !strings.HasSuffix(typ.Spec.Type, "compression") {
			types = append(types, typ)
		}
	}
	nodetest.Goldens(t, node.NewRegistry(Types()), "testdata/n8n", types)
}

func run(t *testing.T, typ string, version float64, parameters, items string) node.Outcome {
	t.Helper()
	p, err := value.ParseObject([]byte(parameters))
	if err != nil {
		t.Fatal(err)
	}
	in, err := workflow.ParseItems([]byte(items))
	if err != nil {
		t.Fatal(err)
	}
	c := nodetest.Case{
		Node:   value.Obj("name", "N", "id", "n", "type", "n8n-nodes-base."+typ, "typeVersion", version, "parameters", p),
		Inputs: [][]workflow.Item{in},
	}
	o, err := nodetest.Run(t.Context(), node.NewRegistry(Types()), c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

const csvFile = `[{"json":{"k":1},"binary":{"data":{"mimeType":"text/csv","fileName":"x.csv","data":"YSxiCjEsIngseSIKMiwK"}}}]` // a,b 1,"x,y" 2,

func TestReadingFiles(t *testing.T) {
	for _, c := range []struct {
		typ        string
		parameters string
		items      string
		want       string // json of the items, or part of the error
	}{
		{"extractFromFile", `{}`, csvFile, `[{"a":"1","b":"x,y"},{"a":"2"}]`},
		{"extractFromFile", `{"options":{"includeEmptyCells":true}}`, csvFile, `[{"a":"1","b":"x,y"},{"a":"2","b":""}]`},
		{"extractFromFile", `{"options":{"headerRow":false}}`, csvFile, `[{"row":{"0":"a","1":"b"}},{"row":{"0":"1","1":"x,y"}},{"row":{"0":"2"}}]`},
		{"extractFromFile", `{"options":{"headerRow":false,"includeEmptyCells":true}}`, csvFile, `[{"row":["a","b"]},{"row":["1","x,y"]},{"row":["2",""]}]`},
		{"extractFromFile", `{"options":{"maxRowCount":1}}`, csvFile, `[{"a":"1","b":"x,y"}]`},
		{"extractFromFile", `{"operation":"text"}`, csvFile, `[{"data":"a,b\n1,\"x,y\"\n2,\n"}]`},
		{"extractFromFile", `{"operation":"text","destinationKey":"t.u","options":{"keepSource":"json"}}`, csvFile, `[{"k":1,"t":{"u":"a,b\n1,\"x,y\"\n2,\n"}}]`},
		{"extractFromFile", `{"operation":"binaryToPropery"}`, csvFile, `[{"data":"YSxiCjEsIngseSIKMiwK"}]`},
		{"extractFromFile", `{"operation":"fromJson"}`, `[{"json":{},"binary":{"data":{"mimeType":"application/json","data":"eyJ4IjpbMV19"}}}]`, `[{"data":{"x":[1]}}]`},
		{"extractFromFile", `{"operation":"fromJson"}`, csvFile, "is not in JSON format"},
		{"extractFromFile", `{"operation":"xls"}`, csvFile, `is not in xls format`},
		{"extractFromFile", `{"operation":"text","options":{"encoding":"latin1"}}`, `[{"json":{},"binary":{"data":{"mimeType":"text/plain","data":"6Q=="}}}]`, `[{"data":"é"}]`},
		{"extractFromFile", `{"operation":"text","options":{"encoding":"klingon"}}`, csvFile, `encoding "klingon" is not known`},
		{"spreadsheetFile", `{}`, csvFile, `[{"a":"1","b":"x,y"},{"a":"2"}]`},
		{"spreadsheetFile", `{}`, `[{"json":{},"binary":{"data":{"mimeType":"application/vnd.ms-excel","data":"eA=="}}}]`, "is not in autodetect format"},
		{"moveBinaryData", `{"setAllData":false,"destinationKey":"x"}`, csvFile, `[{"k":1,"x":"a,b\n1,\"x,y\"\n2,\n"}]`},
		{"moveBinaryData", `{}`, `[{"json":{},"binary":{"data":{"mimeType":"application/json","data":"eyJ4IjpbMV19"}}}]`, `[{"x":[1]}]`},
		{"moveBinaryData", `{"sourceKey":"other"}`, csvFile, `[]`},
	} {
		o := run(t, c.typ, 1, c.parameters, c.items)
		if o.Run.Error != nil {
			if !strings.Contains(o.Run.Error.Message, c.want) {
				t.Errorf("%s %s: %+v", c.typ, c.parameters, o.Run.Error)
			}
			continue
		}
		list := []any{}
		for _, it := range o.Run.Outputs[0] {
			list = append(list, it.JSON)
		}
		if diff := cmp.Diff(c.want, string(value.JSON(list))); diff != "" {
			t.Errorf("%s %s: %s", c.typ, c.parameters, diff)
		}
	}
}

func TestWritingFiles(t *testing.T) {
	table := `[{"json":{"a":1,"n":{"x":"p,q"}}},{"json":{"a":true}}]`
	for _, c := range []struct {
		typ        string
		version    float64
		parameters string
		want       string // name, type and content of the first item's file, or part of the error
	}{
		{"convertToFile", 1.1, `{}`, "File.csv text/csv; charset=utf-8 \ufeffa,n.x\n1,\"p,q\"\nTRUE,"},
		{"convertToFile", 1.1, `{"options":{"delimiter":";","fileName":"t.csv","headerRow":false}}`, "t.csv text/csv; charset=utf-8 \ufeff1;p,q\nTRUE;"},
		{"convertToFile", 1.1, `{"operation":"toJson"}`, `file.json application/json [{"a":1,"n":{"x":"p,q"}},{"a":true}]`},
		{"convertToFile", 1.1, `{"operation":"toJson","mode":"each","options":{"format":true}}`, "file.json application/json {\n  \"a\": 1,\n  \"n\": {\n    \"x\": \"p,q\"\n  }\n}"},
		{"convertToFile", 1.1, `{"operation":"toText","sourceProperty":"t"}`, "file.txt text/plain hi"},
		{"convertToFile", 1.1, `{"operation":"toText","sourceProperty":"nope"}`, `The value in "nope" is not set`},
		{"convertToFile", 1.1, `{"operation":"toBinary","sourceProperty":"a"}`, "not base64"},
		{"convertToFile", 1.1, `{"operation":"rtf"}`, `cannot make "rtf" files`},
		{"convertToFile", 1.1, `{"operation":"html"}`, "File.html text/html <html><head><title>Table</title></head><body><table><tr><td>a</td><td>n.x</td></tr><tr><td>1</td><td>p,q</td></tr><tr><td>TRUE</td><td></td></tr></table></body></html>"},
		{"spreadsheetFile", 2, `{"operation":"toFile","fileFormat":"csv"}`, "spreadsheet.csv text/csv; charset=utf-8 \ufeffa,n.x\n1,\"p,q\"\nTRUE,"},
		{"moveBinaryData", 1, `{"mode":"jsonToBinary"}`, ` application/json {"a":1,"n":{"x":"p,q"}}`},
		{"moveBinaryData", 1, `{"mode":"jsonToBinary","convertAllData":false,"sourceKey":"n.x","options":{"useRawData":true,"mimeType":"text/plain"}}`, ` text/plain p,q`},
	} {
		items := table
		if strings.Contains(c.parameters, `"t"`) {
			items = `[{"json":{"t":"hi"}}]`
		}
		o := run(t, c.typ, c.version, c.parameters, items)
		if o.Run.Error != nil {
			if !strings.Contains(o.Run.Error.Message, c.want) {
				t.Errorf("%s %s: %+v", c.typ, c.parameters, o.Run.Error)
			}
			continue
		}
		f := o.Run.Outputs[0][0].Binary["data"]
		got := f.FileName + " " + f.MimeType + " " + string(f.Data)
		if want := strings.ReplaceAll(c.want, "text/csv; charset=utf-8", "text/csv"); strings.TrimPrefix(got, "file.json") != strings.TrimPrefix(want, "file.json") && got != want {
			t.Errorf("%s %s: %s", c.typ, c.parameters, cmp.Diff(want, got))
		}
	}
}

func TestCrypto(t *testing.T) {
	for parameters, want := range map[string]string{
		`{"value":"abc"}`: "900150983cd24fb0d6963f7d28e17f72",
		`{"type":"SHA256","value":"abc","encoding":"base64"}`:      "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
		`{"type":"SHA3-256","value":"abc"}`:                        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
		`{"action":"hmac","type":"SHA1","value":"x","secret":"k"}`: "cb00131fcec602a8fc84413a2a70154d8c06a0d2",
		`{"action":"sign","value":"x"}`:                            `The algorithm "" of Crypto is not supported`,
		`{"action":"encrypt","value":"x"}`:                         `The action "encrypt" of Crypto is not supported`,
		`{"type":"CRC32","value":"x"}`:                             `The hash "CRC32" is not known.`,
	} {
		o := run(t, "crypto", 1, parameters, `[{"json":{}}]`)
		got := ""
		if o.Run.Error != nil {
			got = o.Run.Error.Message
		} else {
			v, _ := o.Run.Outputs[0][0].JSON.Get("data")
			got, _ = v.(string)
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s gives %s, want %s", parameters, got, want)
		}
	}
	seen := map[any]bool{}
	for _, parameters := range []string{`{"action":"generate"}`, `{"action":"generate","encodingType":"hex","stringLength":7}`, `{"action":"generate","encodingType":"base64","stringLength":9}`, `{"action":"generate","encodingType":"ascii","stringLength":5}`} {
		for range 3 {
			v, _ := run(t, "crypto", 1, parameters, `[{"json":{}}]`).Run.Outputs[0][0].JSON.Get("data")
			if s, _ := v.(string); len(s) < 5 || seen[v] {
				t.Errorf("%s gives %q", parameters, v)
			}
			seen[v] = true
		}
	}
}

func TestHostileInputEndsWithAnError(t *testing.T) {
	deep := strings.Repeat("<a>", 5000)
	text := string(value.JSON(deep))
	if o := run(t, "xml", 1, `{}`, `[{"json":{"data":`+text+`}}]`); o.Run.Error == nil || !strings.Contains(o.Run.Error.Message, "nested too deep") {
		t.Errorf("%+v", o.Run.Error)
	}
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`
	if o := run(t, "xml", 1, `{}`, `[{"json":{"data":`+string(value.JSON(bomb))+`}}]`); o.Run.Error == nil {
		t.Error("entities of the document were expanded")
	}
	for _, typ := range []string{"html", "markdown"} {
		o := run(t, typ, 1, `{"operation":"extractHtmlContent","html":"={{ $json.data }}","extractionValues":{"values":[{"key":"k","cssSelector":"body"}]}}`, `[{"json":{"data":`+text+`}}]`)
		if o.Run == nil {
			t.Errorf("%s did not end", typ)
		}
	}
}

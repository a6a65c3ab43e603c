package data

import (
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Each node passes failures on in a form of its own, as n8n's does: with the fields
// of the item, without them, or not at all.
func TestFailuresOnTheErrorOutput(t *testing.T) {
	for _, c := range []struct {
		typ               string
		version           float64
		parameters, items string
		want              string // the main output, then the error output
	}{
		{"xml", 1, `{}`, `[{"json":{"data":"<a>1</a>"}},{"json":{"data":"<a"}},{"json":{}}]`, `[{"a":"1"}] []`},
		{"dateTime", 2, `{"operation":"formatDate","date":"={{ $json.d }}","format":"yyyy"}`, `[{"json":{"d":"no date"}},{"json":{"d":"2021-05-06"}}]`,
			`[{"formattedDate":"2021"}] [{"error":"Invalid date format"}]`},
		{"html", 1.2, `{"operation":"extractHtmlContent","extractionValues":{"values":[{"key":"k","cssSelector":"b"}]}}`, `[{"json":{"data":"<b>x</b>"}},{"json":{"data":null}}]`,
			`[{"k":"x"}] [{"data":null,"error":"cheerio.load() expects a string"}]`},
		{"crypto", 1, `{"value":"={{ $json.v }}"}`, `[{"json":{"v":"abc"}},{"json":{"v":null}},{"json":{}}]`,
			`[{"v":"abc","data":"900150983cd24fb0d6963f7d28e17f72"}]` +
				` [{"v":null,"error":"The \"data\" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received null"},` +
				`{"error":"The \"data\" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received undefined"}]`},
		{"crypto", 1, `{"binaryData":true}`, `[{"json":{}},{"json":{"k":1},"binary":{"other":{"mimeType":"text/plain","data":"eA=="}}}]`,
			`[] [{"error":"This operation expects the node's input data to contain a binary file 'data', but none was found [item 0]"},` +
				`{"k":1,"error":"The item has no binary field 'data' [item 1]"}]`},
		{"markdown", 1, `{"mode":"markdownToHtml","markdown":"={{ $json.m }}"}`, `[{"json":{"m":"*x*"}},{"json":{"m":null}},{"json":{}}]`,
			`[{"m":"*x*","data":"<p><em>x</em></p>"},{"m":null,"data":null},{}] []`},
		{"extractFromFile", 1, `{"operation":"xlsx"}`, `[{"json":{},"binary":{"data":{"mimeType":"text/plain","data":"eA=="}}}]`,
			`[] [{"error":"The file selected in 'Input Binary Field' is not in xlsx format"}]`},
	} {
		p, err := value.ParseObject([]byte(c.parameters))
		if err != nil {
			t.Fatal(err)
		}
		in, err := workflow.ParseItems([]byte(c.items))
		if err != nil {
			t.Fatal(err)
		}
		o, err := nodetest.Run(t.Context(), node.NewRegistry(Types()), nodetest.Case{
			Node:   value.Obj("name", "N", "id", "n", "type", "n8n-nodes-base."+c.typ, "typeVersion", c.version, "parameters", p, "onError", "continueErrorOutput"),
			Inputs: [][]workflow.Item{in},
		})
		if err != nil || o.Run.Error != nil {
			t.Errorf("%s: %v, %v", c.typ, err, o.Run.Error)
			continue
		}
		got := ""
		for i, out := range o.Run.Outputs {
			list := make([]any, len(out))
			for j, it := range out {
				list[j] = it.JSON
			}
			if i > 0 {
				got += " "
			}
			got += string(value.JSON(list))
		}
		if got != c.want {
			t.Errorf("%s %s:\n gives %s\n want  %s", c.typ, c.parameters, got, c.want)
		}
	}
}

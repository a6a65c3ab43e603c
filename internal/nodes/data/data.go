// Package data has the node types that turn items into other forms and back:
// HTML, XML, Markdown, CSV, JSON, text, dates, hashes and files. They read
// nothing outside and change nothing. All are pure and run inside advance, but for
// the reading of PDF files, whose reader only node-data has.
//
// Each type is one file with its test and one line in Types.
package data

import (
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Types are the node types of the family.
func Types() []node.Type {
	return []node.Type{
		html(), htmlExtract(), markdown(), xml(),
		crypto(), dateTimeV1(), dateTimeV2(),
		moveBinaryData(), convertToFile(), extractFromFile(), spreadsheetFile(), compression(), readPDF(),
		debugHelper(), trainingCustomers(),
	}
}

var main1 = []string{"main"}

// maxText bounds the text that one item may turn into another form.
const maxText = 16 << 20 // bytes

// one wraps the items of a node's only output.
func one(items []workflow.Item, err error) (node.Result, error) {
	if err != nil {
		return node.Result{}, err
	}
	return node.Result{Outputs: [][]workflow.Item{items}}, nil
}

// derived is an item made of the input item i.
func derived(i int, json *value.Object) workflow.Item {
	return workflow.Item{JSON: json, Paired: []workflow.Paired{{Item: i}}}
}

// withField is a copy of an item with one more field, its name taken as it stands.
func withField(i int, it workflow.Item, name string, v any) []workflow.Item {
	out := derived(i, it.JSON.Shallow())
	out.Binary = it.Binary
	out.JSON.Set(name, v)
	return []workflow.Item{out}
}

// option reads a member of the collection "options".
func option(r *node.Reader, name string) any {
	v, _ := r.Object("options").Get(name)
	return v
}

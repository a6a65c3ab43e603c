package data

import (
	"context"
	"encoding/base64"
	"maps"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func moveBinaryData() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.moveBinaryData", Versions: []float64{1, 1.1}, Name: "Convert to/from binary data",
			Description: "Turns files into fields and back (old workflows).",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "mode", Type: "options", Default: "binaryToJson", Description: "binaryToJson or jsonToBinary."},
				{Name: "setAllData", Type: "boolean", Default: true, Description: "Whether the file becomes the whole json."},
				{Name: "convertAllData", Type: "boolean", Default: true, Description: "Whether the whole json becomes the file."},
				{Name: "sourceKey", Type: "string", Default: "data", Description: "The file or field to turn."},
				{Name: "destinationKey", Type: "string", Default: "data", Description: "The file or field that gets the result."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "addBOM, dataIsBase64, encoding, fileName, jsonParse, keepAsBase64, keepSource, mimeType, stripBOM, useRawData."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			m := mover{c: c}
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				if c.At(0).String("mode", "binaryToJson") == "binaryToJson" {
					return m.toJSON(ctx, r, it)
				}
				return m.toFile(ctx, r, it)
			}))
		},
	}
}

type mover struct{ c *node.Call }

func (m mover) toJSON(ctx context.Context, r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
	name := r.String("sourceKey", "data")
	if _, ok := it.Binary[name]; !ok {
		return nil, r.Err()
	}
	data, _, err := m.c.ReadFile(ctx, it, name)
	if err != nil {
		return nil, err
	}
	var v any = base64.StdEncoding.EncodeToString(data)
	whole := r.Bool("setAllData", true)
	if whole || option(r, "keepAsBase64") != true {
		if v, err = decode(data, node.Text(option(r, "encoding")), option(r, "stripBOM") != false); err != nil {
			return nil, err
		}
	}
	out := derived(r.Item(), it.JSON.Shallow())
	if whole || node.Truthy(option(r, "jsonParse")) {
		if v, err = value.Parse([]byte(node.Text(v))); err != nil {
			return nil, node.Errorf("The file %q is not JSON.", name)
		}
	}
	if whole {
		o, ok := v.(*value.Object)
		if !ok {
			return nil, node.Errorf("The file %q is not a JSON object.", name)
		}
		out.JSON = o
	} else if err := field.Set(out.JSON, r.String("destinationKey", "data"), v); err != nil {
		return nil, err
	}
	out.Binary = it.Binary
	if option(r, "keepSource") != true {
		out.Binary = without(it.Binary, name)
	}
	return []workflow.Item{out}, r.Err()
}

func without(files map[string]workflow.Binary, name string) map[string]workflow.Binary {
	out := maps.Clone(files)
	delete(out, name)
	if len(out) == 0 {
		return nil
	}
	return out
}

func (m mover) toFile(ctx context.Context, r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
	whole, key := r.Bool("convertAllData", true), r.String("sourceKey", "data")
	var v any = it.JSON
	if !whole {
		var ok bool
		if v, ok = field.Get(it.JSON, key); !ok {
			return nil, r.Err()
		}
	}
	f := fileMaker{c: m.c, base64: option(r, "dataIsBase64") == true, encoding: node.Text(option(r, "encoding")), bom: option(r, "addBOM") == true}
	f.raw, f.nameless = option(r, "useRawData") == true, m.c.Node.TypeVersion == 1
	f.name, f.mime = node.Text(option(r, "fileName")), node.Text(option(r, "mimeType"))
	if f.mime == "" && (m.c.Node.TypeVersion == 1 || !f.base64) {
		f.mime = "application/json"
	}
	file, err := f.make(ctx, v, r.Item())
	if err != nil {
		return nil, err
	}
	out := derived(r.Item(), value.NewObject(0))
	out.Binary = it.WithFile(r.String("destinationKey", "data"), file)
	switch {
	case option(r, "keepSource") == true:
		out.JSON = it.JSON
	case !whole:
		out.JSON = it.JSON.Shallow()
		field.Unset(out.JSON, key)
	}
	return []workflow.Item{out}, r.Err()
}

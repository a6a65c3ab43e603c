package flow

import (
	"context"
	"regexp"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func executionData() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.executionData", Versions: []float64{1, 1.1}, Name: "Execution Data",
			Description: "Notes data with the execution; the items go on unchanged.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "save", Description: "save."},
				{Name: "dataToSave", Type: "fixedCollection", Default: map[string]any{}, Description: "The data: key, value."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			if c.At(0).String("operation", "save") != "save" {
				return node.Result{Outputs: [][]workflow.Item{c.Items()}}, nil
			}
			known := map[string]bool{}
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				for _, e := range entries(r, c, "dataToSave.values", map[string]any{"key": "", "value": ""}) {
					if err := noted(known, e.text("key"), e.get("value"), c.Node.TypeVersion); err != nil {
						return nil, err
					}
				}
				return []workflow.Item{it}, nil
			}))
		},
	}
}

// maxNotes is how many keys n8n keeps with an execution; it looks at no more.
const maxNotes = 10

var noteKey = regexp.MustCompile(`^[A-Za-z0-9_]*$`)

// noted says what is wrong with a key and its value: n8n keeps texts and numbers.
func noted(known map[string]bool, key string, v any, version float64) error {
	if !known[key] && len(known) >= maxNotes {
		return nil
	}
	if !noteKey.MatchString(key) {
		return node.Errorf("Custom date key can only contain characters \"A-Za-z0-9_\" (key %q)", key)
	}
	if version >= 1.1 && (v == condition.Missing || !node.Truthy(v)) {
		v = ""
	}
	switch v.(type) {
	case string, float64:
		known[key] = true
		return nil
	}
	return node.WithDetail(node.Errorf("Custom data values must be a string (key %q)", key),
		"Write the value as a text, for example {{ JSON.stringify(…) }}; version 1.1 of the node takes an empty one too.")
}

package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func mergeV1() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.merge", Versions: []float64{1}, Name: "Merge",
			Description: "Brings the items of two branches together, once both have arrived.",
			Group:       "transform", Family: node.Pure, Inputs: []string{"input 1", "input 2"}, Outputs: main1,
			Params: []node.Param{
				{Name: "mode", Type: "options", Default: "append", Description: "append, keepKeyMatches, mergeByIndex, mergeByKey, multiplex, passThrough, removeKeyMatches or wait."},
				{Name: "join", Type: "options", Default: "left", Description: "inner, left or outer.", Show: map[string][]any{"mode": {"mergeByIndex"}}},
				{Name: "propertyName1", Type: "string", Default: "", Description: "The field of the first input."},
				{Name: "propertyName2", Type: "string", Default: "", Description: "The field of the second input."},
				{Name: "output", Type: "options", Default: "input1", Description: "input1 or input2.", Show: map[string][]any{"mode": {"passThrough"}}},
				{Name: "overwrite", Type: "options", Default: "always", Description: "When fields are replaced: always, blank or undefined.", Show: map[string][]any{"mode": {"mergeByKey"}}},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			r := c.At(0)
			items, err := runMergeV1(ctx, c, r)
			if err == nil {
				err = r.Err()
			}
			return one(items, err)
		},
	}
}

func runMergeV1(ctx context.Context, c *node.Call, r *node.Reader) ([]workflow.Item, error) {
	a, b := c.Input(0), c.Input(1)
	switch mode := r.String("mode", "append"); mode {
	case "append":
		return append(append([]workflow.Item{}, a...), b...), nil
	case "mergeByIndex":
		return byIndex(a, b, r.String("join", "left")), nil
	case "multiplex":
		m := merger{c: c, r: r, in: [][]workflow.Item{a, b}, clash: clash{shallow: true}}
		outs, err := m.product(ctx)
		if err != nil {
			return nil, err
		}
		for i := range outs[0] {
			outs[0][i].Binary = nil // this mode drops files
		}
		return outs[0], nil
	case "keepKeyMatches", "mergeByKey", "removeKeyMatches":
		return byKey(a, b, mode, r), nil
	case "passThrough":
		if r.String("output", "input1") == "input1" {
			return a, nil
		}
		return b, nil
	case "wait":
		it := workflow.EmptyItem()
		for i := range a {
			it.Paired = append(it.Paired, workflow.Paired{Item: i})
		}
		return []workflow.Item{it}, nil
	default:
		return nil, node.Errorf("The mode %q of Merge is not known.", mode)
	}
}

func byIndex(a, b []workflow.Item, how string) []workflow.Item {
	if len(a) == 0 {
		if how == "outer" {
			return b
		}
		return []workflow.Item{}
	}
	if len(b) == 0 {
		if how == "inner" {
			return []workflow.Item{}
		}
		return a
	}
	n := min(len(a), len(b))
	out := make([]workflow.Item, 0, max(len(a), len(b)))
	for i := range n {
		out = append(out, clash{shallow: true}.items(a[i], b[i]))
	}
	if how != "inner" {
		out = append(out, a[n:]...)
	}
	if how == "outer" {
		out = append(out, b[n:]...)
	}
	return out
}

// byKey keeps, removes or completes the items of the first input whose field is
// found in the second.
func byKey(a, b []workflow.Item, mode string, r *node.Reader) []workflow.Item {
	name1, name2 := r.String("propertyName1", ""), r.String("propertyName2", "")
	if name1 == "" || name2 == "" {
		if mode == "keepKeyMatches" {
			return []workflow.Item{}
		}
		return a
	}
	found := map[string]workflow.Item{}
	for _, it := range b {
		if v, _ := field.Get(it.JSON, name2); node.Truthy(v) {
			found[node.JSString(v)] = it
		}
	}
	overwrite := r.String("overwrite", "always")
	out := []workflow.Item{}
	for _, it := range a {
		key, comparable := keyOf(it, name1)
		other, ok := found[key]
		switch {
		case !comparable:
			if mode == "removeKeyMatches" {
				out = append(out, it)
			}
		case mode == "removeKeyMatches":
			if !ok {
				out = append(out, it)
			}
		case mode == "keepKeyMatches":
			if ok {
				out = append(out, it)
			}
		default:
			if ok {
				it = completed(it, other, name2, overwrite)
			}
			out = append(out, it)
		}
	}
	return out
}

// keyOf is the text by which an item is looked up; false if it has none.
func keyOf(it workflow.Item, name string) (string, bool) {
	v, ok := field.Get(it.JSON, name)
	if !ok {
		return "", false
	}
	switch v.(type) {
	case string, float64, nil:
		return node.JSString(v), true
	}
	return "", false
}

func completed(it, other workflow.Item, name2, overwrite string) workflow.Item {
	it.JSON = it.JSON.Shallow()
	for k, v := range other.JSON.All() {
		old, has := it.JSON.Get(k)
		if k == name2 {
			continue
		}
		if overwrite == "always" || (overwrite == "undefined" && !has) || (overwrite == "blank" && (old == nil || old == "")) {
			it.JSON.Set(k, v)
		}
	}
	return it
}

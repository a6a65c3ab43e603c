package flow

import (
	"context"
	"math"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func setV1() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.set", Versions: []float64{1, 2}, Name: "Set",
			Description: "Sets fields of items, and can remove all others.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "keepOnlySet", Type: "boolean", Default: false, Description: "Whether all other fields are removed."},
				{Name: "values", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields by type: boolean, number, string.", Fields: []node.Param{
					{Name: "name", Type: "string", Description: "A path like data.person[0].name."}, {Name: "value", Type: "string"},
				}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "dotNotation: false takes names with dots as they are."},
			},
		},
		Run: runSetV1,
	}
}

func runSetV1(ctx context.Context, c *node.Call) (node.Result, error) {
	// A failure is the whole node's, as in n8n: passed on, the items go on as they came.
	return one(c.EachOrFail(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		i := r.Item()
		out := derived(i, value.NewObject(4))
		if !r.Bool("keepOnlySet", false) {
			out.JSON, out.Binary = it.JSON.Shallow(), it.Binary
		}
		dots, _ := r.Object("options").Get("dotNotation")
		set := setter(dots != false)
		for _, typ := range []string{"boolean", "number", "string"} {
			for _, e := range entries(r, c, "values."+typ, setDefaultsV1[typ]) {
				if err := set(out.JSON, e.text("name"), setValueV1(c, typ, e.get("value"))); err != nil {
					return nil, err
				}
			}
		}
		return []workflow.Item{out}, nil
	}))
}

var setDefaultsV1 = map[string]map[string]any{
	"boolean": {"name": "propertyName", "value": false},
	"number":  {"name": "propertyName", "value": 0.0},
	"string":  {"name": "propertyName", "value": ""},
}

// setValueV1 converts little: booleans by their truth, from version 2 on numbers
// written as text.
func setValueV1(c *node.Call, typ string, v any) any {
	switch typ {
	case "boolean":
		return v != condition.Missing && node.Truthy(v)
	case "number":
		if s, ok := v.(string); ok && c.Node.TypeVersion >= 2 {
			if n := node.ToNumber(s); !math.IsNaN(n) {
				return n
			}
		}
	}
	return v
}

// setter returns how fields are set: by path, or by the name as it stands. A
// value that is missing leaves no field behind, as undefined does in JSON.
func setter(dots bool) func(o *value.Object, name string, v any) error {
	return func(o *value.Object, name string, v any) error {
		gone := v == condition.Missing
		if gone {
			v = nil
		}
		if !dots {
			if name = plainKey(o, name); gone {
				o.Delete(name)
			} else {
				o.Set(name, v)
			}
			return nil
		}
		err := field.Set(o, name, v)
		if gone && err == nil {
			field.Unset(o, name)
		}
		return err
	}
}

// plainKey takes ["name"] for name.
func plainKey(o *value.Object, name string) string {
	if _, ok := o.Get(name); ok || len(name) < 4 {
		return name
	}
	if a, z := name[:2], name[len(name)-2:]; (a == "['" && z == "']") || (a == `["` && z == `"]`) {
		return name[2 : len(name)-2]
	}
	return name
}

package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func ifV1() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.if", Versions: []float64{1}, Name: "If",
			Description: "Sends each item to the output true or false, by conditions.",
			Group:       "flow", Family: node.Pure, Inputs: main1, Outputs: []string{"true", "false"},
			Params: append(conditionsV1(), node.Param{
				Name: "combineOperation", Type: "options", Default: "all", Description: "Whether all conditions must hold, or any.",
				Options: []node.Option{{Value: "all", Name: "ALL"}, {Value: "any", Name: "ANY"}},
			}),
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return split(ctx, c, "combineOperation", "any")
		},
	}
}

func ifV2() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.if", Versions: []float64{2, 2.1, 2.2, 2.3}, Name: "If",
			Description: "Sends each item to the output true or false, by conditions.",
			Group:       "flow", Family: node.Pure, Inputs: main1, Outputs: []string{"true", "false"}, Params: filterParams(),
		},
		Run: sieve,
	}
}

func filterV1() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.filter", Versions: []float64{1}, Name: "Filter",
			Description: "Keeps the items that meet conditions.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: []string{"kept", "discarded"},
			Params: append(conditionsV1(), node.Param{
				Name: "combineConditions", Type: "options", Default: "AND", Description: "Whether all conditions must hold, or any.",
				Options: []node.Option{{Value: "AND", Name: "AND"}, {Value: "OR", Name: "OR"}},
			}),
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return split(ctx, c, "combineConditions", "OR")
		},
		Outputs: declaresOne,
	}
}

// declaresOne is how many outputs n8n's Filter says that it has. The second, of the
// items that do not pass, is the error output where failures go there: then it has
// nothing but them.
func declaresOne(*workflow.Node) int { return 1 }

func filterV2() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.filter", Versions: []float64{2, 2.1, 2.2, 2.3}, Name: "Filter",
			Description: "Keeps the items that meet conditions.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: []string{"kept", "discarded"}, Params: filterParams(),
		},
		Run: sieve, Outputs: declaresOne,
	}
}

func filterParams() []node.Param {
	return []node.Param{
		{Name: "conditions", Type: "filter", Default: map[string]any{}, Description: "The conditions and how they are combined."},
		{Name: "looseTypeValidation", Type: "boolean", Default: false, Description: "Whether values are converted to the type of the comparison."},
		{Name: "options", Type: "collection", Default: map[string]any{}, Description: "ignoreCase, looseTypeValidation."},
	}
}

// sieve puts the items that pass the filter on the first output, the others on
// the second. A failure that is passed on counts as not passing.
func sieve(ctx context.Context, c *node.Call) (node.Result, error) {
	return divide(ctx, c, func(r *node.Reader) (bool, error) {
		v := r.Value("conditions")
		if r.Err() != nil {
			return false, r.Err()
		}
		return condition.Pass(v, zone(c), r.Item())
	})
}

func divide(ctx context.Context, c *node.Call, pass func(r *node.Reader) (bool, error)) (node.Result, error) {
	yes, no := []workflow.Item{}, []workflow.Item{}
	for i, it := range c.Items() {
		if ctx.Err() != nil {
			return node.Result{}, node.TimedOut(ctx)
		}
		ok, err := pass(c.At(i))
		switch {
		case err != nil && (!c.Continues() || c.Node.TypeVersion < 2):
			return node.Result{}, node.AtItem(i, err)
		case ok && err == nil:
			yes = append(yes, it)
		default:
			no = append(no, it)
		}
	}
	return node.Result{Outputs: [][]workflow.Item{yes, no}}, nil
}

// split is version 1: conditions by data type, all or any of which must hold.
func split(ctx context.Context, c *node.Call, combine, anyWord string) (node.Result, error) {
	return divide(ctx, c, func(r *node.Reader) (bool, error) {
		anyOf := r.String(combine, "") == anyWord
		for _, typ := range condition.TypesV1 {
			for _, e := range entries(r, c, "conditions."+typ, defaultsV1[typ]) {
				ok, err := compareV1(typ, e.text("operation"), e.get("value1"), e.get("value2"))
				if err != nil || ok == anyOf {
					return ok, err
				}
			}
		}
		return !anyOf, r.Err()
	})
}

func compareV1(typ, operation string, a, b any) (bool, error) {
	if typ == "dateTime" {
		var err error
		if a, err = condition.DateV1(a); err != nil {
			return false, err
		}
		if b, err = condition.DateV1(b); err != nil {
			return false, err
		}
	}
	return condition.V1(operation, a, b)
}

// defaultsV1 are the members of a version 1 condition that are not written.
var defaultsV1 = map[string]map[string]any{
	"boolean":  {"value1": false, "operation": "equal", "value2": false},
	"dateTime": {"value1": "", "operation": "after", "value2": ""},
	"number":   {"value1": 0.0, "operation": "smaller", "value2": 0.0},
	"string":   {"value1": "", "operation": "equal", "value2": ""},
}

func conditionsV1() []node.Param {
	params := make([]node.Param, 0, len(condition.TypesV1))
	for _, typ := range condition.TypesV1 {
		params = append(params, node.Param{Name: typ, Type: "fixedCollection", Description: "Comparisons of the type " + typ + ".", Fields: []node.Param{
			{Name: "value1", Type: typ}, {Name: "operation", Type: "options"}, {Name: "value2", Type: typ},
		}})
	}
	return []node.Param{{Name: "conditions", Type: "fixedCollection", Default: map[string]any{}, Description: "The conditions, by data type.", Fields: params}}
}

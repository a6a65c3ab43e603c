package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// itemLists is the node that Split Out, Aggregate, Limit, Remove Duplicates, Sort
// and Summarize came from.
func itemLists() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.itemLists", Versions: []float64{1, 2, 2.1, 2.2, 3, 3.1}, Name: "Item Lists",
			Description: "Splits, joins, sorts, limits, summarizes items or removes doubles (old workflows).",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "splitOutItems", Description: "splitOutItems, aggregateItems or concatenateItems, limit, removeDuplicates, sort or summarize."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "As in the nodes of the operations."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) { return one(runItemLists(ctx, c)) },
	}
}

func runItemLists(ctx context.Context, c *node.Call) ([]workflow.Item, error) {
	r, items, version := c.At(0), c.Items(), c.Node.TypeVersion
	switch op := r.String("operation", "splitOutItems"); op {
	case "splitOutItems":
		return splitLists(ctx, c, items)
	case "aggregateItems", "concatenateItems":
		it, err := aggregated(r, c, items, version < 2.1)
		return []workflow.Item{it}, err
	case "limit":
		return limited(r, items)
	case "removeDuplicates":
		return unique(r, items, false)
	case "sort":
		return sorted(r, c, items)
	case "summarize":
		s := summary{g: getterOf(r), skipEmpty: node.Truthy(option(r, "skipEmptySplitFields")), textKeys: true, old: true, numeric: version < 3}
		return s.run(r, c, items, version < 2.1)
	default:
		return nil, node.Errorf("The operation %q of Item Lists is not known.", op)
	}
}

func splitLists(ctx context.Context, c *node.Call, items []workflow.Item) ([]workflow.Item, error) {
	version := c.Node.TypeVersion
	rules := splitRules{mustExist: version < 2.1, mustHold: version < 2.2}
	out := []workflow.Item{}
	for i, it := range items {
		if ctx.Err() != nil {
			return nil, node.TimedOut(ctx)
		}
		split := func() ([]workflow.Item, error) { return split1(c.At(i), it, rules) }
		if version < 2 {
			split = func() ([]workflow.Item, error) { return splitListV1(c.At(i), it) }
		}
		got, err := split()
		if err != nil {
			return nil, node.AtItem(i, err)
		}
		out = append(out, got...)
	}
	return out, nil
}

// splitListV1 is version 1: one field, which must hold a list.
func splitListV1(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
	name, into := r.String("fieldToSplitOut", ""), node.Text(option(r, "destinationFieldName"))
	g, include := getterOf(r), r.String("include", "noOtherFields")
	v := g.get(it.JSON, name)
	if v == condition.Missing {
		return nil, node.Errorf("Couldn't find the field '%s' in the input data", name)
	}
	list, ok := v.([]any)
	if !ok {
		return nil, node.Errorf("The provided field '%s' is not an array", name)
	}
	others, err := othersV1(r, it, g, name)
	if err != nil {
		return nil, err
	}
	out := make([]workflow.Item, 0, len(list))
	for _, element := range list {
		o := others.Shallow()
		switch {
		case (element == nil || isContainer(element)) && include == "noOtherFields" && into == "":
			spread(o, element)
		case into != "":
			o.Set(into, element)
		default:
			o.Set(name, element)
		}
		out = append(out, derived(r.Item(), o))
	}
	return out, r.Err()
}

func othersV1(r *node.Reader, it workflow.Item, g getter, name string) (*value.Object, error) {
	others := value.NewObject(4)
	switch r.String("include", "noOtherFields") {
	case "allOtherFields":
		others = it.JSON.Shallow()
		getter{}.unset(others, name)
	case "selectedOtherFields":
		names := namesOf(r, "fieldsToInclude")
		if len(names) == 0 {
			return nil, node.WithDetail(node.Errorf("No fields specified"), "Please add a field to include")
		}
		for _, other := range names {
			if v := g.get(it.JSON, other); other != name && v != condition.Missing {
				others.Set(other, v)
			}
		}
	}
	return others, nil
}

package flow

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func sortItems() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.sort", Versions: []float64{1}, Name: "Sort",
			Description: "Puts the items in order.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "type", Type: "options", Default: "simple", Description: "simple (by fields), random or code."},
				{Name: "sortFieldsUi", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields: fieldName, order (ascending or descending).", Show: map[string][]any{"type": {"simple"}}},
				{Name: "code", Type: "string", Default: "", Description: "JavaScript that compares the items a and b and returns a number.", Show: map[string][]any{"type": {"code"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "disableDotNotation."},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) { return one(sorted(c.At(0), c, c.Items())) },
	}
}

func sorted(r *node.Reader, c *node.Call, items []workflow.Item) ([]workflow.Item, error) {
	out := append([]workflow.Item{}, items...)
	switch typ := r.String("type", "simple"); typ {
	case "random":
		for i := len(out) - 1; i > 0; i-- {
			j := int(ident.Fraction() * float64(i+1))
			out[i], out[j] = out[j], out[i]
		}
		return out, r.Err()
	case "simple":
		return out, sortByFields(r, c, out)
	default:
		return sortByCode(r, c, out)
	}
}

type sortField struct {
	name      string
	direction int
}

func sortByFields(r *node.Reader, c *node.Call, items []workflow.Item) error {
	g := getterOf(r)
	var by []sortField
	for _, e := range entries(r, c, "sortFieldsUi.sortField", map[string]any{"fieldName": "", "order": "ascending"}) {
		f := sortField{e.text("fieldName"), -1}
		if e.text("order") == "ascending" {
			f.direction = 1
		}
		if !anyHas(items, g, f.name) {
			return node.Errorf("Couldn't find the field '%s' in the input data", f.name)
		}
		by = append(by, f)
	}
	if r.Err() != nil {
		return r.Err()
	}
	if len(by) == 0 {
		return node.Errorf("No sorting specified. Please add a field to sort by")
	}
	jsSort(items, func(a, b workflow.Item) int {
		for _, f := range by {
			x, y := folded(g.get(a.JSON, f.name)), folded(g.get(b.JSON, f.name))
			if value.Equal(x, y) {
				continue
			}
			if lessThan(x, y) {
				return -f.direction
			}
			return f.direction
		}
		return 0
	})
	return nil
}

func anyHas(items []workflow.Item, g getter, name string) bool {
	for _, it := range items {
		if g.get(it.JSON, name) != condition.Missing {
			return true
		}
	}
	return false
}

// folded ignores the case of texts.
func folded(v any) any {
	if s, ok := v.(string); ok {
		return strings.ToLower(s)
	}
	return v
}

// sortByCode lets the author's JavaScript compare, inside the limits of expressions.
func sortByCode(r *node.Reader, c *node.Call, items []workflow.Item) ([]workflow.Item, error) {
	code := r.String("code", "")
	if r.Err() != nil {
		return nil, r.Err()
	}
	if !strings.Contains(code, "return") {
		return nil, node.Errorf("Sort code doesn't return. Please add a 'return' statement to your code")
	}
	// The closing braces of a template must not end it early.
	code = strings.ReplaceAll(code, "}}", "} }")
	v, _, err := c.Evaluate("{{ ((items, compare) => items.map((_, i) => i).sort((i, j) => compare(items[i], items[j])))($input.all(), (a, b) => {\n"+code+"\n} ) }}", 0)
	if err != nil {
		return nil, err
	}
	order, _ := v.([]any)
	if len(order) != len(items) {
		return nil, node.Errorf("The sort code gave no order.")
	}
	out := make([]workflow.Item, 0, len(items))
	for _, x := range order {
		i, ok := x.(float64)
		if !ok || int(i) < 0 || int(i) >= len(items) {
			return nil, node.Errorf("The sort code gave no order.")
		}
		out = append(out, items[int(i)])
	}
	return out, nil
}

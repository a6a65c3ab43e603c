package flow

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func removeDuplicates() node.Type {
	seen := map[string][]any{"@version": {2.0}, "operation": {removeSeen}}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.removeDuplicates", Versions: []float64{1, 1.1, 2}, Name: "Remove Duplicates",
			Description: "Keeps the first of items that are the same.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: []string{"kept", "discarded"},
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "removeDuplicateInputItems", Description: "removeDuplicateInputItems; removeItemsSeenInPreviousExecutions, which keeps what no earlier run had; or clearDeduplicationHistory.", Show: map[string][]any{"@version": {2.0}}},
				{Name: "compare", Type: "options", Default: "allFields", Description: "allFields, allFieldsExcept or selectedFields."},
				{Name: "fieldsToExclude", Type: "string", Default: "", Description: "The fields that do not count, by comma.", Show: map[string][]any{"compare": {"allFieldsExcept"}}},
				{Name: "fieldsToCompare", Type: "string", Default: "", Description: "The fields that count, by comma.", Show: map[string][]any{"compare": {"selectedFields"}}},
				{Name: "logic", Type: "options", Default: "removeItemsWithAlreadySeenKeyValues", Description: "removeItemsWithAlreadySeenKeyValues, removeItemsUpToStoredIncrementalKey or removeItemsUpToStoredDate.", Show: seen},
				{Name: "dedupeValue", Type: "string", Default: "", Description: "The value by which an item is known.", Show: seen},
				{Name: "incrementalDedupeValue", Type: "number", Default: "", Description: "A number that grows.", Show: seen},
				{Name: "dateDedupeValue", Type: "dateTime", Default: "", Description: "A date.", Show: seen},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "disableDotNotation, removeOtherFields; historySize, scope."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			r := c.At(0)
			if op := r.String("operation", "removeDuplicateInputItems"); c.Node.TypeVersion >= 2 && (op == removeSeen || op == clearHistory) {
				return runSeen(ctx, c, op)
			}
			items, err := unique(r, c.Items(), c.Node.TypeVersion > 1)
			if err != nil && c.Continues() && c.Node.TypeVersion >= 2 && len(c.Items()) > 0 {
				items, err = []workflow.Item{{Error: fault.Of(err).Message}}, nil
			}
			return one(items, err)
		},
		Family: removeDuplicatesFamily,
		Uses:   func(s node.Services) node.Services { return node.Services{Seen: s.Seen} },
		Effect: func(c *node.Call) node.Effect {
			if removeDuplicatesFamily(c.Node) == node.Data {
				return node.Keyed // the same is told again: see dedupe
			}
			return node.Safe
		},
		Outputs: func(*workflow.Node) int { return 1 },
	}
}

// unique removes the items that are the same in the fields that count. loose
// lets null stand in for any type.
func unique(r *node.Reader, items []workflow.Item, loose bool) ([]workflow.Item, error) {
	if len(items) == 0 {
		return items, nil
	}
	g := getterOf(r)
	keys, err := comparedKeys(r, items, g)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	jsSort(order, func(a, b int) int { return compareBy(items[a].JSON, items[b].JSON, keys, g) })
	if err := checkTypes(inOrder(items, order), keys, g, loose); err != nil {
		return nil, err
	}
	gone := make([]bool, len(items))
	kept := order[0]
	for _, i := range order[1:] {
		if sameBy(items[i].JSON, items[kept].JSON, keys, g) {
			gone[i] = true
		} else {
			kept = i
		}
	}
	out := make([]workflow.Item, 0, len(items))
	for i, it := range items {
		if !gone[i] {
			out = append(out, it)
		}
	}
	if node.Truthy(option(r, "removeOtherFields")) {
		return onlyKeys(out, keys), r.Err()
	}
	return out, r.Err()
}

// comparedKeys are the fields that count.
func comparedKeys(r *node.Reader, items []workflow.Item, g getter) ([]string, error) {
	switch r.String("compare", "allFields") {
	case "selectedFields":
		keys := namesOf(r, "fieldsToCompare")
		if len(keys) == 0 {
			return nil, node.Errorf("No fields specified. Please add a field to compare on")
		}
		return keys, nil
	case "allFieldsExcept":
		without := namesOf(r, "fieldsToExclude")
		if len(without) == 0 {
			return nil, node.Errorf("No fields specified. Please add a field to exclude from comparison")
		}
		if !g.plain {
			items = items[:1]
		}
		return slices.DeleteFunc(allKeys(items, g), func(k string) bool { return slices.Contains(without, k) }), nil
	}
	return allKeys(items, g), nil
}

func allKeys(items []workflow.Item, g getter) []string {
	all := value.NewObject(8)
	for _, it := range items {
		if g.plain {
			spread(all, it.JSON)
		} else {
			flatten(all, it.JSON, nil)
		}
	}
	return all.Keys()
}

// flatten lists the paths of everything that is neither list nor object.
func flatten(into *value.Object, v any, path []string) {
	switch v := v.(type) {
	case *value.Object:
		for k, x := range v.All() {
			flatten(into, x, append(path, k))
		}
	case []any:
		for i, x := range v {
			flatten(into, x, append(path, strconv.Itoa(i)))
		}
	default:
		into.Set(strings.Join(path, "."), v)
	}
}

func compareBy(a, b *value.Object, keys []string, g getter) int {
	for _, k := range keys {
		x, y := g.get(a, k), g.get(b, k)
		if value.Equal(x, y) {
			continue
		}
		if lessThan(x, y) {
			return -1
		}
		return 1
	}
	return 0
}

func sameBy(a, b *value.Object, keys []string, g getter) bool {
	for _, k := range keys {
		if !value.Equal(g.get(a, k), g.get(b, k)) {
			return false
		}
	}
	return true
}

func inOrder(items []workflow.Item, order []int) []workflow.Item {
	out := make([]workflow.Item, len(order))
	for i, from := range order {
		out[i] = items[from]
	}
	return out
}

// checkTypes refuses fields that some items lack or have in another type.
func checkTypes(items []workflow.Item, keys []string, g getter, loose bool) error {
	for _, k := range keys {
		typ := ""
		for _, it := range items {
			v := g.get(it.JSON, k)
			switch {
			case k == "":
				return node.Errorf("Name of field to compare is blank")
			case v == nil && loose:
				continue
			case v == condition.Missing:
				return node.Errorf("'%s' field is missing from some input items", k)
			case typ != "" && typ != jsType(v):
				return node.WithDetail(node.Errorf("'%s' isn't always the same type", k), "The type of this field varies between items")
			}
			typ = jsType(v)
		}
	}
	return nil
}

// onlyKeys keeps nothing but the fields that were compared.
func onlyKeys(items []workflow.Item, keys []string) []workflow.Item {
	out := make([]workflow.Item, len(items))
	g := getter{}
	for i, it := range items {
		o := value.NewObject(len(keys))
		for _, k := range keys {
			if v := g.get(it.JSON, k); v != condition.Missing {
				_ = g.set(o, k, v)
			}
		}
		out[i] = derived(i, o)
	}
	return out
}

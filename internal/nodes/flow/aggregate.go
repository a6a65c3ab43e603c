package flow

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func aggregate() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.aggregate", Versions: []float64{1}, Name: "Aggregate",
			Description: "Makes one item of all, with lists of their fields.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "aggregate", Type: "options", Default: "aggregateIndividualFields", Description: "aggregateIndividualFields or aggregateAllItemData."},
				{Name: "fieldsToAggregate", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields: fieldToAggregate, renameField, outputFieldName."},
				{Name: "destinationFieldName", Type: "string", Default: "data", Description: "The field that gets the list.", Show: map[string][]any{"aggregate": {"aggregateAllItemData"}}},
				{Name: "include", Type: "options", Default: "allFields", Description: "allFields, specifiedFields or allFieldsExcept.", Show: map[string][]any{"aggregate": {"aggregateAllItemData"}}},
				{Name: "fieldsToExclude", Type: "string", Default: "", Description: "The fields to leave out, by comma."},
				{Name: "fieldsToInclude", Type: "string", Default: "", Description: "The fields to keep, by comma."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "disableDotNotation, mergeLists, includeBinaries, keepOnlyUnique, keepMissing."},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) {
			it, err := aggregated(c.At(0), c, c.Items(), false)
			return one([]workflow.Item{it}, err)
		},
	}
}

// aggregated makes one item of all; strict refuses fields that no item has.
func aggregated(r *node.Reader, c *node.Call, items []workflow.Item, strict bool) (workflow.Item, error) {
	var out workflow.Item
	var err error
	if r.String("aggregate", "aggregateIndividualFields") == "aggregateIndividualFields" {
		out, err = aggregateFields(r, c, items, strict)
	} else {
		out = aggregateAll(r, items)
	}
	if err == nil {
		err = r.Err()
	}
	if err == nil && node.Truthy(option(r, "includeBinaries")) {
		addFiles(&out, items, node.Truthy(option(r, "keepOnlyUnique")))
	}
	return out, err
}

func aggregateAll(r *node.Reader, items []workflow.Item) workflow.Item {
	var without, only []string
	switch r.String("include", "allFields") {
	case "allFieldsExcept":
		without = namesOf(r, "fieldsToExclude")
	case "specifiedFields":
		only = namesOf(r, "fieldsToInclude")
	}
	list := make([]any, 0, len(items))
	out := workflow.Item{JSON: value.NewObject(1)}
	for i, it := range items {
		o := it.JSON
		if len(without)+len(only) > 0 {
			o = picked(o, func(k string) bool {
				return !slices.Contains(without, k) && (len(only) == 0 || slices.Contains(only, k))
			})
			if o.Len() == 0 {
				continue
			}
		}
		list = append(list, o)
		out.Paired = append(out.Paired, workflow.Paired{Item: i})
	}
	out.JSON.Set(r.String("destinationFieldName", "data"), list)
	return out
}

func picked(o *value.Object, keep func(string) bool) *value.Object {
	out := value.NewObject(o.Len())
	for k, v := range o.All() {
		if keep(k) {
			out.Set(k, v)
		}
	}
	return out
}

func aggregateFields(r *node.Reader, c *node.Call, items []workflow.Item, strict bool) (workflow.Item, error) {
	out := workflow.Item{JSON: value.NewObject(4)}
	for i := range items {
		out.Paired = append(out.Paired, workflow.Paired{Item: i})
	}
	list := entries(r, c, "fieldsToAggregate.fieldToAggregate", map[string]any{"fieldToAggregate": "", "renameField": false, "outputFieldName": ""})
	if len(list) == 0 {
		return out, node.WithDetail(node.Errorf("No fields specified"), "Please add a field to aggregate")
	}
	g, keep, merge := getterOf(r), node.Truthy(option(r, "keepMissing")), node.Truthy(option(r, "mergeLists"))
	from := collector{g: g, keepMissing: keep, mergeLists: merge}
	var used []string
	for _, e := range list {
		name, as := e.text("fieldToAggregate"), e.text("outputFieldName")
		unique := name
		if e.get("renameField") == true {
			unique = as
		}
		if slices.Contains(used, unique) {
			return out, node.WithDetail(node.Errorf("The '%s' output field is used more than once", unique), "Please make sure each output field name is unique")
		}
		used = append(used, unique)
		lax := keep && !(g.plain && strings.Contains(name, "."))
		if strict && !lax && !anyHas(items, g, name) {
			return out, node.Errorf("Couldn't find the field '%s' in the input data", name)
		}
		if name == "" {
			continue
		}
		if as == "" {
			if as = name; !g.plain {
				as = name[strings.LastIndexByte(name, '.')+1:]
			}
		}
		if err := g.set(out.JSON, as, from.list(items, name)); err != nil {
			return out, err
		}
	}
	return out, nil
}

// collector lists values of many items.
type collector struct {
	g                       getter
	keepMissing, mergeLists bool
}

// list lists a field's values over all items.
func (c collector) list(items []workflow.Item, name string) []any {
	out := []any{}
	for _, it := range items {
		v := c.g.get(it.JSON, name)
		list, isList := v.([]any)
		if !c.keepMissing {
			if v == condition.Missing || v == nil {
				continue
			}
			if isList {
				list = slices.DeleteFunc(slices.Clone(list), func(x any) bool { return x == nil })
				v = list
			}
		}
		switch {
		case isList && c.mergeLists:
			out = append(out, list...)
		case v == condition.Missing:
			out = append(out, nil)
		default:
			out = append(out, v)
		}
	}
	return out
}

// addFiles collects the items' files; doubled names get a number.
func addFiles(out *workflow.Item, items []workflow.Item, unique bool) {
	type kind struct {
		mime, fileType, extension string
		size                      int64
	}
	seen := map[kind]bool{}
	for _, p := range out.Paired {
		for name, f := range items[p.Item].Binary {
			k := kind{f.MimeType, f.FileType, f.Extension, f.Size}
			if unique && seen[k] {
				continue
			}
			seen[k] = true
			if out.Binary == nil {
				out.Binary = map[string]workflow.Binary{}
			}
			key := name
			for n := 1; ; n++ {
				if _, taken := out.Binary[key]; !taken {
					break
				}
				key = name + "_" + strconv.Itoa(n)
			}
			out.Binary[key] = f
		}
	}
}

package flow

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func summarize() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.summarize", Versions: []float64{1, 1.1}, Name: "Summarize",
			Description: "Counts, adds up, joins or compares fields over all items, also by group.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "fieldsToSummarize", Type: "fixedCollection", Default: map[string]any{}, Description: "What is computed: aggregation (append, average, concatenate, count, countUnique, max, min, sum), field, includeEmpty, separateBy, customSeparator."},
				{Name: "fieldsToSplitBy", Type: "string", Default: "", Description: "The fields that make the groups, by comma."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "continueIfFieldNotFound, disableDotNotation, outputFormat (separateItems, singleItem), skipEmptySplitFields."},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) {
			r := c.At(0)
			s := summary{g: getterOf(r), skipEmpty: node.Truthy(option(r, "skipEmptySplitFields")), textKeys: c.Node.TypeVersion == 1}
			mustExist := c.Node.TypeVersion == 1 && !node.Truthy(option(r, "continueIfFieldNotFound"))
			return one(s.run(r, c, c.Items(), mustExist))
		},
	}
}

// summary is one run.
type summary struct {
	g         getter
	fields    []entry
	skipEmpty bool
	textKeys  bool // the values of groups become text
	numeric   bool // min and max of numbers only
	rawNames  bool // fields keep dots and brackets
	old       bool // as Item Lists: groups in the order of object keys, and first in the item
}

var summaryNames = map[string]string{
	"append": "appended_", "average": "average_", "concatenate": "concatenated_", "count": "count_",
	"countUnique": "unique_count_", "max": "max_", "min": "min_", "sum": "sum_",
}

var fieldName = strings.NewReplacer("]", "", "[", "", `"`, "", " ", "_", ".", "_")

func (s *summary) run(r *node.Reader, c *node.Call, items []workflow.Item, mustExist bool) ([]workflow.Item, error) {
	s.fields = entries(r, c, "fieldsToSummarize.values", map[string]any{
		"aggregation": "count", "field": "", "includeEmpty": false, "separateBy": ",", "customSeparator": "",
	})
	named := 0
	for _, e := range s.fields {
		name := e.text("field")
		if name == "" {
			continue
		}
		named++
		if mustExist && !anyHas(items, s.g, name) {
			return nil, node.Errorf("The field '%s' does not exist in any items", name)
		}
	}
	if named == 0 {
		return nil, node.Errorf("You need to add at least one aggregation to 'Fields to Summarize' with non empty 'Field'")
	}
	all := make([]int, len(items))
	for i := range all {
		all[i] = i
	}
	by := r.Names("fieldsToSplitBy")
	s.rawNames = s.old && c.Node.TypeVersion < 2 && (len(by) == 0 || option(r, "outputFormat") == "singleItem")
	if option(r, "outputFormat") == "singleItem" {
		return []workflow.Item{{JSON: s.nested(items, all, by), Paired: pairs(all)}}, r.Err()
	}
	return s.flat(items, all, by), r.Err()
}

func pairs(indexes []int) []workflow.Paired {
	out := make([]workflow.Paired, len(indexes))
	for i, x := range indexes {
		out[i].Item = x
	}
	return out
}

// group is the items that have the same value in a field.
type group struct {
	key   any
	items []int
}

func (s *summary) groups(items []workflow.Item, which []int, name string) []group {
	var out []group
	at := map[any]int{}
	for _, i := range which {
		key := s.g.get(items[i].JSON, name)
		if isContainer(key) {
			key = string(value.JSON(key))
		}
		if s.old && s.skipEmpty && (key == condition.Missing || key == "" || key == false) {
			continue
		}
		if s.textKeys {
			key = keyText(key)
		}
		if _, isNumber := key.(float64); s.skipEmpty && !isNumber && (key == condition.Missing || !node.Truthy(key)) {
			continue
		}
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, group{key: key})
		}
		out[n].items = append(out[n].items, i)
	}
	if !s.old {
		return out
	}
	byKey := value.NewObject(len(out))
	for _, g := range out {
		byKey.Set(keyText(g.key), g)
	}
	out = out[:0]
	for _, g := range byKey.All() {
		out = append(out, g.(group))
	}
	return out
}

func keyText(v any) string {
	if v == condition.Missing {
		return "undefined"
	}
	return node.JSString(v)
}

// nested gives one object, with an object of objects for each level of groups.
func (s *summary) nested(items []workflow.Item, which []int, by []string) *value.Object {
	if len(by) == 0 {
		return s.values(items, which)
	}
	o := value.NewObject(4)
	for _, g := range s.groups(items, which, by[0]) {
		o.Set(keyText(g.key), s.nested(items, g.items, by[1:]))
	}
	return o
}

// flat gives one item a group.
func (s *summary) flat(items []workflow.Item, which []int, by []string) []workflow.Item {
	if len(by) == 0 {
		return []workflow.Item{{JSON: s.values(items, which), Paired: pairs(which)}}
	}
	out := []workflow.Item{}
	for _, g := range s.groups(items, which, by[0]) {
		for _, it := range s.flat(items, g.items, by[1:]) {
			switch {
			case s.old:
				first := value.Obj(fieldName.Replace(by[0]), g.key)
				spread(first, it.JSON)
				it.JSON = first
			case g.key != condition.Missing:
				it.JSON.Set(fieldName.Replace(by[0]), g.key)
			}
			out = append(out, it)
		}
	}
	return out
}

func (s *summary) values(items []workflow.Item, which []int) *value.Object {
	o := value.NewObject(len(s.fields))
	for _, e := range s.fields {
		how, name := e.text("aggregation"), e.text("field")
		list := make([]any, len(which))
		for i, x := range which {
			list[i] = s.g.get(items[x].JSON, name)
		}
		keep := e.get("includeEmpty") == true
		if s.old && how != "append" && how != "concatenate" {
			keep = false // the old node offers it for these two only
		}
		if s.numeric && (how == "min" || how == "max") {
			list = slices.DeleteFunc(list, func(v any) bool { _, isNumber := v.(float64); return !isNumber })
		}
		v := summarized(e, how, list, keep)
		if n, ok := v.(float64); ok && math.IsNaN(n) {
			v = nil // as JSON has it
		}
		prefix, ok := summaryNames[how]
		if !ok {
			prefix = "undefined"
		}
		o.Set(prefix+name, v)
	}
	return s.named(o)
}

// named gives the fields names without spaces, dots and brackets. The old node
// renames afterwards, so that these fields come last.
func (s *summary) named(o *value.Object) *value.Object {
	if s.rawNames {
		return o
	}
	out := value.NewObject(o.Len())
	for k, v := range o.All() {
		if !s.old || fieldName.Replace(k) == k {
			out.Set(fieldName.Replace(k), v)
		}
	}
	for k, v := range o.All() {
		if fieldName.Replace(k) != k {
			out.Set(fieldName.Replace(k), v)
		}
	}
	return out
}

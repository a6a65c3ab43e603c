package flow

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func splitOut() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.splitOut", Versions: []float64{1}, Name: "Split Out",
			Description: "Makes an item of each element of a list.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "fieldToSplitOut", Type: "string", Required: true, Description: "The fields that hold lists, by comma; $binary for files."},
				{Name: "include", Type: "options", Default: "noOtherFields", Description: "noOtherFields, allOtherFields or selectedOtherFields."},
				{Name: "fieldsToInclude", Type: "string", Default: "", Description: "The other fields to keep, by comma.", Show: map[string][]any{"include": {"selectedOtherFields"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "destinationFieldName, disableDotNotation, includeBinary."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			var out []workflow.Item
			for i, it := range c.Items() {
				items, err := split1(c.At(i), it, splitRules{trimPrefix: "$json."})
				if err == nil && ctx.Err() != nil {
					err = node.TimedOut(ctx)
				}
				if err != nil {
					return node.Result{}, node.AtItem(i, err)
				}
				out = append(out, items...)
			}
			return one(out, nil)
		},
	}
}

// splitRules are the differences between Split Out and the versions of Item Lists.
type splitRules struct {
	trimPrefix string
	mustExist  bool // a missing field is an error
	mustHold   bool // a value that is neither list nor object is an error
}

// split1 splits one item.
func split1(r *node.Reader, it workflow.Item, rules splitRules) ([]workflow.Item, error) {
	var names []string
	for name := range strings.SplitSeq(r.String("fieldToSplitOut", ""), ",") {
		names = append(names, strings.TrimPrefix(strings.TrimSpace(name), rules.trimPrefix))
	}
	into := node.SplitNames(node.Text(option(r, "destinationFieldName")))
	if len(into) > 0 && len(into) != len(names) {
		return nil, node.Errorf("If multiple fields to split out are given, the same number of destination fields must be given")
	}
	s := splitter{r: r, it: it, g: getterOf(r), include: r.String("include", "noOtherFields"), names: names}
	for i, name := range names {
		to := ""
		if len(into) > 0 {
			to = into[i]
		}
		if err := s.take(name, to, rules); err != nil {
			return nil, err
		}
	}
	if err := s.addOthers(); err != nil {
		return nil, err
	}
	return s.out, r.Err()
}

type splitter struct {
	r       *node.Reader
	it      workflow.Item
	g       getter
	include string
	names   []string
	out     []workflow.Item
}

// take spreads the elements of one field over the items.
func (s *splitter) take(name, to string, rules splitRules) error {
	if name == "$binary" {
		for i, key := range slices.Sorted(maps.Keys(s.it.Binary)) {
			out := s.item(i)
			out.Binary = joinFiles(out.Binary, map[string]workflow.Binary{key: s.it.Binary[key]})
		}
		return nil
	}
	list, err := s.elements(name, rules)
	if err != nil {
		return err
	}
	for i, element := range list {
		out := s.item(i)
		_, isObject := element.(*value.Object)
		_, isList := element.([]any)
		if (isObject || isList) && s.include == "noOtherFields" && to == "" && len(s.names) == 1 {
			spread(out.JSON, element)
			continue
		}
		if to == "" {
			out.JSON.Set(name, element)
		} else {
			out.JSON.Set(to, element)
		}
	}
	return nil
}

func (s *splitter) elements(name string, rules splitRules) ([]any, error) {
	switch v := s.g.get(s.it.JSON, name); {
	case v == condition.Missing:
		if rules.mustExist {
			return nil, node.Errorf("Couldn't find the field '%s' in the input data", name)
		}
		return nil, nil
	case isContainer(v):
		return value.Members(v), nil
	case rules.mustHold:
		return nil, node.Errorf("The provided field '%s' is not an array or object", name)
	default:
		return []any{v}, nil
	}
}

func isContainer(v any) bool {
	switch v.(type) {
	case *value.Object, []any:
		return true
	}
	return false
}

func (s *splitter) item(i int) *workflow.Item {
	for len(s.out) <= i {
		s.out = append(s.out, derived(s.r.Item(), value.NewObject(2)))
	}
	return &s.out[i]
}

// addOthers adds the other fields of the item, and its files.
func (s *splitter) addOthers() error {
	var selected []string
	if s.include == "selectedOtherFields" {
		if selected = namesOf(s.r, "fieldsToInclude"); len(selected) == 0 && len(s.out) > 0 {
			return node.WithDetail(node.Errorf("No fields specified"), "Please add a field to include")
		}
	}
	files := node.Truthy(option(s.r, "includeBinary"))
	for i := range s.out {
		out := &s.out[i]
		if s.include == "allOtherFields" {
			rest := s.it.JSON.Shallow()
			for _, name := range s.names {
				s.g.unset(rest, name)
			}
			spread(rest, out.JSON)
			out.JSON = rest
		}
		for _, name := range selected {
			if v := s.g.get(s.it.JSON, name); v != condition.Missing {
				out.JSON.Set(name, v)
			}
		}
		if files && out.Binary == nil {
			out.Binary = s.it.Binary
		}
	}
	return nil
}

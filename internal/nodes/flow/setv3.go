package flow

import (
	"context"
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/node/convert"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func setV3() node.Type {
	old := map[string][]any{"@version": {3.0, 3.1, 3.2}}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.set", Versions: []float64{3, 3.1, 3.2, 3.3, 3.4, 3.5}, Name: "Edit Fields (Set)",
			Description: "Modifies, adds or removes fields of items.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "mode", Type: "options", Default: "manual", Description: "Field by field, or as JSON.", Options: []node.Option{{Value: "manual", Name: "Manual Mapping"}, {Value: "raw", Name: "JSON"}}},
				{Name: "duplicateItem", Type: "boolean", Default: false, Description: "Whether items are multiplied in test runs."},
				{Name: "duplicateCount", Type: "number", Default: 0.0, Description: "How many copies are added.", Show: map[string][]any{"duplicateItem": {true}}},
				{Name: "jsonOutput", Type: "json", Default: "{\n  \"my_field_1\": \"value\",\n  \"my_field_2\": 1\n}", Description: "The fields as a JSON object.", Show: map[string][]any{"mode": {"raw"}}},
				{Name: "fields", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields.", Show: old},
				{Name: "assignments", Type: "assignment", Default: map[string]any{}, Description: "The fields: name, type and value.", Show: map[string][]any{"@version": {3.3, 3.4}}},
				{Name: "include", Type: "options", Default: "all", Description: "Which fields of the input are kept: all, none, selected, except."},
				{Name: "includeOtherFields", Type: "boolean", Default: false, Description: "Whether fields of the input are kept.", Show: map[string][]any{"@version": {3.3, 3.4}}},
				{Name: "includeFields", Type: "string", Default: "", Description: "The fields to keep, by comma.", Show: map[string][]any{"include": {"selected"}}},
				{Name: "excludeFields", Type: "string", Default: "", Description: "The fields to leave out, by comma.", Show: map[string][]any{"include": {"except"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "dotNotation, ignoreConversionErrors, includeBinary, stripBinary."},
			},
		},
		Run: runSetV3,
	}
}

// maxCopies bounds how often an item is multiplied.
const maxCopies = 10_000

func runSetV3(ctx context.Context, c *node.Call) (node.Result, error) {
	raw := c.At(0).String("mode", "manual") == "raw"
	return one(c.EachOr(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		s := fieldSetter{c: c, r: r, raw: raw}
		out, err := s.item(it)
		if err == nil {
			err = r.Err()
		}
		if err != nil {
			return nil, err
		}
		items := []workflow.Item{out}
		if r.Bool("duplicateItem", false) && c.Run.Mode == "manual" {
			for range min(r.Int("duplicateCount", 0), maxCopies) {
				items = append(items, out)
			}
		}
		return items, nil
	}, func(i int, err error) []workflow.Item { return []workflow.Item{setFailed(raw, i, err)} }))
}

// fieldSetter makes the output of one item.
type fieldSetter struct {
	c   *node.Call
	r   *node.Reader
	raw bool
}

// setFailed is the error item that n8n gives: by hand-made fields the item's origin
// lands in its json.
func setFailed(raw bool, i int, err error) workflow.Item {
	if raw {
		return node.ErrorItem(i, err)
	}
	it := node.UnpairedError(err)
	it.JSON.Set("pairedItem", value.Obj("item", float64(i)))
	return it
}

func (s fieldSetter) item(it workflow.Item) (workflow.Item, error) {
	options := s.r.Object("options")
	var fresh *value.Object
	var err error
	switch {
	case s.raw:
		fresh, err = s.jsonFields()
	case s.c.Node.TypeVersion < 3.3:
		fresh, err = s.typedFields(options)
	default:
		fresh, err = s.assignments(options)
	}
	if err != nil {
		return workflow.Item{}, err
	}
	return s.compose(it, fresh, options)
}

// include says which fields of the input are kept.
func (s fieldSetter) include() string {
	if s.c.Node.TypeVersion >= 3.3 && !s.r.Bool("includeOtherFields", false) {
		return "none"
	}
	return s.r.String("include", "all")
}

func (s fieldSetter) compose(it workflow.Item, fresh, options *value.Object) (workflow.Item, error) {
	include := s.include()
	out := derived(s.r.Item(), value.NewObject(fresh.Len()))
	strip, _ := options.Get("stripBinary")
	keep, _ := options.Get("includeBinary")
	if s.c.Node.TypeVersion >= 3.4 && !node.Truthy(strip) && include != "none" || s.c.Node.TypeVersion < 3.4 && node.Truthy(keep) {
		out.Binary = it.Binary
	}
	dotted, _ := options.Get("dotNotation")
	dots := dotted != false
	switch include {
	case "all":
		out.JSON = it.JSON.Shallow()
	case "selected":
		s.selected(out.JSON, it.JSON, dots)
	case "except":
		out.JSON = it.JSON.Shallow()
		for _, name := range s.r.Names("excludeFields") {
			if dots {
				field.Unset(out.JSON, name)
			} else {
				out.JSON.Delete(plainKey(out.JSON, name))
			}
		}
	case "none":
	default:
		return out, node.Errorf("The include option %q is not known.", include)
	}
	set := setter(dots)
	for name, v := range fresh.All() {
		if err := set(out.JSON, name, v); err != nil {
			return out, err
		}
	}
	return out, s.files(it, &out)
}

func (s fieldSetter) selected(out, in *value.Object, dots bool) {
	for _, name := range s.r.Names("includeFields") {
		if !dots {
			if v, ok := in.Get(plainKey(in, name)); ok {
				out.Set(plainKey(in, name), v)
			}
			continue
		}
		if v, ok := field.Get(in, name); ok {
			_ = field.Set(out, name[strings.LastIndexByte(name, '.')+1:], v)
		}
	}
}

// assignments are the fields from version 3.3 on.
func (s fieldSetter) assignments(options *value.Object) (*value.Object, error) {
	fresh := value.NewObject(4)
	for _, e := range entries(s.r, s.c, "assignments.assignments", map[string]any{"type": "string"}) {
		if e.text("type") == "binary" {
			continue
		}
		name := e.text("name")
		if e.get("name") == condition.Missing {
			name = "undefined" // as the key of a JavaScript object
		}
		v, err := s.entry(name, e.text("type"), e.get("value"), options)
		if err != nil {
			return nil, err
		}
		fresh.Set(name, v)
	}
	return fresh, nil
}

// files sets the assignments of the type binary.
func (s fieldSetter) files(it workflow.Item, out *workflow.Item) error {
	if s.raw || s.c.Node.TypeVersion < 3.3 {
		return nil
	}
	for _, e := range entries(s.r, s.c, "assignments.assignments", nil) {
		if e.text("type") != "binary" {
			continue
		}
		f, ok := it.Binary[e.text("value")]
		if !ok {
			return node.Errorf("Could not find binary data specified in field %s", e.text("name"))
		}
		files := map[string]workflow.Binary{e.text("name"): f}
		for k, v := range out.Binary {
			if _, set := files[k]; !set {
				files[k] = v
			}
		}
		out.Binary = files
	}
	return nil
}

// typedFields are the fields of versions 3 to 3.2: the value stands under the
// name of its type.
func (s fieldSetter) typedFields(options *value.Object) (*value.Object, error) {
	fresh := value.NewObject(4)
	for _, e := range entries(s.r, s.c, "fields.values", typedDefaults) {
		name, typ := e.text("name"), e.text("type")
		v := e.get(typ)
		if written, _ := e.raw.Get(typ); typ == "objectValue" {
			if text, ok := written.(string); ok && strings.HasPrefix(text, "=") && v != condition.Missing && v != nil {
				o, err := s.object(strings.TrimLeft(text, "="), fmt.Sprintf("entry %q inside 'Fields to Set'", name))
				if err != nil {
					return nil, err
				}
				v = o
			}
		}
		v, err := s.entry(name, strings.Replace(typ, "Value", "", 1), v, options)
		if err != nil {
			return nil, err
		}
		fresh.Set(name, v)
	}
	return fresh, nil
}

var typedDefaults = map[string]any{
	"name": "", "type": "stringValue", "stringValue": "", "numberValue": "", "booleanValue": true, "arrayValue": "", "objectValue": "={}",
}

// entry converts a field's value to its type.
func (s fieldSetter) entry(name, typ string, v any, options *value.Object) (any, error) {
	version := s.c.Node.TypeVersion
	gone := v == condition.Missing || v == nil
	if gone && version >= 3.2 {
		return nil, nil
	}
	lax, _ := options.Get("ignoreConversionErrors")
	ignore := node.Truthy(lax)
	if typ == "string" {
		switch {
		case gone && version > 3 && ignore:
			return nil, nil
		case gone && version > 3:
			return nil, s.mistyped(node.Errorf("'%s' expects a %s but we got %s [item %d]", name, typ, describe(v), s.r.Item()), name)
		case v == condition.Missing:
			return "undefined", nil
		case v == nil:
			return "null", nil
		}
		return node.Text(v), nil
	}
	if gone {
		return nil, nil
	}
	out, err := convert.To(name, v, typ, convert.Options{Zone: zone(s.c)})
	switch {
	case err == nil:
		return out, nil
	case ignore:
		return v, nil
	}
	return nil, s.mistyped(node.Errorf("%s [item %d]", faultText(err), s.r.Item()), name)
}

func (s fieldSetter) mistyped(err error, name string) error {
	return node.WithDetail(err, fmt.Sprintf("To fix the error try to change the type for the field %q or activate the option \"Ignore Type Conversion Errors\".", name))
}

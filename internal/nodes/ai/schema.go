package ai

import (
	"fmt"
	"slices"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxSchemaDepth bounds how deep a schema is followed.
const maxSchemaDepth = 32

// schemaOfExample makes a JSON schema of an example: every object's properties
// with their types, none required, as n8n has it in the versions supported here.
func schemaOfExample(v any, depth int) *value.Object {
	if depth > maxSchemaDepth {
		return value.NewObject(0)
	}
	switch v := v.(type) {
	case *value.Object:
		properties := value.NewObject(v.Len())
		for k, x := range v.All() {
			properties.Set(k, schemaOfExample(x, depth+1))
		}
		return value.Obj("type", "object", "properties", properties)
	case []any:
		if len(v) == 0 {
			return value.Obj("type", "array")
		}
		return value.Obj("type", "array", "items", schemaOfExample(v[0], depth+1))
	default:
		return value.Obj("type", value.KindOf(v))
	}
}

// schemaOfAttributes makes a JSON schema of a list of {name, type, description, required}.
func schemaOfAttributes(list []*value.Object) *value.Object {
	properties := value.NewObject(len(list))
	required := []any{}
	for _, a := range list {
		name := node.Get(a, "name", "")
		p := value.Obj("type", node.Get(a, "type", "string"), "description", node.Get(a, "description", ""))
		if node.Get(a, "type", "") == "date" {
			p.Set("type", "string")
			p.Set("format", "date-time")
		}
		properties.Set(name, p)
		if must, _ := a.Get("required"); node.Truthy(must) {
			required = append(required, name)
		}
	}
	s := value.Obj("type", "object", "properties", properties)
	if len(required) > 0 {
		s.Set("required", required)
	}
	return s
}

// place is where in an answer a value stands.
type place struct {
	at    string
	depth int
}

func (p place) String() string { return p.at }

func (p place) under(format string, args ...any) place {
	return place{at: p.at + fmt.Sprintf(format, args...), depth: p.depth + 1}
}

// check holds v against a JSON schema and returns it without the properties that
// the schema does not know. Of the schema's words it follows type, properties,
// required, additionalProperties, items, enum, const, anyOf, oneOf, allOf,
// minimum and maximum; the others only advise the model.
func check(v any, schema *value.Object, at place) (any, error) {
	if schema == nil || at.depth > maxSchemaDepth {
		return v, nil
	}
	if err := checkChoice(v, schema, at); err != nil {
		return nil, err
	}
	for _, word := range []string{"anyOf", "oneOf", "allOf"} {
		out, done, err := checkCombination(v, schema, word, at)
		if done || err != nil {
			return out, err
		}
	}
	if err := checkType(v, schema, at); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *value.Object:
		return checkObject(v, schema, at)
	case []any:
		items, _ := schema.Get("items")
		inner, _ := items.(*value.Object)
		out := make([]any, len(v))
		for i, x := range v {
			var err error
			if out[i], err = check(x, inner, at.under("[%d]", i)); err != nil {
				return nil, err
			}
		}
		return out, nil
	case float64:
		if low, ok := schema.Get("minimum"); ok && v < node.ToNumber(low) {
			return nil, fmt.Errorf("%s is below %v", at, low)
		}
		if high, ok := schema.Get("maximum"); ok && v > node.ToNumber(high) {
			return nil, fmt.Errorf("%s is above %v", at, high)
		}
	}
	return v, nil
}

func checkChoice(v any, schema *value.Object, at place) error {
	if list, ok := schema.Get("enum"); ok {
		all, _ := list.([]any)
		if !slices.ContainsFunc(all, func(x any) bool { return value.Equal(x, v) }) {
			return fmt.Errorf("%s is none of the allowed values", at)
		}
	}
	if c, ok := schema.Get("const"); ok && !value.Equal(c, v) {
		return fmt.Errorf("%s is not the only allowed value", at)
	}
	return nil
}

func checkCombination(v any, schema *value.Object, word string, at place) (out any, done bool, err error) {
	list, ok := schema.Get(word)
	all, _ := list.([]any)
	if !ok || len(all) == 0 {
		return nil, false, nil
	}
	out = v
	for _, x := range all {
		inner, _ := x.(*value.Object)
		var got any
		got, err = check(v, inner, at.under(""))
		switch {
		case word == "allOf" && err != nil:
			return nil, true, err
		case word != "allOf" && err == nil:
			return got, true, nil
		}
	}
	if word == "allOf" {
		return out, false, nil // its parts share the properties; nothing is left out
	}
	return nil, true, fmt.Errorf("%s fits none of the allowed forms", at)
}

// checkType compares the type; "integer" is a whole number.
func checkType(v any, schema *value.Object, at place) error {
	types, ok := schema.Get("type")
	if !ok {
		return nil
	}
	list, isList := types.([]any)
	if !isList {
		list = []any{types}
	}
	if nullable, _ := schema.Get("nullable"); v == nil && nullable == true {
		return nil
	}
	for _, t := range list {
		n, isNumber := v.(float64)
		if t == value.KindOf(v) || t == "integer" && isNumber && n == float64(int64(n)) {
			return nil
		}
	}
	return fmt.Errorf("%s is of type %s", at, value.KindOf(v))
}

func checkObject(v *value.Object, schema *value.Object, at place) (any, error) {
	p, _ := schema.Get("properties")
	properties, _ := p.(*value.Object)
	r, _ := schema.Get("required")
	required, _ := r.([]any)
	for _, name := range required {
		if s, ok := name.(string); ok {
			if _, there := v.Get(s); !there {
				return nil, fmt.Errorf("%s.%s is missing", at, s)
			}
		}
	}
	if properties == nil {
		return v, nil
	}
	more, given := schema.Get("additionalProperties")
	out := value.NewObject(v.Len())
	for k, x := range v.All() {
		inner, known := properties.Get(k)
		if !known {
			if given && more == false {
				return nil, fmt.Errorf("%s.%s is not allowed", at, k)
			}
			if given {
				out.Set(k, x)
			}
			continue
		}
		o, _ := inner.(*value.Object)
		got, err := check(x, o, at.under(".%s", k))
		if err != nil {
			return nil, err
		}
		out.Set(k, got)
	}
	return out, nil
}

// authorSchema is the input schema of a tool that its author wrote: itself, or by an example.
func authorSchema(r *sub) (*value.Object, error) {
	text, example := r.text("inputSchema", ""), false
	if r.text("schemaType", "fromJson") != "manual" {
		text, example = r.text("jsonSchemaExample", "{}"), true
	}
	schema, err := parseSchema(text, example)
	if err != nil {
		return nil, node.WithDetail(node.Errorf("The input schema of %q is not valid JSON", r.node.Name), err.Error())
	}
	return schema, nil
}

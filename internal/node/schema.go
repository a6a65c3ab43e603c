package node

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Schema is the JSON Schema (2020-12) of a node's parameters as its spec has
// them. Every parameter may also be an expression: a string that begins with "=".
// Parameters that are not in the spec are allowed, because workflows bring some
// along from other versions.
func (s *Spec) Schema() *value.Object {
	o := objectSchema(s.Parameters())
	out := value.Obj("$schema", "https://json-schema.org/draft/2020-12/schema", "title", s.Name, "description", s.Description)
	for k, v := range o.All() {
		out.Set(k, v)
	}
	return out
}

func objectSchema(params []Param) *value.Object {
	properties, required := value.NewObject(len(params)), []any{}
	for i := range params {
		p := &params[i]
		schema := p.schema()
		if other, ok := properties.Get(p.Name); ok { // the same name with another visibility
			schema = value.Obj("anyOf", []any{other, schema})
		}
		properties.Set(p.Name, schema)
		if p.Required && len(p.Show) == 0 && !slices.Contains(required, any(p.Name)) {
			required = append(required, p.Name)
		}
	}
	o := value.Obj("type", "object", "properties", properties)
	if len(required) > 0 {
		o.Set("required", required)
	}
	return o
}

// jsonTypes are the types of JSON by those of parameters; others may be anything.
var jsonTypes = map[string]any{
	"string": "string", "number": "number", "boolean": "boolean", "dateTime": "string",
	"collection": "object", "fixedCollection": "object", "filter": "object", "assignment": "object",
}

func (p *Param) schema() *value.Object {
	o := value.NewObject(4)
	if p.Description != "" {
		o.Set("description", p.Description)
	}
	if p.Default != nil {
		o.Set("default", value.From(p.Default))
	}
	if typ, ok := jsonTypes[p.Type]; ok {
		types := []any{typ}
		if typ != "string" {
			types = append(types, "string") // an expression
		}
		o.Set("type", types)
	}
	if len(p.Options) > 0 {
		choices := make([]any, 0, len(p.Options)+1)
		for _, c := range p.Options {
			choices = append(choices, value.Obj("const", c.Value, "title", c.Name))
		}
		o.Set("anyOf", append(choices, value.Obj("type", "string", "pattern", "^=")))
	}
	if len(p.Fields) > 0 && p.Type == "collection" {
		fields, _ := objectSchema(p.Fields).Get("properties")
		o.Set("properties", fields)
	}
	return o
}

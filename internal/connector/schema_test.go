package connector

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/automatelanka/automatelanka/internal/value"
)

var update = flag.Bool("update", false, "write the generated schema")

// schema.json is generated: go test ./internal/connector -run Schema -update
func TestSchemaIsThatOfTheFormat(t *testing.T) {
	const file = "schema.json"
	g := &schemas{defs: value.NewObject(16)}
	root := g.of(reflect.TypeFor[File]())
	out := value.Obj("$schema", "https://json-schema.org/draft/2020-12/schema", "title", "Connector")
	for k, v := range root.All() {
		out.Set(k, v)
	}
	out.Set("$defs", g.defs)
	text := jsontext.Value(value.JSON(out))
	if err := text.Indent(); err != nil {
		t.Fatal(err)
	}
	got := append(bytes.TrimSpace(text), '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s is not up to date; run this test with -update", file)
	}
}

// Every file, of services and common, fits the schema.
func TestFilesFitTheSchema(t *testing.T) {
	s, err := jsonschema.NewCompiler().Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(embedded, "data", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		text, err := fs.ReadFile(embedded, name)
		if err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// schemas makes JSON Schemas of Go types.
type schemas struct{ defs *value.Object }

// of is the schema of a type; structs stand in $defs, by name.
func (g *schemas) of(t reflect.Type) *value.Object {
	switch t {
	case reflect.TypeFor[Template]():
		return value.Obj("description", "A template: JSON with placeholders, expressions and operators.")
	case reflect.TypeFor[Condition]():
		return value.Obj("type", []any{"string", "boolean", "object"}, "description", "A condition.")
	case reflect.TypeFor[Range]():
		return value.Obj("type", "string", "pattern", `^((<|<=|>|>=|=)?\d+(\.\d+)?( |$))+$`)
	case reflect.TypeFor[Option]():
		return value.Obj("anyOf", []any{value.Obj("type", "string"), g.named(t)})
	case reflect.TypeFor[ParamRef]():
		return value.Obj("anyOf", []any{reference, g.of(reflect.TypeFor[Param]())})
	case reflect.TypeFor[StepRef]():
		return value.Obj("anyOf", []any{reference, g.of(reflect.TypeFor[Step]())})
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Slice:
		list := value.Obj("type", "array", "items", g.of(t.Elem()))
		if strings.HasPrefix(t.Name(), "OneOrMany") {
			return value.Obj("anyOf", []any{g.of(t.Elem()), list})
		}
		return list
	case reflect.Map:
		return value.Obj("type", "object", "additionalProperties", g.of(t.Elem()))
	case reflect.Struct:
		return g.named(t)
	case reflect.String:
		return value.Obj("type", "string")
	case reflect.Bool:
		return value.Obj("type", "boolean")
	case reflect.Int:
		return value.Obj("type", "integer")
	case reflect.Float64:
		return value.Obj("type", "number")
	}
	return value.NewObject(0)
}

var reference = value.Obj("type", "string", "pattern", "^@")

func (g *schemas) named(t reflect.Type) *value.Object {
	if _, ok := g.defs.Get(t.Name()); !ok {
		g.defs.Set(t.Name(), nil) // types refer to themselves
		o := value.Obj("type", "object", "additionalProperties", false)
		properties, required := value.NewObject(t.NumField()), []any{}
		g.fields(t, properties, &required)
		o.Set("properties", properties)
		if len(required) > 0 {
			o.Set("required", required)
		}
		g.defs.Set(t.Name(), o)
	}
	return value.Obj("$ref", "#/$defs/"+t.Name())
}

func (g *schemas) fields(t reflect.Type, properties *value.Object, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			g.fields(f.Type, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := g.of(f.Type).Shallow()
		if doc := f.Tag.Get("doc"); doc != "" {
			p.Set("description", doc)
		}
		if enum := f.Tag.Get("enum"); enum != "" {
			var values []any
			for v := range strings.SplitSeq(enum, ",") {
				values = append(values, v)
			}
			p.Set("enum", values)
		}
		properties.Set(name, p)
		if options == "" {
			*required = append(*required, name)
		}
	}
}

package flow

import (
	"maps"
	"slices"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
)

// getter reads fields by path, or by the name as it stands.
type getter struct{ plain bool }

// get returns a field, or Missing.
func (g getter) get(o *value.Object, name string) any {
	if g.plain {
		if v, ok := o.Get(name); ok {
			return v
		}
		return condition.Missing
	}
	if v, ok := field.Get(o, name); ok {
		return v
	}
	return condition.Missing
}

func (g getter) set(o *value.Object, name string, v any) error {
	return setter(!g.plain)(o, name, v)
}

func (g getter) unset(o *value.Object, name string) {
	if g.plain {
		o.Delete(name)
		return
	}
	field.Unset(o, name)
}

// getterOf reads options.disableDotNotation.
func getterOf(r *node.Reader) getter {
	v, _ := r.Object("options").Get("disableDotNotation")
	return getter{plain: node.Truthy(v)}
}

// option reads a member of the collection "options".
func option(r *node.Reader, name string) any {
	v, _ := r.Object("options").Get(name)
	return v
}

// namesOf reads a list of field names: by comma, as a list, or as the old
// collection {fields: [{fieldName}]}.
func namesOf(r *node.Reader, name string) []string {
	o, ok := r.Value(name).(*value.Object)
	if !ok {
		return r.Names(name)
	}
	list, _ := o.Get("fields")
	entries, _ := list.([]any)
	var out []string
	for _, x := range entries {
		if e, ok := x.(*value.Object); ok {
			out = append(out, node.Get(e, "fieldName", ""))
		}
	}
	return out
}

// spread is JavaScript's {...v}: the members of objects and lists.
func spread(into *value.Object, v any) {
	switch v := v.(type) {
	case *value.Object:
		for k, x := range v.All() {
			into.Set(k, x)
		}
	case []any:
		for i, x := range v {
			into.Set(value.FormatNumber(float64(i)), x)
		}
	}
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package value

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// KindOf names v's type as JavaScript users know it: null, boolean, number,
// string, array or object.
func KindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64, int:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	default:
		return "object"
	}
}

// Clone copies v deeply.
func Clone(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = Clone(x)
		}
		return out
	case *Object:
		return v.Clone()
	default:
		return v
	}
}

// Clone copies the object deeply; nil stays nil.
func (o *Object) Clone() *Object {
	if o == nil {
		return nil
	}
	out := o.Shallow()
	for i, x := range out.vals {
		out.vals[i] = Clone(x)
	}
	return out
}

// Shallow copies the object but not its values.
func (o *Object) Shallow() *Object {
	if o == nil {
		return nil
	}
	return &Object{keys: slices.Clone(o.keys), vals: slices.Clone(o.vals), index: maps.Clone(o.index)}
}

// Equal reports whether a and b are the same JSON value; the order of keys does
// not count.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, Equal)
	case *Object:
		y, ok := b.(*Object)
		if !ok || x.Len() != y.Len() {
			return false
		}
		for k, v := range x.All() {
			if w, ok := y.Get(k); !ok || !Equal(v, w) {
				return false
			}
		}
		return true
	default:
		return a == b
	}
}

// From turns Go data (maps, slices, structs, numbers) into a value; the keys of
// maps are sorted. Values are returned as they are.
func From(v any) any {
	switch v := v.(type) {
	case nil, bool, float64, string, []any, *Object:
		return v
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case map[string]any:
		o := NewObject(len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			o.Set(k, From(v[k]))
		}
		return o
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("value.From(%T): %v", v, err))
	}
	out, err := Parse(b)
	if err != nil {
		panic(fmt.Sprintf("value.From(%T): %v", v, err))
	}
	return out
}

// Reach walks into v by names: keys of objects, and indexes of lists.
func Reach(v any, steps ...string) (any, bool) {
	for _, step := range steps {
		switch at := v.(type) {
		case *Object:
			x, ok := at.Get(step)
			if !ok {
				return nil, false
			}
			v = x
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// Members are the elements of a list or the values of an object, in their order;
// none of anything else.
func Members(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case *Object:
		out := make([]any, 0, v.Len())
		for _, x := range v.All() {
			out = append(out, x)
		}
		return out
	}
	return nil
}

// Path walks into v by keys (string) and list indexes (int).
func Path(v any, steps ...any) (any, bool) {
	for _, s := range steps {
		switch s := s.(type) {
		case string:
			o, ok := v.(*Object)
			if !ok {
				return nil, false
			}
			if v, ok = o.Get(s); !ok {
				return nil, false
			}
		case int:
			list, ok := v.([]any)
			if !ok || s < 0 || s >= len(list) {
				return nil, false
			}
			v = list[s]
		}
	}
	return v, true
}

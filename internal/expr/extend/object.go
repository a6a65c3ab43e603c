package extend

import (
	"net/url"
	"strings"

	"github.com/dop251/goja"
)

var objectFunctions = map[string]function{
	"isEmpty":    func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(len(keys(s, this)) == 0) },
	"isNotEmpty": func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(len(keys(s, this)) > 0) },
	"hasField": func(s *Set, this goja.Value, args []goja.Value) goja.Value {
		return s.VM.ToValue(has(this.ToObject(s.VM), argument(args, 0).String()))
	},
	"removeField":            removeField,
	"removeFieldsContaining": removeFieldsContaining,
	"keepFieldsContaining":   keepFieldsContaining,
	"compact":                func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.compacted(this, 0) },
	"urlEncode":              objectURLEncode,
	"keys": func(s *Set, this goja.Value, _ []goja.Value) goja.Value {
		return s.must(s.global("Object.keys", this))
	},
	"values": func(s *Set, this goja.Value, _ []goja.Value) goja.Value {
		return s.must(s.global("Object.values", this))
	},
	"toJsonString": toJSONString,
	"toInt":        undefinedFunction,
	"toFloat":      undefinedFunction,
	"toBoolean":    undefinedFunction,
	"toDateTime":   undefinedFunction,
}

// keys are the own enumerable keys of an object.
func keys(s *Set, v goja.Value) []string { return v.ToObject(s.VM).Keys() }

// has is the operator in.
func has(o *goja.Object, name string) bool {
	v := o.Get(name)
	if v != nil && !goja.IsUndefined(v) {
		return true
	}
	for p := o; p != nil; p = p.Prototype() {
		for _, k := range p.GetOwnPropertyNames() {
			if k == name {
				return true
			}
		}
	}
	return false
}

// put defines an own field; no setter or prototype is involved.
func (s *Set) put(o *goja.Object, key string, v goja.Value) {
	if err := o.DefineDataProperty(key, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE); err != nil {
		panic(err)
	}
}

// copied makes an object of the fields that keep accepts.
func (s *Set) copied(v goja.Value, keep func(key string, v goja.Value) bool) *goja.Object {
	from, out := v.ToObject(s.VM), s.VM.NewObject()
	list := from.Keys()
	s.Spend(int64(len(list)) * 64)
	for _, k := range list {
		if x := from.Get(k); keep(k, x) {
			s.put(out, k, x)
		}
	}
	return out
}

func removeField(s *Set, this goja.Value, args []goja.Value) goja.Value {
	name := argument(args, 0).String()
	if !has(this.ToObject(s.VM), name) {
		return this
	}
	return s.copied(this, func(k string, _ goja.Value) bool { return k != name })
}

func removeFieldsContaining(s *Set, this goja.Value, args []goja.Value) goja.Value {
	match, ok := str(argument(args, 0))
	if !ok || match == "" {
		s.Throw("removeFieldsContaining(): expected non-empty string arg")
	}
	return s.copied(this, func(_ string, v goja.Value) bool {
		text, is := str(v)
		return !is || !strings.Contains(text, match)
	})
}

func keepFieldsContaining(s *Set, this goja.Value, args []goja.Value) goja.Value {
	match, ok := str(argument(args, 0))
	if !ok || match == "" {
		s.Throw("argument of keepFieldsContaining must be a non-empty string")
	}
	return s.copied(this, func(_ string, v goja.Value) bool {
		text, is := str(v)
		return is && strings.Contains(text, match)
	})
}

// maxDepth bounds the functions that descend into data.
const maxDepth = 500

// nothing reports whether compact drops a value.
func nothing(v goja.Value) bool {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return true
	}
	text, ok := str(v)
	return ok && (text == "" || text == "nil")
}

// compacted drops empty fields at all levels. Lists become objects, as in n8n.
func (s *Set) compacted(v goja.Value, depth int) goja.Value {
	if depth > maxDepth {
		s.Throw("compact(): the data is nested too deeply")
	}
	from, out := v.ToObject(s.VM), s.VM.NewObject()
	for _, k := range from.Keys() {
		x := from.Get(k)
		if nothing(x) {
			continue
		}
		if o, ok := x.(*goja.Object); ok && !callable(o) {
			if len(o.Keys()) == 0 {
				continue
			}
			x = s.compacted(o, depth+1)
		}
		s.Spend(64)
		s.put(out, k, x)
	}
	return out
}

func callable(o *goja.Object) bool {
	_, ok := goja.AssertFunction(o)
	return ok
}

// objectURLEncode is new URLSearchParams(object).toString().
func objectURLEncode(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	var out strings.Builder
	o := this.ToObject(s.VM)
	for i, k := range o.Keys() {
		if i > 0 {
			out.WriteByte('&')
		}
		out.WriteString(formEncode(k) + "=" + formEncode(o.Get(k).String()))
	}
	return s.VM.ToValue(out.String())
}

// formEncode is the form encoding of the web: * is left, ~ is not.
func formEncode(text string) string {
	return strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(text))
}

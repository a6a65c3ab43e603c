package extend

import (
	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/ident"
)

var arrayFunctions = map[string]function{
	"first":            func(_ *Set, this goja.Value, _ []goja.Value) goja.Value { return at(this, 0) },
	"last":             func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return at(this, s.length(this)-1) },
	"randomItem":       randomItem,
	"isEmpty":          func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(s.length(this) == 0) },
	"isNotEmpty":       func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(s.length(this) > 0) },
	"pluck":            pluck,
	"unique":           unique,
	"removeDuplicates": unique,
	"sum":              func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(s.sum(this, "sum")) },
	"min":              extreme("min"),
	"max":              extreme("max"),
	"average":          average,
	"compact":          arrayCompact,
	"smartJoin":        smartJoin,
	"chunk":            chunk,
	"renameKeys":       renameKeys,
	"merge":            merge,
	"union":            union,
	"difference":       difference,
	"intersection":     intersection,
	"append": func(s *Set, this goja.Value, args []goja.Value) goja.Value {
		return s.array(append(s.elements(this), args...))
	},
	"toJsonString": toJSONString,
	"toInt":        undefinedFunction,
	"toFloat":      undefinedFunction,
	"toBoolean":    undefinedFunction,
	"toDateTime":   undefinedFunction,
}

// maxList is the longest list that the functions walk.
const maxList = 1 << 20

func (s *Set) length(v goja.Value) int {
	n := v.ToObject(s.VM).Get("length").ToInteger()
	if n > maxList {
		s.Throw("the list is too long")
	}
	return int(n)
}

// at is list[i], undefined beyond the ends.
func at(v goja.Value, i int) goja.Value {
	o, ok := v.(*goja.Object)
	if !ok || i < 0 {
		return goja.Undefined()
	}
	if x := o.Get(itoa(i)); x != nil {
		return x
	}
	return goja.Undefined()
}

// elements lists the elements of an array.
func (s *Set) elements(v goja.Value) []goja.Value {
	n := s.length(v)
	s.Spend(int64(n) * 16)
	list := make([]goja.Value, n)
	for i := range list {
		list[i] = at(v, i)
	}
	return list
}

// array makes a JavaScript array.
func (s *Set) array(list []goja.Value) goja.Value {
	s.Spend(int64(len(list)) * 16)
	items := make([]any, len(list))
	for i, v := range list {
		items[i] = v
	}
	return s.VM.NewArray(items...)
}

// others is the argument of a function that takes another list.
func (s *Set) others(args []goja.Value, name, example string) []goja.Value {
	o, ok := argument(args, 0).(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		s.Throw(name + "(): expected array arg, e.g. ." + name + "(" + example + ")")
	}
	return s.elements(o)
}

func randomItem(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	return at(this, int(ident.Fraction()*float64(s.length(this))))
}

// pluck takes the named fields of each object: the value where there is one
// field, a list where there are several.
func pluck(s *Set, this goja.Value, args []goja.Value) goja.Value {
	if len(args) == 0 {
		return this
	}
	var out []goja.Value
	for _, v := range s.elements(this) {
		o, ok := v.(*goja.Object)
		if !ok || callable(o) {
			continue
		}
		var found []goja.Value
		for _, k := range o.Keys() {
			for _, a := range args {
				if name, is := str(a); is && name == k {
					found = append(found, o.Get(k))
				}
			}
		}
		switch len(found) {
		case 0:
		case 1:
			out = append(out, found[0])
		default:
			out = append(out, s.array(found))
		}
	}
	return s.array(out)
}

// sum adds numbers up; anything else in the list is an error.
func (s *Set) sum(v goja.Value, name string) float64 {
	total := 0.0
	for _, x := range s.numbers(v, name) {
		total += x
	}
	return total
}

func (s *Set) numbers(v goja.Value, name string) []float64 {
	list := s.elements(v)
	out := make([]float64, len(list))
	for i, x := range list {
		switch x.Export().(type) {
		case int64, float64:
			out[i] = x.ToFloat()
		default:
			s.Throw(name + "(): all array elements must be numbers")
		}
	}
	return out
}

func extreme(name string) function {
	return func(s *Set, this goja.Value, _ []goja.Value) goja.Value {
		numbers := s.numbers(this, name)
		args := make([]goja.Value, len(numbers))
		for i, n := range numbers {
			args[i] = s.VM.ToValue(n)
		}
		return s.must(s.global("Math."+name, args...))
	}
}

func average(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	n := s.length(this)
	total := s.sum(this, "average")
	if n == 0 {
		return s.VM.ToValue(0)
	}
	return s.VM.ToValue(total / float64(n))
}

func arrayCompact(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	var out []goja.Value
	for _, v := range s.elements(this) {
		o, ok := v.(*goja.Object)
		switch {
		case nothing(v):
		case ok && callable(o):
			out = append(out, v)
		case ok && len(o.Keys()) > 0:
			out = append(out, s.compacted(o, 0))
		case !ok:
			out = append(out, v)
		}
	}
	return s.array(out)
}

// smartJoin makes one object of a list of {key, value} objects.
func smartJoin(s *Set, this goja.Value, args []goja.Value) goja.Value {
	key, ok1 := str(argument(args, 0))
	val, ok2 := str(argument(args, 1))
	if !ok1 || !ok2 || key == "" || val == "" {
		s.Throw(`smartJoin(): expected two string args, e.g. .smartJoin("name", "value")`)
	}
	out := s.VM.NewObject()
	for _, v := range s.elements(this) {
		if o, ok := v.(*goja.Object); ok && !callable(o) && readable(o, key) && readable(o, val) {
			s.put(out, o.Get(key).String(), o.Get(val))
		}
	}
	return out
}

// readable reports whether an object has a field that is not merely inherited
// by all objects.
func readable(o *goja.Object, name string) bool {
	p := o.Prototype()
	return has(o, name) && (p == nil || !has(p, name) || own(o, name))
}

func own(o *goja.Object, name string) bool {
	for _, k := range o.GetOwnPropertyNames() {
		if k == name {
			return true
		}
	}
	return false
}

func chunk(s *Set, this goja.Value, args []goja.Value) goja.Value {
	size := 0
	switch n := argument(args, 0).Export().(type) {
	case int64:
		size = int(n)
	case float64:
		size = int(n)
	}
	if size <= 0 {
		s.Throw("chunk(): expected non-zero numeric arg, e.g. .chunk(5)")
	}
	list := s.elements(this)
	var out []goja.Value
	for i := 0; i < len(list); i += size {
		out = append(out, s.array(list[i:min(i+size, len(list))]))
	}
	return s.array(out)
}

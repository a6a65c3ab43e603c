package extend

import (
	"github.com/dop251/goja"
)

// renameKeys takes pairs of names: from, to.
func renameKeys(s *Set, this goja.Value, args []goja.Value) goja.Value {
	if len(args) == 0 || len(args)%2 != 0 {
		s.Throw(`renameKeys(): expected an even amount of args: from1, to1 [, from2, to2, ...]. e.g. .renameKeys("name", "title")`)
	}
	list := s.elements(this)
	for i, v := range list {
		o, ok := v.(*goja.Object)
		if !ok || callable(o) {
			continue
		}
		out := s.copied(o, func(string, goja.Value) bool { return true })
		for a := 0; a < len(args); a += 2 {
			from, to := args[a].String(), args[a+1].String()
			if !own(out, from) {
				continue
			}
			s.put(out, to, out.Get(from))
			if err := out.Delete(from); err != nil {
				panic(err)
			}
		}
		list[i] = out
	}
	return s.array(list)
}

// merge makes one object of all in the list; with another list, of the objects
// at the same places. The first value of a field counts.
func merge(s *Set, this goja.Value, args []goja.Value) goja.Value {
	list := s.elements(this)
	out := s.VM.NewObject()
	if !given(argument(args, 0)) {
		for _, v := range list {
			if o, ok := v.(*goja.Object); ok && o.ClassName() != "Array" && !callable(o) {
				s.addMissing(out, o)
			}
		}
		return out
	}
	others := s.others(args, "merge", "[{ id: 1, otherValue: 3 }]")
	for i, v := range list {
		if i >= len(others) {
			break
		}
		a, ok1 := object(v)
		b, ok2 := object(others[i])
		if !ok1 || !ok2 {
			continue
		}
		pair := s.VM.NewObject()
		s.addMissing(pair, a)
		s.addMissing(pair, b)
		for _, k := range pair.Keys() {
			s.put(out, k, pair.Get(k))
		}
	}
	return out
}

// object reports whether typeof v is "object"; null gives a nil object.
func object(v goja.Value) (*goja.Object, bool) {
	if goja.IsNull(v) {
		return nil, true
	}
	o, ok := v.(*goja.Object)
	return o, ok && !callable(o)
}

// addMissing adds the fields of o that out does not have.
func (s *Set) addMissing(out, o *goja.Object) {
	if o == nil {
		return
	}
	for _, k := range o.Keys() {
		if !own(out, k) {
			s.Spend(64)
			s.put(out, k, o.Get(k))
		}
	}
}

// unique keeps the first of equal elements; with names, of those that are equal
// in these fields.
func unique(s *Set, this goja.Value, args []goja.Value) goja.Value {
	return s.array(s.distinct(s.elements(this), args))
}

func (s *Set) distinct(list, fields []goja.Value) []goja.Value {
	seen := map[string]bool{}
	var out []goja.Value
	for _, v := range list {
		key := s.print(s.only(v, fields))
		if !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out
}

// only is v reduced to the named fields, if it is an object and there are names.
func (s *Set) only(v goja.Value, fields []goja.Value) goja.Value {
	o, ok := v.(*goja.Object)
	if !ok || len(fields) == 0 {
		return v
	}
	out := s.VM.NewObject()
	for _, f := range fields {
		x := goja.Undefined()
		if name := f.String(); readable(o, name) {
			x = o.Get(name)
		}
		s.put(out, f.String(), x)
	}
	return out
}

func (s *Set) prints(list []goja.Value) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, v := range list {
		out[s.print(v)] = true
	}
	return out
}

func union(s *Set, this goja.Value, args []goja.Value) goja.Value {
	return s.array(s.distinct(append(s.elements(this), s.others(args, "union", "[1, 2, 3, 4]")...), nil))
}

func difference(s *Set, this goja.Value, args []goja.Value) goja.Value {
	others := s.prints(s.others(args, "difference", "[1, 2, 3, 4]"))
	var out []goja.Value
	for _, v := range s.elements(this) {
		if !others[s.print(v)] {
			out = append(out, v)
		}
	}
	return s.array(s.distinct(out, nil))
}

func intersection(s *Set, this goja.Value, args []goja.Value) goja.Value {
	others := s.prints(s.others(args, "intersection", "[1, 2, 3, 4]"))
	var out []goja.Value
	for _, v := range s.elements(this) {
		if others[s.print(v)] {
			out = append(out, v)
		}
	}
	return s.array(s.distinct(out, nil))
}

package asl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// fields reads the fields of one object of a definition, and complains with their place.
type fields struct {
	p  *parser
	o  *value.Object
	at string
}

// jsonataFields belong to the query language that is not supported here.
var jsonataFields = []string{"Arguments", "Output", "Items", "Condition", "Assign"}

// fields refuses every field of o that is not among names.
func (p *parser) fields(o *value.Object, at string, names ...string) *fields {
	f := &fields{p: p, o: o, at: at}
	for k := range o.All() {
		switch {
		case slices.Contains(names, k):
		case k == "Assign":
			f.fail(k, "Variables (Assign) are not supported by the local cloud")
		case slices.Contains(jsonataFields, k):
			p.d.add(at, "The QueryLanguage is set to 'JSONPath', but field '%s' is only supported for the 'JSONata' QueryLanguage", k)
		default:
			f.fail(k, "Field '%s' is not supported", k)
		}
	}
	return f
}

func (f *fields) fail(name, format string, args ...any) {
	f.p.d.add(f.at+"/"+name, format, args...)
}

func (f *fields) has(name string) bool { _, ok := f.o.Get(name); return ok }

func (f *fields) null(name string) bool { v, ok := f.o.Get(name); return ok && v == nil }

func (f *fields) queryLanguage() {
	switch v, ok := f.o.Get("QueryLanguage"); {
	case !ok || v == "JSONPath":
	case v == "JSONata":
		f.fail("QueryLanguage", "The local cloud does not support JSONata: only 'JSONPath'")
	default:
		f.fail("QueryLanguage", "Value should be one of the following: [JSONPath, JSONata]")
	}
}

func (f *fields) text(name string) (string, bool) {
	v, ok := f.o.Get(name)
	if !ok {
		return "", false
	}
	s, isText := v.(string)
	if !isText {
		f.fail(name, "Expected value of type [STRING]")
	}
	return s, isText
}

func (f *fields) object(name string) (*value.Object, bool) {
	v, ok := f.o.Get(name)
	if !ok {
		return nil, false
	}
	o, isObject := v.(*value.Object)
	if !isObject {
		f.fail(name, "Expected value of type [OBJECT]")
	}
	return o, isObject
}

// objects reads a list of objects.
func (f *fields) objects(name string) []*value.Object {
	v, ok := f.o.Get(name)
	if !ok {
		return nil
	}
	l, isList := v.([]any)
	if !isList {
		f.fail(name, "Expected value of type [ARRAY]")
		return nil
	}
	out := make([]*value.Object, 0, len(l))
	for i, x := range l {
		o, isObject := x.(*value.Object)
		if !isObject {
			f.p.d.add(indexed(f.at+"/"+name, i), "Expected value of type [OBJECT]")
			continue
		}
		out = append(out, o)
	}
	return out
}

func (f *fields) integer(name string, low, high int64) (int64, bool) {
	v, ok := f.o.Get(name)
	if !ok {
		return 0, false
	}
	n, whole := integer(v)
	if !whole {
		f.fail(name, "Expected value of type [INTEGER]")
		return 0, false
	}
	if n < low || n > high {
		f.fail(name, "Value is out of range: it must be between %d and %d", low, high)
		return 0, false
	}
	return n, true
}

func (f *fields) number(name string) (float64, bool) {
	v, ok := f.o.Get(name)
	if !ok {
		return 0, false
	}
	n, isNumber := v.(json.Number)
	if !isNumber {
		f.fail(name, "Expected value of type [NUMBER]")
		return 0, false
	}
	return float(n), true
}

// path reads a path; null gives nil and true for isNull.
func (f *fields) path(name string) (p *Path, isNull bool) {
	if f.null(name) {
		return nil, true
	}
	s, ok := f.text(name)
	if !ok {
		return nil, false
	}
	p, err := ParsePath(s)
	if err != nil {
		f.fail(name, "Value is not a valid JSONPath: %v", err)
		return nil, false
	}
	if !p.context && len(p.steps) == 0 && p.Plain() {
		return nil, false // $ is all of it
	}
	return p, false
}

// requiredPath is path for fields where null means nothing.
func (f *fields) requiredPath(name string) *Path {
	s, ok := f.text(name)
	if !ok {
		return nil
	}
	p, err := ParsePath(s)
	if err != nil {
		f.fail(name, "Value is not a valid JSONPath: %v", err)
		return nil
	}
	return p
}

// referencePath reads a path that names one place of the input to write to.
func (f *fields) referencePath(name string) (steps []step, isNull bool) {
	if f.null(name) {
		return nil, true
	}
	s, ok := f.text(name)
	if !ok {
		return nil, false
	}
	p, err := ParsePath(s)
	if err != nil || p.context || !p.Plain() || slices.ContainsFunc(p.steps, func(st step) bool { return st.list && st.index < 0 }) {
		f.fail(name, "Value is not a valid Reference Path: it must only name fields and indexes below $")
		return nil, false
	}
	return p.steps, false
}

// seconds reads a number given as name or by a path as nameSuffix.
func (f *fields) seconds(name, pathName string, low int64) *seconds {
	if f.has(name) && f.has(pathName) {
		f.p.d.add(f.at, "Only one of '%s' and '%s' may be given", name, pathName)
		return nil
	}
	if n, ok := f.integer(name, low, maxSeconds); ok {
		return &seconds{n: n}
	}
	if p := f.requiredPath(pathName); p != nil {
		return &seconds{path: p}
	}
	return nil
}

func indexed(at string, i int) string { return fmt.Sprintf("%s[%d]", at, i) }

func bracketed(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

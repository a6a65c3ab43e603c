package extend

import (
	"strings"
	"time"

	"github.com/dop251/goja"
)

// Host is the runtime that the functions work in.
type Host struct {
	VM *goja.Runtime
	// Throw raises an error that fails the expression.
	Throw func(text string)
	// ThrowWith is Throw with what to do about it, which is no part of the message.
	ThrowWith func(text, hint string)
	// Dates returns the functions on dates, which are JavaScript: each takes the
	// date and the list of arguments.
	Dates func() *goja.Object
	// Spend accounts bytes that are about to be allocated.
	Spend func(int64)
}

// Set is the functions in one runtime.
type Set struct{ Host }

// New makes the functions of a runtime.
func New(h Host) *Set { return &Set{h} }

// function is one of n8n's functions, on a value of its type.
type function func(s *Set, this goja.Value, args []goja.Value) goja.Value

// kind is a type of values that has functions.
type kind struct {
	name      string
	functions map[string]function
}

// kinds in the order in which n8n names them in errors.
var kinds = []kind{
	{"Array", arrayFunctions}, {"Date", dateFunctions}, {"Number", numberFunctions},
	{"Object", objectFunctions}, {"String", stringFunctions}, {"Boolean", booleanFunctions},
}

var known = names()

func names() map[string]bool {
	all := map[string]bool{}
	for _, k := range kinds {
		for name := range k.functions {
			all[name] = true
		}
	}
	return all
}

// Has reports whether a method name is one of n8n's functions.
func Has(name string) bool { return known[name] }

// Call is x.method(…): its arguments are x, the name, and the method's own.
func (s *Set) Call(call goja.FunctionCall) goja.Value {
	this, name := call.Arguments[0], call.Arguments[1].String()
	f := s.find(this, name)
	if f == nil {
		s.absent(this, name)
	}
	return f(s, this, call.Arguments[2:])
}

// Find is x.method for an optional call: the function, or undefined.
func (s *Set) Find(call goja.FunctionCall) goja.Value {
	this := call.Arguments[0]
	f := s.find(this, call.Arguments[1].String())
	if f == nil {
		return goja.Undefined()
	}
	method := s.VM.ToValue(func(call goja.FunctionCall) goja.Value { return f(s, this, call.Arguments) }).ToObject(s.VM)
	if err := method.DefineDataProperty("name", call.Arguments[1], goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
	return method
}

// find returns the function for a value.
func (s *Set) find(v goja.Value, name string) function {
	if f := s.table(v, name)[name]; f != nil {
		return f
	}
	if v != nil && v.ToBoolean() {
		if method, ok := goja.AssertFunction(v.ToObject(s.VM).Get(name)); ok {
			return func(s *Set, this goja.Value, args []goja.Value) goja.Value { return s.must(method(this, args...)) }
		}
	}
	switch name {
	case "isEmpty":
		return func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(!this.ToBoolean()) }
	case "isNotEmpty":
		return func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(this.ToBoolean()) }
	}
	return nil
}

// table returns the functions of a value's type. Text that is a complete ISO date
// has those of dates, although they get the text (and make little of it): so n8n.
func (s *Set) table(v goja.Value, name string) map[string]function {
	switch x := v.(type) {
	case goja.String:
		if name != "toDate" && name != "toDateTime" && isISO(x) {
			return dateFunctions
		}
		return stringFunctions
	case *goja.Object:
		switch {
		case x.ClassName() == "Array":
			return arrayFunctions
		case x.ClassName() == "Date" || isDateTime(x):
			return dateFunctions
		}
		if _, callable := goja.AssertFunction(x); callable {
			return nil
		}
		return objectFunctions
	case nil, *goja.Symbol:
		return nil
	}
	switch v.Export().(type) {
	case int64, float64:
		return numberFunctions
	case bool:
		return booleanFunctions
	}
	return nil
}

// absent says why a function cannot be called.
func (s *Set) absent(v goja.Value, name string) {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		s.ThrowWith(name+" can't be used on "+v.String()+" value", "To ignore this error, add a ? to the variable before this function, e.g. my_var?."+name)
	}
	var names []string
	for _, k := range kinds {
		if k.functions[name] != nil {
			names = append(names, `"`+k.name+`"`)
		}
	}
	switch n := len(names); n {
	case 0:
		s.Throw("Unknown expression function: " + name)
	case 1:
		s.Throw(name + "() is only callable on type " + names[0])
	default:
		s.Throw(name + "() is only callable on types " + strings.Join(names[:n-1], ", ") + ", and " + names[n-1])
	}
}

// isISO reports whether text is what Date.toISOString gives.
func isISO(v goja.String) bool {
	const form = "2006-01-02T15:04:05.000Z"
	if v.Length() != len(form) {
		return false
	}
	text := v.String()
	t, err := time.Parse(form, text)
	return err == nil && t.Format(form) == text
}

func isDateTime(o *goja.Object) bool {
	v := o.Get("isLuxonDateTime")
	return v != nil && v.ToBoolean()
}

func (s *Set) newDate(v goja.Value) goja.Value {
	d, err := s.VM.New(s.VM.Get("Date"), v)
	return s.must(d, err)
}

func (s *Set) must(v goja.Value, err error) goja.Value {
	if err != nil {
		panic(err)
	}
	return v
}

// global calls one of ECMAScript's functions, such as parseInt or JSON.parse.
func (s *Set) global(name string, args ...goja.Value) (goja.Value, error) {
	owner, method, nested := strings.Cut(name, ".")
	v := s.VM.Get(owner)
	if nested {
		v = v.ToObject(s.VM).Get(method)
	}
	f, ok := goja.AssertFunction(v)
	if !ok {
		panic(s.VM.NewTypeError("%s is not a function", name))
	}
	return f(goja.Undefined(), args...)
}

// undefinedFunction is what n8n offers on a type only to give undefined.
func undefinedFunction(*Set, goja.Value, []goja.Value) goja.Value { return goja.Undefined() }

func argument(args []goja.Value, i int) goja.Value {
	if i < len(args) {
		return args[i]
	}
	return goja.Undefined()
}

func given(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) }

// str returns v as text if it is text.
func str(v goja.Value) (string, bool) {
	s, ok := v.(goja.String)
	if !ok {
		return "", false
	}
	return s.String(), true
}

func toJSONString(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	return s.must(s.global("JSON.stringify", this))
}

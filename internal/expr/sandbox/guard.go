package sandbox

import (
	"github.com/dop251/goja"
)

// The sizes that built-in functions are held to.
const (
	MaxArray  = 1 << 21 // elements that one built-in may walk: about half a second
	MaxDepth  = 1000    // levels of nested data that a built-in may descend
	MaxSort   = 1 << 18 // elements sorted as text: about a second
	smallText = 1 << 16 // strings below this length are not accounted
)

// Needs are the guards that a program needs, by the names that it mentions.
type Needs struct {
	names map[string]bool
	all   bool
	// builds is set if the program can make lists of its own: then text may come of
	// lists, and lists of text, without a name.
	builds bool
}

// Mention notes a property name, variable name or string of a program.
func (n *Needs) Mention(name string) {
	if _, ok := guardsByName[name]; !ok {
		return
	}
	if n.names == nil {
		n.names = map[string]bool{}
	}
	n.names[name] = true
}

// MentionAny notes that the program computes names, so that it may use any.
func (n *Needs) MentionAny() { n.all = true }

type guardState struct {
	done map[string]bool
	all  bool
}

// guardsByName leads from what a program mentions to what must be guarded then.
var guardsByName map[string]func(*Box)

// texts are the guards of what is reached without being named: lists that become
// text, and text that becomes a list.
const texts = jsGuard + "texts"

func init() { //nolint:gochecknoinits // a table whose functions refer to it
	guardsByName = map[string]func(*Box){}
	for _, table := range []map[string]func(*Box){stringGuards, regexpGuards, arrayGuards(), objectGuards, bufferGuards} {
		for name, install := range table {
			if first := guardsByName[name]; first != nil {
				second := install
				install = func(b *Box) { first(b); second(b) }
			}
			guardsByName[name] = install
		}
	}
	guardsByName[sparse] = (*Box).guardIteration
	guardsByName[typed] = (*Box).guardTyped
	guardsByName[texts] = func(b *Box) {
		b.install("join")
		b.guardText()
	}
	for _, name := range []string{"exec", "test"} {
		guardsByName[jsGuard+name] = func(b *Box) {
			b.before(b.prototype("RegExp"), name, func(call *goja.FunctionCall) { b.search(call.Argument(0), call.This) })
		}
	}
}

// Guard installs what a program needs before it runs.
func (b *Box) Guard(n *Needs) {
	if b.guards.all {
		return
	}
	if b.guards.done == nil {
		b.guards.done = map[string]bool{}
	}
	if n.builds || n.all {
		b.install(texts)
	}
	if n.all {
		for name := range guardsByName {
			b.install(name)
		}
		b.guards.all = true
		return
	}
	for name := range n.names {
		b.install(name)
	}
}

func (b *Box) install(name string) {
	if !b.guards.done[name] {
		b.guards.done[name] = true
		guardsByName[name](b)
	}
}

// before puts a check in front of a built-in method. The check may replace the
// arguments and the receiver, so that conversions are made only once.
func (b *Box) before(owner *goja.Object, name string, check func(*goja.FunctionCall)) {
	orig, ok := goja.AssertFunction(owner.Get(name))
	if !ok {
		return
	}
	b.define(owner, name, func(call goja.FunctionCall) goja.Value {
		check(&call)
		return b.result(orig(call.This, call.Arguments...))
	})
}

func (b *Box) define(owner *goja.Object, name string, f func(goja.FunctionCall) goja.Value) {
	_ = owner.DefineDataProperty(name, b.fn(name, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// fn is a function for scripts under a name of its own, not that of the Go function.
func (b *Box) fn(name string, f func(goja.FunctionCall) goja.Value) *goja.Object {
	o := b.VM.ToValue(f).ToObject(b.VM)
	_ = o.DefineDataProperty("name", b.VM.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return o
}

// result passes on what a JavaScript function gave or threw.
func (b *Box) result(v goja.Value, err error) goja.Value {
	if err != nil {
		panic(err)
	}
	return v
}

func (b *Box) prototype(class string) *goja.Object {
	return b.VM.Get(class).ToObject(b.VM).Get("prototype").ToObject(b.VM)
}

func nullish(v goja.Value) bool {
	return v == nil || goja.IsUndefined(v) || goja.IsNull(v)
}

// text converts a receiver or argument to a string once, and returns its length.
func (b *Box) text(v *goja.Value) int64 {
	if nullish(*v) {
		return 0
	}
	s, ok := (*v).(goja.String)
	if !ok {
		if _, symbol := (*v).(*goja.Symbol); symbol {
			return 0
		}
		if s, ok = (*v).ToString().(goja.String); !ok {
			return 0
		}
		*v = s
	}
	return int64(s.Length())
}

// integer converts an argument to a whole number once.
func (b *Box) integer(call *goja.FunctionCall, i int) int64 {
	if i >= len(call.Arguments) {
		return 0
	}
	n := call.Arguments[i].ToNumber()
	call.Arguments[i] = n
	return n.ToInteger()
}

// length is the number of elements of a string, array or array-like; 0 for others.
func (b *Box) length(v goja.Value) int64 {
	switch v := v.(type) {
	case goja.String:
		return int64(v.Length())
	case *goja.Object:
		if l := v.Get("length"); l != nil && !goja.IsUndefined(l) {
			return l.ToInteger()
		}
	}
	return 0
}

// array ends the run if v has more elements than a built-in may walk.
func (b *Box) array(v goja.Value) int64 {
	n := b.length(v)
	if _, text := v.(goja.String); !text && n > MaxArray {
		b.fail("size", "it walks a list of %d elements; %d are allowed", n, MaxArray)
	}
	return n
}

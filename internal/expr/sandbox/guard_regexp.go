package sandbox

import (
	"strings"

	"github.com/dop251/goja"
)

const (
	maxPattern = 1 << 15 // characters of a regular expression
	// maxSteps bounds length × size of the automaton: a few seconds at worst.
	maxSteps = 1 << 29
	// matchSize is what goja needs for one match of a global search, in bytes.
	matchSize = 200
	// probeFrom is the length from which a global search is rehearsed, because its
	// work may be the square of the length.
	probeFrom = 1 << 12
)

var regexpGuards = map[string]func(*Box){
	"match":      onString("match", (*Box).checkMatch),
	"matchAll":   onString("matchAll", (*Box).checkMatch),
	"search":     onString("search", (*Box).checkMatch),
	"split":      onString("split", (*Box).checkSplit),
	"replace":    onString("replace", (*Box).checkReplace),
	"replaceAll": onString("replaceAll", (*Box).checkReplace),
}

// search is one use of a regular expression on a text.
type search struct {
	rx     *goja.Object
	known  *pattern
	global bool
	text   goja.Value
	length int64
}

// search checks the use of v on text; nil if v is not a RegExp.
func (b *Box) search(text, v goja.Value) *search {
	rx, source, global := isRegExp(v)
	if rx == nil {
		b.checkSource(v)
		return nil
	}
	s := &search{rx: rx, known: compiled(rx, source), global: global, text: text, length: b.length(text)}
	if s.known.re == nil || global && !s.known.plain && !ascii(text.String()) {
		b.backtracking(rx)
		return s
	}
	if product(s.length, s.known.steps) > maxSteps {
		b.fail("size", "it applies a regular expression of %d steps to a text of %d characters", s.known.steps, s.length)
	}
	return s
}

// checkSource refuses long texts that a method makes a RegExp of.
func (b *Box) checkSource(v goja.Value) {
	if s, ok := v.(goja.String); ok && s.Length() > maxPattern {
		b.fail("size", "it makes a regular expression of %d characters", s.Length())
	}
}

// backtracking gives a RegExp an exec of its own. goja then makes each match by
// calling it, instead of all in one go, and the run can be ended in between.
func (b *Box) backtracking(rx *goja.Object) {
	exec, ok := goja.AssertFunction(rx.Get("exec"))
	if own := rx.GetOwnPropertyNames(); !ok || len(own) > 1 {
		return
	}
	b.define(rx, "exec", func(call goja.FunctionCall) goja.Value {
		b.check()
		return b.result(exec(call.This, call.Arguments...))
	})
}

// Match calls exec or test, or whatever else has that name, with the check that
// a regular expression needs. Compiled programs call it.
func (b *Box) Match(object goja.Value, method string, args []goja.Value) goja.Value {
	if rx, _, _ := isRegExp(object); rx != nil && len(args) > 0 {
		b.text(&args[0])
		b.search(args[0], object)
	}
	f, ok := goja.AssertFunction(object.ToObject(b.VM).Get(method))
	if !ok {
		panic(b.VM.NewTypeError("%s is not a function", method))
	}
	return b.result(f(object, args...))
}

// count rehearses a global search and returns the number of matches. It may be
// off by a factor of two where a pattern looks at what precedes it.
func (b *Box) count(s *search) int64 {
	switch {
	case !s.global:
		return 1
	case s.known.re == nil || s.length <= probeFrom:
		return s.length + 1
	}
	text := s.text.String()
	var n int64
	for {
		b.check()
		at := s.known.re.FindStringIndex(text)
		if at == nil {
			return n
		}
		n++
		if end := max(at[1], 1); end < len(text) {
			text = text[end:]
		} else {
			return n
		}
	}
}

func (b *Box) checkMatch(call *goja.FunctionCall) {
	b.text(&call.This)
	if s := b.search(call.This, call.Argument(0)); s != nil && s.global && s.known.re != nil {
		b.spendText(product(b.count(s), matchSize))
	}
}

func (b *Box) checkSplit(call *goja.FunctionCall) {
	n := b.text(&call.This)
	if nullish(call.Argument(0)) {
		return
	}
	if s := b.search(call.This, call.Argument(0)); s != nil {
		s.global = true // split always goes on to the end
		b.spendText(product(b.count(s), matchSize))
		return
	}
	if n <= probeFrom {
		return
	}
	b.text(&call.Arguments[0])
	parts := n
	if sep := call.Argument(0).String(); sep != "" {
		parts = int64(strings.Count(call.This.String(), sep))
	}
	b.spendText(product(parts, listed))
}

func (b *Box) checkReplace(call *goja.FunctionCall) {
	n := b.text(&call.This)
	s := b.search(call.This, call.Argument(0))
	with, plain := call.Argument(1).(goja.String)
	if !plain {
		if s != nil && n > probeFrom {
			b.spendText(product(b.count(s), matchSize))
		}
		return
	}
	if n <= probeFrom && product(n+1, int64(with.Length())+1) <= smallText {
		return
	}
	found := int64(0)
	if s != nil {
		found = b.count(s)
	} else {
		b.text(&call.Arguments[0])
		found = int64(strings.Count(call.This.String(), call.Argument(0).String()))
	}
	b.spendReplace(n, found, with.String())
}

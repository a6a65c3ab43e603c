package sandbox

import (
	"strings"

	"github.com/dop251/goja"
)

// listed is what goja needs for one element of a list of short strings, in bytes.
const listed = 48

// stringGuards are the methods of strings whose result can be much longer than
// what they are given, and those whose work is the product of two lengths.
var stringGuards = map[string]func(*Box){
	"repeat":      onString("repeat", (*Box).checkRepeat),
	"padStart":    onString("padStart", (*Box).checkPad),
	"padEnd":      onString("padEnd", (*Box).checkPad),
	"concat":      onString("concat", (*Box).checkConcat),
	"normalize":   onString("normalize", func(b *Box, call *goja.FunctionCall) { b.Spend(18 * b.text(&call.This)) }),
	"indexOf":     onString("indexOf", (*Box).checkFind),
	"lastIndexOf": onString("lastIndexOf", (*Box).checkFind),
	"includes":    onString("includes", (*Box).checkFind),
	"raw": func(b *Box) {
		b.before(b.VM.Get("String").ToObject(b.VM), "raw", func(call *goja.FunctionCall) {
			if o, ok := call.Argument(0).(*goja.Object); ok {
				b.array(o.Get("raw"))
			}
		})
	},
	"encodeURIComponent": onGlobal("encodeURIComponent", 9),
	"encodeURI":          onGlobal("encodeURI", 9),
	"escape":             onGlobal("escape", 6),
}

func onString(name string, check func(*Box, *goja.FunctionCall)) func(*Box) {
	return func(b *Box) {
		b.before(b.prototype("String"), name, func(call *goja.FunctionCall) { check(b, call) })
	}
}

// onGlobal guards a function that makes a text up to factor times as long.
func onGlobal(name string, factor int64) func(*Box) {
	return func(b *Box) {
		b.before(b.VM.GlobalObject(), name, func(call *goja.FunctionCall) {
			if len(call.Arguments) > 0 {
				b.spendText(factor * b.text(&call.Arguments[0]))
			}
		})
	}
}

func (b *Box) spendText(n int64) {
	if n > smallText {
		b.Spend(n)
	}
}

func (b *Box) checkRepeat(call *goja.FunctionCall) {
	n := b.text(&call.This)
	times := b.integer(call, 0)
	if times > 0 && n > 0 {
		b.spendText(product(n, times))
	}
}

func (b *Box) checkPad(call *goja.FunctionCall) {
	b.text(&call.This)
	b.spendText(b.integer(call, 0))
}

func (b *Box) checkConcat(call *goja.FunctionCall) {
	total := b.text(&call.This)
	for i := range call.Arguments {
		total += b.text(&call.Arguments[i])
	}
	b.spendText(2 * total)
}

// checkFind refuses searches in text beyond ASCII that would take seconds: goja
// compares position by position there.
func (b *Box) checkFind(call *goja.FunctionCall) {
	if len(call.Arguments) == 0 {
		return
	}
	hay := b.text(&call.This)
	if hay < smallText {
		return
	}
	needle := b.text(&call.Arguments[0])
	if product(hay, needle) > 1<<32 && !(ascii(call.This.String()) && ascii(call.Argument(0).String())) {
		b.fail("size", "it searches a text of %d characters for one of %d", hay, needle)
	}
}

func product(a, b int64) int64 {
	const most = 1 << 60
	if a <= 0 || b <= 0 {
		return 0
	}
	if a > most/b {
		return most
	}
	return a * b
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// spendReplace accounts the result of replacing count matches in text.
func (b *Box) spendReplace(text, count int64, with string) {
	grow := int64(len(with))
	if strings.Contains(with, "$`") || strings.Contains(with, "$'") {
		grow += product(text, int64(strings.Count(with, "$`")+strings.Count(with, "$'")))
	}
	total := text + product(count, grow) + product(text, int64(strings.Count(with, "$")))
	b.spendText(2 * total)
}

package sandbox

import (
	"github.com/dop251/goja"
)

// slot is what an array needs for one element, in bytes.
const slot = 16

// walking are the array methods that visit every element in Go.
var walking = []string{
	"at", "copyWithin", "every", "filter", "find", "findIndex", "findLast", "findLastIndex", "forEach", "includes",
	"indexOf", "lastIndexOf", "map", "reduce", "reduceRight", "reverse", "shift", "slice", "some", "splice",
	"toReversed", "toSpliced", "unshift", "with", "entries", "keys", "values",
}

// arrayGuards are the methods of arrays. An array can claim any length without
// having elements, and most methods count up to it in Go.
func arrayGuards() map[string]func(*Box) {
	table := map[string]func(*Box){
		"join":           onArray("join", (*Box).checkJoin),
		"toLocaleString": onArray("toLocaleString", (*Box).checkJoin),
		"fill":           onArray("fill", func(b *Box, call *goja.FunctionCall) { b.spendText(b.array(call.This) * slot) }),
		"concat":         onArray("concat", (*Box).checkArrayConcat),
		"flat":           onArray("flat", (*Box).checkFlat),
		"flatMap":        onArray("flatMap", (*Box).checkWalk),
		"sort":           onArray("sort", (*Box).checkSort),
		"toSorted":       onArray("toSorted", (*Box).checkSort),
		"from": func(b *Box) {
			b.before(b.VM.Get("Array").ToObject(b.VM), "from", func(call *goja.FunctionCall) { b.SpendSpread(call.Argument(0)) })
		},
	}
	for _, name := range walking {
		table[name] = onArray(name, (*Box).checkWalk)
	}
	return table
}

// onArray guards a method of Array.prototype.
func onArray(name string, check func(*Box, *goja.FunctionCall)) func(*Box) {
	return func(b *Box) {
		b.before(b.prototype("Array"), name, func(call *goja.FunctionCall) { check(b, call) })
	}
}

// guardTyped guards the methods of typed arrays whose work is more than their length.
func (b *Box) guardTyped() {
	typed := b.prototype("Uint8Array").Prototype()
	for name, check := range map[string]func(*Box, *goja.FunctionCall){
		"join": (*Box).checkJoin, "toLocaleString": (*Box).checkJoin, "sort": (*Box).checkSort, "toSorted": (*Box).checkSort,
	} {
		b.before(typed, name, func(call *goja.FunctionCall) { check(b, call) })
	}
}

func (b *Box) checkWalk(call *goja.FunctionCall) { b.array(call.This) }

// checkJoin runs for each nested array that a text is made of.
func (b *Box) checkJoin(call *goja.FunctionCall) {
	o, ok := call.This.(*goja.Object)
	if !ok {
		return
	}
	n := b.array(o)
	if n <= 1 {
		if first, ok := o.Get("0").(*goja.Object); !ok || first == nil {
			b.spendText(b.length(o.Get("0")))
			return
		}
	}
	sep := int64(1)
	if len(call.Arguments) > 0 && !goja.IsUndefined(call.Arguments[0]) {
		sep = b.text(&call.Arguments[0])
	}
	b.spendText(b.measure(o, sep).text)
}

func (b *Box) checkArrayConcat(call *goja.FunctionCall) {
	total := b.array(call.This)
	for _, v := range call.Arguments {
		if o, ok := v.(*goja.Object); ok {
			total += b.array(o)
		}
	}
	b.spendText(total * slot)
}

func (b *Box) checkFlat(call *goja.FunctionCall) {
	if o, ok := call.This.(*goja.Object); ok {
		b.array(o)
		b.spendText(product(b.measure(o, 0).nodes, slot))
	}
}

func (b *Box) checkSort(call *goja.FunctionCall) {
	n := b.array(call.This)
	if len(call.Arguments) == 0 && n > MaxSort {
		b.fail("size", "it sorts %d elements as text; %d are allowed", n, MaxSort)
	}
}

// SpendSpread accounts the list that is made of v's elements.
func (b *Box) SpendSpread(v goja.Value) {
	switch o := v.(type) {
	case goja.String:
		b.spendText(int64(o.Length()) * listed)
	case *goja.Object:
		switch o.ClassName() {
		case "String":
			b.spendText(b.length(o) * listed)
		case "Map", "Set":
		default:
			b.spendText(b.array(o) * slot)
		}
	}
}

// guardIteration checks the length of arrays that are iterated over. It ends
// goja's fast path, so it is installed only where a giant length is possible.
func (b *Box) guardIteration() {
	b.beforeIteration(b.prototype("Array"), func(v goja.Value) { b.array(v) })
}

// guardText accounts the list that iterating over a long text may make.
func (b *Box) guardText() {
	b.beforeIteration(b.prototype("String"), func(v goja.Value) {
		if s, ok := v.(goja.String); ok {
			b.spendText(int64(s.Length()) * listed)
		}
	})
}

func (b *Box) beforeIteration(proto *goja.Object, check func(goja.Value)) {
	orig, ok := goja.AssertFunction(proto.GetSymbol(goja.SymIterator))
	if !ok {
		return
	}
	f := b.fn("values", func(call goja.FunctionCall) goja.Value {
		check(call.This)
		return b.result(orig(call.This))
	})
	_ = proto.DefineDataPropertySymbol(goja.SymIterator, f, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

package sandbox

import (
	"errors"

	"github.com/dop251/goja"
)

// objectGuards are Object's functions that list what they are given, JSON's,
// and apply.
var objectGuards = map[string]func(*Box){
	"keys":                onObject("keys"),
	"values":              onObject("values"),
	"entries":             onObject("entries"),
	"assign":              onObject("assign"),
	"getOwnPropertyNames": onObject("getOwnPropertyNames"),
	"fromEntries":         onObject("fromEntries"),
	"stringify": func(b *Box) {
		b.before(b.VM.Get("JSON").ToObject(b.VM), "stringify", (*callCheck)(b).stringify)
	},
	"parse": (*Box).guardParse,
	"apply": func(b *Box) {
		check := func(call *goja.FunctionCall) {
			if len(call.Arguments) > 1 {
				b.SpendSpread(call.Arguments[1])
			}
		}
		b.before(b.prototype("Function"), "apply", check)
		b.before(b.VM.Get("Reflect").ToObject(b.VM), "apply", func(call *goja.FunctionCall) { b.SpendSpread(call.Argument(2)) })
	},
	"construct": func(b *Box) {
		b.before(b.VM.Get("Reflect").ToObject(b.VM), "construct", func(call *goja.FunctionCall) { b.SpendSpread(call.Argument(1)) })
	},
}

func onObject(name string) func(*Box) {
	return func(b *Box) {
		b.before(b.VM.Get("Object").ToObject(b.VM), name, func(call *goja.FunctionCall) {
			for _, v := range call.Arguments {
				if n := b.length(v); n > smallText/listed {
					if _, text := v.(goja.String); text {
						b.Spend(2 * listed * n)
					}
				}
			}
		})
	}
}

// callCheck is a Box seen as a set of checks.
type callCheck Box

func (c *callCheck) stringify(call *goja.FunctionCall) {
	b := (*Box)(c)
	if len(call.Arguments) == 0 {
		return
	}
	switch v := call.Arguments[0].(type) {
	case goja.String:
		b.spendText(6 * int64(v.Length()))
	case *goja.Object:
		e := b.measure(v, 1)
		indent := int64(0)
		if len(call.Arguments) > 2 && !nullish(call.Arguments[2]) {
			indent = 10 * 8 // at most 10 characters a level; lists are rarely deeper than 8
		}
		b.spendText(e.text)
		b.spendText(product(e.nodes, indent))
	}
}

// guardParse guards JSON.parse, and gives its errors the words of other engines.
func (b *Box) guardParse() {
	owner := b.VM.Get("JSON").ToObject(b.VM)
	orig, ok := goja.AssertFunction(owner.Get("parse"))
	if !ok {
		return
	}
	b.define(owner, "parse", func(call goja.FunctionCall) goja.Value {
		(*callCheck)(b).parse(&call)
		v, err := orig(call.This, call.Arguments...)
		var thrown *goja.Exception
		if errors.As(err, &thrown) && len(call.Arguments) > 0 {
			if problem := jsonProblem(call.Arguments[0].String()); problem != "" {
				if o, ok := thrown.Value().(*goja.Object); ok {
					_ = o.DefineDataProperty("message", b.VM.ToValue(problem), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
				}
			}
		}
		return b.result(v, err)
	})
}

// parse estimates what a JSON text becomes, and how deep it is.
func (c *callCheck) parse(call *goja.FunctionCall) {
	b := (*Box)(c)
	if len(call.Arguments) == 0 {
		return
	}
	b.text(&call.Arguments[0])
	s, ok := call.Arguments[0].(goja.String)
	if !ok || s.Length() < MaxDepth {
		return
	}
	values, depth := shape(s.String())
	if depth > MaxDepth {
		b.fail("size", "its JSON is nested deeper than %d levels", MaxDepth)
	}
	b.spendText(int64(s.Length()) + values*100)
}

// shape counts the values of a JSON text and its levels.
func shape(text string) (values int64, deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			values++
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		case c == ',' || c == ':':
			values++
		}
	}
	return values, deepest
}

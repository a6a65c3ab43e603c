package extend

import (
	"math"

	"github.com/dop251/goja"
)

var numberFunctions = map[string]function{
	"ceil":      onNumber(math.Ceil),
	"floor":     onNumber(math.Floor),
	"abs":       onNumber(math.Abs),
	"format":    numberFormat,
	"round":     func(s *Set, this goja.Value, args []goja.Value) goja.Value { return s.round(this, argument(args, 0)) },
	"isInteger": func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(whole(this)) },
	"isEven":    parity("isEven", 0),
	"isOdd":     parity("isOdd", 1),
	"toBoolean": func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(this.ToFloat() != 0) },
	"toInt":     func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.round(this, goja.Undefined()) },
	"toFloat":   func(_ *Set, this goja.Value, _ []goja.Value) goja.Value { return this },
	"toDateTime": func(s *Set, this goja.Value, args []goja.Value) goja.Value {
		return s.dates("numberToDateTime", this, args)
	},
}

var booleanFunctions = map[string]function{
	"toBoolean":  func(_ *Set, this goja.Value, _ []goja.Value) goja.Value { return this },
	"toInt":      zeroOrOne,
	"toFloat":    zeroOrOne,
	"toNumber":   zeroOrOne,
	"toDateTime": undefinedFunction,
}

func zeroOrOne(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	return s.VM.ToValue(this.ToInteger())
}

func onNumber(f func(float64) float64) function {
	return func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(f(this.ToFloat())) }
}

func whole(v goja.Value) bool {
	f := v.ToFloat()
	return f == math.Trunc(f) && !math.IsInf(f, 0)
}

func parity(name string, want float64) function {
	return func(s *Set, this goja.Value, _ []goja.Value) goja.Value {
		if !whole(this) {
			s.Throw(name + "() is only callable on integers")
		}
		return s.VM.ToValue(math.Mod(math.Abs(this.ToFloat()), 2) == want)
	}
}

// round goes by way of toFixed, as n8n does.
func (s *Set) round(this, places goja.Value) goja.Value {
	if !given(places) {
		places = s.VM.ToValue(0)
	}
	fixed, ok := goja.AssertFunction(this.ToObject(s.VM).Get("toFixed"))
	if !ok {
		return goja.Undefined()
	}
	return s.must(fixed(this, places)).ToNumber()
}

// numberFormat is Intl.NumberFormat with en-US as the default locale.
func numberFormat(s *Set, this goja.Value, args []goja.Value) goja.Value {
	locale := argument(args, 0)
	if !given(locale) {
		locale = s.VM.ToValue("en-US")
	}
	local, ok := goja.AssertFunction(this.ToObject(s.VM).Get("toLocaleString"))
	if !ok {
		return goja.Undefined()
	}
	return s.must(local(this, locale, argument(args, 1)))
}

package expr

import (
	"math"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/intl"
)

// numberOptions reads the options of a number's format.
func numberOptions(locale string, o *goja.Object) intl.Number {
	n := intl.NewNumber(locale)
	if s := option(o, "style"); s != "" {
		n.Style = s
	}
	n.Currency, n.CurrencyDisplay = option(o, "currency"), option(o, "currencyDisplay")
	n.Unit, n.UnitDisplay = option(o, "unit"), option(o, "unitDisplay")
	n.Notation, n.SignDisplay = option(o, "notation"), option(o, "signDisplay")
	n.MinInteger = count(o, "minimumIntegerDigits")
	n.MinFraction, n.MaxFraction = count(o, "minimumFractionDigits"), count(o, "maximumFractionDigits")
	n.MinSignificant, n.MaxSignificant = count(o, "minimumSignificantDigits"), count(o, "maximumSignificantDigits")
	if g := o.Get("useGrouping"); g != nil && !goja.IsUndefined(g) {
		n.NoGrouping = !g.ToBoolean() || g.String() == "false"
	}
	return n
}

func (m *machine) number(o intl.Number, n float64) string {
	text, err := o.Format(n)
	if err != nil {
		m.throw(problemf("%v", err))
	}
	return text
}

func (m *machine) newNumberFormat(locale string, options *goja.Object) *goja.Object {
	n := numberOptions(locale, options)
	o := m.vm.NewObject()
	m.method(o, "format", func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(m.number(n, call.Argument(0).ToFloat()))
	})
	m.resolved(o, locale, [][2]string{{"numberingSystem", "latn"}, {"style", n.Style}, {"currency", n.Currency}})
	return o
}

// resolved adds resolvedOptions.
func (m *machine) resolved(o *goja.Object, locale string, fields [][2]string) {
	m.method(o, "resolvedOptions", func(goja.FunctionCall) goja.Value {
		out := m.vm.NewObject()
		for _, f := range append([][2]string{{"locale", locale}}, fields...) {
			if f[1] != "" {
				m.put(out, f[0], m.vm.ToValue(f[1]))
			}
		}
		return out
	})
}

func (m *machine) newListFormat(locale string, options *goja.Object) *goja.Object {
	o := m.vm.NewObject()
	m.method(o, "format", func(call goja.FunctionCall) goja.Value {
		text, err := intl.List(locale, option(options, "type"), option(options, "style"), m.tags(call.Argument(0)))
		if err != nil {
			m.throw(problemf("%v", err))
		}
		return m.vm.ToValue(text)
	})
	m.resolved(o, locale, nil)
	return o
}

func (m *machine) newRelativeTimeFormat(locale string, options *goja.Object) *goja.Object {
	o := m.vm.NewObject()
	m.method(o, "format", func(call goja.FunctionCall) goja.Value {
		text, err := intl.Relative(locale, option(options, "numeric") == "auto", call.Argument(0).ToFloat(), call.Argument(1).String())
		if err != nil {
			m.throw(problemf("%v", err))
		}
		return m.vm.ToValue(text)
	})
	m.resolved(o, locale, nil)
	return o
}

func (m *machine) newPluralRules(locale string, options *goja.Object) *goja.Object {
	if c, err := intl.Canonical(locale); err != nil || c[:2] != "en" {
		m.throw(problemf("Intl.PluralRules is supported in English only"))
	}
	o := m.vm.NewObject()
	m.method(o, "select", func(call goja.FunctionCall) goja.Value {
		n := math.Abs(call.Argument(0).ToFloat())
		if option(options, "type") == "ordinal" {
			return m.vm.ToValue(ordinal(n))
		}
		if n == 1 {
			return m.vm.ToValue("one")
		}
		return m.vm.ToValue("other")
	})
	m.resolved(o, locale, nil)
	return o
}

// ordinal is the class of 1st, 2nd, 3rd and 4th.
func ordinal(n float64) string {
	if teen := math.Mod(n, 100); teen >= 11 && teen <= 13 {
		return "other"
	}
	switch math.Mod(n, 10) {
	case 1:
		return "one"
	case 2:
		return "two"
	case 3:
		return "few"
	}
	return "other"
}

func (m *machine) newCollator(locale string, _ *goja.Object) *goja.Object {
	o := m.vm.NewObject()
	m.method(o, "compare", func(call goja.FunctionCall) goja.Value {
		f, ok := goja.AssertFunction(m.vm.ToValue("").ToObject(m.vm).Get("localeCompare"))
		if !ok {
			return goja.Undefined()
		}
		v, err := f(call.Argument(0).ToString(), call.Argument(1).ToString())
		if err != nil {
			panic(err)
		}
		return v
	})
	m.resolved(o, locale, nil)
	return o
}

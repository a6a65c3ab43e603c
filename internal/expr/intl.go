package expr

import (
	"math"
	"time"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/intl"
)

// intl is the object Intl.
func (m *machine) intl() *goja.Object {
	if o := m.library["Intl"]; o != nil {
		return o
	}
	o := m.vm.NewObject()
	m.library["Intl"] = o
	m.constructor(o, "DateTimeFormat", m.newDateTimeFormat)
	m.constructor(o, "NumberFormat", m.newNumberFormat)
	m.constructor(o, "ListFormat", m.newListFormat)
	m.constructor(o, "RelativeTimeFormat", m.newRelativeTimeFormat)
	m.constructor(o, "PluralRules", m.newPluralRules)
	m.constructor(o, "Collator", m.newCollator)
	return o
}

// constructor adds one of Intl's; each works without new too.
func (m *machine) constructor(owner *goja.Object, name string, build func(locale string, options *goja.Object) *goja.Object) {
	f := m.vm.ToValue(func(call goja.ConstructorCall) *goja.Object {
		o := build(m.locale(call.Argument(0)), m.options(call.Argument(1)))
		if err := o.SetPrototype(call.This.Prototype()); err != nil {
			panic(err)
		}
		return o
	}).ToObject(m.vm)
	m.method(f, "supportedLocalesOf", func(call goja.FunctionCall) goja.Value {
		var out []any
		for _, tag := range m.tags(call.Argument(0)) {
			if _, err := intl.Canonical(tag); err == nil {
				out = append(out, tag)
			}
		}
		return m.vm.NewArray(out...)
	})
	m.name(f, name)
	if err := owner.DefineDataProperty(name, f, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// tags are the locales that an argument names.
func (m *machine) tags(v goja.Value) []string {
	if list, ok := m.elements(v); ok {
		var out []string
		for _, x := range list {
			out = append(out, x.String())
		}
		return out
	}
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	return []string{v.String()}
}

// locale is the first of the locales asked for that is supported, and else an
// error; none asked for is the default.
func (m *machine) locale(v goja.Value) string {
	tags := m.tags(v)
	if len(tags) == 0 {
		return intl.Default
	}
	for _, tag := range tags {
		if _, err := intl.Canonical(tag); err == nil {
			return tag
		}
	}
	_, err := intl.Canonical(tags[0])
	panic(m.newError("RangeError", err.Error())) // which gives undefined, as in n8n
}

// options reads an object of options, which may be missing.
func (m *machine) options(v goja.Value) *goja.Object {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return m.vm.NewObject()
	}
	return v.ToObject(m.vm)
}

// option is a text among the options, "" if it is not given.
func option(o *goja.Object, name string) string {
	v := o.Get(name)
	if v == nil || goja.IsUndefined(v) {
		return ""
	}
	return v.String()
}

// count is a number among the options, -1 if it is not given.
func count(o *goja.Object, name string) int {
	v := o.Get(name)
	if v == nil || goja.IsUndefined(v) {
		return -1
	}
	return int(v.ToInteger())
}

func (m *machine) rangeError(err error) {
	o, newErr := m.vm.New(m.vm.Get("RangeError"), m.vm.ToValue(err.Error()))
	if newErr != nil {
		panic(newErr)
	}
	panic(o)
}

// dateOptions reads the options of a date's format.
func (m *machine) dateOptions(locale string, o *goja.Object) intl.Date {
	d := intl.Date{
		Locale: locale, HourCycle: option(o, "hourCycle"),
		Weekday: option(o, "weekday"), Year: option(o, "year"), Month: option(o, "month"), Day: option(o, "day"),
		Hour: option(o, "hour"), Minute: option(o, "minute"), Second: option(o, "second"),
		TimeZoneName: option(o, "timeZoneName"), DateStyle: option(o, "dateStyle"), TimeStyle: option(o, "timeStyle"),
		Era: option(o, "era"), DayPeriod: option(o, "dayPeriod"), Calendar: option(o, "calendar"), NumberingSystem: option(o, "numberingSystem"),
		FractionalSecondDigits: max(count(o, "fractionalSecondDigits"), 0), Zone: time.UTC,
	}
	if h := o.Get("hour12"); h != nil && !goja.IsUndefined(h) {
		yes := h.ToBoolean()
		d.Hour12 = &yes
	}
	if name := option(o, "timeZone"); name != "" {
		z, err := intl.Zone(name)
		if err != nil {
			m.rangeError(err)
		}
		d.Zone = z
	}
	return d
}

// defaults adds the fields that a format has where no field is asked for: "date",
// "time" or "any".
func defaults(d intl.Date, need, add string) intl.Date {
	if d.DateStyle != "" || d.TimeStyle != "" {
		return d
	}
	date := d.Weekday != "" || d.Year != "" || d.Month != "" || d.Day != ""
	clock := d.Hour != "" || d.Minute != "" || d.Second != "" || d.FractionalSecondDigits > 0 || d.DayPeriod != ""
	if (date && need != "time") || (clock && need != "date") {
		return d
	}
	if add != "time" {
		d.Year, d.Month, d.Day = "numeric", "numeric", "numeric"
	}
	if add != "date" {
		d.Hour, d.Minute, d.Second = "numeric", "numeric", "numeric"
	}
	return d
}

// moment reads a date: a Date, milliseconds, or the present.
func (m *machine) moment(v goja.Value) time.Time {
	ms := float64(m.e.limits.Clock.Now().UnixMilli())
	if v != nil && !goja.IsUndefined(v) {
		ms = v.ToFloat()
	}
	if math.IsNaN(ms) || math.Abs(ms) > maxTime {
		o, err := m.vm.New(m.vm.Get("RangeError"), m.vm.ToValue("Invalid time value"))
		if err != nil {
			panic(err)
		}
		panic(o)
	}
	return time.UnixMilli(int64(ms))
}

func (m *machine) formatted(d intl.Date, t time.Time) []intl.Part {
	parts, err := d.Format(t)
	if err != nil {
		m.throw(problemf("%v", err))
	}
	return parts
}

func (m *machine) newDateTimeFormat(locale string, options *goja.Object) *goja.Object {
	d := defaults(m.dateOptions(locale, options), "any", "date")
	o := m.vm.NewObject()
	m.method(o, "format", func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(intl.Text(m.formatted(d, m.moment(call.Argument(0)))))
	})
	m.method(o, "formatToParts", func(call goja.FunctionCall) goja.Value {
		return m.parts(m.formatted(d, m.moment(call.Argument(0))))
	})
	m.method(o, "formatRange", func(call goja.FunctionCall) goja.Value {
		a, b := m.formatted(d, m.moment(call.Argument(0))), m.formatted(d, m.moment(call.Argument(1)))
		if intl.Text(a) == intl.Text(b) {
			return m.vm.ToValue(intl.Text(a))
		}
		return m.vm.ToValue(intl.Text(a) + " – " + intl.Text(b))
	})
	m.method(o, "resolvedOptions", func(goja.FunctionCall) goja.Value {
		out := m.vm.NewObject()
		for _, f := range [][2]string{
			{"locale", locale}, {"calendar", "gregory"}, {"numberingSystem", "latn"}, {"timeZone", d.Zone.String()}, {"hourCycle", d.HourCycle},
			{"weekday", d.Weekday}, {"year", d.Year}, {"month", d.Month}, {"day", d.Day}, {"hour", d.Hour}, {"minute", d.Minute},
			{"second", d.Second}, {"timeZoneName", d.TimeZoneName}, {"dateStyle", d.DateStyle}, {"timeStyle", d.TimeStyle},
		} {
			if f[1] != "" {
				m.put(out, f[0], m.vm.ToValue(f[1]))
			}
		}
		return out
	})
	return o
}

func (m *machine) parts(parts []intl.Part) goja.Value {
	list := make([]any, len(parts))
	for i, p := range parts {
		o := m.vm.NewObject()
		m.put(o, "type", m.vm.ToValue(p.Type))
		m.put(o, "value", m.vm.ToValue(p.Value))
		list[i] = o
	}
	return m.vm.NewArray(list...)
}

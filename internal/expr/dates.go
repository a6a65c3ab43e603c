package expr

import (
	"math"
	"regexp"
	"time"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/intl"
	"github.com/automatelanka/automatelanka/internal/expr/library"
)

// Dates in scripts have the zone of the process, because goja knows no other;
// expressions must give the same on every machine. n8n's servers run in UTC.
func init() { time.Local = time.UTC } //nolint:gochecknoinits,gosmopolitan // see above

// module runs a library's script once in this runtime.
func (m *machine) module(name string, prog *goja.Program, args ...goja.Value) *goja.Object {
	if o := m.library[name]; o != nil {
		return o
	}
	v, err := m.vm.RunProgram(prog)
	if err != nil {
		panic(err)
	}
	f, _ := goja.AssertFunction(v)
	out, err := f(goja.Undefined(), args...)
	if err != nil {
		panic(err)
	}
	o := out.ToObject(m.vm)
	m.library[name] = o
	return o
}

// luxon is Luxon's module with the workflow's zone and Go's zone data.
func (m *machine) luxon() *goja.Object {
	if o := m.library["luxon"]; o != nil {
		return o
	}
	o := m.module("luxon", library.Luxon(), m.intl())
	m.nativeZones(o.Get("IANAZone").ToObject(m.vm))
	m.demand("Date")
	settings := o.Get("Settings").ToObject(m.vm)
	if zone := m.e.scope.Timezone; zone != "" {
		m.put(settings, "defaultZone", m.vm.ToValue(zone))
	}
	return o
}

// nativeZones replaces what Luxon works out by formatting and parsing dates.
func (m *machine) nativeZones(zone *goja.Object) {
	proto := zone.Get("prototype").ToObject(m.vm)
	m.method(proto, "offset", func(call goja.FunctionCall) goja.Value {
		name := call.This.ToObject(m.vm).Get("name").String()
		ms := call.Argument(0).ToFloat()
		z, err := intl.Zone(name)
		if err != nil || math.IsNaN(ms) || math.Abs(ms) > maxTime {
			return m.vm.ToValue(math.NaN())
		}
		_, seconds := time.UnixMilli(int64(ms)).In(z).Zone()
		return m.vm.ToValue(float64(seconds) / 60)
	})
	m.method(zone, "isValidZone", func(call goja.FunctionCall) goja.Value {
		name, ok := call.Argument(0).(goja.String)
		if !ok {
			return m.vm.ToValue(false)
		}
		_, err := intl.Zone(name.String())
		return m.vm.ToValue(err == nil)
	})
}

// noDate are texts that goja takes for dates and other engines do not: numbers
// (which are often seconds since 1970), addresses, commas before milliseconds.
var noDate = regexp.MustCompile(`^\s*(?:\d{7,}|\d+\.\d+\.\d+\.\d+|\d{4}-\d\d-\d\dT[\d:]+,\d+.*)\s*$`)

// checkDate makes NaN of a text that is no date.
func (m *machine) checkDate(call goja.FunctionCall) goja.Value {
	v := call.Argument(0)
	if s, ok := v.(goja.String); ok && s.Length() < 64 && noDate.MatchString(s.String()) {
		return m.vm.ToValue(math.NaN())
	}
	return v
}

// maxTime is the range of ECMAScript's dates, in milliseconds around 1970.
const maxTime = 8.64e15

// fn is a function for scripts. Without a name of its own it would have that of
// the Go function, which is nobody's business.
func (m *machine) fn(name string, f native) goja.Value {
	o := m.vm.ToValue(f).ToObject(m.vm)
	m.name(o, name)
	return o
}

func (m *machine) name(f *goja.Object, name string) {
	if err := f.DefineDataProperty("name", m.vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// method defines a function property.
func (m *machine) method(o *goja.Object, name string, f native) {
	if err := o.DefineDataProperty(name, m.fn(name, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// dates is n8n's functions on dates.
func (m *machine) dates() *goja.Object {
	if o := m.library["dates"]; o != nil {
		return o
	}
	fail := m.fn("fail", func(call goja.FunctionCall) goja.Value {
		m.throw(&problem{text: call.Argument(0).String()})
		return nil
	})
	return m.module("dates", library.Dates(), m.luxon(), fail)
}

// now is $now: one moment for the whole node run if the scope has one.
func (m *machine) now() goja.Value {
	t := m.e.scope.Now
	if t.IsZero() {
		t = m.e.limits.Clock.Now()
	}
	from, ok := goja.AssertFunction(m.luxon().Get("DateTime").ToObject(m.vm).Get("fromMillis"))
	if !ok {
		return goja.Undefined()
	}
	v, err := from(m.luxon().Get("DateTime"), m.vm.ToValue(t.UnixMilli()))
	if err != nil {
		panic(err)
	}
	return v
}

// today is $today: midnight of the workflow's zone.
func (m *machine) today() goja.Value {
	now := m.now().ToObject(m.vm)
	set, ok := goja.AssertFunction(now.Get("set"))
	if !ok {
		return goja.Undefined()
	}
	v, err := set(now, m.vm.ToValue(map[string]any{"hour": 0, "minute": 0, "second": 0, "millisecond": 0}))
	if err != nil {
		panic(err)
	}
	return v
}

// jmespath is $jmespath(data, query).
func (m *machine) jmespath(call goja.FunctionCall) goja.Value {
	data, query := call.Argument(0), call.Argument(1)
	_, object := data.(*goja.Object)
	text, isText := query.(goja.String)
	if !isText || !object && !goja.IsNull(data) {
		m.throw(problemf("expected two arguments (Object, string) for this function"))
	}
	if m.code == nil && unsafeQuery(text.String()) {
		m.throw(problemf("Cannot access this property in a jmespath query due to security concerns"))
	}
	search, ok := goja.AssertFunction(m.module("jmespath", library.JMESPath()).Get("search"))
	if !ok {
		return goja.Undefined()
	}
	v, err := search(goja.Undefined(), data, query)
	if err != nil {
		panic(err)
	}
	return v
}

package expr

import (
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/intl"
)

// onDemand is what goja lacks, installed where a program mentions its name.
var onDemand map[string]func(*machine)

func init() { //nolint:gochecknoinits // a table whose functions refer to it
	onDemand = map[string]func(*machine){
		"toLocaleString":     (*machine).localStrings,
		"toLocaleDateString": (*machine).localStrings,
		"toLocaleTimeString": (*machine).localStrings,
		"Date":               (*machine).dateText,
		"toDate":             (*machine).dateText,
		"groupBy":            (*machine).groupBy,
		"isWellFormed":       (*machine).wellFormed,
		"toWellFormed":       (*machine).wellFormed,
		"structuredClone":    (*machine).structuredClone,
		"format":             (*machine).localStrings,
	}
	for name, tag := range htmlMethods {
		onDemand[name] = func(m *machine) { m.htmlMethod(name, tag[0], tag[1]) }
	}
}

// demand installs what a program mentions, once.
func (m *machine) demand(name string) {
	if !m.installed[name] {
		m.installed[name] = true
		onDemand[name](m)
	}
}

func (m *machine) prototype(class string) *goja.Object {
	return m.vm.Get(class).ToObject(m.vm).Get("prototype").ToObject(m.vm)
}

// localStrings gives dates and numbers the texts of Intl.
func (m *machine) localStrings() {
	for _, name := range []string{"toLocaleString", "toLocaleDateString", "toLocaleTimeString", "format"} {
		m.installed[name] = true
	}
	date := m.prototype("Date")
	for name, form := range map[string][2]string{
		"toLocaleString": {"any", "all"}, "toLocaleDateString": {"date", "date"}, "toLocaleTimeString": {"time", "time"},
	} {
		m.method(date, name, func(call goja.FunctionCall) goja.Value {
			ms := call.This.ToNumber()
			if f := ms.ToFloat(); f != f { //nolint:gocritic // NaN
				return m.vm.ToValue("Invalid Date")
			}
			d := defaults(m.dateOptions(m.locale(call.Argument(0)), m.options(call.Argument(1))), form[0], form[1])
			return m.vm.ToValue(intl.Text(m.formatted(d, m.moment(ms))))
		})
	}
	m.method(m.prototype("Number"), "toLocaleString", func(call goja.FunctionCall) goja.Value {
		o := numberOptions(m.locale(call.Argument(0)), m.options(call.Argument(1)))
		return m.vm.ToValue(m.number(o, call.This.ToFloat()))
	})
}

// dateText writes dates with the name of the zone that JavaScript's users know.
func (m *machine) dateText() {
	m.installed["Date"], m.installed["toDate"] = true, true
	date := m.prototype("Date")
	for name, form := range map[string]string{
		"toString":     "Mon Jan 02 2006 15:04:05 GMT+0000 (Coordinated Universal Time)",
		"toTimeString": "15:04:05 GMT+0000 (Coordinated Universal Time)",
	} {
		orig, ok := goja.AssertFunction(date.Get(name))
		if !ok {
			continue
		}
		m.method(date, name, func(call goja.FunctionCall) goja.Value {
			if t, ok := exportedTime(call.This); ok && t.Year() > 0 && t.Year() < 10000 {
				return m.vm.ToValue(t.UTC().Format(form))
			}
			v, err := orig(call.This)
			if err != nil {
				panic(err)
			}
			return v
		})
	}
}

func exportedTime(v goja.Value) (time.Time, bool) {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Date" {
		return time.Time{}, false
	}
	t, ok := o.Export().(time.Time)
	return t, ok && !t.IsZero()
}

// groupBy adds Object.groupBy and Map.groupBy.
func (m *machine) groupBy() {
	const script = `(function (Object, Map) {
		Object.groupBy = function (items, key) {
			const out = Object.create(null); let i = 0;
			for (const x of items) { const k = key(x, i++); (out[k] = out[k] || []).push(x); }
			return out;
		};
		Map.groupBy = function (items, key) {
			const out = new Map(); let i = 0;
			for (const x of items) { const k = key(x, i++); if (!out.has(k)) out.set(k, []); out.get(k).push(x); }
			return out;
		};
	})`
	m.script(script, m.vm.Get("Object"), m.vm.Get("Map"))
}

// wellFormed adds what replaces halves of surrogate pairs.
func (m *machine) wellFormed() {
	m.installed["isWellFormed"], m.installed["toWellFormed"] = true, true
	const script = `(function (proto) {
		const lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/;
		proto.isWellFormed = function () { return !lone.test(String(this)); };
		proto.toWellFormed = function () {
			return Array.from(String(this), (c) => c.length === 1 && c >= "\uD800" && c <= "\uDFFF" ? "\uFFFD" : c).join("");
		};
	})`
	m.script(script, m.prototype("String"))
}

// script runs a function of ours once.
func (m *machine) script(source string, args ...goja.Value) {
	v, err := m.vm.RunString(source)
	if err != nil {
		panic(err)
	}
	f, ok := goja.AssertFunction(v)
	if !ok {
		return
	}
	if _, err := f(goja.Undefined(), args...); err != nil {
		panic(err)
	}
}

// structuredClone copies plain data; functions are an error, as in JavaScript.
func (m *machine) structuredClone() {
	m.method(m.vm.GlobalObject(), "structuredClone", func(call goja.FunctionCall) goja.Value {
		v, defined, err := m.export(call.Argument(0))
		if err != nil {
			panic(err)
		}
		if !defined {
			return goja.Undefined()
		}
		return m.toJS(v)
	})
}

// htmlMethods are the old methods of strings that wrap them in a tag.
var htmlMethods = map[string][2]string{ // tag, and the attribute that the argument gives
	"big": {"big"}, "blink": {"blink"}, "bold": {"b"}, "fixed": {"tt"}, "italics": {"i"}, "small": {"small"}, "strike": {"strike"}, "sub": {"sub"},
	"sup": {"sup"}, "link": {"a", "href"}, "anchor": {"a", "name"}, "fontcolor": {"font", "color"}, "fontsize": {"font", "size"},
}

func (m *machine) htmlMethod(name, tag, attribute string) {
	m.method(m.prototype("String"), name, func(call goja.FunctionCall) goja.Value {
		text, open := call.This.String(), tag
		if attribute != "" {
			open += " " + attribute + `="` + strings.ReplaceAll(call.Argument(0).String(), `"`, "&quot;") + `"`
		}
		m.box.Spend(int64(len(text) + len(open)))
		return m.vm.ToValue("<" + open + ">" + text + "</" + tag + ">")
	})
}

package extend

import "github.com/dop251/goja"

// dateFunctions are those on dates and Luxon's DateTime; they are JavaScript,
// because they build on Luxon.
var dateFunctions = dateTable()

func dateTable() map[string]function {
	table := map[string]function{"toBoolean": undefinedFunction, "isEmpty": constant(false), "isNotEmpty": constant(true)}
	for _, name := range []string{
		"beginningOf", "endOfMonth", "extract", "isBetween", "isDst", "isInLast", "isWeekend", "minus", "plus",
		"format", "toDateTime", "diffTo", "diffToNow", "toInt", "toFloat",
	} {
		table[name] = func(s *Set, this goja.Value, args []goja.Value) goja.Value { return s.dates(name, this, args) }
	}
	return table
}

func constant(v any) function {
	return func(s *Set, _ goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(v) }
}

// dates calls a function of the host's date functions.
func (s *Set) dates(name string, this goja.Value, args []goja.Value) goja.Value {
	f, ok := goja.AssertFunction(s.Dates().Get(name))
	if !ok {
		panic(s.VM.NewTypeError("%s is not a function", name))
	}
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = a
	}
	return s.must(f(goja.Undefined(), this, s.VM.NewArray(list...)))
}

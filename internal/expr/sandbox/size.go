package sandbox

import (
	"reflect"
	"strconv"

	"github.com/dop251/goja"
)

// extent is how large something becomes when it is written out.
type extent struct {
	nodes int64
	text  int64 // characters, at most
}

func (e *extent) add(o extent) {
	const most = 1 << 60
	e.nodes = min(e.nodes+o.nodes, most)
	e.text = min(e.text+o.text, most)
}

// Sized is data that knows how large it is; a lazily exposed value is one.
type Sized interface {
	// Extent returns the number of values in it and the length of their text, at
	// most; ok is false if scripts have changed it so that it must be walked.
	Extent() (nodes, text int64, ok bool)
}

// measure returns how large v is when written out, every reference followed.
// A few small lists that hold each other many times can make a text of
// gigabytes; each object is therefore measured once. sep is the length of what
// stands between two elements. Data nested too deeply ends the run.
func (b *Box) measure(v goja.Value, sep int64) extent {
	m := measurement{b: b, sep: sep, seen: map[*goja.Object]extent{}}
	return m.of(v, 0)
}

type measurement struct {
	b    *Box
	sep  int64
	seen map[*goja.Object]extent
}

func (m *measurement) of(v goja.Value, depth int) extent {
	if depth > MaxDepth {
		m.b.fail("size", "its data is nested deeper than %d levels", MaxDepth)
	}
	switch v := v.(type) {
	case nil:
		return extent{1, 4}
	case goja.String:
		return extent{1, int64(v.Length()) + 2}
	case *goja.Object:
		if e, ok := m.seen[v]; ok {
			return e
		}
		m.seen[v] = extent{1, 1} // a cycle; the built-in itself refuses it
		e := m.object(v, depth)
		m.seen[v] = e
		return e
	default:
		return extent{1, 24}
	}
}

func (m *measurement) object(o *goja.Object, depth int) extent {
	e := extent{1, 2}
	switch o.ClassName() {
	case "Function":
		return e
	case "String", "Number", "Boolean", "Date", "RegExp", "Error":
		return extent{1, m.b.length(o) + 64}
	case "Array":
		m.elements(o, depth, &e)
	default:
		if known, ok := sized(o); ok {
			return known
		}
		m.fields(o, depth, &e)
	}
	return e
}

func (m *measurement) elements(o *goja.Object, depth int, e *extent) {
	n := m.b.array(o)
	if known, ok := sized(o); ok {
		*e = extent{known.nodes, known.text + n*m.sep}
		return
	}
	for i := range n {
		e.add(m.of(o.Get(strconv.FormatInt(i, 10)), depth+1))
		e.text += m.sep
	}
}

var sizedType = reflect.TypeFor[Sized]()

func sized(o *goja.Object) (e extent, ok bool) {
	if t := o.ExportType(); t == nil || !t.Implements(sizedType) {
		return extent{}, false
	}
	s, ok := o.Export().(Sized)
	if ok {
		e.nodes, e.text, ok = s.Extent()
	}
	return e, ok
}

func (m *measurement) fields(o *goja.Object, depth int, e *extent) {
	for _, k := range o.Keys() {
		e.add(m.of(o.Get(k), depth+1))
		e.text += int64(len(k)) + 4
	}
}

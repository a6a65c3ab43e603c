package expr

import (
	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
)

// eager is the number of values up to which data is copied into the runtime as
// plain objects. Larger data is shown through a window that copies what is
// looked at, and all keys of an object only when it is changed.
const eager = 48

// lazyObject shows an object of the workflow's data to scripts. Scripts may
// change it; the data stays.
type lazyObject struct {
	m   *machine
	src *value.Object
	// kids are the containers that were handed out, by key.
	kids map[string]goja.Value
	// own is the script's copy once it has changed something; it holds goja.Values
	// beside values.
	own *value.Object
}

// lazyArray is lazyObject for lists.
type lazyArray struct {
	m    *machine
	src  []any
	kids map[int]goja.Value
	own  []any
	// changed is set once own stands for src.
	changed bool
}

func (o *lazyObject) now() *value.Object {
	if o.own != nil {
		return o.own
	}
	return o.src
}

// Get implements goja.DynamicObject.
func (o *lazyObject) Get(key string) goja.Value {
	v, ok := o.now().Get(key)
	if !ok {
		return nil
	}
	if kid, ok := o.kids[key]; ok {
		return kid
	}
	js := o.m.toJS(v)
	if _, container := js.(*goja.Object); container {
		if o.kids == nil {
			o.kids = map[string]goja.Value{}
		}
		o.kids[key] = js
	}
	return js
}

// Set implements goja.DynamicObject.
func (o *lazyObject) Set(key string, v goja.Value) bool {
	o.change()
	o.own.Set(key, v)
	delete(o.kids, key)
	return true
}

func (o *lazyObject) change() {
	if o.own == nil {
		o.m.box.Spend(int64(o.src.Len()) * 64)
		o.own = o.src.Shallow()
	}
}

// Has implements goja.DynamicObject.
func (o *lazyObject) Has(key string) bool {
	_, ok := o.now().Get(key)
	return ok
}

// Delete implements goja.DynamicObject.
func (o *lazyObject) Delete(key string) bool {
	o.change()
	o.own.Delete(key)
	delete(o.kids, key)
	return true
}

// Keys implements goja.DynamicObject.
func (o *lazyObject) Keys() []string {
	now := o.now()
	o.m.box.Spend(int64(now.Len()) * 48)
	return now.Keys()
}

// untouched reports whether what the script sees is still the data as it was.
func (o *lazyObject) untouched() bool {
	if o.own != nil {
		return false
	}
	for _, k := range o.kids {
		if !untouched(k) {
			return false
		}
	}
	return true
}

// Extent implements sandbox.Sized.
func (o *lazyObject) Extent() (nodes, text int64, ok bool) {
	if !o.untouched() {
		return 0, 0, false
	}
	nodes, text = extent(o.src)
	return nodes, text, true
}

func (a *lazyArray) now() []any {
	if a.changed {
		return a.own
	}
	return a.src
}

// Len implements goja.DynamicArray.
func (a *lazyArray) Len() int { return len(a.now()) }

// Get implements goja.DynamicArray.
func (a *lazyArray) Get(i int) goja.Value {
	now := a.now()
	if i < 0 || i >= len(now) {
		return nil
	}
	if kid, ok := a.kids[i]; ok {
		return kid
	}
	js := a.m.toJS(now[i])
	if _, container := js.(*goja.Object); container {
		if a.kids == nil {
			a.kids = map[int]goja.Value{}
		}
		a.kids[i] = js
	}
	return js
}

// change makes the script's copy; handed out elements keep their identity.
func (a *lazyArray) change() {
	if a.changed {
		return
	}
	a.m.box.Spend(int64(len(a.src)) * 16)
	a.own = make([]any, len(a.src))
	copy(a.own, a.src)
	for i, k := range a.kids {
		a.own[i] = k
	}
	a.kids, a.changed = nil, true
}

// Set implements goja.DynamicArray.
func (a *lazyArray) Set(i int, v goja.Value) bool {
	if i < 0 || i > len(a.now())+maxGap {
		return false
	}
	a.change()
	for len(a.own) <= i {
		a.own = append(a.own, goja.Undefined())
	}
	a.own[i] = v
	delete(a.kids, i)
	return true
}

// maxGap is how far beyond its end a list may be written: it has no holes.
const maxGap = 1 << 16

// SetLen implements goja.DynamicArray.
func (a *lazyArray) SetLen(n int) bool {
	if n < 0 || n > len(a.now())+maxGap {
		return false
	}
	a.change()
	for len(a.own) < n {
		a.own = append(a.own, goja.Undefined())
	}
	for i := range a.kids {
		if i >= n {
			delete(a.kids, i)
		}
	}
	a.own = a.own[:n]
	return true
}

func (a *lazyArray) untouched() bool {
	if a.changed {
		return false
	}
	for _, k := range a.kids {
		if !untouched(k) {
			return false
		}
	}
	return true
}

// Extent implements sandbox.Sized.
func (a *lazyArray) Extent() (nodes, text int64, ok bool) {
	if !a.untouched() {
		return 0, 0, false
	}
	nodes, text = extent(a.src)
	return nodes, text, true
}

// untouched reports whether a script has left v as it was given; plain objects
// count as changed, because they cannot tell.
func untouched(v goja.Value) bool {
	switch d := dynamic(v).(type) {
	case *lazyObject:
		return d.untouched()
	case *lazyArray:
		return d.untouched()
	default:
		return false
	}
}

// dynamic returns the window behind v, nil if v is something else.
func dynamic(v goja.Value) any {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	switch o.ExportType() {
	case lazyObjectType, lazyArrayType:
		return o.Export()
	}
	return nil
}

// extent counts the values in v and the characters of their JSON, at most.
func extent(v any) (nodes, text int64) {
	switch v := v.(type) {
	case string:
		return 1, 2*int64(len(v)) + 2
	case []any:
		nodes, text = 1, 2
		for _, x := range v {
			n, t := extent(x)
			nodes, text = nodes+n, text+t+1
		}
		return nodes, text
	case *value.Object:
		nodes, text = 1, 2
		for k, x := range v.All() {
			n, t := extent(x)
			nodes, text = nodes+n, text+t+int64(len(k))+4
		}
		return nodes, text
	default:
		return 1, 24
	}
}

package expr

import (
	"errors"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
)

var (
	lazyObjectType = reflect.TypeFor[*lazyObject]()
	lazyArrayType  = reflect.TypeFor[*lazyArray]()
)

// toJS shows data to scripts.
func (m *machine) toJS(v any) goja.Value {
	switch v := v.(type) {
	case nil:
		return goja.Null()
	case goja.Value:
		return v
	case string, bool, float64, int:
		return m.vm.ToValue(v)
	case []any:
		if left := eager; small(v, &left) {
			return m.plainArray(v)
		}
		return m.vm.NewDynamicArray(&lazyArray{m: m, src: v})
	case *value.Object:
		if v == nil {
			return goja.Undefined()
		}
		if left := eager; small(v, &left) {
			return m.plainObject(v)
		}
		return m.vm.NewDynamicObject(&lazyObject{m: m, src: v})
	default:
		return m.toJS(value.From(v))
	}
}

// small reports whether v has no more values than left, which it lowers.
func small(v any, left *int) bool {
	*left--
	switch v := v.(type) {
	case []any:
		if *left -= len(v); *left < 0 {
			return false
		}
		*left += len(v)
		for _, x := range v {
			if !small(x, left) {
				return false
			}
		}
	case *value.Object:
		if *left < v.Len() {
			return false
		}
		for i := range v.Len() {
			if _, x := v.At(i); !small(x, left) {
				return false
			}
		}
	}
	return *left >= 0
}

func (m *machine) plainArray(list []any) goja.Value {
	items := make([]any, len(list))
	for i, x := range list {
		items[i] = m.toJS(x)
	}
	return m.vm.NewArray(items...)
}

func (m *machine) plainObject(o *value.Object) goja.Value {
	out := m.vm.NewObject()
	for i := range o.Len() {
		k, x := o.At(i)
		m.put(out, k, m.toJS(x))
	}
	return out
}

// put sets an own property, whatever its name is.
func (m *machine) put(o *goja.Object, key string, v goja.Value) {
	var err error
	if key == "__proto__" {
		err = o.DefineDataProperty(key, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	} else {
		err = o.Set(key, v)
	}
	if err != nil {
		panic(err)
	}
}

// The most that a result may hold.
const (
	maxResultValues = 4 << 20
	maxResultDepth  = 1000
	checkEvery      = 1 << 10 // values between two looks at the limits
)

var (
	errTooDeep = errors.New("its result is nested too deeply")
	errTooBig  = errors.New("its result has too many values")
	errCycle   = errors.New("its result contains itself")
)

// exporter turns what a script gave into data. undefined is reported as false:
// keys that have it are left out, and list elements become null, as JSON does.
type exporter struct {
	m    *machine
	left int
	open map[*goja.Object]bool
}

func (m *machine) export(v goja.Value) (any, bool, error) {
	x := exporter{m: m, left: maxResultValues}
	return x.value(v, 0)
}

func (x *exporter) value(v goja.Value, depth int) (any, bool, error) {
	if x.left--; x.left < 0 {
		return nil, false, errTooBig
	}
	if x.left%checkEvery == 0 {
		x.m.box.Check()
		x.m.box.Spend(checkEvery * 48)
	}
	switch v := v.(type) {
	case nil:
		return nil, false, nil
	case goja.String:
		return v.String(), true, nil
	case *goja.Symbol:
		return nil, false, nil
	case *goja.Object:
		return x.object(v, depth)
	}
	switch n := v.Export().(type) {
	case int64:
		return float64(n), true, nil
	case float64:
		return n, true, nil
	case bool:
		return n, true, nil
	case *big.Int:
		return n.String(), true, nil
	}
	return nil, goja.IsNull(v), nil
}

func (x *exporter) object(o *goja.Object, depth int) (any, bool, error) {
	switch {
	case depth > maxResultDepth:
		return nil, false, errTooDeep
	case x.open[o]:
		return nil, false, errCycle
	}
	if untouched(o) {
		switch d := dynamic(o).(type) {
		case *lazyObject:
			return d.src, true, nil
		case *lazyArray:
			return d.src, true, nil
		}
	}
	if x.open == nil {
		x.open = map[*goja.Object]bool{}
	}
	x.open[o] = true
	defer delete(x.open, o)
	if f, ok := goja.AssertFunction(o.Get("toJSON")); ok {
		v, err := f(o, x.m.vm.ToValue(""))
		if err != nil {
			return nil, false, err
		}
		if v == goja.Value(o) {
			return x.container(o, depth)
		}
		return x.value(v, depth+1)
	}
	return x.container(o, depth)
}

func (x *exporter) container(o *goja.Object, depth int) (any, bool, error) {
	switch o.ClassName() {
	case "Function":
		return nil, false, nil
	case "Array":
		return x.list(o, depth)
	case "String":
		return o.String(), true, nil
	case "Number":
		return o.ToFloat(), true, nil
	case "Boolean":
		return o.Export(), true, nil
	default:
		return x.fields(o, depth)
	}
}

func (x *exporter) list(o *goja.Object, depth int) (any, bool, error) {
	n := int(o.Get("length").ToInteger())
	if n > x.left {
		return nil, false, errTooBig
	}
	list := make([]any, n)
	for i := range n {
		v, _, err := x.value(o.Get(strconv.Itoa(i)), depth+1)
		if err != nil {
			return nil, false, err
		}
		list[i] = v
	}
	return list, true, nil
}

func (x *exporter) fields(o *goja.Object, depth int) (any, bool, error) {
	keys := o.Keys()
	out := value.NewObject(len(keys))
	for _, k := range keys {
		v, defined, err := x.value(o.Get(k), depth+1)
		if err != nil {
			return nil, false, err
		}
		if defined {
			// Scripts may hold lone surrogates; data is UTF-8.
			out.Set(strings.ToValidUTF8(k, "\ufffd"), v)
		}
	}
	return out, true, nil
}

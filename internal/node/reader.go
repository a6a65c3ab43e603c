package node

import (
	"math"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Reader reads the parameters of one item and keeps the first error, so that a
// node reads all it needs and asks once.
type Reader struct {
	call *Call
	item int
	err  error
}

// At reads the parameters for an item.
func (c *Call) At(item int) *Reader { return &Reader{call: c, item: item} }

// Err is the first error, with its item.
func (r *Reader) Err() error { return AtItem(r.item, r.err) }

// Item is the number of the item.
func (r *Reader) Item() int { return r.item }

// Value returns the parameter, nil if it is not set. Values are never changed by nodes.
func (r *Reader) Value(name string) any {
	if r.err != nil {
		return nil
	}
	v, err := r.call.Param(name, r.item)
	if err != nil {
		r.err = err
		return nil
	}
	return v
}

// String returns the parameter as text; def if it is not set or null.
func (r *Reader) String(name, def string) string {
	if v := r.Value(name); v != nil {
		return Text(v)
	}
	return def
}

// Bool returns the parameter by JavaScript's truth, with "false" false; def if
// it is not set or null.
func (r *Reader) Bool(name string, def bool) bool {
	v := r.Value(name)
	if v == nil {
		return def
	}
	if s, ok := v.(string); ok {
		return s != "" && !strings.EqualFold(s, "false")
	}
	return Truthy(v)
}

// Number returns the parameter as a number; def if it is not set, null or "".
// Anything that is no number is an error.
func (r *Reader) Number(name string, def float64) float64 {
	v := r.Value(name)
	if v == nil || v == "" {
		return def
	}
	n := ToNumber(v)
	if math.IsNaN(n) && r.err == nil {
		r.err = Errorf("The parameter %q must be a number, not %q.", name, clip(Text(v)))
	}
	return n
}

// Int is Number cut to a whole number.
func (r *Reader) Int(name string, def int) int {
	n := r.Number(name, float64(def))
	if math.IsNaN(n) || math.Abs(n) > 1<<53 {
		return def
	}
	return int(n)
}

// Object returns the parameter if it is an object, else an empty one. JSON text
// that holds an object counts as one.
func (r *Reader) Object(name string) *value.Object {
	switch v := r.Value(name).(type) {
	case *value.Object:
		return v
	case string:
		if o, err := value.ParseObject([]byte(v)); err == nil {
			return o
		}
	}
	return value.NewObject(0)
}

// List returns the parameter if it is a list, else nil.
func (r *Reader) List(name string) []any {
	l, _ := r.Value(name).([]any)
	return l
}

// Objects returns the objects of a list: the entries of a fixedCollection
// ("assignments.assignments"). A single object counts as a list of one.
func (r *Reader) Objects(name string) []*value.Object {
	switch v := r.Value(name).(type) {
	case *value.Object:
		return []*value.Object{v}
	case []any:
		var out []*value.Object
		for _, x := range v {
			if o, ok := x.(*value.Object); ok {
				out = append(out, o)
			}
		}
		return out
	}
	return nil
}

// Locator returns the value of a resourceLocator ({__rl, mode, value}) or of the
// plain parameter it once was.
func (r *Reader) Locator(name string) any {
	v := r.Value(name)
	if o, ok := v.(*value.Object); ok {
		if _, ok := o.Get("__rl"); ok {
			v, _ = o.Get("value")
		}
	}
	return v
}

// Names splits a parameter that lists names by comma; spaces around them and
// empty ones go. Lists of strings are taken as they are.
func (r *Reader) Names(name string) []string {
	switch v := r.Value(name).(type) {
	case string:
		return SplitNames(v)
	case []any:
		out := make([]string, len(v))
		for i, x := range v {
			out[i] = Text(x)
		}
		return out
	}
	return nil
}

// SplitNames splits text by comma; spaces around names and empty ones go.
func SplitNames(text string) []string {
	var out []string
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Get reads a member of an object as text; def if it is not there or null.
func Get(o *value.Object, key, def string) string {
	if v, ok := o.Get(key); ok && v != nil {
		return Text(v)
	}
	return def
}

// Text writes v as people expect to see it: strings as they are, null as
// nothing, objects and lists as JSON.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return value.FormatNumber(v)
	default:
		return string(value.JSON(v))
	}
}

// Truthy is JavaScript's truth.
func Truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0 && !math.IsNaN(v)
	}
	return true
}

// clip shortens text for messages.
func clip(s string) string {
	return fault.Shorten(s, 80)
}

// Package value holds JSON as JavaScript sees it: objects keep the order in
// which their keys were set (array-index keys first, ascending), numbers are
// float64. A value is nil, bool, float64, string, []any or *Object.
//
// Workflows carry their data in this form because tenants' expressions and code
// observe the order of keys, and n8n keeps it.
package value

import (
	"iter"
	"slices"
	"strconv"
)

// indexFrom is the number of keys from which an Object keeps a map beside the list.
const indexFrom = 12

// Object is an ordered JSON object. It is not safe for concurrent writes.
type Object struct {
	keys  []string
	vals  []any
	index map[string]int
}

// NewObject returns an empty object with room for n keys.
func NewObject(n int) *Object {
	return &Object{keys: make([]string, 0, n), vals: make([]any, 0, n)}
}

// Obj makes an object of alternating keys and values; for tests and literals.
func Obj(pairs ...any) *Object {
	o := NewObject(len(pairs) / 2)
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// Len returns the number of keys; 0 for nil.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.keys)
}

// Get returns the value of key and whether there is one.
func (o *Object) Get(key string) (any, bool) {
	if i := o.find(key); i >= 0 {
		return o.vals[i], true
	}
	return nil, false
}

// At returns the i-th key and value.
func (o *Object) At(i int) (string, any) { return o.keys[i], o.vals[i] }

// Keys returns the keys in order; the caller owns the slice.
func (o *Object) Keys() []string {
	if o == nil {
		return nil
	}
	return slices.Clone(o.keys)
}

// All ranges over keys and values in order.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if o == nil {
			return
		}
		for i, k := range o.keys {
			if !yield(k, o.vals[i]) {
				return
			}
		}
	}
}

// Set gives key the value v; a new key goes last, or among the array indexes.
func (o *Object) Set(key string, v any) {
	if i := o.find(key); i >= 0 {
		o.vals[i] = v
		return
	}
	at := len(o.keys)
	if n, ok := arrayIndex(key); ok {
		at = o.indexPosition(n)
	}
	o.keys = slices.Insert(o.keys, at, key)
	o.vals = slices.Insert(o.vals, at, v)
	o.reindex(at)
}

// Delete removes key and reports whether it was there.
func (o *Object) Delete(key string) bool {
	i := o.find(key)
	if i < 0 {
		return false
	}
	o.keys = slices.Delete(o.keys, i, i+1)
	o.vals = slices.Delete(o.vals, i, i+1)
	delete(o.index, key)
	o.reindex(i)
	return true
}

func (o *Object) find(key string) int {
	if o == nil {
		return -1
	}
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.Index(o.keys, key)
}

// reindex brings the map up to date from position i on.
func (o *Object) reindex(i int) {
	if len(o.keys) < indexFrom {
		o.index = nil
		return
	}
	if o.index == nil {
		o.index = make(map[string]int, 2*len(o.keys))
		i = 0
	}
	for ; i < len(o.keys); i++ {
		o.index[o.keys[i]] = i
	}
}

// indexPosition is where the array index n belongs among those that lead the list.
func (o *Object) indexPosition(n uint64) int {
	for i, k := range o.keys {
		if m, ok := arrayIndex(k); !ok || m > n {
			return i
		}
	}
	return len(o.keys)
}

// arrayIndex reports whether key is an array index in the sense of ECMAScript 6.1.7.
func arrayIndex(key string) (uint64, bool) {
	if key == "" || len(key) > 10 || key[0] < '0' || key[0] > '9' || (key[0] == '0' && len(key) > 1) {
		return 0, false
	}
	n, err := strconv.ParseUint(key, 10, 64)
	return n, err == nil && n < 1<<32-1
}

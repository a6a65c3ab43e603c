// Package field reads and writes the fields of items by data paths ("a.b[0].c"),
// by the rules that n8n's nodes follow (those of lodash): a key that exists as it
// stands is that key, missing parents are made on writing, and lists are made
// where the next step is a number.
package field

import (
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxIndex is the highest list index that Set makes: a list is memory.
const maxIndex = 10_000

// Get returns the value at path and whether there is one.
func Get(o *value.Object, path string) (any, bool) {
	if o == nil {
		return nil, false
	}
	if v, ok := o.Get(path); ok {
		return v, true
	}
	if !strings.ContainsAny(path, ".[") {
		return nil, false
	}
	var v any = o
	for _, step := range Split(path) {
		var ok bool
		if v, ok = child(v, step); !ok {
			return nil, false
		}
	}
	return v, true
}

// child returns a member of an object, list or string.
func child(v any, step string) (any, bool) {
	switch v := v.(type) {
	case *value.Object:
		return v.Get(step)
	case []any:
		if i, ok := index(step); ok && i < len(v) {
			return v[i], true
		}
		if step == "length" {
			return float64(len(v)), true
		}
	case string:
		if step == "length" {
			return float64(len(v)), true
		}
	}
	return nil, false
}

// Set puts v at path. Containers below o are copied before they are changed, so
// that o may be a shallow copy of an item's json.
func Set(o *value.Object, path string, v any) error {
	if _, ok := o.Get(path); ok || !strings.ContainsAny(path, ".[") {
		if !forbidden(path) {
			o.Set(path, v)
		}
		return nil
	}
	steps := Split(path)
	if len(steps) == 0 || slices.ContainsFunc(steps, forbidden) {
		return nil
	}
	old, _ := o.Get(steps[0])
	inner, err := with(old, steps[1:], v)
	if err == nil {
		o.Set(steps[0], inner)
	}
	return err
}

// with returns a copy of container in which steps lead to v.
func with(container any, steps []string, v any) (any, error) {
	if len(steps) == 0 {
		return v, nil
	}
	step := steps[0]
	i, isIndex := index(step)
	switch c := container.(type) {
	case *value.Object:
		old, _ := c.Get(step)
		inner, err := with(old, steps[1:], v)
		out := c.Shallow()
		out.Set(step, inner)
		return out, err
	case []any:
		if !isIndex {
			return c, nil // a named property of a list does not show in JSON
		}
		return withElement(c, i, steps[1:], v)
	}
	if isIndex {
		return withElement(nil, i, steps[1:], v)
	}
	inner, err := with(nil, steps[1:], v)
	return value.Obj(step, inner), err
}

func withElement(list []any, i int, steps []string, v any) (any, error) {
	if i > maxIndex && i >= len(list) {
		return nil, fault.New(fault.Invalid, fault.CodeNodeError, "The list index %d is too high; at most %d can be set.", i, maxIndex)
	}
	out := slices.Clone(list)
	for len(out) <= i {
		out = append(out, nil)
	}
	inner, err := with(out[i], steps, v)
	out[i] = inner
	return out, err
}

// Unset removes what is at path; o is treated as by Set.
func Unset(o *value.Object, path string) {
	if o.Delete(path) || !strings.ContainsAny(path, ".[") {
		return
	}
	steps := Split(path)
	if len(steps) == 0 {
		return
	}
	old, ok := o.Get(steps[0])
	if !ok {
		return
	}
	if len(steps) == 1 {
		o.Delete(steps[0])
		return
	}
	o.Set(steps[0], without(old, steps[1:]))
}

func without(container any, steps []string) any {
	switch c := container.(type) {
	case *value.Object:
		old, ok := c.Get(steps[0])
		if !ok {
			return c
		}
		out := c.Shallow()
		if len(steps) == 1 {
			out.Delete(steps[0])
		} else {
			out.Set(steps[0], without(old, steps[1:]))
		}
		return out
	case []any:
		i, ok := index(steps[0])
		if !ok || i >= len(c) {
			return c
		}
		out := slices.Clone(c)
		if len(steps) == 1 {
			out[i] = nil // a hole, null in JSON
		} else {
			out[i] = without(out[i], steps[1:])
		}
		return out
	}
	return container
}

// forbidden steps would reach a prototype in JavaScript; they set nothing.
func forbidden(step string) bool {
	return step == "__proto__" || step == "constructor" || step == "prototype"
}

// index reports whether a step is a list index.
func index(step string) (int, bool) {
	if step == "" || (step[0] == '0' && len(step) > 1) {
		return 0, false
	}
	for _, c := range step {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(step)
	return n, err == nil
}

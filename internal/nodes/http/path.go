package http

import (
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxIndex bounds the list indexes that a field name may make.
const maxIndex = 10_000

// nested makes an object of names that are paths: "a.b" and "a[0]" lead into
// objects and lists that are made on the way (version 4's body fields).
func nested(pairs []wire.Part) *value.Object {
	o := value.NewObject(len(pairs))
	for _, p := range pairs {
		steps := pathOf(p.Name)
		if _, ok := o.Get(p.Name); ok {
			steps = []string{p.Name}
		}
		setPath(o, steps, p.Value)
	}
	return o
}

// pathOf splits "a.b[0].c" into its steps.
func pathOf(name string) []string {
	if name == "" {
		return []string{""}
	}
	name = strings.NewReplacer(`["`, ".", `"]`, "", `['`, ".", `']`, "", "[", ".", "]", "").Replace(name)
	return strings.Split(strings.TrimPrefix(name, "."), ".")
}

// setPath sets the value at steps inside at, which is an object or a list, and
// returns at, which may have grown.
func setPath(at any, steps []string, v any) any {
	key, rest := steps[0], steps[1:]
	next := v
	if len(rest) > 0 {
		next = setPath(container(child(at, key), rest[0]), rest, v)
	}
	switch at := at.(type) {
	case *value.Object:
		if key != "__proto__" && key != "constructor" && key != "prototype" {
			at.Set(key, next)
		}
		return at
	case []any:
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i > maxIndex {
			return at
		}
		for len(at) <= i {
			at = append(at, nil)
		}
		at[i] = next
		return at
	}
	return at
}

func child(at any, key string) any {
	switch at := at.(type) {
	case *value.Object:
		v, _ := at.Get(key)
		return v
	case []any:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(at) {
			return at[i]
		}
	}
	return nil
}

// container is old if it can hold children, else a new list or object, by what
// the next step is.
func container(old any, next string) any {
	switch old.(type) {
	case *value.Object, []any:
		return old
	}
	if _, err := strconv.Atoi(next); err == nil {
		return []any{}
	}
	return value.NewObject(1)
}

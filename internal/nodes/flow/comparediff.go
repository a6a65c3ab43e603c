package flow

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// stripped leaves out the fields that do not count.
func (k *comparer) stripped(o *value.Object) *value.Object {
	out := o.Shallow()
	for _, name := range k.skip {
		if name != "" {
			k.g.unset(out, name)
		}
	}
	return out
}

func (k *comparer) equal(a, b *value.Object) bool {
	if !k.fuzzy {
		return value.Equal(a, b)
	}
	for name, v := range a.All() {
		if !k.same(v, getter{plain: true}.get(b, name)) {
			return false
		}
	}
	return true
}

// mixed is one of the items with some fields of the other.
func (k *comparer) mixed(x, y workflow.Item) workflow.Item {
	out, other := x, y
	if k.r.String("preferWhenMix", "input1") != "input1" {
		out, other = y, x
	}
	for _, name := range k.r.Names("exceptWhenMix") {
		v := k.g.get(other.JSON, name)
		switch {
		case !k.g.plain && (v == condition.Missing || !node.Truthy(v)):
			out.JSON.Set(name, nil)
		case v == condition.Missing:
			out.JSON.Delete(name)
		default:
			out.JSON.Set(name, v)
		}
	}
	return out
}

// both shows what is the same in two items and what differs.
func (k *comparer) both(x, y workflow.Item) (workflow.Item, error) {
	keys, same := value.NewObject(2), value.NewObject(4)
	d := diff{different: value.NewObject(4), skipped: value.NewObject(0), a: "inputA", b: "inputB"}
	if k.version < 2 {
		d.a, d.b = "input1", "input2"
	}
	plain := getter{plain: true}
	for _, p := range k.pairs {
		if v := plain.get(x.JSON, p.field1); v != condition.Missing {
			keys.Set(p.field1, v)
		}
	}
	all := x.JSON.Shallow()
	for name := range y.JSON.All() {
		if _, ok := all.Get(name); !ok {
			all.Set(name, nil)
		}
	}
	for name := range all.All() {
		a, b := plain.get(x.JSON, name), plain.get(y.JSON, name)
		inBoth := a != condition.Missing && b != condition.Missing
		if (inBoth || (k.fuzzy && k.version >= 2.1)) && k.same(a, b) {
			if a != condition.Missing {
				same.Set(name, a)
			}
			continue
		}
		if err := k.differs(d, name, k.shown(a), k.shown(b)); err != nil {
			return workflow.Item{}, err
		}
	}
	out := workflow.Item{JSON: value.Obj("keys", keys, "same", same, "different", d.different)}
	if d.skipped.Len() > 0 {
		out.JSON.Set("skipped", d.skipped)
	}
	out.Paired = append(append(out.Paired, x.Paired...), y.Paired...)
	return out, nil
}

// shown is how a value stands in the comparison: version 1 shows all that is
// false as null.
func (k *comparer) shown(v any) any {
	if v == condition.Missing || (k.version < 2 && !node.Truthy(v)) {
		return nil
	}
	return v
}

// diff is what differs between two items: the fields that count and the others,
// with the names of the two sides.
type diff struct {
	different, skipped *value.Object
	a, b               string
}

func (k *comparer) differs(d diff, name string, a, b any) error {
	into := d.different
	if slices.Contains(k.skip, name) {
		into = d.skipped
	} else if k.version >= 2.1 && !k.g.plain {
		var err error
		if a, b, err = k.withoutNested(d, name, a, b); err != nil {
			return err
		}
	}
	into.Set(name, value.Obj(d.a, a, d.b, b))
	return nil
}

// withoutNested moves the nested fields that do not count from a difference to
// the skipped ones.
func (k *comparer) withoutNested(d diff, name string, a, b any) (any, any, error) {
	var nested []string
	for _, s := range k.skip {
		if strings.HasPrefix(s, name) && strings.Contains(s, ".") {
			nested = append(nested, strings.Replace(s, name+".", "", 1))
		}
	}
	if len(nested) == 0 {
		return a, b, nil
	}
	if jsType(a) != "object" || jsType(b) != "object" {
		return nil, nil, node.Errorf("The field '%s' is not an object. It is not possible to use dot notation.", name)
	}
	values, sides := [2]any{a, b}, [2]string{d.a, d.b}
	shown := value.NewObject(2)
	for i, v := range values {
		gone := value.NewObject(1)
		if o, ok := v.(*value.Object); ok {
			o = o.Shallow()
			g := getter{}
			for _, path := range nested {
				if x := g.get(o, path); x != condition.Missing {
					_ = g.set(gone, path, x)
				}
				g.unset(o, path)
			}
			values[i] = o
		}
		shown.Set(sides[i], gone)
	}
	d.skipped.Set(name, shown)
	return values[0], values[1], nil
}

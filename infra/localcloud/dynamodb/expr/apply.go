package expr

import (
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// The failures of an update that depend on the item.
const (
	errNoAttribute = attr.Invalid("The provided expression refers to an attribute that does not exist in the item")
	errOperandType = attr.Invalid("An operand in the update expression has an incorrect data type")
	errPath        = attr.Invalid("The document path provided in the update expression is invalid for update")
)

// change is what an action does to an item: put a value at a path, or remove
// what is there.
type change struct {
	path  path
	value attr.Value // Kind None removes
}

// Apply returns the item after the update. All operands are read before anything
// is changed; sets happen before removals, so list indexes are those of the old item.
// The item itself stays as it is.
func (u *Update) Apply(b *Binding, item attr.Item) (attr.Item, error) {
	changes := make([]change, 0, len(u.actions))
	for i := range u.actions {
		c, needed, err := u.actions[i].change(b, item)
		if err != nil {
			return nil, err
		}
		if needed {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(x, y change) int { return applyOrder(x, y, b) })
	whole := attr.Value{Kind: attr.Map, Kids: slices.Clone(item)}
	for i := range changes {
		if err := changes[i].apply(b, &whole, 0); err != nil {
			return nil, err
		}
	}
	return whole.Kids, nil
}

// applyOrder puts sets first, by ascending list index, so that elements past a
// list's end are appended in order; then removals, by descending index, so that
// none moves what another is to remove.
func applyOrder(x, y change, b *Binding) int {
	removesX, removesY := x.value.Kind == attr.None, y.value.Kind == attr.None
	switch {
	case removesX && removesY:
		return comparePaths(y.path, x.path, b)
	case removesX:
		return 1
	case removesY:
		return -1
	}
	return comparePaths(x.path, y.path, b)
}

// change computes the action's change; needed is false if it changes nothing.
func (a *action) change(b *Binding, item attr.Item) (c change, needed bool, err error) {
	c.path = a.path
	switch a.kind {
	case actSet:
		c.value, err = setValue(a.value, b, item)
		return c, true, err
	case actRemove:
		return c, a.path.removable(b, item), a.path.checkParent(b, item)
	}
	old, with := a.path.find(b, item), b.values[a.value.ref]
	if old == nil {
		c.value = *with
		return c, a.kind == actAdd, a.path.checkParent(b, item)
	}
	c.value, err = combine(a.kind, old, with)
	return c, true, err
}

// combine adds with to old, a number or a set, or deletes its elements from old.
// A set that becomes empty goes.
func combine(kind actionKind, old, with *attr.Value) (attr.Value, error) {
	if old.Kind != with.Kind {
		return attr.Value{}, errOperandType
	}
	if old.Kind == attr.Number {
		sum, err := attr.AddNumbers(old.Str, with.Str)
		return attr.Value{Kind: attr.Number, Str: sum}, err
	}
	out := attr.Value{Kind: old.Kind}
	if kind == actAdd {
		out.Kids = attr.SortSet(slices.Concat(old.Kids, with.Kids))
		return out, nil
	}
	for _, f := range old.Kids {
		if !attr.Contains(with, &f.Value) {
			out.Kids = append(out.Kids, f)
		}
	}
	if len(out.Kids) == 0 {
		return attr.Value{}, nil
	}
	return out, nil
}

// setValue evaluates the right side of a SET.
func setValue(n *node, b *Binding, item attr.Item) (attr.Value, error) {
	switch n.kind {
	case nodeValue:
		return *b.values[n.ref], nil
	case nodePath:
		if v := n.path.find(b, item); v != nil {
			return *v, nil
		}
		return attr.Value{}, errNoAttribute
	case nodeFunction:
		if n.text == "if_not_exists" {
			if v := n.kids[0].path.find(b, item); v != nil {
				return *v, nil
			}
			return setValue(n.kids[1], b, item)
		}
	}
	x, err := setValue(n.kids[0], b, item)
	if err != nil {
		return x, err
	}
	y, err := setValue(n.kids[1], b, item)
	if err != nil {
		return y, err
	}
	return calculate(n, &x, &y)
}

// calculate applies list_append, plus or minus.
func calculate(n *node, x, y *attr.Value) (attr.Value, error) {
	want := attr.Number
	if n.kind == nodeFunction {
		want = attr.List
	}
	if x.Kind != want || y.Kind != want {
		return attr.Value{}, errOperandType
	}
	out := attr.Value{Kind: want}
	var err error
	switch n.text {
	case "+":
		out.Str, err = attr.AddNumbers(x.Str, y.Str)
	case "-":
		out.Str, err = attr.SubtractNumbers(x.Str, y.Str)
	default:
		out.Kids = slices.Concat(x.Kids, y.Kids)
	}
	return out, err
}

// checkParent refuses a path whose last step cannot be taken in item.
func (p path) checkParent(b *Binding, item attr.Item) error {
	if len(p) == 1 {
		return nil
	}
	parent := p[:len(p)-1].find(b, item)
	if parent == nil || parent.Kind != p[len(p)-1].container() {
		return errPath
	}
	return nil
}

// container returns the type that the step leads on from.
func (s *step) container() attr.Kind {
	if s.isIndex {
		return attr.List
	}
	return attr.Map
}

// removable reports whether there is something at the path.
func (p path) removable(b *Binding, item attr.Item) bool { return p.find(b, item) != nil }

// apply makes the change in v, which the path's steps before depth led to and
// whose kids belong to the new item.
func (c *change) apply(b *Binding, v *attr.Value, depth int) error {
	s := &c.path[depth]
	if v.Kind != s.container() {
		return errPath
	}
	at, found := s.index, s.index < len(v.Kids)
	field := attr.Field{Value: c.value}
	if !s.isIndex {
		field.Name = c.path.nameAt(depth, b)
		at, found = attr.Find(v.Kids, field.Name)
	}
	if depth < len(c.path)-1 {
		if !found {
			return errPath
		}
		kid := &v.Kids[at].Value
		kid.Kids = slices.Clone(kid.Kids)
		return c.apply(b, kid, depth+1)
	}
	switch {
	case c.value.Kind == attr.None && found:
		v.Kids = slices.Delete(v.Kids, at, at+1)
	case c.value.Kind == attr.None:
	case found:
		v.Kids[at] = field
	case s.isIndex:
		v.Kids = append(v.Kids, field)
	default:
		v.Kids = slices.Insert(v.Kids, at, field)
	}
	return nil
}

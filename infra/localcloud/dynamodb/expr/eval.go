package expr

import (
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// Test reports whether the condition holds for the item; a missing item is an empty one.
func (c *Condition) Test(b *Binding, item attr.Item) bool { return c.root.test(b, item) }

func (n *node) test(b *Binding, item attr.Item) bool {
	switch n.kind {
	case nodeAnd:
		return n.kids[0].test(b, item) && n.kids[1].test(b, item)
	case nodeOr:
		return n.kids[0].test(b, item) || n.kids[1].test(b, item)
	case nodeNot:
		return !n.kids[0].test(b, item)
	case nodeCompare:
		return compare(n.text, n.kids[0].value(b, item), n.kids[1].value(b, item))
	case nodeBetween:
		v := n.kids[0].value(b, item)
		return compare(">=", v, n.kids[1].value(b, item)) && compare("<=", v, n.kids[2].value(b, item))
	case nodeIn:
		v := n.kids[0].value(b, item)
		for _, k := range n.kids[1:] {
			if compare("=", v, k.value(b, item)) {
				return true
			}
		}
		return false
	}
	return n.testFunction(b, item)
}

// value returns an operand's value, nil if it has none.
func (n *node) value(b *Binding, item attr.Item) *attr.Value {
	switch n.kind {
	case nodePath:
		return n.path.find(b, item)
	case nodeValue:
		return b.values[n.ref]
	}
	of := n.kids[0].value(b, item) // of size, the only function that is an operand
	if of == nil {
		return nil
	}
	count, ok := of.Count()
	if !ok {
		return nil
	}
	return &attr.Value{Kind: attr.Number, Str: strconv.Itoa(count)}
}

// compare applies a comparator. Nothing is equal to a missing value, and nothing
// is in order with one or with another type.
func compare(operator string, x, y *attr.Value) bool {
	switch operator {
	case "=":
		return x != nil && y != nil && attr.Equal(x, y)
	case "<>":
		return x == nil || y == nil || !attr.Equal(x, y)
	}
	if x == nil || y == nil {
		return false
	}
	order, ok := attr.Compare(x, y)
	if !ok {
		return false
	}
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (n *node) testFunction(b *Binding, item attr.Item) bool {
	v := n.kids[0].value(b, item)
	switch n.text {
	case "attribute_exists":
		return v != nil
	case "attribute_not_exists":
		return v == nil
	}
	with := n.kids[1].value(b, item)
	if v == nil || with == nil {
		return false
	}
	switch n.text {
	case "attribute_type":
		return v.Kind == attr.KindNamed(with.Str)
	case "begins_with":
		return v.Kind == with.Kind && (v.Kind == attr.String || v.Kind == attr.Binary) && strings.HasPrefix(v.Str, with.Str)
	}
	return attr.Contains(v, with)
}

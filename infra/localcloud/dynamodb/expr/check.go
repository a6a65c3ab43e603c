package expr

import (
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// Bind resolves the condition's placeholders and checks its operands.
func (c *Condition) Bind(p *Placeholders) (*Binding, error) {
	b, err := c.bind(p)
	if err != nil {
		return nil, err
	}
	for _, n := range c.checks {
		if err := c.check(n, b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// known returns the type of an operand that does not depend on the item, and its
// value if that is known too.
func known(n *node, b *Binding) (attr.Kind, *attr.Value) {
	switch n.kind {
	case nodeValue:
		v := b.values[n.ref]
		return v.Kind, v
	case nodeFunction:
		return attr.Number, nil // size is the only function that is an operand
	}
	return attr.None, nil
}

// check refuses operands that can never be right.
func (c *Condition) check(n *node, b *Binding) error {
	switch n.text {
	case "=", "<>", "IN", "contains":
		return c.checkDistinct(n, b)
	case "<", "<=", ">", ">=":
		if err := c.checkTypes(n, b, ordered); err != nil {
			return err
		}
		return c.checkDistinct(n, b)
	case "BETWEEN":
		return c.checkBetween(n, b)
	case "begins_with":
		if err := c.checkTypes(n, b, "S B"); err != nil {
			return err
		}
		return c.checkDistinct(n, b)
	case "size":
		return c.checkTypes(n, b, "S B L M SS NS BS")
	case "attribute_type":
		return c.checkAttributeType(n, b)
	}
	return nil
}

// ordered are the types that have an order.
const ordered = "S N B"

func (c *Condition) checkTypes(n *node, b *Binding, allowed string) error {
	for _, k := range n.kids {
		kind, _ := known(k, b)
		if kind != attr.None && !hasWord(allowed, kind.String()) {
			return c.wrongType(n.text, kind.String())
		}
	}
	return nil
}

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

func (r *refs) wrongType(operator, kind string) error {
	return r.errorf("Incorrect operand type for operator or function; operator or function: " + operator +
		", operand type: " + kind)
}

// checkDistinct refuses to compare an attribute with itself.
func (c *Condition) checkDistinct(n *node, b *Binding) error {
	first := n.kids[0]
	if first.kind != nodePath {
		return nil
	}
	for _, k := range n.kids[1:] {
		if k.kind == nodePath && samePath(first.path, k.path, b) {
			return c.errorf("The first operand must be distinct from the remaining operands for this operator or function; operator: " +
				n.text + ", first operand: " + first.path.text(b))
		}
	}
	return nil
}

func (c *Condition) checkBetween(n *node, b *Binding) error {
	if err := c.checkTypes(n, b, ordered); err != nil {
		return err
	}
	_, low := known(n.kids[1], b)
	_, high := known(n.kids[2], b)
	if low != nil && high != nil {
		bounds := "lower bound operand: AttributeValue: " + shown(low) + ", upper bound operand: AttributeValue: " + shown(high)
		order, comparable := attr.Compare(low, high)
		if !comparable {
			return c.errorf("The BETWEEN operator requires same data type for lower and upper bounds; " + bounds)
		}
		if order > 0 {
			return c.errorf("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " + bounds)
		}
	}
	return c.checkDistinct(n, b)
}

// shown writes a scalar as DynamoDB's messages do.
func shown(v *attr.Value) string { return "{" + v.Kind.String() + ":" + v.Str + "}" }

func (c *Condition) checkAttributeType(n *node, b *Binding) error {
	if err := c.checkDistinct(n, b); err != nil {
		return err
	}
	kind, v := known(n.kids[1], b)
	switch {
	case v == nil:
		return c.wrongType(n.text, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
	case kind != attr.String:
		return c.wrongType(n.text, kind.String())
	case attr.KindNamed(v.Str) == attr.None:
		return c.errorf("Invalid attribute type name found; type: " + v.Str + ", valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}")
	}
	return nil
}

// Attributes returns the names of the attributes that the condition reads, each once.
func (c *Condition) Attributes(b *Binding) []string {
	var out []string
	c.root.attributes(b, &out)
	return out
}

func (n *node) attributes(b *Binding, out *[]string) {
	if n.kind == nodePath {
		note(out, n.path.top(b))
	}
	for _, k := range n.kids {
		k.attributes(b, out)
	}
}

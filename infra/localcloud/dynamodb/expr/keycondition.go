package expr

import (
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// KeySchema names the key attributes of a table or index and their types; Range
// is empty if there is no sort key.
type KeySchema struct {
	Hash, Range         string
	HashKind, RangeKind attr.Kind
}

// KeyRange is what a key condition selects: one partition, and in it the sort
// keys for which Operator holds; an empty Operator selects all.
type KeyRange struct {
	Hash     *attr.Value
	Operator string // = < <= > >= BETWEEN begins_with
	Low      *attr.Value
	High     *attr.Value // of BETWEEN
}

// keyTerm is one condition on a key attribute.
type keyTerm struct {
	name     string
	operator string
	values   []*attr.Value
}

// KeyRange reads the condition as one on the keys of a schema.
func (c *Condition) KeyRange(b *Binding, schema KeySchema) (KeyRange, error) {
	var terms []keyTerm
	if err := keyTerms(c.root, b, &terms); err != nil {
		return KeyRange{}, err
	}
	for i := range terms {
		for j := range i {
			if terms[i].name == terms[j].name {
				return KeyRange{}, attr.Invalid("KeyConditionExpressions must only contain one condition per key")
			}
		}
	}
	if len(terms) > 2 {
		return KeyRange{}, attr.Invalid("Conditions can be of length 1 or 2 only")
	}
	return schema.match(terms)
}

func (s KeySchema) match(terms []keyTerm) (KeyRange, error) {
	var out KeyRange
	for _, name := range []string{s.Hash, s.Range} {
		if find(terms, name) == nil && (name == s.Hash || len(terms) == 2) {
			if name == "" {
				return out, attr.Invalid("Query key condition not supported")
			}
			return out, attr.Invalid("Query condition missed key schema element: " + name)
		}
	}
	hash := find(terms, s.Hash)
	if hash.operator != "=" {
		return out, attr.Invalid("Query key condition not supported")
	}
	if err := hash.checkValues(s.HashKind); err != nil {
		return out, err
	}
	out.Hash = hash.values[0]
	if len(terms) == 1 {
		return out, nil
	}
	sort := find(terms, s.Range)
	if err := sort.checkValues(s.RangeKind); err != nil {
		return out, err
	}
	out.Operator, out.Low = sort.operator, sort.values[0]
	if len(sort.values) == 2 {
		out.High = sort.values[1]
	}
	return out, nil
}

func find(terms []keyTerm, name string) *keyTerm {
	for i := range terms {
		if terms[i].name == name {
			return &terms[i]
		}
	}
	return nil
}

// checkValues refuses values that no key can have.
func (t *keyTerm) checkValues(kind attr.Kind) error {
	for _, v := range t.values {
		if v.Kind != kind {
			return attr.Invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
		}
		if v.Str == "" {
			return EmptyKey(t.name, kind)
		}
	}
	return nil
}

// EmptyKey is the error of a key attribute with an empty string or binary.
func EmptyKey(name string, kind attr.Kind) error {
	what := "string"
	if kind == attr.Binary {
		what = "binary"
	}
	return attr.Invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " +
		what + " value. Key: " + name)
}

// keyTerms collects the conditions that ANDs join.
func keyTerms(n *node, b *Binding, out *[]keyTerm) error {
	switch {
	case n.kind == nodeAnd:
		if err := keyTerms(n.kids[0], b, out); err != nil {
			return err
		}
		return keyTerms(n.kids[1], b, out)
	case n.kind == nodeOr, n.kind == nodeNot, n.kind == nodeIn, n.text == "<>",
		n.kind == nodeFunction && n.text != "begins_with":
		return attr.Invalid("Invalid operator used in KeyConditionExpression: " + n.text)
	}
	t, err := n.keyTerm(b)
	*out = append(*out, t)
	return err
}

// mirrored are the comparators with the operands the other way round.
var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (n *node) keyTerm(b *Binding) (keyTerm, error) {
	t := keyTerm{operator: n.text}
	position := 0
	for i, k := range n.kids {
		switch k.kind {
		case nodeValue:
			t.values = append(t.values, b.values[k.ref])
		case nodePath:
			if t.name != "" {
				return t, attr.Invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
			}
			t.name, position = k.path.top(b), i
			if len(k.path) > 1 {
				return t, attr.Invalid("KeyConditionExpressions cannot have conditions on nested attributes")
			}
		default:
			return t, attr.Invalid("KeyConditionExpressions cannot contain nested operations")
		}
	}
	switch {
	case t.name == "":
		return t, attr.Invalid("Invalid condition in KeyConditionExpression: No key attribute specified")
	case position > 0 && n.kind != nodeCompare:
		return t, attr.Invalid("Invalid condition in KeyConditionExpression: " + n.text + " operator must have the key attribute as its first operand")
	case position > 0:
		t.operator = mirrored[n.text]
	}
	return t, nil
}

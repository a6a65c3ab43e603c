package expr

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// Name is an entry of ExpressionAttributeNames.
type Name struct {
	Key, Attribute string
	used           bool
}

// NamedValue is an entry of ExpressionAttributeValues.
type NamedValue struct {
	Key   string
	Value attr.Value
	used  bool
}

// Placeholders are what a request gives for the placeholders of all its expressions.
type Placeholders struct {
	Names  []Name
	Values []NamedValue
}

// CheckUsed refuses placeholders that no expression used.
func (p *Placeholders) CheckUsed() error {
	var unused []string
	for i := range p.Values {
		if !p.Values[i].used {
			unused = append(unused, p.Values[i].Key)
		}
	}
	if len(unused) > 0 {
		return unusedError("ExpressionAttributeValues", unused)
	}
	for i := range p.Names {
		if !p.Names[i].used {
			unused = append(unused, p.Names[i].Key)
		}
	}
	if len(unused) > 0 {
		return unusedError("ExpressionAttributeNames", unused)
	}
	return nil
}

func unusedError(what string, keys []string) error {
	slices.Sort(keys)
	return attr.Invalid("Value provided in " + what + " unused in expressions: keys: {" + strings.Join(keys, ", ") + "}")
}

// Binding is what an expression's placeholders stand for in one request.
type Binding struct {
	names  []string
	values []*attr.Value
}

// refs are the placeholders that an expression uses, each once.
type refs struct {
	what   string // ConditionExpression, …: for messages
	names  []string
	values []string
}

// bind resolves the placeholders.
func (r *refs) bind(p *Placeholders) (*Binding, error) {
	if len(r.names)+len(r.values) == 0 {
		return &Binding{}, nil
	}
	b := &Binding{names: make([]string, len(r.names)), values: make([]*attr.Value, len(r.values))}
	for i, key := range r.names {
		at := slices.IndexFunc(p.Names, func(n Name) bool { return n.Key == key })
		if at < 0 {
			return nil, r.errorf("An expression attribute name used in the document path is not defined; attribute name: " + key)
		}
		p.Names[at].used = true
		b.names[i] = p.Names[at].Attribute
	}
	for i, key := range r.values {
		at := slices.IndexFunc(p.Values, func(v NamedValue) bool { return v.Key == key })
		if at < 0 {
			return nil, r.errorf("An expression attribute value used in expression is not defined; attribute value: " + key)
		}
		p.Values[at].used = true
		b.values[i] = &p.Values[at].Value
	}
	return b, nil
}

// errorf makes the error of an invalid expression.
func (r *refs) errorf(message string) error {
	return attr.Invalid("Invalid " + r.what + ": " + message)
}

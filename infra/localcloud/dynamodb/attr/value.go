// Package attr is DynamoDB's attribute values: what they are, their JSON and
// stored forms, their order and equality, their sizes, and decimal arithmetic.
//
// Values are immutable once made: whoever changes an item copies the slices on
// the way to the change. Strings may share the bytes of the request or of the
// stored item that they came from.
package attr

import (
	"slices"
	"strings"
)

// Kind is a value's data type.
type Kind uint8

// The data types. None is the zero Value's: no value.
const (
	None Kind = iota
	String
	Number
	Binary
	Bool
	Null
	List
	Map
	StringSet
	NumberSet
	BinarySet
)

// kindNames are the names on the wire.
var kindNames = [...]string{"", "S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}

// longKindNames are the names in some of DynamoDB's error messages.
var longKindNames = [...]string{
	"", "STRING", "NUMBER", "BINARY", "BOOLEAN", "NULL", "LIST", "MAP", "STRING_SET", "NUMBER_SET", "BINARY_SET",
}

// String returns the type's name on the wire, for example SS.
func (k Kind) String() string { return kindNames[k] }

// LongName returns the type's name in messages about update actions, for example STRING_SET.
func (k Kind) LongName() string { return longKindNames[k] }

// KindNamed returns the type of a name on the wire, None if it is no type's.
func KindNamed(name string) Kind {
	return Kind(max(slices.Index(kindNames[:], name), 0))
}

// Set reports whether the type is one of the sets.
func (k Kind) Set() bool { return k >= StringSet }

// Element returns the type of a set's elements.
func (k Kind) Element() Kind { return k - StringSet + String }

// Value is one attribute value.
type Value struct {
	Kind Kind
	Bool bool
	// Str is the text of a String, the bytes of a Binary, or the digits of a
	// Number in canonical form.
	Str string
	// Kids are a Map's members, sorted by name; a List's elements; a set's,
	// sorted and without duplicates. Only a Map's have names.
	Kids []Field
}

// Field is a named value.
type Field struct {
	Name  string
	Value Value
}

// Item is a set of attributes, sorted by name.
type Item []Field

// Find returns where name is in fields that are sorted by name, or would be.
func Find(fields []Field, name string) (int, bool) {
	if len(fields) <= 16 {
		for i := range fields {
			if fields[i].Name >= name {
				return i, fields[i].Name == name
			}
		}
		return len(fields), false
	}
	return slices.BinarySearchFunc(fields, name, func(f Field, n string) int { return strings.Compare(f.Name, n) })
}

// Get returns the attribute called name, nil if there is none.
func (it Item) Get(name string) *Value {
	if i, ok := Find(it, name); ok {
		return &it[i].Value
	}
	return nil
}

// Pick returns the item's attributes of the given names.
func (it Item) Pick(names []string) Item {
	out := make(Item, 0, len(names))
	for _, f := range it {
		if slices.Contains(names, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// sortFields sorts by name; of equal names the last stays.
func sortFields(fields []Field) []Field {
	byName := func(a, b Field) int { return strings.Compare(a.Name, b.Name) }
	if len(fields) <= 24 {
		for i := 1; i < len(fields); i++ {
			for j := i; j > 0 && fields[j].Name < fields[j-1].Name; j-- {
				fields[j], fields[j-1] = fields[j-1], fields[j]
			}
		}
	} else {
		slices.SortStableFunc(fields, byName)
	}
	for i := 1; i < len(fields); i++ {
		if fields[i].Name == fields[i-1].Name {
			return lastOfEach(fields)
		}
	}
	return fields
}

func lastOfEach(fields []Field) []Field {
	out := fields[:0]
	for i, f := range fields {
		if i+1 == len(fields) || fields[i+1].Name != f.Name {
			out = append(out, f)
		}
	}
	return out
}

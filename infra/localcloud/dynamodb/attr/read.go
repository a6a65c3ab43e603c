package attr

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// Limits of names and nesting.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxNameBytes = 65535
	// MaxNesting is how deep an item's values may be nested.
	MaxNesting = 32
)

// Invalid is a value that DynamoDB refuses, with its message.
type Invalid string

func (e Invalid) Error() string { return string(e) }

// The messages of refused values.
const (
	errNoType     = Invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	errTwoTypes   = Invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	errNullFalse  = Invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
	errNesting    = Invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	errNoName     = Invalid("Empty attribute name")
	errLongName   = Invalid("Attribute name is too large, must be less than 65536 bytes")
	errDuplicates = "One or more parameter values were invalid: Input collection "
)

// errEmptySet are the messages of sets without elements.
var errEmptySet = map[Kind]Invalid{
	StringSet: "One or more parameter values were invalid: An string set  may not be empty",
	NumberSet: "One or more parameter values were invalid: An number set  may not be empty",
	BinarySet: "One or more parameter values were invalid: Binary sets should not be empty",
}

// ReadItem reads an item (or a key). The reader fails with an Invalid if DynamoDB
// would refuse it.
func ReadItem(r *wirejson.Reader) Item {
	return readFields(r, 1)
}

// ReadValue reads one attribute value.
func ReadValue(r *wirejson.Reader) Value { return readValue(r, 1) }

func readFields(r *wirejson.Reader, level int) []Field {
	if !r.Object() {
		return nil
	}
	out := make([]Field, 0, 8)
	var name string
	for first := true; r.NextKey(&name, &first); {
		if err := CheckName(name); err != nil {
			r.Fail(err)
		}
		out = append(out, Field{Name: name, Value: readValue(r, level)})
	}
	return sortFields(out)
}

// CheckName refuses an attribute name that is empty or too long.
func CheckName(name string) error {
	switch {
	case name == "":
		return errNoName
	case len(name) > maxNameBytes:
		return errLongName
	}
	return nil
}

func readValue(r *wirejson.Reader, level int) Value {
	var v Value
	if level > MaxNesting {
		r.Fail(errNesting)
	}
	if !r.Object() {
		return v
	}
	var name string
	for first := true; r.NextKey(&name, &first); {
		if r.Null() {
			continue // an SDK's way to leave a type out
		}
		kind := KindNamed(name)
		if kind == None {
			r.Skip()
			continue
		}
		if v.Kind != None {
			r.Fail(errTwoTypes)
			return v
		}
		v.Kind = kind
		v.read(r, level)
	}
	if v.Kind == None {
		r.Fail(errNoType)
	}
	return v
}

// read reads what stands behind the name of v's type.
func (v *Value) read(r *wirejson.Reader, level int) {
	switch v.Kind {
	case String:
		v.Str = r.String()
	case Number:
		v.Str = readNumber(r)
	case Binary:
		v.Str = readBinary(r)
	case Bool:
		v.Bool = r.Bool()
	case Null:
		if !r.Bool() {
			r.Fail(errNullFalse)
		}
	case List:
		r.Array()
		for first := true; r.NextItem(&first); {
			v.Kids = append(v.Kids, Field{Value: readValue(r, level+1)})
		}
	case Map:
		v.Kids = readFields(r, level+1)
	default:
		v.readSet(r)
	}
}

func readNumber(r *wirejson.Reader) string {
	text := r.String()
	if r.Err() != nil {
		return ""
	}
	n, err := ParseNumber(text)
	switch {
	case err == ErrNotNumber:
		r.Fail(ErrNotNumber + Invalid(": "+text))
	case err != nil:
		r.Fail(err)
	}
	return n
}

func readBinary(r *wirejson.Reader) string {
	b, err := base64.StdEncoding.DecodeString(r.String())
	if err != nil {
		r.Fail(wirejson.ErrSyntax)
	}
	return string(b)
}

func (v *Value) readSet(r *wirejson.Reader) {
	element := v.Kind.Element()
	r.Array()
	for first := true; r.NextItem(&first); {
		e := Value{Kind: element}
		e.read(r, 1)
		v.Kids = append(v.Kids, Field{Value: e})
	}
	if r.Err() != nil {
		return
	}
	if len(v.Kids) == 0 {
		r.Fail(errEmptySet[v.Kind])
		return
	}
	given := slices.Clone(v.Kids)
	v.Kids = SortSet(v.Kids)
	if len(v.Kids) < len(given) {
		r.Fail(duplicates(v.Kind, given))
	}
}

func duplicates(kind Kind, given []Field) Invalid {
	switch kind {
	case BinarySet:
		return errDuplicates + "of type BS contains duplicates."
	case NumberSet:
		return "Input collection contains duplicates"
	}
	texts := make([]string, len(given))
	for i := range given {
		texts[i] = given[i].Value.Str
	}
	return Invalid(errDuplicates + "[" + strings.Join(texts, ", ") + "] contains duplicates.")
}

// SortSet sorts a set's elements in place and drops duplicates.
func SortSet(kids []Field) []Field {
	order := func(a, b Field) int {
		c, _ := Compare(&a.Value, &b.Value)
		return c
	}
	slices.SortFunc(kids, order)
	return slices.CompactFunc(kids, func(a, b Field) bool { return order(a, b) == 0 })
}

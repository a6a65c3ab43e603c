package table

import (
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// encode is a request of the SDK in DynamoDB's JSON. The names of members are those
// of the fields; what is not set is left out.
func encode(in any) ([]byte, error) {
	e := encoder{out: make([]byte, 0, 1024)}
	e.value(reflect.ValueOf(in))
	return e.out, e.err
}

type encoder struct {
	out []byte
	err error
}

func (e *encoder) value(v reflect.Value) {
	switch x := v.Interface().(type) {
	case map[string]types.AttributeValue:
		e.attributes(x)
		return
	case map[string]string:
		e.texts(x)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		e.value(v.Elem())
	case reflect.Struct:
		e.members(v)
	case reflect.Slice:
		e.out = append(e.out, '[')
		for i := range v.Len() {
			e.comma(i)
			e.value(v.Index(i))
		}
		e.out = append(e.out, ']')
	case reflect.String:
		e.out = wirejson.AppendString(e.out, v.String())
	case reflect.Bool:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case reflect.Int32:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	default:
		e.err = fmt.Errorf("the direct client cannot encode a %s", v.Type())
	}
}

func (e *encoder) members(v reflect.Value) {
	e.out = append(e.out, '{')
	n := 0
	for _, f := range exported(v.Type()) {
		if member := v.FieldByIndex(f.Index); !member.IsZero() {
			e.comma(n)
			e.name(f.Name)
			e.value(member)
			n++
		}
	}
	e.out = append(e.out, '}')
}

var fields sync.Map // of a struct's type: its exported fields

func exported(t reflect.Type) []reflect.StructField {
	if known, ok := fields.Load(t); ok {
		return known.([]reflect.StructField)
	}
	all := slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return !f.IsExported() })
	fields.Store(t, all)
	return all
}

func (e *encoder) comma(i int) {
	if i > 0 {
		e.out = append(e.out, ',')
	}
}

func (e *encoder) name(s string) {
	e.out = append(wirejson.AppendString(e.out, s), ':')
}

func (e *encoder) texts(m map[string]string) {
	e.out = append(e.out, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		e.comma(i)
		e.name(k)
		e.out = wirejson.AppendString(e.out, m[k])
	}
	e.out = append(e.out, '}')
}

func (e *encoder) attributes(m map[string]types.AttributeValue) {
	e.out = append(e.out, '{')
	i := 0
	for k, v := range m {
		e.comma(i)
		e.name(k)
		e.attribute(v)
		i++
	}
	e.out = append(e.out, '}')
}

func (e *encoder) attribute(v types.AttributeValue) {
	e.out = append(e.out, '{')
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		e.name("S")
		e.out = wirejson.AppendString(e.out, v.Value)
	case *types.AttributeValueMemberN:
		e.name("N")
		e.out = wirejson.AppendString(e.out, v.Value)
	case *types.AttributeValueMemberBOOL:
		e.name("BOOL")
		e.out = strconv.AppendBool(e.out, v.Value)
	case *types.AttributeValueMemberM:
		e.name("M")
		e.attributes(v.Value)
	case *types.AttributeValueMemberB:
		e.name("B")
		e.out = append(base64.StdEncoding.AppendEncode(append(e.out, '"'), v.Value), '"')
	default:
		e.err = fmt.Errorf("the direct client cannot encode a %T", v)
	}
	e.out = append(e.out, '}')
}

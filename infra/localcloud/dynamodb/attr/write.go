package attr

import (
	"encoding/base64"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// AppendJSON appends the item in DynamoDB's JSON.
func (it Item) AppendJSON(out []byte) []byte { return appendFields(out, it) }

// AppendJSON appends the value in DynamoDB's JSON.
func (v *Value) AppendJSON(out []byte) []byte {
	out = append(out, '{', '"')
	out = append(out, v.Kind.String()...)
	out = append(out, '"', ':')
	switch v.Kind {
	case String, Number, Binary:
		out = appendScalar(out, v.Kind, v.Str)
	case Bool:
		out = appendBool(out, v.Bool)
	case Null:
		out = appendBool(out, true)
	case Map:
		out = appendFields(out, v.Kids)
	case List:
		out = append(out, '[')
		for i := range v.Kids {
			out = v.Kids[i].Value.AppendJSON(comma(out, i))
		}
		out = append(out, ']')
	default:
		out = append(out, '[')
		for i := range v.Kids {
			out = appendScalar(comma(out, i), v.Kind.Element(), v.Kids[i].Value.Str)
		}
		out = append(out, ']')
	}
	return append(out, '}')
}

func appendFields(out []byte, fields []Field) []byte {
	out = append(out, '{')
	for i := range fields {
		out = wirejson.AppendString(comma(out, i), fields[i].Name)
		out = append(out, ':')
		out = fields[i].Value.AppendJSON(out)
	}
	return append(out, '}')
}

func comma(out []byte, i int) []byte {
	if i > 0 {
		return append(out, ',')
	}
	return out
}

func appendScalar(out []byte, kind Kind, s string) []byte {
	switch kind {
	case Number:
		out = append(out, '"')
		out = append(out, s...)
		return append(out, '"')
	case Binary:
		out = append(out, '"')
		out = base64.StdEncoding.AppendEncode(out, []byte(s))
		return append(out, '"')
	}
	return wirejson.AppendString(out, s)
}

func appendBool(out []byte, b bool) []byte {
	if b {
		return append(out, "true"...)
	}
	return append(out, "false"...)
}

package table

import (
	"encoding/base64"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// answer is what any of the operations may answer.
type answer struct {
	item, attributes, last map[string]types.AttributeValue
	items                  []map[string]types.AttributeValue
	count                  int32
	kind, message          string
	reasons                []types.CancellationReason
}

// decode reads an answer, of which the strings share the bytes.
func decode(text []byte) (answer, error) {
	r := wirejson.NewReader(text)
	var a answer
	r.Object()
	var name string
	for first := true; r.NextKey(&name, &first); {
		a.member(r, name)
	}
	r.End()
	return a, r.Err()
}

func (a *answer) member(r *wirejson.Reader, name string) {
	switch name {
	case "Item":
		a.item = attributes(r)
	case "Attributes":
		a.attributes = attributes(r)
	case "LastEvaluatedKey":
		a.last = attributes(r)
	case "Items":
		r.Array()
		for first := true; r.NextItem(&first); {
			a.items = append(a.items, attributes(r))
		}
	case "Count":
		a.count = int32(r.Int())
	case "__type":
		a.kind = r.String()
	case "message", "Message":
		a.message = r.String()
	case "CancellationReasons":
		r.Array()
		for first := true; r.NextItem(&first); {
			a.reasons = append(a.reasons, reason(r))
		}
	case "ScannedCount":
		r.Skip()
	default:
		r.Fail(fmt.Errorf("the direct client does not know %q in an answer", name))
	}
}

func reason(r *wirejson.Reader) types.CancellationReason {
	var out types.CancellationReason
	r.Object()
	var name string
	for first := true; r.NextKey(&name, &first); {
		switch name {
		case "Code":
			text := r.String()
			out.Code = &text
		case "Item":
			out.Item = attributes(r)
		default:
			r.Skip()
		}
	}
	return out
}

func attributes(r *wirejson.Reader) map[string]types.AttributeValue {
	out := map[string]types.AttributeValue{}
	r.Object()
	var name string
	for first := true; r.NextKey(&name, &first); {
		out[name] = attribute(r)
	}
	return out
}

func attribute(r *wirejson.Reader) (out types.AttributeValue) {
	r.Object()
	var kind string
	for first := true; r.NextKey(&kind, &first); {
		switch kind {
		case "S":
			out = &types.AttributeValueMemberS{Value: r.String()}
		case "N":
			out = &types.AttributeValueMemberN{Value: r.String()}
		case "BOOL":
			out = &types.AttributeValueMemberBOOL{Value: r.Bool()}
		case "M":
			out = &types.AttributeValueMemberM{Value: attributes(r)}
		case "B":
			b, err := base64.StdEncoding.DecodeString(r.String())
			if err != nil {
				r.Fail(err)
			}
			out = &types.AttributeValueMemberB{Value: b}
		default:
			r.Fail(fmt.Errorf("the direct client does not know the type %q", kind))
		}
	}
	return out
}

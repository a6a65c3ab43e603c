package conformance

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// attributes are an item as the SDK has it.
type attributes = map[string]types.AttributeValue

// item reads an item in DynamoDB's JSON; an empty text is no item.
func item(text string) attributes {
	if text == "" {
		return nil
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		panic(fmt.Sprintf("%s: %v", text, err)) // a mistake in a case
	}
	return toItem(raw)
}

func toItem(raw map[string]any) attributes {
	if raw == nil {
		return nil
	}
	out := attributes{}
	for name, v := range raw {
		out[name] = toValue(v.(map[string]any))
	}
	return out
}

// toValue makes the SDK's value of one in DynamoDB's JSON; nil of one without a type.
func toValue(raw map[string]any) types.AttributeValue {
	for kind, v := range raw {
		switch kind {
		case "S":
			return &types.AttributeValueMemberS{Value: v.(string)}
		case "N":
			return &types.AttributeValueMemberN{Value: v.(string)}
		case "B":
			return &types.AttributeValueMemberB{Value: fromBase64(v)}
		case "BOOL":
			return &types.AttributeValueMemberBOOL{Value: v.(bool)}
		case "NULL":
			return &types.AttributeValueMemberNULL{Value: v.(bool)}
		case "SS":
			return &types.AttributeValueMemberSS{Value: texts(v)}
		case "NS":
			return &types.AttributeValueMemberNS{Value: texts(v)}
		case "BS":
			out := &types.AttributeValueMemberBS{Value: [][]byte{}}
			for _, e := range v.([]any) {
				out.Value = append(out.Value, fromBase64(e))
			}
			return out
		case "L":
			out := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
			for _, e := range v.([]any) {
				out.Value = append(out.Value, toValue(e.(map[string]any)))
			}
			return out
		case "M":
			return &types.AttributeValueMemberM{Value: toItem(v.(map[string]any))}
		}
	}
	return nil
}

func texts(v any) []string {
	out := []string{}
	for _, e := range v.([]any) {
		out = append(out, e.(string))
	}
	return out
}

func fromBase64(v any) []byte {
	b, err := base64.StdEncoding.DecodeString(v.(string))
	if err != nil {
		panic(err) // a mistake in a case
	}
	return b
}

// plain makes of an item what encoding/json makes of its DynamoDB JSON, with the
// elements of sets sorted, as their order means nothing.
func plain(it attributes) map[string]any {
	out := map[string]any{}
	for name, v := range it {
		out[name] = plainValue(v)
	}
	return out
}

func plainValue(v types.AttributeValue) map[string]any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberNULL:
		return map[string]any{"NULL": v.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": sorted(v.Value)}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": sorted(v.Value)}
	case *types.AttributeValueMemberBS:
		var all []string
		for _, b := range v.Value {
			all = append(all, base64.StdEncoding.EncodeToString(b))
		}
		return map[string]any{"BS": sorted(all)}
	case *types.AttributeValueMemberL:
		all := []any{}
		for _, e := range v.Value {
			all = append(all, plainValue(e))
		}
		return map[string]any{"L": all}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": plain(v.Value)}
	}
	return map[string]any{fmt.Sprintf("%T", v): nil}
}

func sorted(in []string) []any {
	in = slices.Sorted(slices.Values(in))
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

// show writes an item as JSON that is the same for equal items.
func show(it attributes) string {
	if it == nil {
		return "none"
	}
	b, _ := json.Marshal(plain(it))
	return string(b)
}

// exception writes an error as its name and message; empty for nil.
func exception(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return "not an answer of the service: " + err.Error()
	}
	if api.ErrorMessage() == "" {
		return api.ErrorCode()
	}
	return api.ErrorCode() + ": " + api.ErrorMessage()
}

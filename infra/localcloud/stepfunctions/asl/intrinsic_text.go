package asl

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

const formatName = "States.Format"

// intrinsics are the functions of the language by name.
var intrinsics map[string]*intrinsic

func init() {
	intrinsics = map[string]*intrinsic{}
	for _, f := range []*intrinsic{
		{formatName, 1, -1, format},
		{"States.StringToJson", 1, 1, stringToJSON},
		{"States.JsonToString", 1, 1, func(_ *scope, a []any) (any, error) { return string(JSON(a[0])), nil }},
		{"States.StringSplit", 2, 2, stringSplit},
		{"States.Base64Encode", 1, 1, base64Encode},
		{"States.Base64Decode", 1, 1, base64Decode},
		{"States.Hash", 2, 2, hashData},
		{"States.JsonMerge", 3, 3, jsonMerge},
		{"States.Array", 0, -1, func(_ *scope, a []any) (any, error) { return a, nil }},
		{"States.ArrayPartition", 2, 2, arrayPartition},
		{"States.ArrayContains", 2, 2, arrayContains},
		{"States.ArrayRange", 3, 3, arrayRange},
		{"States.ArrayGetItem", 2, 2, arrayGetItem},
		{"States.ArrayLength", 1, 1, arrayLength},
		{"States.ArrayUnique", 1, 1, arrayUnique},
		{"States.MathAdd", 2, 2, mathAdd},
		{"States.MathRandom", 2, 3, mathRandom},
		{"States.UUID", 0, 0, func(s *scope, _ []any) (any, error) { return s.thread.run.uuid(), nil }},
	} {
		intrinsics[f.name] = f
	}
}

// maxText is the greatest length of the data that the encoding and hashing
// functions take (documentation, "Intrinsic functions").
const maxText = 10_000

// format fills the {} of its template with the other arguments. Only \{ \} \' and
// \\ are escapes in the template.
func format(_ *scope, args []any) (any, error) {
	text, ok := args[0].(string)
	if !ok {
		return nil, errors.New("the template must be a string")
	}
	var b strings.Builder
	rest := args[1:]
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`'{}\`, text[i+1]) >= 0:
			i++
			b.WriteByte(text[i])
		case c == '{' && i+1 < len(text) && text[i+1] == '}':
			if len(rest) == 0 {
				return nil, errors.New("there are more {} in the template than arguments")
			}
			b.WriteString(display(rest[0]))
			rest, i = rest[1:], i+1
		case c == '{' || c == '}':
			return nil, errors.New("an unescaped brace in the template")
		default:
			b.WriteByte(c)
		}
	}
	if len(rest) > 0 {
		return nil, errors.New("there are fewer {} in the template than arguments")
	}
	return b.String(), nil
}

// display writes a value as States.Format was seen to: text as it is, objects and
// lists in the manner of Java's collections, {a=1, b=[2, 3]}.
func display(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = display(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *value.Object:
		parts := make([]string, 0, v.Len())
		for k, x := range v.All() {
			parts = append(parts, k+"="+display(x))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return string(JSON(v))
}

func stringToJSON(_ *scope, args []any) (any, error) {
	s, ok := args[0].(string)
	if !ok {
		return nil, errors.New("the argument must be a string")
	}
	if strings.TrimSpace(s) == "" {
		return nil, nil // seen so on the service
	}
	v, err := parseJSONString(s)
	if v == json.Number("-0") {
		v = json.Number("0")
	}
	return v, err
}

// stringSplit splits at each of the characters of the second argument; empty
// parts are dropped.
func stringSplit(_ *scope, args []any) (any, error) {
	s, ok1 := args[0].(string)
	at, ok2 := args[1].(string)
	if !ok1 || !ok2 {
		return nil, errors.New("both arguments must be strings")
	}
	out := []any{}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(at, r) }) {
		out = append(out, part)
	}
	return out, nil
}

func shortText(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", errors.New("the argument must be a string")
	}
	if len(s) > maxText {
		return "", fmt.Errorf("the argument is longer than %d characters", maxText)
	}
	return s, nil
}

func base64Encode(_ *scope, args []any) (any, error) {
	s, err := shortText(args[0])
	return base64.StdEncoding.EncodeToString([]byte(s)), err
}

func base64Decode(_ *scope, args []any) (any, error) {
	s, err := shortText(args[0])
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	return strings.ToValidUTF8(string(b), "\ufffd"), err
}

func hashData(_ *scope, args []any) (any, error) {
	data, err := shortText(textOf(args[0]))
	if err != nil {
		return nil, err
	}
	var h hash.Hash
	switch args[1] {
	case "MD5":
		h = md5.New()
	case "SHA-1":
		h = sha1.New()
	case "SHA-256":
		h = sha256.New()
	case "SHA-384":
		h = sha512.New384()
	case "SHA-512":
		h = sha512.New()
	default:
		return nil, errors.New("the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512")
	}
	h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil)), nil
}

// textOf is how States.Hash reads data that is no string: as its JSON text.
func textOf(v any) any {
	if s, ok := v.(string); ok {
		return s
	}
	return string(JSON(v))
}

func jsonMerge(_ *scope, args []any) (any, error) {
	a, ok1 := args[0].(*value.Object)
	b, ok2 := args[1].(*value.Object)
	if !ok1 || !ok2 {
		return nil, errors.New("the first two arguments must be objects")
	}
	if args[2] != false {
		return nil, errors.New("the third argument must be false: only shallow merging is supported")
	}
	out := a.Shallow()
	for k, v := range b.All() {
		out.Set(k, v)
	}
	return out, nil
}

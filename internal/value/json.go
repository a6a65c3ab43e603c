package value

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse reads one JSON text. Doubled keys keep their first place and last value,
// as JSON.parse does; numbers beyond float64 become infinite and are refused.
func Parse(b []byte) (any, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := read(dec)
	if err != nil {
		return nil, fmt.Errorf("invalid JSON: %w", err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("invalid JSON: text after the end at byte %d", dec.InputOffset())
	}
	return v, nil
}

// ParseObject is Parse for a text that must be an object.
func ParseObject(b []byte) (*Object, error) {
	v, err := Parse(b)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, fmt.Errorf("invalid JSON: an object was expected, not %s", KindOf(v))
	}
	return o, nil
}

func read(dec *jsontext.Decoder) (any, error) {
	t, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return t.Bool(), nil
	case '"':
		return t.String(), nil
	case '0':
		n, err := strconv.ParseFloat(t.String(), 64)
		if err != nil {
			return nil, err
		}
		return n, nil
	case '[':
		return readArray(dec)
	default:
		return readObject(dec)
	}
}

func readArray(dec *jsontext.Decoder) (any, error) {
	list := []any{}
	for dec.PeekKind() != ']' {
		v, err := read(dec)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.ReadToken()
	return list, err
}

func readObject(dec *jsontext.Decoder) (any, error) {
	o := NewObject(4)
	for dec.PeekKind() != '}' {
		k, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		key := k.String()
		v, err := read(dec)
		if err != nil {
			return nil, err
		}
		o.Set(key, v)
	}
	_, err := dec.ReadToken()
	return o, err
}

// Append appends v as JSON, in the form JSON.stringify gives it: numbers by
// ECMAScript's rules, not-a-number and infinities as null.
func Append(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return appendNumber(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case string:
		return AppendString(b, v)
	case []any:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = Append(b, x)
		}
		return append(b, ']')
	case *Object:
		return v.appendJSON(b)
	default:
		return Append(b, From(v))
	}
}

func (o *Object) appendJSON(b []byte) []byte {
	if o == nil {
		return append(b, "null"...)
	}
	b = append(b, '{')
	for i, k := range o.keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, k)
		b = append(b, ':')
		b = Append(b, o.vals[i])
	}
	return append(b, '}')
}

// MarshalJSON makes Object fit encoding/json.
func (o *Object) MarshalJSON() ([]byte, error) { return o.appendJSON(nil), nil }

// UnmarshalJSON makes Object fit encoding/json.
func (o *Object) UnmarshalJSON(b []byte) error {
	p, err := ParseObject(b)
	if err == nil {
		*o = *p
	}
	return err
}

// FormatNumber writes n as JavaScript's String(n) does.
func FormatNumber(n float64) string {
	switch {
	case math.IsNaN(n):
		return "NaN"
	case math.IsInf(n, 1):
		return "Infinity"
	case math.IsInf(n, -1):
		return "-Infinity"
	case n == 0:
		return "0"
	}
	return string(appendNumber(nil, n))
}

func appendNumber(b []byte, n float64) []byte {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return append(b, "null"...)
	}
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	if a := math.Abs(n); a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(b, n, 'f', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, n, 'e', -1, 64)
	// Go writes e-09, ECMAScript e-9.
	if i := bytes.IndexByte(b[start:], 'e') + start; b[i+2] == '0' && len(b) == i+4 {
		b = append(b[:i+2], b[i+3])
	}
	return b
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string, escaping only what JSON.stringify escapes.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// JSON returns v as JSON text.
func JSON(v any) []byte { return Append(nil, v) }

package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/value"
)

// maxDepth is how deeply JSON may be nested; the service's parser has the same limit.
const maxDepth = 1000

// ParseJSON reads one JSON text into the form this package computes with. Bytes
// that are no UTF-8 become U+FFFD.
func ParseJSON(b []byte) (any, error) {
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	return parseJSONString(string(b))
}

// parseJSONString parses s; strings in the result are parts of s.
func parseJSONString(s string) (any, error) {
	p := jsonParser{s: s}
	return p.text()
}

func (p *jsonParser) text() (any, error) {
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i != len(p.s) {
		return nil, p.fail("text after the end")
	}
	return v, nil
}

type jsonParser struct {
	s      string
	i      int
	unique bool // refuse an object that has a field twice
}

func (p *jsonParser) fail(what string) error {
	return fmt.Errorf("invalid JSON: %s at byte %d", what, p.i)
}

func (p *jsonParser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *jsonParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.fail("nested too deeply")
	}
	if p.i >= len(p.s) {
		return nil, p.fail("unexpected end")
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.str()
	case c == '-' || (c >= '0' && c <= '9'):
		return p.number()
	}
	for _, word := range [...]struct {
		text string
		v    any
	}{{"null", nil}, {"true", true}, {"false", false}} {
		if strings.HasPrefix(p.s[p.i:], word.text) {
			p.i += len(word.text)
			return word.v, nil
		}
	}
	return nil, p.fail("unrecognized token")
}

func (p *jsonParser) object(depth int) (any, error) {
	o := value.NewObject(4)
	p.i++
	p.space()
	if p.take('}') {
		return o, nil
	}
	for {
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return nil, p.fail("a double-quoted field name was expected")
		}
		k, err := p.str()
		if err != nil {
			return nil, err
		}
		p.space()
		if !p.take(':') {
			return nil, p.fail("a colon was expected")
		}
		p.space()
		if p.unique {
			if _, twice := o.Get(k); twice {
				return nil, p.fail("field " + strconv.Quote(k) + " a second time")
			}
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o.Set(k, v)
		p.space()
		if p.take('}') {
			return o, nil
		}
		if !p.take(',') {
			return nil, p.fail("a comma or the object's end was expected")
		}
	}
}

func (p *jsonParser) array(depth int) (any, error) {
	list := []any{}
	p.i++
	p.space()
	if p.take(']') {
		return list, nil
	}
	for {
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		p.space()
		if p.take(']') {
			return list, nil
		}
		if !p.take(',') {
			return nil, p.fail("a comma or the array's end was expected")
		}
	}
}

func (p *jsonParser) take(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *jsonParser) digits() int {
	start := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i - start
}

func (p *jsonParser) number() (any, error) {
	start := p.i
	p.take('-')
	if p.take('0') {
		if p.digits() > 0 {
			return nil, p.fail("a number with a leading zero")
		}
	} else if p.digits() == 0 {
		return nil, p.fail("a digit was expected")
	}
	if p.take('.') && p.digits() == 0 {
		return nil, p.fail("a digit was expected")
	}
	if p.take('e') || p.take('E') {
		if !p.take('+') {
			p.take('-')
		}
		if p.digits() == 0 {
			return nil, p.fail("a digit was expected")
		}
	}
	return json.Number(p.s[start:p.i]), nil
}

func (p *jsonParser) str() (string, error) {
	p.i++
	start := p.i
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return p.s[start : p.i-1], nil
		case c == '\\':
			return p.escapedString(start)
		case c < ' ':
			return "", p.fail("a control character in a string")
		}
		p.i++
	}
	return "", p.fail("a string without end")
}

func (p *jsonParser) escapedString(start int) (string, error) {
	b := append(make([]byte, 0, p.i-start+32), p.s[start:p.i]...)
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			p.i++
			return string(b), nil
		case c < ' ':
			return "", p.fail("a control character in a string")
		case c != '\\':
			b = append(b, c)
			p.i++
			continue
		}
		r, ok := p.escape()
		if !ok {
			return "", p.fail("an unknown escape")
		}
		b = utf8.AppendRune(b, r)
	}
	return "", p.fail("a string without end")
}

// escape reads one escape sequence; p.i stands at its backslash.
func (p *jsonParser) escape() (rune, bool) {
	if p.i+1 >= len(p.s) {
		return 0, false
	}
	c := p.s[p.i+1]
	if c == 'u' {
		r, ok := p.hex4(p.i + 2)
		if !ok {
			return 0, false
		}
		p.i += 6
		if utf16.IsSurrogate(r) && strings.HasPrefix(p.s[p.i:], `\u`) {
			if low, ok := p.hex4(p.i + 2); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
				p.i += 6
				return utf16.DecodeRune(r, low), true
			}
		}
		return r, true
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		return 0, false
	}
	p.i += 2
	return rune("\"\\/\b\f\n\r\t"[i]), true
}

func (p *jsonParser) hex4(at int) (rune, bool) {
	if at+4 > len(p.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.s[at:at+4], 16, 32)
	return rune(n), err == nil
}

// AppendJSON appends v as JSON text without spaces, keys in their order.
func AppendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, v...)
	case string:
		return value.AppendString(b, v)
	case []any:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendJSON(b, x)
		}
		return append(b, ']')
	case *value.Object:
		b = append(b, '{')
		for i := range v.Len() {
			k, x := v.At(i)
			if i > 0 {
				b = append(b, ',')
			}
			b = append(value.AppendString(b, k), ':')
			b = AppendJSON(b, x)
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("asl: %T is no JSON value of this package", v))
}

// JSON returns v as JSON text.
func JSON(v any) []byte { return AppendJSON(nil, v) }

// Number makes a JSON number of an integer.
func Number(n int64) json.Number {
	return json.Number(strconv.FormatInt(n, 10))
}

// float returns a number's value as the language compares it: IEEE 754 binary64.
func float(n json.Number) float64 {
	f, _ := strconv.ParseFloat(string(n), 64)
	return f
}

// integer returns v as an integer if it is a number without a fractional part.
func integer(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i, true
	}
	f := float(n)
	if f != float64(int64(f)) {
		return 0, false
	}
	return int64(f), true
}

// Equal reports whether a and b are the same JSON value: 1 and 1.0 are, and the
// order of keys does not count.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		return ok && (x == y || sameNumber(x, y))
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, Equal)
	case *value.Object:
		y, ok := b.(*value.Object)
		if !ok || x.Len() != y.Len() {
			return false
		}
		for k, v := range x.All() {
			if w, ok := y.Get(k); !ok || !Equal(v, w) {
				return false
			}
		}
		return true
	default:
		return a == b
	}
}

func sameNumber(x, y json.Number) bool {
	if len(x) > 40 || len(y) > 40 || strings.ContainsAny(string(x+y), "eE") {
		return float(x) == float(y)
	}
	a, ok1 := new(big.Rat).SetString(string(x))
	b, ok2 := new(big.Rat).SetString(string(y))
	return ok1 && ok2 && a.Cmp(b) == 0
}

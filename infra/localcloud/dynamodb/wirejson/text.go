package wirejson

import (
	"unicode/utf16"
	"unicode/utf8"
)

// String returns the next value, a string. It shares the document's bytes
// unless it has escapes.
func (r *Reader) String() string {
	if !r.take('"') {
		return ""
	}
	start := r.pos
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.pos = i + 1
			return view(r.data[start:i])
		case c == '\\':
			return r.escaped(start, i)
		case c < 0x20:
			r.Fail(ErrSyntax)
			return ""
		}
	}
	r.Fail(ErrSyntax)
	return ""
}

// escaped reads the rest of a string whose first escape is at i.
func (r *Reader) escaped(start, i int) string {
	out := append(make([]byte, 0, i-start+32), r.data[start:i]...)
	for i < len(r.data) {
		c := r.data[i]
		switch {
		case c == '"':
			r.pos = i + 1
			return view(out)
		case c == '\\':
			var n int
			out, n = unescape(out, r.data[i:])
			if n == 0 {
				r.Fail(ErrSyntax)
				return ""
			}
			i += n
		case c < 0x20:
			r.Fail(ErrSyntax)
			return ""
		default:
			out = append(out, c)
			i++
		}
	}
	r.Fail(ErrSyntax)
	return ""
}

// simpleEscapes are the escapes of one letter, by that letter.
var simpleEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescape appends what the escape at the start of in stands for and returns its
// length, 0 if it is none. Half a surrogate pair becomes U+FFFD.
func unescape(out, in []byte) ([]byte, int) {
	if len(in) < 2 {
		return out, 0
	}
	if in[1] != 'u' {
		if c := simpleEscapes[in[1]]; c != 0 {
			return append(out, c), 2
		}
		return out, 0
	}
	r, ok := hex4(in)
	if !ok {
		return out, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := hex4(in[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return utf8.AppendRune(out, pair), 12
			}
		}
		r = utf8.RuneError
	}
	return utf8.AppendRune(out, r), 6
}

func hex4(in []byte) (rune, bool) {
	if len(in) < 6 || in[0] != '\\' || in[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range in[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(out []byte, s string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n != 1 {
				i += n
				continue
			}
		}
		out = append(out, s[start:i]...)
		out = appendEscape(out, c)
		i++
		start = i
	}
	out = append(out, s[start:]...)
	return append(out, '"')
}

func appendEscape(out []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\n':
		return append(out, '\\', 'n')
	case '\r':
		return append(out, '\\', 'r')
	case '\t':
		return append(out, '\\', 't')
	}
	if c >= utf8.RuneSelf {
		return append(out, `\ufffd`...)
	}
	return append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

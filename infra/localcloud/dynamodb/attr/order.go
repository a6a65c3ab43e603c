package attr

import "strings"

// Compare orders two values of the same scalar type; ok is false for others,
// which have no order.
func Compare(a, b *Value) (order int, ok bool) {
	if a.Kind != b.Kind {
		return 0, false
	}
	switch a.Kind {
	case String, Binary:
		return strings.Compare(a.Str, b.Str), true
	case Number:
		return CompareNumbers(a.Str, b.Str), true
	}
	return 0, false
}

// Equal reports whether two values are the same, numbers by value and sets
// without regard to order.
func Equal(a, b *Value) bool {
	if a.Kind != b.Kind || a.Bool != b.Bool || a.Str != b.Str || len(a.Kids) != len(b.Kids) {
		return false
	}
	for i := range a.Kids {
		if a.Kids[i].Name != b.Kids[i].Name || !Equal(&a.Kids[i].Value, &b.Kids[i].Value) {
			return false
		}
	}
	return true
}

// Contains reports whether v, a string, binary, set or list, contains part.
func Contains(v, part *Value) bool {
	switch v.Kind {
	case String, Binary:
		return part.Kind == v.Kind && strings.Contains(v.Str, part.Str)
	case List, StringSet, NumberSet, BinarySet:
		for i := range v.Kids {
			if Equal(&v.Kids[i].Value, part) {
				return true
			}
		}
	}
	return false
}

// The first byte of a number's sort form tells its sign.
const (
	signNegative = 0x40
	signZero     = 0x80
	signPositive = 0xc0
)

// AppendSortable appends a form of a key value whose byte order is the order of
// the values, and none of which is the beginning of another.
func AppendSortable(out []byte, v *Value) []byte {
	if v.Kind == Number {
		return appendSortableNumber(out, v.Str)
	}
	return append(AppendSortablePrefix(out, v.Str), 0, 0)
}

// AppendSortablePrefix appends what the sort forms of all strings (or binaries)
// that begin with s begin with.
func AppendSortablePrefix(out []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			return append(out, s...)
		}
		out = append(append(out, s[:i]...), 0, 0xff)
		s = s[i+1:]
	}
}

// appendSortableNumber appends sign, exponent and digits; a negative number's
// exponent and digits are inverted.
func appendSortableNumber(out []byte, text string) []byte {
	d := canonicalDecimal(text)
	if d.digits == "" {
		return append(out, signZero)
	}
	exponent, flip := byte(d.exp-minExponent-1), byte(0)
	if d.negative {
		out = append(out, signNegative)
		flip = 0xff
	} else {
		out = append(out, signPositive)
	}
	out = append(out, exponent^flip)
	for i := range len(d.digits) {
		out = append(out, d.digits[i]^flip)
	}
	return append(out, flip)
}

package attr

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// The stored form of an item is its Size, the number of its attributes, and for
// each its name and value; a value is a byte for its type and what belongs to it.
// Lengths and counts are varints. Equal items have equal stored forms.

// storedTrue is the type byte of a true Bool, of which Bool is the false one.
const storedTrue = 0x80

// ErrStored is the failure to read a stored item: the storage is damaged.
var ErrStored = errors.New("a stored item is damaged")

// AppendStored appends the item's stored form.
func (it Item) AppendStored(out []byte) []byte {
	return appendStoredFields(binary.AppendUvarint(out, uint64(it.Size())), it)
}

func appendStoredFields(out []byte, fields []Field) []byte {
	out = binary.AppendUvarint(out, uint64(len(fields)))
	for i := range fields {
		out = appendText(out, fields[i].Name)
		out = appendStored(out, &fields[i].Value)
	}
	return out
}

func appendText(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}

func appendStored(out []byte, v *Value) []byte {
	kind := byte(v.Kind)
	if v.Bool {
		kind |= storedTrue
	}
	out = append(out, kind)
	switch v.Kind {
	case String, Number, Binary:
		return appendText(out, v.Str)
	case Bool, Null:
		return out
	case Map:
		return appendStoredFields(out, v.Kids)
	}
	out = binary.AppendUvarint(out, uint64(len(v.Kids)))
	for i := range v.Kids {
		if v.Kind == List {
			out = appendStored(out, &v.Kids[i].Value)
		} else {
			out = appendText(out, v.Kids[i].Value.Str)
		}
	}
	return out
}

// StoredSize returns the Size of a stored item without reading the rest.
func StoredSize(stored []byte) int {
	n, _ := binary.Uvarint(stored)
	return int(n)
}

// ReadStored reads a stored item; its strings share the bytes.
func ReadStored(stored []byte) (Item, error) {
	s := storedReader{rest: stored}
	s.uvarint()
	it := s.fields()
	if s.bad || len(s.rest) > 0 {
		return nil, ErrStored
	}
	return it, nil
}

// storedReader takes a stored form apart; after a failure it returns zero values.
type storedReader struct {
	rest []byte
	bad  bool
}

func (s *storedReader) uvarint() int {
	n, w := binary.Uvarint(s.rest)
	if w <= 0 {
		s.bad, s.rest = true, nil
		return 0
	}
	s.rest = s.rest[w:]
	return int(n)
}

func (s *storedReader) text() string {
	n := s.uvarint()
	if n < 0 || n > len(s.rest) {
		s.bad, s.rest = true, nil
		return ""
	}
	b := s.rest[:n]
	s.rest = s.rest[n:]
	return unsafe.String(unsafe.SliceData(b), n)
}

func (s *storedReader) kind() (Kind, bool) {
	if len(s.rest) == 0 || s.rest[0]&^storedTrue > byte(BinarySet) {
		s.bad, s.rest = true, nil
		return None, false
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return Kind(b &^ storedTrue), b&storedTrue != 0
}

// count returns a number of things of which each takes a byte at least.
func (s *storedReader) count() int {
	n := s.uvarint()
	if n < 0 || n > len(s.rest) {
		s.bad, s.rest = true, nil
		return 0
	}
	return n
}

func (s *storedReader) fields() []Field {
	out := make([]Field, s.count())
	for i := range out {
		out[i].Name = s.text()
		s.value(&out[i].Value)
	}
	return out
}

func (s *storedReader) value(v *Value) {
	v.Kind, v.Bool = s.kind()
	switch v.Kind {
	case String, Number, Binary:
		v.Str = s.text()
	case None, Bool, Null:
	case Map:
		v.Kids = s.fields()
	default:
		v.Kids = make([]Field, s.count())
		for i := range v.Kids {
			if v.Kind == List {
				s.value(&v.Kids[i].Value)
			} else {
				v.Kids[i].Value = Value{Kind: v.Kind.Element(), Str: s.text()}
			}
		}
	}
}

// AppendStoredJSON appends a stored item in DynamoDB's JSON, without making an Item of it.
func AppendStoredJSON(out, stored []byte) []byte {
	s := storedReader{rest: stored}
	s.uvarint()
	return s.appendFields(out)
}

func (s *storedReader) appendFields(out []byte) []byte {
	out = append(out, '{')
	for i := range s.count() {
		out = wirejson.AppendString(comma(out, i), s.text())
		out = append(out, ':')
		out = s.appendValue(out)
	}
	return append(out, '}')
}

func (s *storedReader) appendValue(out []byte) []byte {
	kind, isTrue := s.kind()
	out = append(out, '{', '"')
	out = append(out, kind.String()...)
	out = append(out, '"', ':')
	switch kind {
	case String, Number:
		out = appendScalar(out, kind, s.text())
	case Binary:
		out = s.appendBinary(out)
	case Bool:
		out = appendBool(out, isTrue)
	case Null:
		out = appendBool(out, true)
	case Map:
		out = s.appendFields(out)
	default:
		out = append(out, '[')
		for i := range s.count() {
			out = comma(out, i)
			if kind == List {
				out = s.appendValue(out)
			} else {
				out = appendScalar(out, kind.Element(), s.text())
			}
		}
		out = append(out, ']')
	}
	return append(out, '}')
}

// appendBinary encodes from the stored bytes themselves: binaries may be large.
func (s *storedReader) appendBinary(out []byte) []byte {
	text := s.text()
	out = append(out, '"')
	out = base64.StdEncoding.AppendEncode(out, unsafe.Slice(unsafe.StringData(text), len(text)))
	return append(out, '"')
}

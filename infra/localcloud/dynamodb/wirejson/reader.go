// Package wirejson reads and writes JSON without reflection: a cursor over a
// request's bytes, whose strings point into them, and appenders for responses.
//
// A request is read once, in the order in which it comes, straight into the
// structs of the operation. The bytes must not change afterwards.
package wirejson

import (
	"errors"
	"strconv"
	"unsafe"
)

// ErrSyntax is the failure of a document that is not JSON, or not of the
// expected shape.
var ErrSyntax = errors.New("malformed JSON")

// maxDepth bounds the nesting of what Skip passes over.
const maxDepth = 512

// Reader is a cursor over one JSON document. After the first failure it stands
// still: every method returns its zero value and Err tells.
type Reader struct {
	data []byte
	pos  int
	err  error
}

// NewReader returns a Reader at the beginning of data.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Err returns the failure that stopped the reader, if any.
func (r *Reader) Err() error { return r.err }

// Fail stops the reader with err, unless it has stopped already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Refail puts err in the place of the failure that stopped the reader.
func (r *Reader) Refail(err error) { r.err = err }

// Peek returns the first byte of the next token, 0 at the end.
func (r *Reader) Peek() byte {
	if r.err != nil {
		return 0
	}
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; c {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

func (r *Reader) take(c byte) bool {
	if r.Peek() != c {
		r.Fail(ErrSyntax)
		return false
	}
	r.pos++
	return true
}

// Object begins an object: for first := true; r.NextKey(&key, &first); { … }.
func (r *Reader) Object() bool { return r.take('{') }

// Array begins an array: for first := true; r.NextItem(&first); { … }.
func (r *Reader) Array() bool { return r.take('[') }

// NextKey moves to the next member's value and returns its key, or passes the object's end.
func (r *Reader) NextKey(key *string, first *bool) bool {
	if !r.next('}', first) {
		return false
	}
	*key = r.String()
	r.take(':')
	return r.err == nil
}

// NextItem moves to the next element, or passes the array's end.
func (r *Reader) NextItem(first *bool) bool { return r.next(']', first) }

func (r *Reader) next(end byte, first *bool) bool {
	c := r.Peek()
	if c == end {
		r.pos++
		return false
	}
	if !*first {
		if c != ',' {
			r.Fail(ErrSyntax)
			return false
		}
		r.pos++
		if r.Peek() == end {
			r.Fail(ErrSyntax)
		}
	}
	*first = false
	return r.err == nil
}

// Null passes a null and reports whether there was one.
func (r *Reader) Null() bool {
	if r.Peek() != 'n' {
		return false
	}
	r.word("null")
	return true
}

func (r *Reader) word(w string) {
	if len(r.data)-r.pos < len(w) || string(r.data[r.pos:r.pos+len(w)]) != w {
		r.Fail(ErrSyntax)
		return
	}
	r.pos += len(w)
}

// Bool returns the next value, a boolean.
func (r *Reader) Bool() bool {
	switch r.Peek() {
	case 't':
		r.word("true")
		return r.err == nil
	case 'f':
		r.word("false")
	default:
		r.Fail(ErrSyntax)
	}
	return false
}

// Int returns the next value, a whole number; one with a fraction is cut.
func (r *Reader) Int() int64 {
	text := r.number()
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.Fail(ErrSyntax)
	}
	return int64(f)
}

func (r *Reader) number() string {
	r.Peek()
	start := r.pos
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			r.pos++
			continue
		}
		break
	}
	if start == r.pos {
		r.Fail(ErrSyntax)
	}
	return view(r.data[start:r.pos])
}

// End fails unless only white space is left.
func (r *Reader) End() {
	if r.Peek() != 0 || r.err == nil && r.pos < len(r.data) {
		r.Fail(ErrSyntax)
	}
}

// Skip passes over the next value, whatever it is.
func (r *Reader) Skip() { r.skip(0) }

func (r *Reader) skip(depth int) {
	if depth > maxDepth {
		r.Fail(ErrSyntax)
		return
	}
	first, key := true, ""
	switch r.Peek() {
	case '{':
		for r.Object(); r.err == nil && r.NextKey(&key, &first); {
			r.skip(depth + 1)
		}
	case '[':
		for r.Array(); r.err == nil && r.NextItem(&first); {
			r.skip(depth + 1)
		}
	case '"':
		_ = r.String()
	case 't', 'f':
		r.Bool()
	case 'n':
		r.Null()
	default:
		if _, err := strconv.ParseFloat(r.number(), 64); errors.Is(err, strconv.ErrSyntax) {
			r.Fail(ErrSyntax)
		}
	}
}

// view is b as a string that shares its bytes.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

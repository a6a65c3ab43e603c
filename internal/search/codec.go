package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
)

// The form of a serialised index. A change of what stands in it raises format.
const (
	magic      = "ALIX"
	format     = 1
	formatName = "1"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrOtherModel says that an index holds vectors of another model: it must be
// built again, beside this one.
var ErrOtherModel = errors.New("the index is for another model")

// ErrOtherFormat says that an index was written by another version of the program.
var ErrOtherFormat = errors.New("the index has another format")

// AppendBinary appends the index, deletions included, in a form that depends on
// nothing but what is in it:
//
//	"ALIX", format uint16, dimension uint16, model, owner, number of entries,
//	the entries by id, CRC-32C of all before
//
// Numbers are little-endian or varints; strings and lists begin with their length.
func (x *Index) AppendBinary(b []byte) ([]byte, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint16(b, format)
	b = binary.LittleEndian.AppendUint16(b, Dimension)
	b = appendText(b, x.model)
	b = appendText(b, string(x.owner))
	b = binary.AppendUvarint(b, uint64(len(x.entries)))
	for _, id := range slices.Sorted(maps.Keys(x.entries)) {
		b = x.entries[id].append(b)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli)), nil
}

// MarshalBinary is AppendBinary to nothing.
func (x *Index) MarshalBinary() ([]byte, error) { return x.AppendBinary(nil) }

func (e *entry) append(b []byte) []byte {
	b = appendText(b, e.doc.ID)
	b = binary.AppendVarint(b, e.doc.Version)
	if e.deleted {
		return binary.AppendVarint(append(b, 1), e.since)
	}
	b = append(b, 0)
	for _, s := range []string{string(e.doc.Kind), e.doc.Name, e.doc.Description, e.doc.Category, e.doc.Body} {
		b = appendText(b, s)
	}
	for _, list := range [][]string{e.doc.Tags, e.doc.Apps, e.doc.UseCases} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, s := range list {
			b = appendText(b, s)
		}
	}
	b = append(b, e.hash[:]...)
	b = e.vector.append(b)
	for i := range e.cases {
		b = e.cases[i].append(b)
	}
	return b
}

func (p *packed) append(b []byte) []byte {
	for _, x := range p {
		b = append(b, byte(x))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Decode reads an index back. One for another model is refused with
// ErrOtherModel, one of another format with ErrOtherFormat, a broken one with a
// plain error.
func Decode(b []byte, model string) (*Index, error) {
	x, err := DecodeAny(b)
	if err != nil {
		return nil, err
	}
	if x.model != model {
		return nil, fmt.Errorf("%w: %.12s instead of %.12s", ErrOtherModel, x.model, model)
	}
	return x, nil
}

// DecodeAny is Decode for an index of any model: its documents are of use, its
// vectors only to that model.
func DecodeAny(b []byte) (*Index, error) {
	if len(b) < len(magic)+8 || string(b[:4]) != magic {
		return nil, errors.New("this is not an index")
	}
	if f := binary.LittleEndian.Uint16(b[4:]); f != format {
		return nil, fmt.Errorf("%w: %d instead of %d", ErrOtherFormat, f, format)
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errors.New("the index is damaged: its checksum is wrong")
	}
	if d := binary.LittleEndian.Uint16(b[6:]); d != Dimension {
		return nil, fmt.Errorf("%w: vectors of %d numbers", ErrOtherModel, d)
	}
	r := reader{b: body[8:]}
	x := NewIndex("", r.text())
	x.owner = Owner(r.text())
	count := r.count()
	x.matrix = make([]float32, 0, min(count, len(body)/Dimension+1)*Dimension)
	for range count {
		e := r.entry()
		if r.bad {
			break
		}
		x.put(e)
	}
	if r.bad || len(r.b) > 0 {
		return nil, errors.New("the index is damaged: its lengths do not add up")
	}
	return x, nil
}

// reader takes a serialised index apart; bad is set once something does not fit.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) number() int64 {
	v, n := binary.Varint(r.b)
	r.take(n)
	r.bad = r.bad || n <= 0
	return v
}

// count reads a length; none is larger than what is left, as all takes a byte.
func (r *reader) count() int {
	v, n := binary.Uvarint(r.b)
	r.take(n)
	if n <= 0 || v > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *reader) text() string { return string(r.take(r.count())) }

func (r *reader) list() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	out := make([]string, 0, n)
	for range n {
		out = append(out, r.text())
	}
	return out
}

func (r *reader) packed() (p packed) {
	for i, x := range r.take(Dimension) {
		p[i] = int8(x)
	}
	return p
}

func (r *reader) entry() *entry {
	e := &entry{doc: Document{ID: r.text(), Version: r.number()}}
	state := r.take(1)
	if r.bad || state[0] > 1 {
		r.bad = true
		return e
	}
	if e.deleted = state[0] == 1; e.deleted {
		e.since = r.number()
		return e
	}
	d := &e.doc
	d.Kind = Kind(r.text())
	d.Name, d.Description, d.Category, d.Body = r.text(), r.text(), r.text(), r.text()
	d.Tags, d.Apps, d.UseCases = r.list(), r.list(), r.list()
	copy(e.hash[:], r.take(len(e.hash)))
	e.vector = r.packed()
	for range d.UseCases {
		e.cases = append(e.cases, r.packed())
		if r.bad {
			break
		}
	}
	return e
}

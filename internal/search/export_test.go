package search

import (
	"encoding/binary"
	"hash/crc32"
)

// Warm builds the keyword index, as the first query does.
func (x *Index) Warm() { x.lexicon() }

// Frame puts head and checksum around the body of a serialised index.
func Frame(body []byte) []byte {
	b := append([]byte(magic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint16(b[4:], format)
	binary.LittleEndian.PutUint16(b[6:], Dimension)
	b = append(b, body...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// Pack and Unpack round a vector as an index does.
func Pack(v []float32) ([]float32, error) {
	p, err := pack(v)
	out := make([]float32, Dimension)
	p.unpack(out)
	return out, err
}

// Dots is the product of a vector with all rows of a matrix.
func Dots(query, matrix, out []float32) { dots(query, matrix, out) }

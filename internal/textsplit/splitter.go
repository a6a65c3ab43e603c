package textsplit

import (
	"strings"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Splitter cuts a text into chunks.
type Splitter interface {
	Split(text string) []string
}

// The defaults of n8n's splitters.
const (
	DefaultSize    = 1000
	DefaultOverlap = 0
)

// Size says how long chunks are, and how much of a chunk's end its successor
// repeats at most.
type Size struct{ Chunk, Overlap int }

// Check refuses sizes that no chunk can have.
func (s Size) Check() error {
	switch {
	case s.Chunk <= 0:
		return fault.New(fault.Invalid, fault.CodeNodeError, "The chunk size must be more than 0, not %d.", s.Chunk)
	case s.Overlap < 0:
		return fault.New(fault.Invalid, fault.CodeNodeError, "The chunk overlap must be 0 or more, not %d.", s.Overlap)
	case s.Overlap >= s.Chunk:
		return fault.New(fault.Invalid, fault.CodeNodeError, "Cannot have chunkOverlap >= chunkSize: %d is not less than %d.", s.Overlap, s.Chunk)
	}
	return nil
}

// Length is how many UTF-16 units a text has.
func Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// Character cuts at one separator, which is not part of the chunks' ends.
type Character struct {
	Size
	Separator string // "": between any two characters
}

// Split implements Splitter. A piece between two separators that is longer than
// a chunk stays whole.
func (c Character) Split(text string) []string {
	return merge(cut(text, c.Separator, false), c.Separator, c.Size)
}

// cut splits at a separator, which stays at the beginning of the pieces if keep
// says so. Empty pieces are left out.
func cut(text, separator string, keep bool) []string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	switch {
	case separator == "":
		for len(text) > 0 {
			_, n := utf8.DecodeRuneInString(text)
			add(text[:n])
			text = text[n:]
		}
	case keep:
		for {
			at := strings.Index(text[min(1, len(text)):], separator)
			if at < 0 {
				break
			}
			add(text[:at+1])
			text = text[at+1:]
		}
		add(text)
	default:
		for s := range strings.SplitSeq(text, separator) {
			add(s)
		}
	}
	return out
}

// merge joins pieces to chunks that are as long as they may be; a chunk begins
// with as many of the last chunk's pieces as fit the overlap.
func merge(pieces []string, separator string, size Size) []string {
	var out []string
	gap := Length(separator)
	lengths := make([]int, len(pieces))
	first, total := 0, 0 // of the chunk that is being made: its first piece, and their lengths
	emit := func(end int) {
		if s := trim(strings.Join(pieces[first:end], separator)); s != "" {
			out = append(out, s)
		}
	}
	for i, p := range pieces {
		n := Length(p)
		lengths[i] = n
		tooLong := func() bool { return total+n+(i-first)*gap > size.Chunk }
		if tooLong() && i > first {
			emit(i)
			for total > size.Overlap || tooLong() && total > 0 {
				total -= lengths[first]
				first++
			}
		}
		total += n
	}
	emit(len(pieces))
	return out
}

// trim takes off what JavaScript counts as white space.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		switch r {
		case '\t', '\n', '\v', '\f', '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
			return true
		}
		return r >= 0x2000 && r <= 0x200a
	})
}

package wordpiece

import (
	"fmt"
	"math/bits"
	"strings"
)

// continuation marks pieces that go on inside a word.
const continuation = "##"

// vocab finds pieces. It is read at each cold start, so it is one table over the
// text of the vocabulary: Go's maps take ten times as long to fill.
type vocab struct {
	lines []string // the index is the id
	// table holds ids plus 1, 0 where it is free; a piece stands at its hash or in
	// the next free place.
	table []int32
	// longest piece in bytes: no longer candidate need be tried.
	longest int

	unknown, class, separator int32
}

// parseVocab reads vocab.txt: one piece a line, the line's number is the id.
func parseVocab(text string) (*vocab, error) {
	text = strings.TrimRight(text, "\r\n")
	v := &vocab{lines: strings.Split(text, "\n")}
	v.table = make([]int32, 1<<bits.Len(uint(2*len(v.lines)))) // at most half full
	for i, line := range v.lines {
		line = strings.TrimSuffix(line, "\r")
		v.lines[i] = line
		v.longest = max(v.longest, len(line))
		piece, h := line, uint32(begins)
		if rest, ok := strings.CutPrefix(line, continuation); ok && rest != "" {
			piece, h = rest, goesOn
		}
		for j := range len(piece) {
			h = mix(h, piece[j])
		}
		v.put(h, int32(i))
	}
	for _, s := range []struct {
		token string
		id    *int32
	}{{"[UNK]", &v.unknown}, {"[CLS]", &v.class}, {"[SEP]", &v.separator}} {
		id, ok := v.whole(s.token)
		if !ok {
			return nil, fmt.Errorf("vocabulary of %d lines has no %s: it is not a BERT vocab.txt", len(v.lines), s.token)
		}
		*s.id = id
	}
	return v, nil
}

// Hashes are FNV-1a, so that those of all beginnings of a word come in one pass.
// Pieces that begin a word and those that go on have different starts, which
// spares joining the prefix to each candidate.
const (
	begins = 2166136261
	goesOn = begins ^ 0x5bd1e995
)

func mix(h uint32, c byte) uint32 { return (h ^ uint32(c)) * 16777619 }

func (v *vocab) slot(h uint32) uint32 { return (h ^ h>>15) & uint32(len(v.table)-1) }

// put notes a piece. Of two equal ones the later counts, as a lookup by line
// would find it.
func (v *vocab) put(h uint32, id int32) {
	for at := v.slot(h); ; at = (at + 1) & uint32(len(v.table)-1) {
		if known := v.table[at]; known == 0 || v.lines[known-1] == v.lines[id] {
			v.table[at] = id + 1
			return
		}
	}
}

// find returns the id of a piece whose hash is h.
func (v *vocab) find(h uint32, piece string, inside bool) (int32, bool) {
	for at := v.slot(h); v.table[at] != 0; at = (at + 1) & uint32(len(v.table)-1) {
		id := v.table[at] - 1
		if v.is(v.lines[id], piece, inside) {
			return id, true
		}
	}
	return 0, false
}

// is reports whether line stands for a piece. A line of ## alone begins a word.
func (v *vocab) is(line, piece string, inside bool) bool {
	if !inside {
		return line == piece
	}
	return len(line) == len(continuation)+len(piece) && line[len(continuation):] == piece && line[:len(continuation)] == continuation
}

// whole returns the id of a piece that begins a word.
func (v *vocab) whole(piece string) (int32, bool) {
	h := uint32(begins)
	for i := range len(piece) {
		h = mix(h, piece[i])
	}
	return v.find(h, piece, false)
}

// pieces appends the ids of one word, or of [UNK] if no split of it is known.
func (v *vocab) pieces(ids []int64, word string) []int64 {
	start := len(ids)
	for inside := false; word != ""; inside = true {
		id, n := v.longestPiece(word, inside)
		if n == 0 {
			return append(ids[:start], int64(v.unknown))
		}
		ids = append(ids, int64(id))
		word = word[n:]
	}
	return ids
}

// longestPiece returns the longest piece that word begins with, and its length
// in bytes; 0 if there is none.
func (v *vocab) longestPiece(word string, inside bool) (id int32, length int) {
	h := uint32(begins)
	if inside {
		h = goesOn
	}
	for n := 1; n <= min(len(word), v.longest); n++ {
		h = mix(h, word[n-1])
		if n < len(word) && word[n]&0xC0 == 0x80 {
			continue // inside a character
		}
		if known, ok := v.find(h, word[:n], inside); ok {
			id, length = known, n
		}
	}
	return id, length
}

package wordpiece

import (
	"fmt"
	"strings"
)

// continuation marks pieces that go on inside a word.
const continuation = "##"

// vocab finds pieces. Two maps save joining the prefix to each candidate.
type vocab struct {
	begin  map[string]int32 // pieces that begin a word
	inside map[string]int32 // pieces that go on, without the prefix
	words  []string         // the lines, in order: the index is the id
	// longest piece in bytes: no longer candidate need be tried.
	longest int

	unknown, class, separator int32
}

// parseVocab reads vocab.txt: one piece a line, the line's number is the id.
func parseVocab(text string) (*vocab, error) {
	text = strings.TrimRight(text, "\r\n")
	words := strings.Split(text, "\n")
	v := &vocab{
		begin:  make(map[string]int32, len(words)),
		inside: make(map[string]int32, len(words)/4),
		words:  words,
	}
	for i, w := range words {
		w = strings.TrimSuffix(w, "\r")
		words[i] = w
		v.longest = max(v.longest, len(w))
		if rest, ok := strings.CutPrefix(w, continuation); ok && rest != "" {
			v.inside[rest] = int32(i)
		} else {
			v.begin[w] = int32(i)
		}
	}
	for _, s := range []struct {
		token string
		id    *int32
	}{{"[UNK]", &v.unknown}, {"[CLS]", &v.class}, {"[SEP]", &v.separator}} {
		id, ok := v.begin[s.token]
		if !ok {
			return nil, fmt.Errorf("vocabulary of %d lines has no %s: it is not a BERT vocab.txt", len(words), s.token)
		}
		*s.id = id
	}
	return v, nil
}

// pieces appends the ids of one word, or of [UNK] if no split of it is known.
func (v *vocab) pieces(ids []int64, word string) []int64 {
	start := len(ids)
	table := v.begin
	for word != "" {
		id, n := v.longestPiece(table, word)
		if n == 0 {
			return append(ids[:start], int64(v.unknown))
		}
		ids = append(ids, int64(id))
		word = word[n:]
		table = v.inside
	}
	return ids
}

// longestPiece returns the longest piece that word begins with, and its length
// in bytes; 0 if there is none.
func (v *vocab) longestPiece(table map[string]int32, word string) (int32, int) {
	for n := min(len(word), v.longest); n > 0; n-- {
		if n < len(word) && word[n]&0xC0 == 0x80 {
			continue // inside a character
		}
		if id, ok := table[word[:n]]; ok {
			return id, n
		}
	}
	return 0, 0
}

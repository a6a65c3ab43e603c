package textsplit

import (
	"strings"
	"unicode/utf8"
)

// Token cuts into chunks of so many tokens.
type Token struct {
	Size
	// Pieces gives the tokens of a text, which together are the text.
	Pieces func(text string) []string
}

// Split implements Splitter. A chunk that would end inside a character ends after
// it, and so may be a few tokens longer.
func (t Token) Split(text string) []string {
	pieces := t.Pieces(text)
	var out []string
	for start := 0; start < len(pieces); {
		if start > 0 {
			start -= t.Overlap
		}
		end := min(start+t.Chunk, len(pieces))
		for end < len(pieces) && !startsRune(pieces[end]) {
			end++
		}
		for start > 0 && !startsRune(pieces[start]) {
			start--
		}
		out = append(out, strings.Join(pieces[start:end], ""))
		start = end
	}
	return out
}

// startsRune reports whether a token begins with a whole character's first byte.
func startsRune(piece string) bool { return piece == "" || utf8.RuneStart(piece[0]) }

package lexical

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// maxWord is the length in bytes beyond which a word is cut: no search term is
// longer, but keys and hashes are.
const maxWord = 48

// Word is one word of a text: as it stands there, in lower case and without
// accents, and its stem, under which it is found.
type Word struct {
	Surface string
	Stem    string
}

// Analyze returns the words of text in order, stop words left out, at most limit.
func Analyze(text string, limit int) []Word { return analyze(text, limit, Stem) }

func analyze(text string, limit int, stem func(string) string) []Word {
	var out []Word
	for surface := range Surfaces(text) {
		if len(out) == limit {
			break
		}
		if !stopWords[surface] {
			out = append(out, Word{Surface: surface, Stem: stem(surface)})
		}
	}
	return out
}

// Surfaces ranges over the words of text, stop words included: runs of letters,
// marks and digits. Ideographs are words of their own; "e-mail" is "email" and
// "customer's" is "customer".
func Surfaces(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var word []byte
		var pending byte // a hyphen or apostrophe after word
		emit := func() bool {
			ok := len(word) == 0 || yield(string(word))
			word, pending = word[:0], 0
			return ok
		}
		for _, r := range norm.NFD.String(text) {
			switch {
			case r >= 0x300 && r <= 0x36F: // accents of Latin, Greek and Cyrillic letters
			case unicode.Is(unicode.Han, r):
				if !emit() || !yield(string(r)) {
					return
				}
			case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
				// e-mail is one word, follow-up is two.
				if pending != 0 && (pending != '-' || len(word) != 1) && !emit() {
					return
				}
				pending = 0
				if len(word) < maxWord {
					word = utf8.AppendRune(word, unicode.ToLower(r))
				}
			case (r == '-' || r == '\'' || r == '’') && len(word) > 0 && pending == 0:
				pending = '\''
				if r == '-' {
					pending = '-'
				}
			case unicode.Is(unicode.Cf, r): // joiners inside words
			default:
				if !emit() {
					return
				}
			}
		}
		emit()
	}
}

// Stem reduces an English word to its stem; other words stay as they are.
func Stem(word string) string {
	if len(word) < 3 {
		return word
	}
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return word
		}
	}
	return english.Stem(word, true)
}

// stopWords carry no meaning for what a workflow does.
var stopWords = set(`a about after again all also am an and any are as at be been being but by can could did do does
	doing done each else every few for from get gets getting got had has have having he her here hers him his how i if
	in into is it its itself just let lets like make makes me might more most must my need needs no nor not of off on
	once one only onto or other our ours out over own please s same she should so some such t than that the their
	theirs them then there these they this those through to too until up upon us very via want wants was way we were
	what when whenever where which while who whom why will with would you your yours ll re ve d m im id dont`)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

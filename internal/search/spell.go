package search

import (
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/automatelanka/automatelanka/internal/search/lexical"
)

// The words that spelling looks at.
const (
	minSpelt = 4 // letters; shorter words are as often names as errors
	maxSpelt = 24
)

// Speller mends typing errors in queries before they are embedded: the model
// breaks an unknown word into pieces that mean something else. It knows the
// words of the templates and of the model's vocabulary, and changes a word only
// if it is neither and exactly one of them is nearest.
type Speller struct {
	rank map[string]int // lower is likelier
	// byLength holds the words that may be meant.
	byLength [maxSpelt + 3][]spelling
}

type spelling struct {
	word    string
	letters uint32
	rank    int
}

// NewSpeller makes a speller of the words in the documents (their own names and
// terms, preferred) and of a vocabulary in the order of frequency; words that do
// not begin with a letter (the pieces of a model) are left out.
func NewSpeller(documents []Document, vocabulary []string) *Speller {
	s := &Speller{rank: make(map[string]int, len(vocabulary))}
	for i := range documents {
		for _, text := range documents[i].fields() {
			for word := range lexical.Surfaces(text) {
				s.add(word, 0)
			}
		}
	}
	for i, word := range vocabulary {
		s.add(word, i+1)
	}
	return s
}

func (s *Speller) add(word string, rank int) {
	if _, known := s.rank[word]; known || !plain(word) {
		return
	}
	s.rank[word] = rank
	if len(word) >= minSpelt && len(word) < len(s.byLength) {
		s.byLength[len(word)] = append(s.byLength[len(word)], spelling{word, lexical.Letters(word), rank})
	}
}

// plain reports whether word is made of the letters a to z alone.
func plain(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' })
}

// Mend returns text with the words put right that can only be typing errors, and
// whether there were any.
func (s *Speller) Mend(text string) (string, bool) {
	var out strings.Builder
	mended := false
	for text != "" {
		end := strings.IndexFunc(text, unicode.IsLetter)
		if end < 0 {
			end = len(text)
		}
		out.WriteString(text[:end])
		text = text[end:]
		end = strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		if right, ok := s.correct(strings.ToLower(word)); ok {
			word, mended = right, true
		}
		out.WriteString(word)
		text = text[end:]
	}
	return out.String(), mended
}

// correct returns the word that was meant, if word is not one.
func (s *Speller) correct(word string) (string, bool) {
	if len(word) < minSpelt || len(word) > maxSpelt || !plain(word) || s.knows(word) {
		return "", false
	}
	limit := lexical.Tolerance(word)
	best, bestDistance, set := spelling{}, limit+1, lexical.Letters(word)
	for n := max(len(word)-limit, minSpelt); n <= len(word)+limit; n++ {
		for _, c := range s.byLength[n] {
			if bits.OnesCount32(set^c.letters) > 2*bestDistance {
				continue
			}
			d := lexical.Distance(word, c.word, bestDistance)
			if d < bestDistance || d == bestDistance && d <= limit && likelier(word, c, best) {
				best, bestDistance = c, d
			}
		}
	}
	return best.word, bestDistance <= limit
}

// likelier decides between two words at the same distance: the same first letter,
// which is rarely mistyped, then the more usual word.
func likelier(word string, a, b spelling) bool {
	if x, y := a.word[0] == word[0], b.word[0] == word[0]; x != y {
		return x
	}
	return a.rank < b.rank
}

// knows reports whether word is one, or a regular form of one.
func (s *Speller) knows(word string) bool {
	if _, ok := s.rank[word]; ok {
		return true
	}
	endings := []string{"s", "es", "ed", "d", "ing", "er", "ly", "ers", "able"}
	return slices.ContainsFunc(endings, func(ending string) bool {
		root, ok := strings.CutSuffix(word, ending)
		if !ok || len(root) < 3 {
			return false
		}
		_, whole := s.rank[root]
		_, withE := s.rank[root+"e"]
		return whole || withE
	})
}

package textsplit

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Recursive cuts at the first of its separators that the text has, and pieces
// that are still too long at the next ones. Separators stay at the beginning of
// the pieces.
type Recursive struct {
	Size
	Separators []string // from coarse to fine; nil: paragraphs, lines, words, characters
}

var plain = []string{"\n\n", "\n", " ", ""}

// separatorFile has the separators of LangChain's RecursiveCharacterTextSplitter
// for the languages that it knows (langchain.js, MIT licence).
//
//go:embed separators.json
var separatorFile []byte

var separators = sync.OnceValue(func() map[string][]string {
	var m map[string][]string
	if err := json.Unmarshal(separatorFile, &m); err != nil {
		panic("textsplit: separators.json: " + err.Error()) // a test holds the file valid
	}
	return m
})

// Languages are the names that Separators knows.
func Languages() []string { return slices.Sorted(maps.Keys(separators())) }

// Separators are those of a programming or markup language; nil if it is unknown.
func Separators(language string) []string { return separators()[language] }

// Split implements Splitter.
func (r Recursive) Split(text string) []string {
	list := r.Separators
	if list == nil {
		list = plain
	}
	return r.split(text, list)
}

func (r Recursive) split(text string, list []string) []string {
	if len(list) == 0 {
		return []string{text}
	}
	separator, finer := choose(text, list)
	var out, good []string
	flush := func() {
		out = append(out, merge(good, "", r.Size)...)
		good = nil
	}
	for _, piece := range cut(text, separator, true) {
		if Length(piece) < r.Chunk {
			good = append(good, piece)
			continue
		}
		flush()
		if finer == nil {
			out = append(out, piece)
		} else {
			out = append(out, r.split(piece, finer)...)
		}
	}
	flush()
	return out
}

// choose gives the first separator that the text has, and those after it; nil if
// there is nothing finer.
func choose(text string, list []string) (separator string, finer []string) {
	for i, s := range list {
		if s == "" {
			return s, nil
		}
		if strings.Contains(text, s) {
			return s, list[i+1:]
		}
	}
	return list[len(list)-1], nil
}

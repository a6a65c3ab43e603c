package eval

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

// Mistype makes typing errors in a text: each word of four or more letters gets
// one with the given probability. The same seed makes the same errors.
func Mistype(text string, probability float64, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, uint64(len(text))))
	words := strings.Fields(text)
	for i, w := range words {
		if len(w) >= 4 && plainLetters(w) && r.Float64() < probability {
			words[i] = mistypeWord(w, r)
		}
	}
	return strings.Join(words, " ")
}

func plainLetters(w string) bool {
	return !strings.ContainsFunc(w, func(c rune) bool { return c > unicode.MaxASCII || !unicode.IsLetter(c) })
}

// neighbours are keys beside each other.
var neighbours = [3]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

func mistypeWord(w string, r *rand.Rand) string {
	b := []byte(w)
	at := 1 + r.IntN(len(b)-2) // first and last letters are rarely wrong
	switch r.IntN(4) {
	case 0: // neighbours in the word swapped
		b[at], b[at+1] = b[at+1], b[at]
	case 1: // left out
		b = append(b[:at], b[at+1:]...)
	case 2: // doubled
		b = append(b[:at+1], b[at:]...)
	default: // the key beside
		for _, row := range neighbours {
			if k := strings.IndexByte(row, b[at]); k >= 0 {
				b[at] = row[(k+1)%len(row)]
				break
			}
		}
	}
	return string(b)
}

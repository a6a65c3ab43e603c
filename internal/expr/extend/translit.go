package extend

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// transliterationData is the character map of the npm package transliteration
// 2.3.5 (MIT, see transliteration-LICENSE.txt): one character a line, as the
// distance from the one before in base 36, a tab, and its transliteration (\n is a line's end).
//
//go:embed transliteration.txt.gz
var transliterationData []byte

var latin = sync.OnceValue(func() map[rune]string {
	m := map[rune]string{}
	z, err := gzip.NewReader(bytes.NewReader(transliterationData))
	if err != nil {
		panic(err) // the data is part of the program
	}
	lines := bufio.NewScanner(z)
	at := rune(0)
	for lines.Scan() {
		step, text, _ := strings.Cut(lines.Text(), "\t")
		n, err := strconv.ParseInt(step, 36, 32)
		if err != nil {
			panic(err)
		}
		at += rune(n)
		m[at] = strings.ReplaceAll(text, `\n`, "\n")
	}
	return m
})

// transliterate writes text in ASCII; what has no transliteration becomes "?".
// Chinese characters are separated by spaces.
func transliterate(v string) string {
	table := latin()
	v = norm.NFC.String(v)
	var out strings.Builder
	spaced := false // the last character was Chinese
	for _, r := range v {
		s := string(r)
		if r >= 0x80 {
			if s = table[r]; s == "" {
				s = "?"
			}
		}
		if spaced && !strings.ContainsAny(s, " \t\n\v\f\r!\"#%&'()*,-./:;?@[\\]_{}") {
			out.WriteByte(' ')
		}
		out.WriteString(s)
		spaced = chinese(r)
	}
	return out.String()
}

func chinese(r rune) bool {
	return r >= 0x2e80 && r <= 0x2fd5 || r == 0x3005 || r == 0x3007 || r >= 0x3021 && r <= 0x3029 || r >= 0x3038 && r <= 0x303b ||
		r >= 0x3400 && r <= 0x4dbf || r >= 0x4e00 && r <= 0x9ffc || r >= 0xf900 && r <= 0xfad9 || r >= 0x20000 && r <= 0x3134a
}

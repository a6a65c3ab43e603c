package fault

import (
	"testing"
	"unicode/utf8"
)

func TestShortenKeepsTheBoundAndWholeCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abc…"},
		{"ééééé", 8, "éé…"},  // the bound falls into the third character
		{"日本語日本語", 9, "日本…"}, // and here at the end of one
		{"a\xffbcdefgh", 6, "ab…"},
	} {
		got := Shorten(c.text, c.most)
		if got != c.want || len(got) > c.most || !utf8.ValidString(got) {
			t.Errorf("Shorten(%q, %d) = %q (%d bytes), want %q", c.text, c.most, got, len(got), c.want)
		}
	}
}

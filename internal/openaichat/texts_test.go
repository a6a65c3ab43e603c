package openaichat

import (
	"strings"
	"testing"
)

// The counts are those of OpenAI's cookbook, "How to count tokens with tiktoken".
func TestTextsAreCountedAsTheModelDoes(t *testing.T) {
	c := NewCounter()
	if n := c.Texts("text-embedding-3-small", []string{"tiktoken is great!", "antidisestablishmentarianism", "お誕生日おめでとう"}); n != 6+6+9 {
		t.Errorf("%d tokens", n)
	}
	if n := c.Texts("mistral-embed", []string{"hello", ""}); n != 6 {
		t.Errorf("a model without a known tokenizer: %d", n)
	}
}

func TestPiecesAreTheText(t *testing.T) {
	c := NewCounter()
	for _, text := range []string{"", "tiktoken is great!", "お誕生日おめでとう 😀", "a" + strings.Repeat("!", 2000) + " b"} {
		pieces := c.Pieces(text)
		if strings.Join(pieces, "") != text || int64(len(pieces)) != c.Texts("text-embedding-3-small", []string{text}) && text != "" {
			t.Errorf("%.30q: %d pieces", text, len(pieces))
		}
	}
}

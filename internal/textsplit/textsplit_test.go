package textsplit

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/openaichat"
)

// TestChunksAreLangChains compares with what LangChain's own splitters gave
// (testdata/langchain.json), but for those of its chunks that end inside a character.
func TestChunksAreLangChains(t *testing.T) {
	raw, err := os.ReadFile("testdata/langchain.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Texts map[string]string
		Cases []struct {
			Kind, Text, Separator, Language string
			Size, Overlap                   int
			Chunks                          []Chunk
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	tokens := openaichat.NewCounter()
	kinds := map[string]int{}
	for _, c := range file.Cases {
		size := Size{c.Size, c.Overlap}
		s := map[string]Splitter{
			"recursive": Recursive{size, Separators(c.Language)}, "character": Character{size, c.Separator}, "token": Token{size, tokens.Pieces},
		}[c.Kind]
		kinds[c.Kind]++
		got := Lines(s, file.Texts[c.Text])
		if len(got) == len(c.Chunks) && !found(file.Texts[c.Text], c.Chunks) {
			for i := range got {
				c.Chunks[i].From, c.Chunks[i].To = got[i].From, got[i].To
			}
		}
		if !slices.Equal(got, c.Chunks) {
			t.Errorf("%s %d/%d %q %s of %q:\n got %+v\nwant %+v", c.Kind, c.Size, c.Overlap, c.Separator, c.Language, c.Text, got, c.Chunks)
		}
	}
	if kinds["recursive"] < 50 || kinds["character"] < 30 || kinds["token"] < 15 {
		t.Errorf("cases: %v", kinds)
	}
}

// found reports whether each chunk stands in the text after the beginning of the
// last one. LangChain counts lines wrongly where it does not: pieces were joined
// by other white space, or an overlap begins where the last chunk did.
func found(text string, chunks []Chunk) bool {
	from := 0
	for _, c := range chunks {
		at := strings.Index(text[min(from, len(text)):], c.Text)
		if at < 0 {
			return false
		}
		from += at + 1
	}
	return true
}

// words are texts of words, white space and longer characters.
var words = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "bc", "def", "ආයු", "😀", " ", "  ", "\n", "\n\n", ".", "longerword"}), 0, 80).Draw(t, "words"), "")
})

var sizes = rapid.Custom(func(t *rapid.T) Size {
	n := rapid.IntRange(2, 40).Draw(t, "chunk")
	return Size{n, rapid.IntRange(0, n-1).Draw(t, "overlap")}
})

// TestChunksCoverTheText: but for white space, chunks are parts of the text in
// their order, without gaps, and share no more than the overlap.
func TestChunksCoverTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, size := words.Draw(t, "text"), sizes.Draw(t, "size")
		solid := strings.Join(strings.Fields(text), "")
		for name, s := range map[string]Splitter{"recursive": Recursive{Size: size}, "character": Character{Size: size}} {
			ends := map[int]bool{0: true} // where the chunks so far may end
			for _, c := range s.Split(text) {
				if !utf8.ValidString(c) || Length(c) > size.Chunk || c == "" {
					t.Fatalf("%s: chunk %q of %d", name, c, Length(c))
				}
				ends = follow(solid, strings.Join(strings.Fields(c), ""), ends, size.Overlap)
				if len(ends) == 0 {
					t.Fatalf("%s: chunk %q does not follow in %q", name, c, text)
				}
			}
			if !ends[len(solid)] {
				t.Fatalf("%s: the end of %q is left out", name, text)
			}
		}
	})
}

// follow gives where a chunk may end that begins at an end of the last one or
// repeats at most the overlap before it.
func follow(text, chunk string, ends map[int]bool, overlap int) map[int]bool {
	out := map[int]bool{}
	for end := range ends {
		for at := 0; at <= end; at++ {
			if strings.HasPrefix(text[at:], chunk) && at+len(chunk) >= end && Length(text[at:end]) <= overlap {
				out[at+len(chunk)] = true
			}
		}
	}
	return out
}

func TestTokenChunksOverlapByTokens(t *testing.T) {
	tokens := openaichat.NewCounter()
	rapid.Check(t, func(t *rapid.T) {
		text, size := words.Draw(t, "text"), sizes.Draw(t, "size")
		plain := Token{Size{size.Chunk, 0}, tokens.Pieces}.Split(text)
		if strings.Join(plain, "") != text {
			t.Fatalf("%q without overlap is %q", text, plain)
		}
		for _, c := range (Token{size, tokens.Pieces}).Split(text) {
			if !utf8.ValidString(c) || !strings.Contains(text, c) || c == "" {
				t.Fatalf("chunk %q of %q", c, text)
			}
		}
	})
}

func TestSizesThatCannotBe(t *testing.T) {
	for _, s := range []Size{{0, 0}, {-1, 0}, {10, 10}, {10, 20}, {10, -1}} {
		if s.Check() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	if (Size{10, 9}).Check() != nil {
		t.Error("10, 9 is refused")
	}
}

func TestLongTextsTakeNoLongTime(t *testing.T) {
	text := strings.Repeat("word and word. ", 200_000)
	if n := len(Lines(Recursive{Size: Size{1000, 200}}, text)); n < 3000 {
		t.Errorf("%d chunks", n)
	}
}

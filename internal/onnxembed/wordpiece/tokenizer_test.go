package wordpiece

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const vocabPath = "../../../layers/minilm/vocab.txt"

func setup(t testing.TB) *Tokenizer {
	t.Helper()
	b, err := os.ReadFile(vocabPath)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := New(string(b), 256)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

type goldenText struct {
	Text string  `json:"text"`
	IDs  []int64 `json:"token_ids"`
}

func golden(t testing.TB) []goldenText {
	t.Helper()
	f, err := os.Open("testdata/golden.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	var out []goldenText
	for lines.Scan() {
		var g goldenText
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEncodeGolden(t *testing.T) {
	tok := setup(t)
	texts := golden(t)
	if len(texts) != 200 {
		t.Fatalf("%d golden texts, want 200", len(texts))
	}
	for i, g := range texts {
		if diff := cmp.Diff(g.IDs, tok.Encode(g.Text)); diff != "" {
			t.Errorf("text %d %.80q (-reference +got):\n%s", i, g.Text, diff)
		}
	}
}

func TestEncodeLimits(t *testing.T) {
	tok := setup(t)
	for name, text := range map[string]string{
		"empty":              "",
		"spaces":             " \t\r\n ",
		"control characters": "\x00\x01\x02\u200b\u200d",
		"invalid UTF-8":      "\xff\xfe\xc3",
	} {
		if got := tok.Encode(text); !slices.Equal(got, []int64{101, 102}) {
			t.Errorf("%s: %v, want only [CLS] and [SEP]", name, got)
		}
	}
	for name, text := range map[string]string{
		"10,000 words":          strings.Repeat("invoice ", 10_000),
		"long word of pieces":   strings.Repeat("xq", 40) + " " + strings.Repeat(strings.Repeat("zq", 45)+" ", 300),
		"a million punctuation": strings.Repeat("!", 1_000_000),
	} {
		got := tok.Encode(text)
		if len(got) != 256 || got[255] != 102 {
			t.Errorf("%s: %d ids ending in %d, want 256 ending in [SEP]", name, len(got), got[len(got)-1])
		}
	}
	if got := tok.Encode(strings.Repeat("a", 101)); !slices.Equal(got, []int64{101, 100, 102}) {
		t.Errorf("word over 100 characters: %v, want [UNK]", got)
	}
}

func TestNewRefusesOtherFiles(t *testing.T) {
	if _, err := New("not\na\nvocabulary\n", 256); err == nil || !strings.Contains(err.Error(), "[UNK]") {
		t.Errorf("error %v, want one that names [UNK]", err)
	}
}

func FuzzEncode(f *testing.F) {
	tok := setup(f)
	for _, g := range golden(f) {
		f.Add(g.Text)
	}
	f.Add("\xf0\x28\x8c\x28[CLS][SEP][MAS[MASK]")
	f.Fuzz(func(t *testing.T, text string) {
		ids := tok.Encode(text)
		if len(ids) < 2 || len(ids) > 256 || ids[0] != 101 || ids[len(ids)-1] != 102 {
			t.Fatalf("%d ids, from %d to %d", len(ids), ids[0], ids[len(ids)-1])
		}
		for _, id := range ids {
			if id < 0 || int(id) >= len(tok.Words()) {
				t.Fatalf("id %d is not in the vocabulary", id)
			}
		}
		if again := tok.Encode(text); !slices.Equal(ids, again) {
			t.Fatal("not deterministic")
		}
		if valid := strings.ToValidUTF8(text, "\uFFFD"); utf8.ValidString(valid) && !slices.Equal(ids, tok.Encode(valid)) {
			t.Fatal("invalid UTF-8 is not the same as the replacement character")
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	tok := setup(b)
	text := "when a customer pays, send them a welcome email and update spreadsheet"
	b.ReportAllocs()
	for b.Loop() {
		tok.Encode(text)
	}
}

func BenchmarkNew(b *testing.B) {
	raw, err := os.ReadFile(vocabPath)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := New(string(raw), 256); err != nil {
			b.Fatal(err)
		}
	}
}

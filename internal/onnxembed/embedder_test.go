package onnxembed

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func setup(t testing.TB) *Embedder {
	t.Helper()
	c, err := Locate()
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

type reference struct {
	Text   string    `json:"text"`
	Vector []float32 `json:"embedding"`
}

func references(t testing.TB) []reference {
	t.Helper()
	f, err := os.Open("wordpiece/testdata/golden.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []reference
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r reference
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	if len(out) != 200 {
		t.Fatalf("%d references, want 200", len(out))
	}
	return out
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return dot / math.Sqrt(aa*bb)
}

func TestEmbedGolden(t *testing.T) {
	e := setup(t)
	refs := references(t)
	texts := make([]string, len(refs))
	for i, r := range refs {
		texts[i] = r.Text
	}
	vectors, err := e.Embed(t.Context(), texts...)
	if err != nil {
		t.Fatal(err)
	}
	worst, sum := 1.0, 0.0
	for i, v := range vectors {
		if len(v) != Dimension {
			t.Fatalf("text %d: %d numbers, want %d", i, len(v), Dimension)
		}
		var length float64
		for _, x := range v {
			length += float64(x) * float64(x)
		}
		if math.Abs(length-1) > 1e-4 {
			t.Errorf("text %d: squared length %f, want 1", i, length)
		}
		c := cosine(v, refs[i].Vector)
		worst, sum = min(worst, c), sum+c
		if c < 0.995 {
			t.Errorf("text %d %.60q: cosine %.5f to the reference, want at least 0.995", i, texts[i], c)
		}
	}
	t.Logf("cosine to the reference: min %.5f, mean %.5f", worst, sum/float64(len(vectors)))
}

func TestEmbedConcurrentlyAndAlone(t *testing.T) {
	e := setup(t)
	refs := references(t)[:40]
	var wg sync.WaitGroup
	for i, r := range refs {
		wg.Go(func() {
			v, err := e.Embed(context.Background(), r.Text)
			if err != nil {
				t.Error(err)
				return
			}
			if c := cosine(v[0], r.Vector); c < 0.995 {
				t.Errorf("text %d: cosine %.5f", i, c)
			}
		})
	}
	wg.Wait()
}

func TestEmbedNothingAndCancelled(t *testing.T) {
	e := setup(t)
	if v, err := e.Embed(t.Context()); err != nil || len(v) != 0 {
		t.Errorf("no texts: %v, %v", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(ctx, "text"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestModelIsThePinnedOne(t *testing.T) {
	c, err := Locate()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []file{graph, weights} {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(c.ModelPath), f.name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if got := hex.EncodeToString(sum[:]); got != f.sha256 || int64(len(b)) != f.bytes {
			t.Errorf("%s has sha256 %s and %d bytes, pinned are %s and %d", f.name, got, len(b), f.sha256, f.bytes)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	good, err := Locate()
	if err != nil {
		t.Fatal(err)
	}
	setup(t) // the library is loaded: another one must be refused
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("not a library, model or vocabulary"), 0o600); err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(dir, graph.name) // the graph without its weights
	b, err := os.ReadFile(good.ModelPath)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alone, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"vocabulary missing": {func(c *Config) { c.VocabPath = dir + "/no" }, "run `make build`"},
		"vocabulary wrong":   {func(c *Config) { c.VocabPath = text }, "not a BERT vocab.txt"},
		"model missing":      {func(c *Config) { c.ModelPath = dir + "/no" }, "run `make build`"},
		"model wrong":        {func(c *Config) { c.ModelPath = text }, "restore layers/minilm"},
		"weights missing":    {func(c *Config) { c.ModelPath = alone }, weights.name + ": run `make build`"},
		"no paths":           {func(c *Config) { *c = Config{} }, "run `make build`"},
		"second library":     {func(c *Config) { c.LibraryPath = text }, "already loaded"},
	} {
		c := good
		test.change(&c)
		if _, err := Open(c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want it to say %q", name, err, test.want)
		}
	}
}

func TestLocate(t *testing.T) {
	dir := t.TempDir()
	if _, err := locate(dir, dir); err == nil || !strings.Contains(err.Error(), "start in the project's folder") {
		t.Errorf("outside a checkout: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "libonnxruntime.so.1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := locate(dir, ".")
	if err != nil || c.ModelPath != filepath.Join(dir, "minilm", "model.onnx") {
		t.Errorf("with layers: %+v, %v", c, err)
	}
}

package search_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

var start = time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)

func doc(id string, version int64, name string) search.Document {
	return search.Document{ID: id, Kind: search.Template, Version: version, Name: name}
}

func upsert(d search.Document) search.Change { return search.Change{Document: d} }

func remove(id string, version int64) search.Change {
	return search.Change{Document: search.Document{ID: id, Version: version}, Deleted: true}
}

func apply(t testing.TB, x *search.Index, e search.Embedder, changes ...search.Change) int {
	t.Helper()
	n, err := x.Apply(context.Background(), e, start, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func marshal(t testing.TB, x *search.Index) []byte {
	t.Helper()
	b, err := x.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestApplyIsIdempotentAndOrdered(t *testing.T) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	steps := []struct {
		change search.Change
		news   int
		name   string // afterwards, "" for gone
	}{
		{upsert(doc("a", 2, "two")), 1, "two"},
		{upsert(doc("a", 2, "two")), 0, "two"},   // twice
		{upsert(doc("a", 1, "one")), 0, "two"},   // late
		{upsert(doc("a", 5, "five")), 1, "five"}, // some missed
		{remove("a", 4), 0, "five"},              // late deletion
		{remove("a", 5), 1, ""},                  // of the version that is there
		{remove("a", 5), 0, ""},
		{upsert(doc("a", 5, "five")), 0, ""}, // late, after the deletion
		{upsert(doc("a", 6, "six")), 1, "six"},
	}
	for i, s := range steps {
		if n := apply(t, x, e, s.change); n != s.news {
			t.Errorf("step %d: %d news, want %d", i, n, s.news)
		}
		d, ok := x.Document("a")
		if d.Name != s.name || ok != (s.name != "") {
			t.Errorf("step %d: %q, %v; want %q", i, d.Name, ok, s.name)
		}
	}
}

func TestDeletionMayComeFirst(t *testing.T) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	apply(t, x, e, remove("a", 3), upsert(doc("a", 3, "three")), upsert(doc("a", 2, "two")))
	if x.Len() != 0 {
		t.Errorf("%d documents, want none", x.Len())
	}
}

func TestApplyEmbedsOnlyWhatChanged(t *testing.T) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	a, b := doc("a", 1, "Post leads to Slack"), doc("b", 1, "Back up the database")
	a.UseCases = []string{"Tell sales", "See leads"}
	apply(t, x, e, upsert(a), upsert(b))
	if n := e.Texts.Load(); n != 4 {
		t.Errorf("embedded %d texts, want 2 and 2 use cases", n)
	}
	a.Version, a.Category = 2, "leads" // not part of the text
	b.Version, b.Name = 2, "Back up the database nightly"
	apply(t, x, e, upsert(a), upsert(b), upsert(b))
	if n := e.Texts.Load(); n != 5 {
		t.Errorf("embedded %d texts in all, want one more", n)
	}
	if d, _ := x.Document("a"); d.Category != "leads" {
		t.Errorf("category %q: the change without new text was not taken", d.Category)
	}
}

func TestApplyFailsWhole(t *testing.T) {
	e := &searchtest.Embedder{Err: errors.New("no memory")}
	x := search.NewIndex("ten_1", e.Model())
	if _, err := x.Apply(t.Context(), e, start, upsert(doc("a", 1, "one"))); err == nil || x.Len() != 0 {
		t.Errorf("%d documents after %v", x.Len(), err)
	}
	if _, err := x.Apply(t.Context(), &searchtest.Embedder{Name: "other"}, start); !errors.Is(err, search.ErrOtherModel) {
		t.Errorf("an embedder of another model: %v", err)
	}
}

func TestDeletionsAreForgottenAfterAWeek(t *testing.T) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	apply(t, x, e, upsert(doc("a", 1, "one")), remove("a", 1))
	with := len(marshal(t, x))
	if _, err := x.Apply(t.Context(), e, start.Add(8*24*time.Hour), upsert(doc("b", 1, "x")), remove("b", 1)); err != nil {
		t.Fatal(err)
	}
	if without := len(marshal(t, x)); without != with {
		t.Errorf("%d bytes with one deletion, %d with another a week later: the first is still there", with, without)
	}
}

// 1,000 documents are inserted, changed and deleted at random; the stream tells
// it twice and in any order, in batches. The index is what a rebuild gives.
func TestAnyOrderGivesTheRebuiltIndex(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		e := &searchtest.Embedder{}
		words := []string{"payment", "lead", "invoice", "slack", "sheet", "mail", "report", "backup", "ticket", "weather"}
		final := map[string]search.Document{}
		versions := map[string]int64{}
		var stream []search.Change
		for range 3000 {
			id := fmt.Sprintf("doc%03d", r.IntN(1000))
			versions[id]++
			old, alive := final[id]
			if alive && r.IntN(4) == 0 {
				stream = append(stream, remove(id, old.Version))
				delete(final, id)
				continue
			}
			d := doc(id, versions[id], words[r.IntN(10)]+" "+words[r.IntN(10)])
			d.UseCases = []string{words[r.IntN(10)]}
			stream = append(stream, upsert(d))
			final[id] = d
		}
		for range len(stream) / 3 {
			stream = append(stream, stream[r.IntN(len(stream))])
		}
		r.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })
		x := search.NewIndex("ten_1", e.Model())
		x.Warm() // the keyword index has to follow too
		for len(stream) > 0 {
			n := min(1+r.IntN(40), len(stream))
			apply(t, x, e, stream[:n]...)
			stream = stream[n:]
		}
		var docs []search.Document
		for _, d := range final {
			docs = append(docs, d)
		}
		rebuilt, err := search.NewIndexFrom(t.Context(), search.Build{Owner: "ten_1", Documents: docs, Embedder: e})
		if err != nil {
			t.Fatal(err)
		}
		same(t, x, rebuilt, e)
	}
}

// same compares documents, vectors and answers.
func same(t *testing.T, got, want *search.Index, e search.Embedder) {
	t.Helper()
	if diff := cmp.Diff(want.Documents(), got.Documents()); diff != "" {
		t.Fatalf("documents (-rebuilt +index):\n%s", diff)
	}
	for _, d := range want.Documents() {
		a, _ := want.Vector(d.ID)
		b, _ := got.Vector(d.ID)
		if !slices.Equal(a, b) {
			t.Fatalf("the vectors of %s differ", d.ID)
		}
	}
	for _, text := range []string{"payment slack", "wether report", "invoice"} {
		v, err := e.Embed(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		q := search.Query{Text: text, Limit: 20}
		if diff := cmp.Diff(search.Rank(q, v[0], search.Measured, want), search.Rank(q, v[0], search.Measured, got)); diff != "" {
			t.Fatalf("answers to %q (-rebuilt +index):\n%s", text, diff)
		}
	}
}

func drawDocument(t *rapid.T, id string) search.Document {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab é付,\x00\n")), 0, 12, -1)
	list := rapid.SliceOfN(text, 0, 3)
	return search.Document{
		ID: id, Kind: search.Workflow, Version: rapid.Int64().Draw(t, "version"),
		Name: text.Draw(t, "name"), Description: text.Draw(t, "description"), Category: text.Draw(t, "category"),
		Body: text.Draw(t, "body"), Tags: list.Draw(t, "tags"), Apps: list.Draw(t, "apps"), UseCases: list.Draw(t, "cases"),
	}
}

func TestBinaryRoundTrip(t *testing.T) {
	e := &searchtest.Embedder{}
	rapid.Check(t, func(t *rapid.T) {
		x := search.NewIndex("ten_1", e.Model())
		for i := range rapid.IntRange(0, 5).Draw(t, "documents") {
			c := upsert(drawDocument(t, fmt.Sprint("doc", i)))
			c.Deleted = rapid.Bool().Draw(t, "deleted")
			if _, err := x.Apply(context.Background(), e, start, c); err != nil {
				t.Fatal(err)
			}
		}
		b, err := x.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		y, err := search.Decode(b, e.Model())
		if err != nil {
			t.Fatal(err)
		}
		again, err := y.MarshalBinary()
		if err != nil || !slices.Equal(b, again) {
			t.Fatalf("another blob the second time (%v)", err)
		}
		if y.Owner() != "ten_1" || y.Model() != e.Model() || y.Len() != x.Len() {
			t.Fatalf("owner %q, model %q, %d documents", y.Owner(), y.Model(), y.Len())
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	apply(t, x, e, upsert(doc("a", 1, "one")), upsert(doc("b", 1, "two")), remove("b", 1))
	good := marshal(t, x)
	if _, err := search.Decode(good, "other"); !errors.Is(err, search.ErrOtherModel) {
		t.Errorf("for another model: %v", err)
	}
	newer := slices.Clone(good)
	newer[4]++
	if _, err := search.Decode(newer, e.Model()); !errors.Is(err, search.ErrOtherFormat) {
		t.Errorf("of another format: %v", err)
	}
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 0x40
		if _, err := search.Decode(bad, e.Model()); err == nil {
			t.Fatalf("a change of byte %d of %d was not noticed", i, len(good))
		}
		if _, err := search.Decode(good[:i], e.Model()); err == nil {
			t.Fatalf("%d of %d bytes pass for an index", i, len(good))
		}
	}
}

func FuzzDecode(f *testing.F) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	apply(f, x, e, upsert(search.Document{ID: "a", Name: "one", UseCases: []string{"x"}, Tags: []string{"t"}}), remove("b", 1))
	b := marshal(f, x)
	f.Add(b[8 : len(b)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		// With the right frame, so that the fuzzer gets past the checksum.
		if x, err := search.DecodeAny(search.Frame(body)); err == nil {
			marshal(t, x)
		}
	})
}

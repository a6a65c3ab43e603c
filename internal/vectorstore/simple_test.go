package vectorstore

import (
	"bytes"
	"context"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// shelf is a file store in memory.
type shelf map[string][]byte

func (s shelf) Put(_ context.Context, key string, r io.Reader, _ int64) error {
	b, err := io.ReadAll(r)
	s[key] = b
	return err
}

func (s shelf) Get(_ context.Context, key string) (io.ReadCloser, error) {
	b, ok := s[key]
	if !ok {
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "no such file")
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func TestSimpleStore(t *testing.T) {
	s := &Simple{Blobs: shelf{}, Key: "ten/vectors/x"}
	if got, err := s.Search(t.Context(), Query{Vector: []float32{1, 0}, Limit: 3}); err != nil || len(got) != 0 {
		t.Fatalf("an empty store: %v %v", got, err)
	}
	for range 2 { // the second insert is a repeated one
		if err := s.Insert(t.Context(), two(t)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Search(t.Context(), Query{Vector: []float32{2, 1}, Limit: 9})
	if want := `[{"content":"one","metadata":{"a":{"b":[1,"x"]},"n":null},"score":1},{"content":"two","metadata":{},"score":0.4472135954999579}]`; err != nil || shown(got) != want {
		t.Errorf("%s %v", shown(got), err)
	}
	if got, err = s.Search(t.Context(), Query{Vector: []float32{0, 1}, Limit: 1}); err != nil || len(got) != 1 || got[0].Content != "two" {
		t.Errorf("%s %v", shown(got), err)
	}
	if _, err = s.Search(t.Context(), Query{Vector: []float32{1}, Limit: 1}); err == nil || !strings.Contains(fault.Of(err).Message, "2 dimensions, and the embedding model makes 1") {
		t.Errorf("%v", err)
	}
	if err = s.Insert(t.Context(), []Point{{ID: "x", Vector: []float32{1}}}); err == nil || !strings.Contains(fault.Of(err).Message, "dimensions") {
		t.Errorf("%v", err)
	}
	if err = s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ = s.Search(t.Context(), Query{Vector: []float32{1, 0}, Limit: 3}); len(got) != 0 {
		t.Errorf("after it was cleared: %s", shown(got))
	}
}

func TestSimpleStoreFilters(t *testing.T) {
	s := &Simple{Blobs: shelf{}, Key: "k"}
	points := two(t)
	points[1].Metadata = object(t, `{"n":7}`)
	if err := s.Insert(t.Context(), points); err != nil {
		t.Fatal(err)
	}
	got, err := s.Search(t.Context(), Query{Vector: []float32{1, 0}, Limit: 3, Filter: object(t, `{"n":"7"}`)})
	if err != nil || len(got) != 1 || got[0].Content != "two" {
		t.Errorf("%s %v", shown(got), err)
	}
}

func TestSimpleStoreIsFull(t *testing.T) {
	s := &Simple{Blobs: shelf{}, Key: "k"}
	if err := s.Insert(t.Context(), two(t)); err != nil {
		t.Fatal(err)
	}
	big := Point{ID: "big", Vector: []float32{1, 2}, Document: Document{strings.Repeat("x", MaxSimple), value.NewObject(0)}}
	if err := s.Insert(t.Context(), []Point{big}); err == nil || !strings.Contains(fault.Of(err).Message, "is full: it keeps 16 MB") {
		t.Fatalf("%v", err)
	}
	if got, err := s.Search(t.Context(), Query{Vector: []float32{1, 0}, Limit: 9}); err != nil || len(got) != 2 {
		t.Errorf("what was there before: %s %v", shown(got), err)
	}
}

func TestVectorsAreKeptExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOf(rapid.Float32()).Draw(t, "v")
		got, err := unpack(pack(v))
		if err != nil || len(got) != len(v) {
			t.Fatalf("%v %v", got, err)
		}
		for i := range v {
			if math.Float32bits(v[i]) != math.Float32bits(got[i]) {
				t.Fatalf("%v became %v", v[i], got[i])
			}
		}
	})
}

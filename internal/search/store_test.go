package search_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// stored reads an owner's index back as the model's searcher would.
func stored(t *testing.T, blobs *searchtest.Memory, e search.Embedder, owner search.Owner) []string {
	t.Helper()
	b, _, err := blobs.Get(t.Context(), "search/f1/"+e.Model()+"/"+string(owner), "")
	if err != nil {
		t.Fatal(err)
	}
	x, err := search.Decode(b, e.Model())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range x.Documents() {
		out = append(out, fmt.Sprint(d.ID, " ", d.Name))
	}
	return out
}

func TestStoreKeepsOwnersApart(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	s := search.NewStore(blobs, e, clock.NewManual(start))
	for owner, name := range map[search.Owner]string{"ten_1": "one", "ten_2": "two", search.Everybody: "all"} {
		if n, err := s.Apply(t.Context(), owner, upsert(doc("a", 1, name))); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if diff := cmp.Diff([]string{"a one"}, stored(t, blobs, e, "ten_1")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a two"}, stored(t, blobs, e, "ten_2")); diff != "" {
		t.Error(diff)
	}
	if err := s.Forget(t.Context(), "ten_1"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"search/f1/test/everybody", "search/f1/test/ten_2"}, blobs.Keys()); diff != "" {
		t.Error(diff)
	}
}

func TestStoreWritesOnlyNews(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	writes := 0
	blobs.BeforePut = func(string) error { writes++; return nil }
	s := search.NewStore(blobs, e, clock.NewManual(start))
	for range 3 {
		if _, err := s.Apply(t.Context(), "ten_1", upsert(doc("a", 1, "one"))); err != nil {
			t.Fatal(err)
		}
	}
	if writes != 1 || e.Texts.Load() != 1 {
		t.Errorf("%d writes and %d texts embedded, want 1 and 1", writes, e.Texts.Load())
	}
}

// The first fault to try: the write was done, but the caller saw an error.
func TestStoreApplyThenError(t *testing.T) {
	for name, seen := range map[string]error{
		"as unavailable": fault.New(fault.Unavailable, fault.CodeUnavailable, "reset"),
		"as a conflict":  fault.New(fault.Conflict, fault.CodeConflict, "its own write, retried by the client"),
	} {
		blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
		s := search.NewStore(blobs, e, clock.NewManual(start))
		once := true
		blobs.AfterPut = func(string) error {
			if once {
				once = false
				return seen
			}
			return nil
		}
		_, err := s.Apply(t.Context(), "ten_1", upsert(doc("a", 1, "one")))
		if err != nil { // the stream brings the batch again
			if _, err = s.Apply(t.Context(), "ten_1", upsert(doc("a", 1, "one"))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if diff := cmp.Diff([]string{"a one"}, stored(t, blobs, e, "ten_1")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestStoreGivesUpOnEndlessConflict(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	blobs.BeforePut = func(string) error { return fault.New(fault.Conflict, fault.CodeConflict, "again") }
	s := search.NewStore(blobs, e, clock.NewManual(start))
	if _, err := s.Apply(t.Context(), "ten_1", upsert(doc("a", 1, "one"))); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want Unavailable, so that the batch comes again", err)
	}
}

func TestStoreConcurrentWriters(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	s := search.NewStore(blobs, e, clock.NewManual(start))
	var wg sync.WaitGroup
	var want []string
	for i := range 6 {
		id := fmt.Sprint("doc", i)
		want = append(want, id+" report")
		wg.Go(func() {
			for {
				_, err := s.Apply(t.Context(), "ten_1", upsert(doc(id, 1, "report")))
				if err == nil {
					return
				}
				if !fault.Is(err, fault.Unavailable) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff(want, stored(t, blobs, e, "ten_1")); diff != "" {
		t.Errorf("lost updates (-want +got):\n%s", diff)
	}
}

// A new model's index is made of the old one's documents, beside it.
func TestStoreMovesToANewModel(t *testing.T) {
	blobs, old, newer := &searchtest.Memory{}, &searchtest.Embedder{Name: "old"}, &searchtest.Embedder{Name: "new"}
	c := clock.NewManual(start)
	before := search.NewStore(blobs, old, c)
	if _, err := before.Apply(t.Context(), "ten_1", upsert(doc("a", 3, "one")), upsert(doc("b", 1, "two")), upsert(doc("gone", 1, "x")), remove("gone", 1)); err != nil {
		t.Fatal(err)
	}
	after := search.NewStore(blobs, newer, c, "old")
	n, err := after.Apply(t.Context(), "ten_1", upsert(doc("a", 2, "late")), upsert(doc("gone", 1, "late")), upsert(doc("b", 2, "changed")))
	if n != 1 || err != nil {
		t.Errorf("%d news, %v; want 1: what the old index knew still counts", n, err)
	}
	if diff := cmp.Diff([]string{"a one", "b changed"}, stored(t, blobs, newer, "ten_1")); diff != "" {
		t.Errorf("new index (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a one", "b two"}, stored(t, blobs, old, "ten_1")); diff != "" {
		t.Errorf("the old index was changed (-want +got):\n%s", diff)
	}
}

// only says which ids exist.
func only(ids ...string) search.Exists {
	return func(_ context.Context, id string) (bool, error) { return slices.Contains(ids, id), nil }
}

func TestRebuild(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	s := search.NewStore(blobs, e, clock.NewManual(start))
	if _, err := s.Apply(t.Context(), "ten_1", upsert(doc("kept", 1, "kept")), upsert(doc("lost", 1, "lost")), upsert(doc("new", 9, "newer than the list"))); err != nil {
		t.Fatal(err)
	}
	docs := []search.Document{doc("kept", 1, "kept"), doc("new", 8, "as listed"), doc("added", 1, "added")}
	embedded := e.Texts.Load()
	if err := s.Rebuild(t.Context(), "ten_1", search.Part{Documents: docs, First: true, Last: true}, only("kept", "new", "added")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"added added", "kept kept", "new newer than the list"}, stored(t, blobs, e, "ten_1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := e.Texts.Load() - embedded; n != 2 {
		t.Errorf("embedded %d texts, want 2: one was known", n)
	}
	embedded = e.Texts.Load()
	if err := s.Rebuild(t.Context(), "ten_1", search.Part{Documents: docs, First: true, Last: true, Fresh: true}, only()); err != nil || e.Texts.Load()-embedded != 3 {
		t.Errorf("afresh: %d texts, %v; want all 3", e.Texts.Load()-embedded, err)
	}
	// An event that was on its way when "lost" was taken out does not bring it back.
	if n, err := s.Apply(t.Context(), "ten_1", upsert(doc("lost", 1, "lost"))); n != 0 || err != nil {
		t.Errorf("%d news, %v", n, err)
	}
	if diff := cmp.Diff([]string{"search/f1/test/ten_1"}, blobs.Keys()); diff != "" {
		t.Errorf("something was left behind:\n%s", diff)
	}
}

// While a rebuild reads, the stream goes on: its news are not undone, and search
// sees the index in use until the last part.
func TestRebuildBesideTheStream(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	s := search.NewStore(blobs, e, clock.NewManual(start))
	if _, err := s.Apply(t.Context(), "ten_1", upsert(doc("a", 1, "one")), upsert(doc("b", 1, "two")), upsert(doc("gone", 1, "lost event"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Rebuild(t.Context(), "ten_1", search.Part{Documents: []search.Document{doc("a", 1, "one")}}, only()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second part without a first: %v", err)
	}
	if err := s.Rebuild(t.Context(), "ten_1", search.Part{Documents: []search.Document{doc("a", 1, "one")}, First: true}, only()); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, blobs, e, "ten_1"); len(got) != 3 {
		t.Errorf("half a rebuild is in use: %v", got)
	}
	if _, err := s.Apply(t.Context(), "ten_1", upsert(doc("a", 2, "changed")), remove("b", 1), upsert(doc("c", 1, "new"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Rebuild(t.Context(), "ten_1", search.Part{Documents: []search.Document{doc("b", 1, "two")}, Last: true}, only("a", "c")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a changed", "c new"}, stored(t, blobs, e, "ten_1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What cannot be read is replaced only by a rebuild from nothing.
func TestRebuildOfADamagedIndex(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	if _, err := blobs.Put(t.Context(), "search/f1/test/ten_1", []byte("ALIX but no more"), ""); err != nil {
		t.Fatal(err)
	}
	s := search.NewStore(blobs, e, clock.NewManual(start))
	p := search.Part{Documents: []search.Document{doc("a", 1, "one")}, First: true, Last: true}
	if err := s.Rebuild(t.Context(), "ten_1", p, only("a")); err == nil {
		t.Error("a damaged index was taken for an empty one")
	}
	p.Fresh = true
	if err := s.Rebuild(t.Context(), "ten_1", p, only("a")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a one"}, stored(t, blobs, e, "ten_1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStoreRefusesTheIndexOfAnother(t *testing.T) {
	blobs, e := &searchtest.Memory{}, &searchtest.Embedder{}
	x := search.NewIndex("ten_2", e.Model())
	if _, err := blobs.Put(t.Context(), "search/f1/test/ten_1", marshal(t, x), ""); err != nil {
		t.Fatal(err)
	}
	s := search.NewStore(blobs, e, clock.NewManual(start))
	if _, err := s.Apply(t.Context(), "ten_1", upsert(doc("a", 1, "one"))); err == nil {
		t.Error("another tenant's index was taken")
	}
	failing := errors.New("no network")
	blobs.BeforeGet = func(string) error { return failing }
	if _, err := s.Apply(t.Context(), "ten_3", upsert(doc("a", 1, "one"))); !errors.Is(err, failing) {
		t.Errorf("error %v", err)
	}
}

package search_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

// setting is a searcher over the three templates, with a store beside it.
type setting struct {
	*search.Searcher
	store    *search.Store
	blobs    *searchtest.Memory
	embedder *searchtest.Embedder
	clock    *clock.Manual
}

func setup(t testing.TB) *setting {
	t.Helper()
	s := &setting{blobs: &searchtest.Memory{}, embedder: &searchtest.Embedder{}, clock: clock.NewManual(start)}
	s.store = search.NewStore(s.blobs, s.embedder, s.clock)
	s.Searcher = s.open(t, s.embedder)
	return s
}

func (s *setting) open(t testing.TB, e *searchtest.Embedder, previous ...string) *search.Searcher {
	t.Helper()
	out, err := search.New(search.Config{
		Embedder: e, Blobs: s.blobs, Clock: s.clock, Builtin: catalogue(t, e), Vocabulary: func() []string { return []string{"customer", "weather"} }, Previous: previous,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *setting) apply(t testing.TB, owner search.Owner, changes ...search.Change) {
	t.Helper()
	if _, err := s.store.Apply(t.Context(), owner, changes...); err != nil {
		t.Fatal(err)
	}
}

func find(t testing.TB, s *search.Searcher, tenant ident.Tenant, text string) []string {
	t.Helper()
	r, err := s.Search(t.Context(), tenant, search.Query{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return ids(r.Hits)
}

func TestSearchIsolatesTenants(t *testing.T) {
	s := setup(t)
	s.apply(t, "ten_1", upsert(doc("wf_1", 1, "Falcon invoices")))
	s.apply(t, "ten_2", upsert(doc("wf_2", 1, "Falcon payments")))
	for tenant, want := range map[ident.Tenant][]string{"ten_1": {"wf_1"}, "ten_2": {"wf_2"}, "ten_3": {}} {
		if diff := cmp.Diff(want, find(t, s.Searcher, tenant, "falcon")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tenant, diff)
		}
	}
	for _, tenant := range []ident.Tenant{"", "everybody", "a/b"} {
		if _, err := s.Search(t.Context(), tenant, search.Query{Text: "falcon"}); err == nil {
			t.Errorf("tenant %q: no error", tenant)
		}
	}
}

// The keyword scores of one tenant must not tell what another one has.
func TestScoresDoNotDependOnOtherTenants(t *testing.T) {
	s := setup(t)
	s.apply(t, "ten_1", upsert(doc("wf_1", 1, "Falcon invoices")))
	before, err := s.Search(t.Context(), "ten_1", search.Query{Text: "falcon invoices"})
	if err != nil {
		t.Fatal(err)
	}
	s.apply(t, "ten_2", upsert(doc("wf_2", 1, "Falcon falcon falcon")), upsert(doc("wf_3", 1, "Falcon")))
	s.clock.Advance(time.Minute)
	after, err := s.Search(t.Context(), "ten_1", search.Query{Text: "falcon invoices"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("another tenant's documents changed the answer:\n%s", diff)
	}
}

func TestChangesAreFoundWithinASecond(t *testing.T) {
	s := setup(t)
	if got := find(t, s.Searcher, "ten_1", "falcon"); len(got) != 0 {
		t.Fatalf("%v before there is anything", got)
	}
	s.apply(t, "ten_1", upsert(doc("wf_1", 1, "Falcon invoices")))
	s.clock.Advance(time.Second)
	if got := find(t, s.Searcher, "ten_1", "falcon"); len(got) != 1 {
		t.Errorf("%v a second after it was added", got)
	}
	s.apply(t, "ten_1", upsert(doc("wf_1", 2, "Eagle invoices")))
	s.clock.Advance(time.Second)
	if got := find(t, s.Searcher, "ten_1", "falcon"); len(got) != 0 {
		t.Errorf("%v a second after it was renamed", got)
	}
	s.apply(t, "ten_1", remove("wf_1", 2))
	s.clock.Advance(time.Second)
	if got := find(t, s.Searcher, "ten_1", "eagle"); len(got) != 0 {
		t.Errorf("%v a second after it was deleted", got)
	}
}

func TestUnchangedIndexesAreNotReadAgain(t *testing.T) {
	s := setup(t)
	s.apply(t, "ten_1", upsert(doc("wf_1", 1, "Falcon")))
	gets := s.blobs.Gets
	for range 5 {
		find(t, s.Searcher, "ten_1", "falcon")
		s.clock.Advance(time.Second)
	}
	if n := s.blobs.Gets - gets; n != 1 {
		t.Errorf("the index was read %d times, want once", n)
	}
}

func TestRepeatedQueriesAreNotEmbeddedAgain(t *testing.T) {
	s := setup(t)
	find(t, s.Searcher, "ten_1", "nightly backup")
	texts := s.embedder.Texts.Load()
	for range 3 {
		find(t, s.Searcher, "ten_2", "nightly backup")
	}
	if n := s.embedder.Texts.Load() - texts; n != 0 {
		t.Errorf("embedded %d times more", n)
	}
}

// The kind says whose documents are searched at all.
func TestKindChoosesTheIndexes(t *testing.T) {
	s := setup(t)
	mine := doc("wf_1", 1, "Payment of mine")
	mine.Kind = search.Workflow
	s.apply(t, "ten_1", upsert(mine))
	for kind, want := range map[search.Kind][]string{"": {"payment", "wf_1"}, search.Template: {"payment"}, search.Workflow: {"wf_1"}} {
		r, err := s.Search(t.Context(), "ten_1", search.Query{Text: "payment", Kind: kind})
		if diff := cmp.Diff(want, sorted(ids(r.Hits))); diff != "" || err != nil {
			t.Errorf("kind %q (-want +got, %v):\n%s", kind, err, diff)
		}
	}
	s.blobs.BeforeGet = func(string) error { return fault.New(fault.Unavailable, fault.CodeUnavailable, "no network") }
	if _, err := s.Search(t.Context(), "ten_9", search.Query{Text: "payment", Kind: search.Template}); err != nil {
		t.Errorf("templates need no blobs: %v", err)
	}
}

// Without the model words still find, and the answer says that only they did.
func TestSearchWithoutTheModel(t *testing.T) {
	s := setup(t)
	s.embedder.Err = errors.New("no library")
	r, err := s.Search(t.Context(), "ten_1", search.Query{Text: "nightly bakcup"})
	if err != nil || r.WordsOnly == nil || len(r.Hits) == 0 || r.Hits[0].Document.ID != "backup" {
		t.Errorf("%+v, %v", r, err)
	}
	s.embedder.Err = nil
	if r, err = s.Search(t.Context(), "ten_1", search.Query{Text: "nightly bakcup"}); err != nil || r.WordsOnly != nil {
		t.Errorf("afterwards %v, %v", r.WordsOnly, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Search(gone, "ten_1", search.Query{Text: "another query"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who went away: %v", err)
	}
}

func TestSearchMendsTypingErrors(t *testing.T) {
	s := setup(t)
	r, err := s.Search(t.Context(), "ten_1", search.Query{Text: "Nightly databse bakcup"})
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(r.Hits); len(got) == 0 || got[0] != "backup" || r.Corrected != "Nightly database backup" {
		t.Errorf("%v, corrected to %q", got, r.Corrected)
	}
}

func TestSearchRefusesWithReason(t *testing.T) {
	s := setup(t)
	for name, q := range map[string]search.Query{
		"nothing":            {Text: ""},
		"white space":        {Text: " \t\n"},
		"control characters": {Text: "\x00\x01\u200b"},
		"punctuation":        {Text: "?!… → 💳"},
		"10,000 words":       {Text: strings.Repeat("word ", 10_000)},
		"limit":              {Text: "payment", Limit: 51},
		"negative limit":     {Text: "payment", Limit: -1},
	} {
		_, err := s.Search(t.Context(), "ten_1", q)
		if f := fault.Of(err); err == nil || f.Kind != fault.Invalid || f.Code != fault.CodeValidation || len(f.Fields) != 1 {
			t.Errorf("%s: %v, want a VALIDATION that names the field", name, err)
		}
	}
	for _, text := range []string{"付款", "ගෙවීම්", "பணம்", "\xff\xfepayment", strings.Repeat("payment ", 1000)} {
		if _, err := s.Search(t.Context(), "ten_1", search.Query{Text: text}); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestSearchOutlivesTheBlobs(t *testing.T) {
	s := setup(t)
	s.apply(t, "ten_1", upsert(doc("wf_1", 1, "Falcon")))
	find(t, s.Searcher, "ten_1", "falcon")
	s.blobs.BeforeGet = func(string) error { return fault.New(fault.Unavailable, fault.CodeUnavailable, "no network") }
	s.clock.Advance(time.Minute)
	if got := find(t, s.Searcher, "ten_1", "falcon"); len(got) != 1 {
		t.Errorf("%v with an index in memory", got)
	}
	if _, err := s.Search(t.Context(), "ten_9", search.Query{Text: "falcon"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v for a tenant whose index was never read: half an answer would be wrong", err)
	}
}

// Between the deployment of a new model and the rebuilding of a tenant's index,
// its workflows are found by their words.
func TestSearchWithThePreviousModel(t *testing.T) {
	s := setup(t)
	s.apply(t, "ten_1", upsert(doc("wf_1", 1, "Falcon payment")))
	newer := &searchtest.Embedder{Name: "new"}
	searcher := s.open(t, newer, "test")
	got := find(t, searcher, "ten_1", "falcon payment")
	if diff := cmp.Diff([]string{"payment", "wf_1"}, sorted(got)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	s.store = search.NewStore(s.blobs, newer, s.clock, "test")
	s.apply(t, "ten_1", upsert(doc("wf_2", 1, "Falcon report")))
	s.clock.Advance(time.Second)
	if diff := cmp.Diff([]string{"wf_1", "wf_2"}, sorted(find(t, searcher, "ten_1", "falcon"))); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
}

func TestNewRefusesAnIndexOfAnotherModel(t *testing.T) {
	s := setup(t)
	_, err := search.New(search.Config{Embedder: &searchtest.Embedder{Name: "new"}, Blobs: s.blobs, Clock: s.clock, Builtin: catalogue(t, s.embedder)})
	if !errors.Is(err, search.ErrOtherModel) || !strings.Contains(err.Error(), "make templates") {
		t.Errorf("error %v", err)
	}
}

func TestSimilar(t *testing.T) {
	x := catalogue(t, &searchtest.Embedder{})
	for _, h := range x.Similar("payment", 2) {
		if h.Document.ID == "payment" {
			t.Error("a document is similar to itself")
		}
	}
	if got := x.Similar("payment", 2); len(got) == 0 || len(got) > 2 {
		t.Errorf("%v", ids(got))
	}
	if got := x.Similar("nothing", 5); got != nil {
		t.Errorf("similar to an unknown id: %v", ids(got))
	}
}

func TestSearchConcurrently(t *testing.T) {
	s := setup(t)
	var wg sync.WaitGroup
	for i := range 8 {
		tenant := ident.Tenant([]string{"ten_1", "ten_2"}[i%2])
		wg.Go(func() {
			for v := range int64(10) {
				if i < 2 {
					if _, err := s.store.Apply(t.Context(), search.Owner(tenant), upsert(doc("wf", v, "Falcon"))); err != nil {
						t.Error(err)
					}
					s.clock.Advance(time.Second)
				}
				if _, err := s.Search(t.Context(), tenant, search.Query{Text: "falcon paymnt"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

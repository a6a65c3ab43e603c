package search_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

func catalogue(t testing.TB, e search.Embedder) *search.Index {
	t.Helper()
	x := search.NewIndex(search.Everybody, e.Model())
	apply(t, x, e,
		upsert(search.Document{
			ID: "payment", Kind: search.Template, Name: "Payment confirmation", Description: "Update the CRM and mail the buyer",
			Category: "payments", Tags: []string{"receipt"}, Apps: []string{"stripe", "gmail"},
			UseCases: []string{"Thank a buyer after checkout", "Greet new clients with a first letter"},
		}),
		upsert(search.Document{
			ID: "lead", Kind: search.Template, Name: "New lead to Slack", Description: "Tell the sales team about prospects",
			Category: "leads", Tags: []string{"sales"}, Apps: []string{"hubspot", "slack"}, UseCases: []string{"Announce fresh prospects"},
		}),
		upsert(search.Document{
			ID: "backup", Kind: search.Template, Name: "Nightly database backup", Description: "Dump Postgres to storage",
			Category: "devops", Tags: []string{"backup"}, Apps: []string{"postgres", "aws-s3"}, UseCases: []string{"Keep a copy of all data"},
		}),
	)
	return x
}

func rank(t testing.TB, e search.Embedder, q search.Query, indexes ...*search.Index) []search.Hit {
	t.Helper()
	v, err := e.Embed(t.Context(), q.Text)
	if err != nil {
		t.Fatal(err)
	}
	if q.Limit == 0 {
		q.Limit = 10
	}
	return search.Rank(q, v[0], search.Measured, indexes...)
}

func ids(hits []search.Hit) []string {
	out := make([]string, 0, len(hits))
	for _, h := range hits {
		out = append(out, h.Document.ID)
	}
	return out
}

func TestRankExplainsItself(t *testing.T) {
	e := &searchtest.Embedder{}
	hits := rank(t, e, search.Query{Text: "thank the buyer for paymnet"}, catalogue(t, e))
	if len(hits) == 0 || hits[0].Document.ID != "payment" {
		t.Fatalf("hits %v, want payment first", ids(hits))
	}
	h := hits[0]
	if diff := cmp.Diff([]string{"thank", "buyer", "paymnet"}, h.Words); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Thank a buyer after checkout"}, h.UseCases); diff != "" {
		t.Errorf("use cases (-want +got):\n%s", diff)
	}
	if h.Score <= 0 || h.Score > 1 || h.Meaning <= 0 || h.Share <= 0 || h.Share > 1 {
		t.Errorf("score %v, meaning %v, share %v: all are between 0 and 1", h.Score, h.Meaning, h.Share)
	}
}

func TestRankModes(t *testing.T) {
	e := &searchtest.Embedder{}
	x := catalogue(t, e)
	// "paymnt" has no meaning for this embedder, but nearly the letters of a word.
	if got := ids(rank(t, e, search.Query{Text: "paymnt", Mode: search.MeaningOnly}, x)); len(got) != 0 {
		t.Errorf("by meaning: %v, want nothing", got)
	}
	for _, mode := range []search.Mode{search.WordsOnly, search.Both} {
		if got := ids(rank(t, e, search.Query{Text: "paymnt", Mode: mode}, x)); len(got) != 1 || got[0] != "payment" {
			t.Errorf("mode %d: %v, want payment", mode, got)
		}
	}
	if got := ids(search.Rank(search.Query{Text: "slack", Limit: 5}, nil, search.Measured, x)); len(got) != 1 || got[0] != "lead" {
		t.Errorf("without a vector: %v, want lead", got)
	}
}

func TestRankFindsNothing(t *testing.T) {
	e := &searchtest.Embedder{}
	if got := ids(rank(t, e, search.Query{Text: "zebra crossing"}, catalogue(t, e))); len(got) != 0 {
		t.Errorf("%v, want nothing: no word and no meaning in common", got)
	}
	if got := rank(t, e, search.Query{Text: "payment"}, search.NewIndex("ten_1", e.Model())); len(got) != 0 {
		t.Errorf("%v out of an empty index", ids(got))
	}
}

func TestRankFilters(t *testing.T) {
	e := &searchtest.Embedder{}
	x := catalogue(t, e)
	const all = "payment lead backup"
	for name, c := range map[string]struct {
		q    search.Query
		want []string
	}{
		"app":               {search.Query{Apps: []string{"Slack"}}, []string{"lead"}},
		"apps":              {search.Query{Apps: []string{"slack", "stripe"}}, []string{"lead", "payment"}},
		"tag":               {search.Query{Tags: []string{"backup"}}, []string{"backup"}},
		"category":          {search.Query{Categories: []string{"payments"}}, []string{"payment"}},
		"app and category":  {search.Query{Apps: []string{"slack"}, Categories: []string{"payments"}}, []string{}},
		"kind":              {search.Query{Kind: search.Workflow}, []string{}},
		"empty are no wish": {search.Query{Apps: []string{" "}, Tags: []string{""}}, []string{"backup", "lead", "payment"}},
	} {
		c.q.Text = all
		got := ids(rank(t, e, c.q, x))
		if diff := cmp.Diff(c.want, sorted(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRankLimit(t *testing.T) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	for i := range 100 {
		apply(t, x, e, upsert(doc(string(rune('A'+i/26))+string(rune('a'+i%26)), 1, "payment report")))
	}
	if got := rank(t, e, search.Query{Text: "payment", Limit: 50}, x); len(got) != 50 {
		t.Errorf("%d hits, want 50", len(got))
	}
	got := ids(rank(t, e, search.Query{Text: "payment", Limit: 3}, x))
	if diff := cmp.Diff([]string{"Aa", "Ab", "Ac"}, got); diff != "" {
		t.Errorf("equal scores must be in the order of ids (-want +got):\n%s", diff)
	}
}

// A use case that says just what is asked lifts its document over one whose whole
// text is about as near.
func TestUseCaseLifts(t *testing.T) {
	e := &searchtest.Embedder{}
	x := search.NewIndex("ten_1", e.Model())
	with, without := doc("with", 1, "Alpha beta gamma delta"), doc("without", 1, "Alpha beta gamma delta invoice reminder chase payers")
	with.UseCases = []string{"invoice reminder", "chase payers"}
	apply(t, x, e, upsert(with), upsert(without))
	hits := rank(t, e, search.Query{Text: "invoice reminder", Mode: search.MeaningOnly}, x)
	if len(hits) != 2 || hits[0].Document.ID != "with" {
		t.Errorf("%v, want the document with the use case first", ids(hits))
	}
}

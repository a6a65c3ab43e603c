package search_test

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

func speller() *search.Speller {
	docs := []search.Document{{Name: "Payment confirmation to Pipedrive", Description: "Update the record of the client", Apps: []string{"google-sheets"}}}
	return search.NewSpeller(docs, []string{"the", "of", "customer", "weather", "forest", "message", "receive", "##ing", "[CLS]", "degraded"})
}

func TestMend(t *testing.T) {
	s := speller()
	for text, want := range map[string]string{
		"paymnet of the custmer":        "payment of the customer",
		"Recieve a Mesage!":             "receive a message!",
		"update pipedriev, gogle shets": "update pipedrive, google sheets",
		// What is known, or a form of it, or too short, or a name with figures, stays.
		"payments confirmed receiving": "payments confirmed receiving",
		"crm api wth":                  "crm api wth",
		"order2 naïve ගෙවීම් 付款":       "order2 naïve ගෙවීම් 付款",
		"xqzvkw":                 "xqzvkw",
		"webhook churn invoices": "webhook churn invoices",
		"":                       "",
		"  a,\tb\n":              "  a,\tb\n",
	} {
		got, mended := s.Mend(text)
		if got != want || mended != (got != text) {
			t.Errorf("Mend(%q) = %q, %v; want %q", text, got, mended, want)
		}
	}
}

func FuzzMend(f *testing.F) {
	s := speller()
	f.Add("paymnet of the custmer")
	f.Add("\xff\xc3(")
	f.Fuzz(func(t *testing.T, text string) {
		got, mended := s.Mend(text)
		if got != text && !mended {
			t.Fatalf("%q became %q and nobody said so", text, got)
		}
		if len(got) > 3*len(text)+8 || strings.Count(got, " ") != strings.Count(text, " ") {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// A short query with an error is asked as written and as mended, the mended more; a
// long one hardly changes by a word and is embedded once.
func TestMendedQueryIsBetweenBothTexts(t *testing.T) {
	e := &searchtest.Embedder{}
	ask := func(text string) (search.Asked, int64) {
		before := e.Texts.Load()
		a, err := speller().Ask(t.Context(), e, text)
		if err != nil {
			t.Fatal(err)
		}
		return a, e.Texts.Load() - before
	}
	vector := func(text string) []float32 {
		v, err := e.Embed(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	a, texts := ask("custmer")
	written, mended := vector("custmer"), vector("customer")
	if l := dot(a.Vector, a.Vector); !a.Mended || a.Text != "customer" || texts != 2 || l < 0.999 || l > 1.001 {
		t.Errorf("%v %q of %d texts, squared length %v", a.Mended, a.Text, texts, l)
	}
	if dot(a.Vector, mended) <= dot(a.Vector, written) || dot(a.Vector, written) <= 0.1 {
		t.Errorf("%v to the text as written, %v to the mended: both count, the mended more", dot(a.Vector, written), dot(a.Vector, mended))
	}
	long := strings.Repeat("customer ", 12)
	if a, texts = ask(long + "custmer"); texts != 1 || dot(a.Vector, vector(a.Text)) < 0.999 || a.Text != long+"customer" {
		t.Errorf("a long query: %d texts, %q", texts, a.Text)
	}
	if a, texts = ask("customer"); a.Mended || texts != 1 {
		t.Errorf("without an error: mended %v, %d texts", a.Mended, texts)
	}
}

// A text without an end must not cost time without an end.
func TestMendLooksAtTheBeginning(t *testing.T) {
	long := strings.Repeat("custmer ", 1000)
	got, mended := speller().Mend(long)
	if n := strings.Count(got, "customer"); !mended || n == 0 || n > 64 || len(strings.Fields(got)) != 1000 {
		t.Errorf("%d of 1000 words were mended, %d are left", n, len(strings.Fields(got)))
	}
}

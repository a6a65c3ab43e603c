package search_test

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/search"
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

func TestBlendIsBetweenItsParts(t *testing.T) {
	a, b := make([]float32, search.Dimension), make([]float32, search.Dimension)
	a[0], b[1] = 1, 1
	v := search.Blend(a, b)
	if l := dot(v, v); l < 0.999 || l > 1.001 {
		t.Errorf("squared length %v, want 1", l)
	}
	if dot(v, b) <= dot(v, a) || dot(v, a) <= 0 {
		t.Errorf("%v to the text as written, %v to the mended: both count, the mended more", dot(v, a), dot(v, b))
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

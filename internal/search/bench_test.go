package search_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

// trade are words for documents of a likely length and variety.
var trade = []string{
	"payment", "invoice", "lead", "contact", "mail", "slack", "sheet", "report", "backup", "ticket", "order", "stock", "review",
	"meeting", "calendar", "reminder", "form", "survey", "employee", "contract", "signature", "shipment", "refund", "campaign",
	"newsletter", "post", "video", "transcript", "summary", "translation", "database", "row", "file", "folder", "alert", "server",
}

// bigIndex has n documents of about 30 words.
func bigIndex(b *testing.B, n int) *search.Index {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	e := &searchtest.Embedder{}
	docs := make([]search.Document, n)
	for i := range docs {
		text := ""
		for range 30 {
			text += trade[r.IntN(len(trade))] + fmt.Sprint(r.IntN(40)) + " "
		}
		docs[i] = search.Document{ID: fmt.Sprint("doc", i), Kind: search.Workflow, Name: text[:30], Description: text}
		if n < 1000 { // templates, not workflows
			docs[i].UseCases = []string{text[:40], text[40:80], text[80:120], text[120:160]}
		}
	}
	x, err := search.NewIndexFrom(b.Context(), search.Build{Owner: "ten_1", Documents: docs, Embedder: e})
	if err != nil {
		b.Fatal(err)
	}
	return x
}

func BenchmarkRank(b *testing.B) {
	e := &searchtest.Embedder{}
	const text = "when a payment12 arrives send mail7 and add a row3 to sheet9"
	v, err := e.Embed(b.Context(), text)
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{240, 10_000} {
		x := bigIndex(b, n)
		for name, mode := range map[string]search.Mode{"vector": search.MeaningOnly, "keyword": search.WordsOnly, "both": search.Both} {
			b.Run(fmt.Sprint(n, "/", name), func(b *testing.B) {
				q := search.Query{Text: text, Limit: 10, Mode: mode}
				b.ReportAllocs()
				for b.Loop() {
					search.Rank(q, v[0], search.Measured, x)
				}
			})
		}
		b.Run(fmt.Sprint(n, "/mistyped"), func(b *testing.B) {
			q := search.Query{Text: "paymnt invoce reprot", Limit: 10}
			for b.Loop() {
				search.Rank(q, v[0], search.Measured, x)
			}
		})
		blob, err := x.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n, "/load"), func(b *testing.B) {
			b.ReportMetric(float64(len(blob)), "bytes")
			for b.Loop() {
				y, err := search.DecodeAny(blob)
				if err != nil {
					b.Fatal(err)
				}
				y.Warm()
			}
		})
	}
}

func BenchmarkMend(b *testing.B) {
	s := speller()
	for b.Loop() {
		s.Mend("when a custmer pays send them a welcme message")
	}
}

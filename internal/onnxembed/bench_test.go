package onnxembed

import (
	"strings"
	"testing"
)

// sentence has 17 tokens, [CLS] and [SEP] included.
const sentence = "when a customer pays, send them a welcome email and update spreadsheet"

func benchmarkEmbed(b *testing.B, texts []string) {
	e := setup(b)
	tokens := 0
	for _, t := range texts {
		tokens += e.Tokens(t)
	}
	for b.Loop() {
		if _, err := e.Embed(b.Context(), texts...); err != nil {
			b.Fatal(err)
		}
	}
	perSecond := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(perSecond*float64(len(texts)), "texts/s")
	b.ReportMetric(perSecond*float64(tokens), "tokens/s")
}

func repeat(text string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = text
	}
	return out
}

func BenchmarkEmbedOne(b *testing.B) { benchmarkEmbed(b, []string{sentence}) }
func BenchmarkEmbed32(b *testing.B)  { benchmarkEmbed(b, repeat(sentence, 32)) }
func BenchmarkEmbedLongest(b *testing.B) {
	benchmarkEmbed(b, []string{strings.Repeat(sentence+" ", 20)})
}

// BenchmarkOpen is the work of a cold start without the library's loading.
func BenchmarkOpen(b *testing.B) {
	c, err := Locate()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e, err := Open(c)
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

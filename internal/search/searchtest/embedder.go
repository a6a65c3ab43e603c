// Package searchtest has what tests of search need: an embedder without a model,
// blobs in memory, and the conformance suite for search.Blobs, which every
// implementation of it runs.
package searchtest

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/lexical"
)

// Embedder gives each word a direction of its own and a text their sum: texts
// with the same words are alike. It knows no meaning.
type Embedder struct {
	Name  string       // of the model, "" for "test"
	Texts atomic.Int64 // that were embedded so far
	Err   error        // if set, what Embed gives
}

// Model names the model.
func (e *Embedder) Model() string {
	if e.Name == "" {
		return "test"
	}
	return e.Name
}

// Embed returns one vector of unit length for each text.
func (e *Embedder) Embed(ctx context.Context, texts ...string) ([][]float32, error) {
	if e.Err != nil {
		return nil, e.Err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.Texts.Add(int64(len(texts)))
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = e.vector(text)
	}
	return out, nil
}

func (e *Embedder) vector(text string) []float32 {
	v := make([]float32, search.Dimension)
	v[0] = 0.01 // a text without words has a direction too
	for _, w := range lexical.Analyze(text, 1000) {
		h := fnv.New64a()
		h.Write([]byte(e.Model() + "\x00" + w.Stem))
		r := rand.New(rand.NewPCG(h.Sum64(), 1))
		for i := range v {
			v[i] += float32(r.NormFloat64())
		}
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

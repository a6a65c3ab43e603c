package openai

import (
	"encoding/json"
	"hash/fnv"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// embedLength is the length of vectors where the request names none, as that of
// text-embedding-3-small.
const embedLength = 1536

// EmbedCall is one embedding request that arrived.
type EmbedCall struct {
	Model      string   `json:"model"`
	Input      []string `json:"input"`
	Dimensions int      `json:"dimensions"`
}

// Embeddings returns the embedding requests so far.
func (s *Server) Embeddings() []EmbedCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.embeds)
}

func (s *Server) embed(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	var req EmbedCall
	if err == nil {
		err = json.Unmarshal(b, &req)
	}
	if err != nil || len(req.Input) == 0 || slices.Contains(req.Input, "") {
		badRequest(w, "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.")
		return
	}
	s.mu.Lock()
	s.embeds = append(s.embeds, req)
	s.mu.Unlock()
	type vector struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float64 `json:"embedding"`
	}
	data := make([]vector, len(req.Input))
	tokens := 0
	for i, text := range req.Input {
		data[i] = vector{"embedding", i, Embedding(text, req.Dimensions)}
		tokens += Tokens(text)
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"object": "list", "data": data, "model": req.Model, "usage": map[string]int{"prompt_tokens": tokens, "total_tokens": tokens},
	})
}

// Embedding is the vector of a text: texts that share words are near to each other.
func Embedding(text string, length int) []float64 {
	if length <= 0 {
		length = embedLength
	}
	v := make([]float64, length)
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for _, word := range words {
		h := fnv.New32a()
		_, _ = h.Write([]byte(word))
		v[int(h.Sum32()%uint32(length))]++
	}
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	for i := range v {
		v[i] /= math.Sqrt(sum)
	}
	return v
}

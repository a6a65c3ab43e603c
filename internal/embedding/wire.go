package embedding

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

func list(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

// bearer is the header of a key; a server of the tenant's own may have none.
func bearer(key string) http.Header {
	h := http.Header{}
	if key != "" {
		h.Set("Authorization", "Bearer "+key)
	}
	return h
}

func member(v any, path ...any) []any {
	x, _ := value.Path(v, path...)
	l, _ := x.([]any)
	return l
}

func number(v any, path ...any) int64 {
	x, _ := value.Path(v, path...)
	n, _ := x.(float64)
	return int64(n)
}

// openAI is POST /embeddings of OpenAI's API reference, and Mistral's.
type openAI struct{}

func (openAI) request(req node.EmbedRequest) (string, http.Header, *value.Object) {
	body := value.Obj("model", req.Model, "input", list(req.Texts))
	if req.Dimensions > 0 {
		body.Set("dimensions", float64(req.Dimensions))
	}
	return "/embeddings", bearer(req.APIKey), body
}

// answer puts the vectors in the order of their index.
func (openAI) answer(body *value.Object) ([]any, int64) {
	data := member(body, "data")
	out := make([]any, len(data))
	for i, x := range data {
		if at, ok := value.Path(x, "index"); ok {
			if n, ok := at.(float64); ok && n >= 0 && int(n) < len(out) {
				i = int(n)
			}
		}
		out[i], _ = value.Path(x, "embedding")
	}
	return out, number(body, "usage", "prompt_tokens")
}

// gemini is POST /v1beta/models/{model}:batchEmbedContents of Google's Gemini API.
type gemini struct{}

func (gemini) request(req node.EmbedRequest) (string, http.Header, *value.Object) {
	name := "models/" + strings.TrimPrefix(req.Model, "models/")
	requests := make([]any, len(req.Texts))
	for i, t := range req.Texts {
		r := value.Obj("model", name, "content", value.Obj("role", "user", "parts", []any{value.Obj("text", t)}))
		if req.Dimensions > 0 {
			r.Set("outputDimensionality", float64(req.Dimensions))
		}
		requests[i] = r
	}
	h := http.Header{}
	h.Set("X-Goog-Api-Key", req.APIKey)
	path := "/v1beta/models/" + url.PathEscape(strings.TrimPrefix(name, "models/")) + ":batchEmbedContents"
	return path, h, value.Obj("requests", requests)
}

func (gemini) answer(body *value.Object) ([]any, int64) {
	var out []any
	for _, x := range member(body, "embeddings") {
		v, _ := value.Path(x, "values")
		out = append(out, v)
	}
	return out, 0
}

// cohere is POST /v2/embed of Cohere's API reference.
type cohere struct{}

func (cohere) request(req node.EmbedRequest) (string, http.Header, *value.Object) {
	kind := "search_document"
	if req.Query {
		kind = "search_query"
	}
	body := value.Obj("model", req.Model, "texts", list(req.Texts), "input_type", kind, "embedding_types", []any{"float"})
	if req.Dimensions > 0 {
		body.Set("output_dimension", float64(req.Dimensions))
	}
	return "/v2/embed", bearer(req.APIKey), body
}

func (cohere) answer(body *value.Object) ([]any, int64) {
	return member(body, "embeddings", "float"), number(body, "meta", "billed_units", "input_tokens")
}

// ollama is POST /api/embed of Ollama's API.
type ollama struct{}

func (ollama) request(req node.EmbedRequest) (string, http.Header, *value.Object) {
	return "/api/embed", bearer(req.APIKey), value.Obj("model", req.Model, "input", list(req.Texts), "truncate", true)
}

func (ollama) answer(body *value.Object) ([]any, int64) {
	return member(body, "embeddings"), number(body, "prompt_eval_count")
}

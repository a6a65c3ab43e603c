package embedding

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
)

// lengths counts a token a byte.
type lengths struct{}

func (lengths) Texts(_ string, texts []string) int64 { return int64(len(strings.Join(texts, ""))) }

// service is a server that gives one answer and keeps what it was asked.
type service struct {
	url, got string
	header   http.Header
	status   int
	answer   string
	client   *Client
}

func serve(t *testing.T, status int, answer string) *service {
	t.Helper()
	s := &service{status: status, answer: answer}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.got, s.header = r.Method+" "+r.URL.Path+" "+string(b), r.Header
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.answer)
	}))
	t.Cleanup(web.Close)
	host, _ := url.Parse(web.URL)
	d := safedial.New(safedial.Options{AllowHosts: []string{host.Host}})
	s.url, s.client = web.URL, New(Options{BaseURL: web.URL + "/own", APIKey: "sk-platform", Platform: d, Tenant: d, Counter: lengths{}})
	return s
}

func TestEachServiceIsAskedAsItsReferenceSays(t *testing.T) {
	for name, c := range map[string]struct {
		req    node.EmbedRequest
		answer string
		want   string
		header [2]string
		tokens int64
		count  bool
	}{
		"OpenAI": {
			node.EmbedRequest{Protocol: node.EmbedOpenAI, Model: "text-embedding-3-small", Dimensions: 2},
			`{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":9,"total_tokens":9}}`,
			`POST /embeddings {"model":"text-embedding-3-small","input":["a","bb"],"dimensions":2}`, [2]string{"Authorization", "Bearer k"}, 9, false,
		},
		"Gemini": {
			node.EmbedRequest{Protocol: node.EmbedGemini, Model: "models/text-embedding-004"},
			`{"embeddings":[{"values":[1,2]},{"values":[3,4]}]}`,
			`POST /v1beta/models/text-embedding-004:batchEmbedContents {"requests":[{"model":"models/text-embedding-004","content":{"role":"user","parts":[{"text":"a"}]}},{"model":"models/text-embedding-004","content":{"role":"user","parts":[{"text":"bb"}]}}]}`,
			[2]string{"X-Goog-Api-Key", "k"}, 3, true,
		},
		"Cohere": {
			node.EmbedRequest{Protocol: node.EmbedCohere, Model: "embed-v4.0", Query: true},
			`{"id":"x","embeddings":{"float":[[1,2],[3,4]]},"meta":{"billed_units":{"input_tokens":5}}}`,
			`POST /v2/embed {"model":"embed-v4.0","texts":["a","bb"],"input_type":"search_query","embedding_types":["float"]}`, [2]string{"Authorization", "Bearer k"}, 5, false,
		},
		"Ollama": {
			node.EmbedRequest{Protocol: node.EmbedOllama, Model: "nomic-embed-text"},
			`{"embeddings":[[1,2],[3,4]],"prompt_eval_count":4}`,
			`POST /api/embed {"model":"nomic-embed-text","input":["a","bb"],"truncate":true}`, [2]string{"Authorization", "Bearer k"}, 4, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, 200, c.answer)
			c.req.BaseURL, c.req.APIKey, c.req.Texts = s.url, "k", []string{"a", "bb"}
			out, err := s.client.Embed(t.Context(), c.req)
			if err != nil {
				t.Fatal(err)
			}
			if s.got != c.want || s.header.Get(c.header[0]) != c.header[1] {
				t.Errorf("asked %s with %v", s.got, s.header)
			}
			if len(out.Vectors) != 2 || out.Vectors[0][1] != 2 || out.Vectors[1][0] != 3 {
				t.Errorf("vectors: %v", out.Vectors)
			}
			if out.Usage.Prompt != c.tokens || out.Usage.Total != c.tokens || out.Counted != c.count {
				t.Errorf("usage: %+v, counted %v", out.Usage, out.Counted)
			}
		})
	}
}

func TestThePlatformsKeyGoesToThePlatformsAddress(t *testing.T) {
	s := serve(t, 200, `{"data":[{"index":0,"embedding":[1]}]}`)
	if _, err := s.client.Embed(t.Context(), node.EmbedRequest{Protocol: node.EmbedOpenAI, Model: "m", Texts: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.got, "POST /own/embeddings ") || s.header.Get("Authorization") != "Bearer sk-platform" {
		t.Errorf("asked %s with %v", s.got, s.header)
	}
	// A server of the tenant's own gets no key of ours.
	if _, err := s.client.Embed(t.Context(), node.EmbedRequest{Protocol: node.EmbedOpenAI, BaseURL: s.url, Model: "m", Texts: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	if s.header.Get("Authorization") != "" {
		t.Errorf("the tenant's server got %v", s.header)
	}
	_, err := s.client.Embed(t.Context(), node.EmbedRequest{Protocol: node.EmbedGemini, Model: "m", Texts: []string{"a"}})
	if f := fault.Of(err); f == nil || f.Code != fault.CodeCredentialMissing {
		t.Errorf("Gemini without a key: %v", err)
	}
}

func TestFailuresSayWhatWasBilled(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		answer  string
		kind    fault.Kind
		code    fault.Code
		outcome fault.Outcome
		says    string
	}{
		"rate":       {429, `{"error":{"message":"slow","code":"rate_limit"}}`, fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent, "slow"},
		"quota":      {429, `{"error":{"message":"pay","code":"insufficient_quota"}}`, fault.LimitExceeded, fault.CodeUpstream, fault.NotSent, "no quota left"},
		"overloaded": {503, `{"message":"busy"}`, fault.Unavailable, fault.CodeUpstream, fault.NotSent, "busy"},
		"broken":     {500, `oh`, fault.Unavailable, fault.CodeUpstream, fault.Refused, "status 500: oh"},
		"key":        {401, `{"message":"no"}`, fault.Invalid, fault.CodeUpstream, fault.Refused, "check your credentials"},
		"request":    {400, `{"error":"too long"}`, fault.Invalid, fault.CodeUpstream, fault.Refused, "too long"},
		"no JSON":    {200, `<html>`, fault.Unavailable, fault.CodeUpstream, fault.Unknown, "not JSON"},
		"too few":    {200, `{"data":[]}`, fault.Unavailable, fault.CodeUpstream, fault.Unknown, "0 vectors for 1 texts"},
		"no vector":  {200, `{"data":[{"index":0,"embedding":[]}]}`, fault.Unavailable, fault.CodeUpstream, fault.Unknown, "without numbers"},
		"no numbers": {200, `{"data":[{"index":0,"embedding":["x"]}]}`, fault.Unavailable, fault.CodeUpstream, fault.Unknown, "something else than numbers"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.status, c.answer)
			_, err := s.client.Embed(t.Context(), node.EmbedRequest{Protocol: node.EmbedOpenAI, BaseURL: s.url, APIKey: "k", Model: "m", Texts: []string{"a"}})
			f := fault.Of(err)
			if f == nil || f.Kind != c.kind || f.Code != c.code || f.Outcome != c.outcome || !strings.Contains(f.Message, c.says) {
				t.Fatalf("%+v", f)
			}
			if c.status == 429 && f.RetryAfter != 7*time.Second {
				t.Errorf("retry after %v", f.RetryAfter)
			}
		})
	}
}

func TestVectorsOfDifferentLengthsAreRefused(t *testing.T) {
	s := serve(t, 200, `{"embeddings":[[1,2],[3]]}`)
	_, err := s.client.Embed(t.Context(), node.EmbedRequest{Protocol: node.EmbedOllama, BaseURL: s.url, Model: "m", Texts: []string{"a", "b"}})
	if err == nil || !strings.Contains(fault.Of(err).Message, "different lengths: 2 and 1") {
		t.Errorf("%v", err)
	}
}

package embedding

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The addresses of the services, where the request names none.
var defaultBase = map[node.EmbedProtocol]string{
	node.EmbedOpenAI: "https://api.openai.com/v1",
	node.EmbedGemini: "https://generativelanguage.googleapis.com",
	node.EmbedCohere: "https://api.cohere.ai",
	node.EmbedOllama: "http://localhost:11434",
}

const (
	// DefaultTimeout holds for a call that names none.
	DefaultTimeout = 60 * time.Second
	// maxAnswer is the largest answer that is read: 2,048 vectors of 3,072 numbers as
	// text are 70 MB; batches that large do not come, see the nodes' limits.
	maxAnswer = 64 << 20
)

// Counter counts what an answer without usage used.
type Counter interface {
	Texts(model string, texts []string) int64
}

// Options configure a Client.
type Options struct {
	BaseURL string // the platform's, of OpenAI's protocol; "" is OpenAI's
	APIKey  string // the platform's
	// Platform sends calls to BaseURL, Tenant those with a key or a base URL that a
	// tenant brought; both end in a safe dialer.
	Platform, Tenant node.HTTPDoer
	Clock            clock.Clock
	Counter          Counter
}

// Client calls embedding models. It is safe for concurrent use.
type Client struct{ opt Options }

var _ node.Embedder = (*Client)(nil)

// New makes a Client.
func New(o Options) *Client {
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	return &Client{opt: o}
}

// wire is one protocol: the request's path and body, and what an answer says.
type wire interface {
	request(req node.EmbedRequest) (path string, header http.Header, body *value.Object)
	// answer returns the vectors as lists of numbers and the tokens used, 0 if the
	// service does not say.
	answer(body *value.Object) (vectors []any, tokens int64)
}

var wires = map[node.EmbedProtocol]wire{
	node.EmbedOpenAI: openAI{}, node.EmbedGemini: gemini{}, node.EmbedCohere: cohere{}, node.EmbedOllama: ollama{},
}

// Embed implements node.Embedder. Faults: UPSTREAM_RATE_LIMITED with RetryAfter,
// UPSTREAM_ERROR, NODE_TIMEOUT, ADDRESS_REFUSED, CREDENTIAL_MISSING, CANCELLED.
func (c *Client) Embed(ctx context.Context, req node.EmbedRequest) (node.EmbedReply, error) {
	w, ok := wires[req.Protocol]
	if !ok {
		return node.EmbedReply{}, fault.New(fault.Internal, fault.CodeInternal, "Embedding calls of the kind %q are not known.", req.Protocol)
	}
	doer, base, err := c.route(&req)
	if err != nil {
		return node.EmbedReply{}, err
	}
	began := c.opt.Clock.Now()
	body, err := c.post(ctx, doer, base, w, req)
	if err != nil {
		return node.EmbedReply{}, err
	}
	lists, tokens := w.answer(body)
	vectors, err := vectors(lists, len(req.Texts))
	if err != nil {
		return node.EmbedReply{}, err
	}
	out := node.EmbedReply{Vectors: vectors, Latency: c.opt.Clock.Since(began), Counted: tokens <= 0}
	if out.Counted {
		tokens = c.opt.Counter.Texts(req.Model, req.Texts)
	}
	out.Usage = workflow.TokenUsage{Model: req.Model, Prompt: tokens, Total: tokens}
	return out, nil
}

// route says who sends the request and where to: the platform's own key goes to
// the platform's address alone.
func (c *Client) route(req *node.EmbedRequest) (node.HTTPDoer, string, error) {
	if req.APIKey != "" || req.BaseURL != "" {
		base := req.BaseURL
		if base == "" {
			base = defaultBase[req.Protocol]
		}
		return c.opt.Tenant, base, nil
	}
	base := c.opt.BaseURL
	if base == "" {
		base = defaultBase[node.EmbedOpenAI]
	}
	if req.APIKey = c.opt.APIKey; req.Protocol != node.EmbedOpenAI || req.APIKey == "" && base == defaultBase[node.EmbedOpenAI] {
		return nil, "", fault.New(fault.Invalid, fault.CodeCredentialMissing,
			"No key for embeddings is configured: connect a credential to the embeddings node.")
	}
	return c.opt.Platform, base, nil
}

func (c *Client) post(ctx context.Context, doer node.HTTPDoer, base string, w wire, req node.EmbedRequest) (*value.Object, error) {
	path, header, body := w.request(req)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(base, "/")+path, bytes.NewReader(value.JSON(body)))
	if err != nil {
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "The base URL of the embeddings is no URL.")
	}
	for name, v := range header {
		r.Header[name] = v
	}
	r.Header.Set("Content-Type", "application/json")
	timeout := req.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	// Redirects are not followed: an API has none, and they would carry the key.
	resp, err := doer.Do(r, node.HTTPOptions{MaxRedirects: -1, MaxBytes: maxAnswer, Timeout: timeout})
	if err != nil {
		return nil, err
	}
	data, err := safedial.ReadAll(resp)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, c.refused(resp, data)
	}
	o, err := value.ParseObject(data)
	if err != nil {
		return nil, lost("The answer of the embedding model is not JSON.")
	}
	return o, nil
}

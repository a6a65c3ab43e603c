package ai

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/openaichat"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// embeddingKind is a node type of embedding models.
type embeddingKind struct {
	protocol   node.EmbedProtocol
	credential string
	baseURL    string // where the credential names none
	urlField   string // of the credential, where the user runs the server
	modelParam string
	model      string // its default
	first      string // the default of version 1, if it was another
	strips     bool   // line breaks become spaces unless the author says otherwise
	free       bool   // works without a key
	// batch is how many texts one request may have, bytes how much text: a bound for
	// the tokens that the service takes at once.
	batch, bytes int
}

// embeddingKinds are n8n's nodes. OpenAI's may go without a credential, by the
// platform's key. The limits are the services' own: OpenAI 2,048 texts and 300,000
// tokens, Gemini 100 texts, Cohere 96, Mistral 16,384 tokens.
var embeddingKinds = map[string]embeddingKind{
	"embeddingsOpenAi": {
		protocol: node.EmbedOpenAI, credential: "openAiApi", baseURL: openaichat.DefaultBaseURL, urlField: "url", modelParam: "model", model: "text-embedding-3-small",
		first: "text-embedding-ada-002", strips: true, batch: 2048, bytes: 300_000,
	},
	"embeddingsMistralCloud": {
		protocol: node.EmbedOpenAI, credential: "mistralCloudApi", baseURL: "https://api.mistral.ai/v1", modelParam: "model", model: "mistral-embed",
		strips: true, batch: 512, bytes: 32_000,
	},
	"embeddingsGoogleGemini": {
		protocol: node.EmbedGemini, credential: "googlePalmApi", baseURL: "https://generativelanguage.googleapis.com", urlField: "host", modelParam: "modelName", model: "models/gemini-embedding-001",
		strips: true, batch: 100, bytes: 300_000,
	},
	"embeddingsCohere": {
		protocol: node.EmbedCohere, credential: "cohereApi", baseURL: "https://api.cohere.ai", modelParam: "modelName", model: "embed-english-v2.0", batch: 96, bytes: 300_000,
	},
	"embeddingsOllama": {
		protocol: node.EmbedOllama, credential: "ollamaApi", urlField: "baseUrl", modelParam: "model", model: "llama3.2", free: true, batch: 64, bytes: 300_000,
	},
}

// defaultBatch is n8n's batch size.
const defaultBatch = 512

// embeddings is an embedding model as a sub-node sets it up.
type embeddings struct {
	s          *session
	kind       embeddingKind
	model      string
	base, key  string
	dimensions int
	batch      int
	strip      bool
	timeout    time.Duration
	length     int // of the vectors so far; 0: none yet
	item       int
}

// connectedEmbeddings reads the embedding model connected to n.
func connectedEmbeddings(ctx context.Context, s *session, n *workflow.Node) (*embeddings, error) {
	list := connected(s.c.Workflow, n, "ai_embedding")
	if len(list) == 0 {
		return nil, node.Errorf("An Embeddings sub-node must be connected to %q and enabled", n.Name)
	}
	if s.c.Services.Embedder == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "Embeddings cannot be made in this function.")
	}
	k, ok := embeddingKinds[kind(list[0])]
	if !ok {
		return nil, unsupported(list[0], "The embeddings node")
	}
	r := newSub(ctx, s.c, list[0])
	e := &embeddings{s: s, kind: k, batch: defaultBatch, strip: r.flag("options.stripNewLines", k.strips)}
	model := k.model
	if k.first != "" && r.node.TypeVersion < 1.1 {
		model = k.first
	}
	e.model = strings.TrimPrefix(r.text(k.modelParam, model), "models/")
	if n := r.number("options.dimensions"); n != nil && *n > 0 {
		e.dimensions = int(*n)
	}
	if n := r.number("options.batchSize"); n != nil && *n >= 1 {
		e.batch = int(*n)
	}
	if seconds := r.number("options.timeout"); seconds != nil && *seconds > 0 {
		e.timeout = min(time.Duration(*seconds*float64(time.Second)), maxTimeout)
	}
	if err := r.problem(); err != nil {
		return nil, err
	}
	if err := e.open(ctx, r); err != nil {
		return nil, err
	}
	return e, r.problem()
}

// open fills in key and address, and refuses to send the key to a host that may
// not get it.
func (e *embeddings) open(ctx context.Context, r *sub) error {
	k := e.kind
	if _, ok := r.node.Credentials[k.credential]; !ok && kind(r.node) == "embeddingsOpenAi" {
		return nil
	}
	opened, err := httpauth.Open(ctx, e.s.c, r.node, k.credential)
	if err != nil {
		return err
	}
	fields := opened.Fields
	if e.key = fields["apiKey"]; e.key == "" && !k.free {
		return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential of %q (%s) has no API key.", r.node.Name, k.credential)
	}
	e.base = k.baseURL
	if field := strings.TrimSuffix(fields[k.urlField], "/"); k.urlField != "" && field != "" {
		e.base = field
	}
	if own := r.text("options.baseURL", ""); own != "" && kind(r.node) == "embeddingsOpenAi" {
		e.base = own
	}
	u, err := url.Parse(e.base)
	if err != nil || u.Host == "" {
		return node.Errorf("The base URL of %q is no URL.", r.node.Name)
	}
	return credential.CheckHost(fields, u.Hostname())
}

// documents embeds texts in as few calls as the limits allow.
func (e *embeddings) documents(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, 0, len(texts))
	for start := 0; start < len(texts); {
		end, size := start, 0
		for end < len(texts) && end-start < min(e.batch, e.kind.batch) && (end == start || size+len(texts[end]) <= e.kind.bytes) {
			size += len(texts[end])
			end++
		}
		vectors, err := e.call(ctx, texts[start:end], false)
		if err != nil {
			return nil, err
		}
		out, start = append(out, vectors...), end
	}
	return out, nil
}

// query embeds a question.
func (e *embeddings) query(ctx context.Context, text string) ([]float32, error) {
	if strings.TrimSpace(text) == "" {
		return nil, node.Errorf("The question to the vector store is empty.")
	}
	vectors, err := e.call(ctx, []string{text}, true)
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

// call makes one call, counts it, and holds that all vectors of the run have one length.
func (e *embeddings) call(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	if e.strip {
		stripped := make([]string, len(texts))
		for i, t := range texts {
			stripped[i] = strings.ReplaceAll(t, "\n", " ")
		}
		texts = stripped
	}
	c := e.s.c
	timeout := e.timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	reply, err := e.patiently(ctx, node.EmbedRequest{
		Tenant: c.Run.Tenant, WorkflowID: c.Run.WorkflowID, ExecutionID: c.Run.ExecutionID,
		NodeID: c.Node.ID, RunIndex: c.RunIndex, Item: e.item, Attempt: c.Run.Attempt,
		Protocol: e.kind.protocol, BaseURL: e.base, APIKey: e.key, Model: e.model, Texts: texts, Query: query,
		Dimensions: e.dimensions, Timeout: timeout,
	})
	if err != nil {
		return nil, err
	}
	e.s.embedded(reply)
	for _, v := range reply.Vectors {
		if e.length == 0 {
			e.length = len(v)
		}
		if len(v) != e.length {
			return nil, node.Errorf("The embedding model %s made vectors of %d and of %d dimensions in one run.", e.model, e.length, len(v))
		}
	}
	return reply.Vectors, nil
}

// How often a call that the service put off is made again, and how long it is
// waited for at most.
const (
	embedTries   = 3
	embedMaxWait = 20 * time.Second
)

// patiently makes a call, and makes it again if the service was too busy for it: a
// failure of the run would have the batches before it embedded, and paid, again.
func (e *embeddings) patiently(ctx context.Context, req node.EmbedRequest) (node.EmbedReply, error) {
	for try := 1; ; try++ {
		reply, err := e.s.c.Services.Embedder.Embed(ctx, req)
		if err == nil {
			return reply, nil
		}
		f := fault.Of(err)
		wait := max(f.RetryAfter, time.Second<<(try-1))
		if f.Kind != fault.Unavailable || f.Outcome != fault.NotSent || try == embedTries || wait > embedMaxWait {
			return reply, err
		}
		if clock.Sleep(ctx, wire.Clock(e.s.c), wait) != nil {
			return reply, err
		}
	}
}

// embedded counts a call of an embedding model. The model that a run names is the
// chat model, if it has one.
func (s *session) embedded(reply node.EmbedReply) {
	if s.usage.Model == "" {
		s.usage.Model = reply.Usage.Model
	}
	s.usage.Add(reply.Usage)
	s.costMicro += reply.CostMicro
}

package ai

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/embedding"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/openaichat"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// library is a bench with embeddings, and a file store that outlives its nodes.
func library(t *testing.T) *bench {
	b := setup(t)
	host, _ := url.Parse(b.base)
	d := safedial.New(safedial.Options{AllowHosts: []string{host.Host}})
	counter := openaichat.NewCounter()
	b.tokens, b.http = counter, d
	b.embedder = embedding.New(embedding.Options{BaseURL: b.base, APIKey: "sk-test", Platform: d, Tenant: d, Counter: counter})
	b.blobs = &shelf{blobs: map[string][]byte{}}
	return b
}

// next takes the sub-nodes off, for the next node.
func (b *bench) next() *bench {
	b.nodes, b.wires = nil, workflow.Connections{}
	return b
}

// last is the name of the sub-node that was attached last.
func (b *bench) last() string { return b.nodes[len(b.nodes)-1].Name }

// inserts attaches what an insert needs.
func (b *bench) inserts(loader string) {
	b.attach("AI", "ai_embedding", "embeddingsOpenAi", 1.2, `{"options":{"dimensions":64}}`)
	b.attach("AI", "ai_document", "documentDefaultDataLoader", 1, loader)
}

// store attaches a vector store in a mode, with its embeddings.
func (b *bench) store(to, connection, params string) {
	b.attach(to, connection, "vectorStoreInMemory", 1.1, params)
	b.attach(b.last(), "ai_embedding", "embeddingsOpenAi", 1.2, `{"options":{"dimensions":64}}`)
}

var facts = []workflow.Item{
	json(`{"text":"The capital of Sri Lanka is Sri Jayawardenepura Kotte.","by":"a"}`),
	json(`{"text":"Tea grows in the hills around Nuwara Eliya.","by":"b"}`),
	json(`{"text":"The train to Ella passes nine arches.","by":"c"}`),
}

const factLoader = `{"jsonMode":"expressionData","jsonData":"={{ $json.text }}","options":{"metadata":{"metadataValues":[{"name":"by","value":"={{ $json.by }}"}]}}}`

func TestDocumentsAreInsertedAndFound(t *testing.T) {
	b := library(t)
	b.inserts(factLoader)
	out := b.run(lc+"vectorStoreInMemory", 1.1, `{"mode":"insert","memoryKey":"facts"}`, facts...)
	first := `{"metadata":{"source":"blob","blobType":"text/plain","by":"a"},"pageContent":"The capital of Sri Lanka is Sri Jayawardenepura Kotte."}`
	if got := b.items(out); !strings.HasPrefix(got, "["+first+",") || len(out.Run.Outputs[0]) != 3 {
		t.Errorf("items: %s", got)
	}
	if p := out.Run.Outputs[0][2].Paired; len(p) != 1 || p[0].Item != 2 {
		t.Errorf("paired: %v", p)
	}
	calls := b.server.Embeddings()
	if len(calls) != 1 || len(calls[0].Input) != 3 || calls[0].Model != "text-embedding-3-small" || calls[0].Dimensions != 64 {
		t.Errorf("embedded: %+v", calls)
	}
	if u := out.Run.Usage; u == nil || u.Prompt == 0 || u.Total != u.Prompt || u.Completion != 0 || u.Model != "text-embedding-3-small" {
		t.Errorf("usage: %+v", out.Run.Usage)
	}
	// The same run again puts in the same documents.
	b.items(b.run(lc+"vectorStoreInMemory", 1.1, `{"mode":"insert","memoryKey":"facts"}`, facts...))

	b.next().attach("AI", "ai_embedding", "embeddingsOpenAi", 1.2, `{"options":{"dimensions":64}}`)
	out = b.run(lc+"vectorStoreInMemory", 1.1, `{"mode":"load","memoryKey":"facts","prompt":"={{ $json.q }}","topK":2}`, json(`{"q":"where does tea grow in the hills"}`))
	list := out.Run.Outputs
	if out.Err != nil || len(list[0]) != 2 {
		t.Fatalf("%v %v", out.Err, list)
	}
	doc, _ := value.Path(list[0][0].JSON, "document")
	score, _ := value.Path(list[0][0].JSON, "score")
	if got := string(value.JSON(doc)); got != `{"pageContent":"Tea grows in the hills around Nuwara Eliya.","metadata":{"source":"blob","blobType":"text/plain","by":"b"}}` || score.(float64) <= 0.3 {
		t.Errorf("%s %v", got, score)
	}
	out = b.run(lc+"vectorStoreInMemory", 1, `{"mode":"load","memoryKey":"facts","prompt":"tea","topK":1,"includeDocumentMetadata":false}`)
	if got := b.items(out); !strings.HasPrefix(got, `[{"document":{"pageContent":"Tea grows`) || strings.Contains(got, "metadata") {
		t.Errorf("items: %s", got)
	}
}

func TestChainAnswersFromTheStore(t *testing.T) {
	for version, want := range map[float64]string{1: `[{"response":{"text":"Nuwara Eliya"}}]`, 1.4: `[{"response":{"text":"Nuwara Eliya"}}]`, 1.5: `[{"response":"Nuwara Eliya"}]`} {
		b := library(t)
		b.inserts(factLoader)
		b.items(b.run(lc+"vectorStoreInMemory", 1, `{"mode":"insert"}`, facts...))
		b.next().model()
		b.attach("AI", "ai_retriever", "retrieverVectorStore", 1, `{"topK":1}`)
		b.store(b.last(), "ai_vectorStore", `{}`)
		b.answers(openai.Rule{Contains: "hills", Reply: "Nuwara Eliya"})
		out := b.run(lc+"chainRetrievalQa", version, `{"query":"={{ $json.chatInput }}","options":{"systemPromptTemplate":"Use {context} only."}}`, json(`{"chatInput":"which hills have tea"}`))
		if got := b.items(out); got != want {
			t.Errorf("%v: %s", version, got)
		}
		messages := b.server.Calls()[0].Messages
		if len(messages) != 2 || messages[0].Content != "Use Tea grows in the hills around Nuwara Eliya. only." || messages[1].Content != "which hills have tea" {
			t.Errorf("%v: asked %+v", version, messages)
		}
		if u := out.Run.Usage; u.Model != "gpt-4o-mini" || u.Completion == 0 || u.Total <= u.Completion {
			t.Errorf("usage: %+v", u)
		}
	}
}

func TestAgentAsksTheStore(t *testing.T) {
	b := library(t)
	b.inserts(factLoader)
	b.items(b.run(lc+"vectorStoreInMemory", 1, `{"mode":"insert"}`, facts...))

	b.next().model()
	b.attach("AI", "ai_tool", "toolVectorStore", 1, `{"name":"facts","description":"Sri Lanka"}`)
	tool := b.last()
	b.attach(tool, "ai_languageModel", "lmChatOpenAi", 1, `{"model":"gpt-4o","options":{}}`)
	b.store(tool, "ai_vectorStore", `{}`)
	b.answers(openai.Rule{Contains: "how is the train", Tool: "facts", Reply: `{"input":"train to Ella"}`},
		openai.Rule{Contains: "train to Ella", Reply: "nine arches"}, openai.Rule{Contains: "nine arches", Reply: "It passes nine arches."})
	out := b.run(lc+"agent", 1.7, `{"promptType":"define","text":"how is the train"}`)
	if got := b.items(out); got != `[{"output":"It passes nine arches."}]` {
		t.Errorf("items: %s", got)
	}
	if calls := b.server.Calls(); len(calls) != 3 || calls[1].Model != "gpt-4o" || !strings.Contains(string(calls[1].Messages[0].Content), "The train to Ella passes") {
		t.Errorf("%d calls: %+v", len(calls), calls)
	}

	b.next().model()
	b.server.Reset()
	b.store("AI", "ai_tool", `{"mode":"retrieve-as-tool","toolName":"look up","toolDescription":"facts","topK":1,"includeDocumentMetadata":false}`)
	b.answers(openai.Rule{Contains: "how is the train", Tool: "look_up", Reply: `{"input":"train to Ella"}`}, openai.Rule{Contains: "pageContent", Reply: "done"})
	out = b.run(lc+"agent", 1.7, `{"promptType":"define","text":"how is the train"}`)
	if got := b.items(out); got != `[{"output":"done"}]` {
		t.Errorf("items: %s", got)
	}
	last := b.server.Calls()[1].Messages
	if got := last[len(last)-1].Content; got != `[{"pageContent":"The train to Ella passes nine arches."}]` {
		t.Errorf("the tool gave %s", got)
	}
}

// qdrant is a server with one collection in memory.
func qdrant(t *testing.T, b *bench) *[]string {
	t.Helper()
	var got []string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %s %s", r.Header.Get("Api-Key"), r.Method, r.URL.Path, body))
		switch {
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "/query"):
			_, _ = io.WriteString(w, `{"result":{"points":[{"score":0.5,"payload":{"content":"c","metadata":{"k":1}}}]}}`)
		default:
			_, _ = io.WriteString(w, `{"result":true}`)
		}
	}))
	t.Cleanup(web.Close)
	host, _ := url.Parse(web.URL)
	b.http = safedial.New(safedial.Options{AllowHosts: []string{host.Host}})
	b.creds = vault{"qdrantUrl": web.URL, "apiKey": "very-secret"}
	b.tweak = func(n *workflow.Node) {
		n.Credentials = map[string]workflow.CredentialRef{"qdrantApi": {ID: "c1"}}
	}
	return &got
}

func TestQdrantNode(t *testing.T) {
	b := library(t)
	got := qdrant(t, b)
	b.inserts(factLoader)
	// In version 1 each item says where it goes; documents of one place go together.
	params := `{"mode":"insert","qdrantCollection":{"__rl":true,"mode":"id","value":"={{ $json.by === 'b' ? 'two' : 'one' }}"},"options":{}}`
	b.items(b.run(lc+"vectorStoreQdrant", 1, params, facts...))
	var paths []string
	ids := map[string]bool{}
	for _, x := range *got {
		f := strings.SplitN(x, " ", 4)
		paths = append(paths, f[1]+" "+f[2])
		if f[0] != "very-secret" {
			t.Errorf("key %q", f[0])
		}
		if strings.HasSuffix(f[2], "/points") {
			o, _ := value.ParseObject([]byte(f[3]))
			points, _ := value.Path(o, "points")
			for _, p := range points.([]any) {
				id, _ := value.Path(p, "id")
				ids[node.Text(id)] = true
			}
		}
	}
	if want := "GET /collections/one, PUT /collections/one, PUT /collections/one/points, GET /collections/two, PUT /collections/two, PUT /collections/two/points"; strings.Join(paths, ", ") != want {
		t.Errorf("asked %v", paths)
	}
	if len(ids) != 3 {
		t.Errorf("ids: %v", ids)
	}
	before := fmt.Sprint(*got)
	*got = nil
	b.items(b.run(lc+"vectorStoreQdrant", 1, params, facts...))
	if fmt.Sprint(*got) != before {
		t.Error("the same run again sends something else")
	}

	*got = nil
	b.next().attach("AI", "ai_embedding", "embeddingsOpenAi", 1, `{"options":{"dimensions":2}}`)
	out := b.run(lc+"vectorStoreQdrant", 1, `{"mode":"load","prompt":"x","qdrantCollection":"one","options":{"searchFilterJson":"={{ ({must:[{key:'metadata.k',match:{value:1} }] }) }}"}}`)
	if items := b.items(out); items != `[{"document":{"pageContent":"c","metadata":{"k":1}},"score":0.5}]` {
		t.Errorf("items: %s", items)
	}
	if !strings.Contains((*got)[0], `"filter":{"must":[{"key":"metadata.k","match":{"value":1}}]}`) {
		t.Errorf("asked %v", *got)
	}
	if b.server.Embeddings()[len(b.server.Embeddings())-1].Model != "text-embedding-ada-002" {
		t.Error("version 1 has another default model")
	}
	for mode, want := range map[string]node.Effect{"insert": node.Keyed, "load": node.Safe} {
		if e := b.effect(lc+"vectorStoreQdrant", 1, `{"mode":"`+mode+`"}`); e != want {
			t.Errorf("%s is %s", mode, e)
		}
	}
}

func TestStoresSayWhatIsWrong(t *testing.T) {
	embed := func(b *bench) { b.attach("AI", "ai_embedding", "embeddingsOpenAi", 1, `{}`) }
	for name, c := range map[string]struct {
		typ     string
		params  string
		prepare func(*bench)
		want    string
	}{
		"no embeddings":  {"vectorStoreInMemory", `{"mode":"load","prompt":"x"}`, func(*bench) {}, "An Embeddings sub-node must be connected"},
		"odd embeddings": {"vectorStoreInMemory", `{"mode":"load","prompt":"x"}`, func(b *bench) { b.attach("AI", "ai_embedding", "embeddingsOdd", 1, `{}`) }, "embeddingsOdd) is not supported"},
		"Gemini, no key": {"vectorStoreInMemory", `{"mode":"load","prompt":"x"}`, func(b *bench) { b.attach("AI", "ai_embedding", "embeddingsGoogleGemini", 1, `{}`) }, "needs a credential of type googlePalmApi"},
		"no document":    {"vectorStoreInMemory", `{"mode":"insert"}`, embed, "A Document sub-node must be connected"},
		"no prompt":      {"vectorStoreInMemory", `{"mode":"load"}`, embed, "The question to the vector store is empty"},
		"limit":          {"vectorStoreInMemory", `{"mode":"load","prompt":"x","topK":0}`, embed, "must be between 1 and 1000, not 0"},
		"mode":           {"vectorStoreInMemory", `{}`, embed, `In the mode "retrieve" the vector store`},
		"update":         {"vectorStoreInMemory", `{"mode":"update","id":"1"}`, embed, "Update operation is not implemented"},
		"no collection":  {"vectorStoreQdrant", `{"mode":"load","prompt":"x","qdrantCollection":{"__rl":true,"value":""}}`, embed, "No collection is chosen"},
		"no credential":  {"vectorStoreQdrant", `{"mode":"load","prompt":"x","qdrantCollection":"c"}`, embed, "needs a credential of type qdrantApi"},
		"filter":         {"vectorStoreQdrant", `{"mode":"load","prompt":"x","qdrantCollection":"c","options":{"searchFilterJson":"{"}}`, func(b *bench) { embed(b); qdrant(b.t, b) }, "is no JSON object"},
		"distance":       {"vectorStorePGVector", `{"mode":"load","prompt":"x","options":{"distanceStrategy":"odd"}}`, embed, "must be cosine, innerProduct or euclidean"},
		"no database":    {"vectorStorePGVector", `{"mode":"load","prompt":"x"}`, embed, "cannot be reached in this function"},
		"chunk overlap": {"vectorStoreInMemory", `{"mode":"insert"}`, func(b *bench) {
			splitBy(b, "textSplitterRecursiveCharacterTextSplitter", `{"chunkSize":5,"chunkOverlap":5}`)
		}, "Cannot have chunkOverlap >= chunkSize"},
		"splitter":        {"vectorStoreInMemory", `{"mode":"insert"}`, func(b *bench) { splitBy(b, "textSplitterOdd", `{}`) }, "textSplitterOdd) is not supported"},
		"no data":         {"vectorStoreInMemory", `{"mode":"insert"}`, func(b *bench) { b.inserts(`{"jsonMode":"expressionData","jsonData":"={{ $json.none }}"}`) }, "is empty for this item"},
		"no file":         {"vectorStoreInMemory", `{"mode":"insert"}`, func(b *bench) { b.inserts(`{"dataType":"binary","binaryMode":"specificField"}`) }, "binary file 'data', but none was found"},
		"no retriever":    {"chainRetrievalQa", `{"query":"x"}`, func(b *bench) { b.model() }, "A Retriever sub-node must be connected"},
		"no vector store": {"chainRetrievalQa", `{"query":"x"}`, func(b *bench) { b.model(); b.attach("AI", "ai_retriever", "retrieverVectorStore", 1, `{}`) }, "A Vector Store sub-node must be connected"},
		"not as tool":     {"agent", `{"promptType":"define","text":"x"}`, func(b *bench) { b.model(); b.store("AI", "ai_tool", `{}`) }, "must be in the mode"},
	} {
		t.Run(name, func(t *testing.T) {
			b := library(t)
			c.prepare(b)
			out := b.run(lc+c.typ, 1, c.params)
			if out.Err == nil || !strings.Contains(out.Err.Message, c.want) || len(b.server.Embeddings())+len(b.server.Calls()) != 0 {
				t.Errorf("%v, %d calls", out.Err, len(b.server.Embeddings()))
			}
		})
	}
}

// splitBy attaches a loader with a splitter.
func splitBy(b *bench, typ, params string) {
	b.inserts(`{}`)
	b.attach(b.last(), "ai_textSplitter", typ, 1, params)
}

func TestOtherModelsOtherDimensions(t *testing.T) {
	b := library(t)
	b.inserts(factLoader)
	b.items(b.run(lc+"vectorStoreInMemory", 1, `{"mode":"insert"}`, facts...))
	b.next().attach("AI", "ai_embedding", "embeddingsOpenAi", 1, `{"options":{"dimensions":32}}`)
	out := b.run(lc+"vectorStoreInMemory", 1, `{"mode":"load","prompt":"x"}`)
	if out.Err == nil || !strings.Contains(out.Err.Message, "has vectors of 64 dimensions, and the embedding model makes 32") {
		t.Errorf("%v", out.Err)
	}
}

func TestEmbeddingsGoInBatches(t *testing.T) {
	b := library(t)
	b.attach("AI", "ai_embedding", "embeddingsOpenAi", 1.2, `{"options":{"batchSize":2}}`)
	b.attach("AI", "ai_document", "documentDefaultDataLoader", 1, `{"jsonMode":"expressionData","jsonData":"={{ $json.t }}"}`)
	var items []workflow.Item
	for i := range 7 {
		items = append(items, json(fmt.Sprintf(`{"t":"text\n%d"}`, i)))
	}
	b.items(b.run(lc+"vectorStoreInMemory", 1.1, `{"mode":"insert","embeddingBatchSize":3}`, items...))
	var sizes []int
	for _, c := range b.server.Embeddings() {
		sizes = append(sizes, len(c.Input))
	}
	if fmt.Sprint(sizes) != "[2 1 2 1 1]" || b.server.Embeddings()[0].Input[0] != "text 0" {
		t.Errorf("batches: %v, %q", sizes, b.server.Embeddings()[0].Input)
	}
	// A request has no more text than the service takes, whatever the batch size.
	e := &embeddings{s: &session{}, kind: embeddingKind{batch: 100, bytes: 10}, batch: 100}
	e.s.c = &node.Call{Node: &workflow.Node{}, Services: node.Services{Embedder: b.embedder}}
	e.kind.protocol, e.model = node.EmbedOpenAI, "m"
	b.server.Reset()
	if _, err := e.documents(t.Context(), []string{"123456", "12345", "1", "123456789012", "1"}); err != nil {
		t.Fatal(err)
	}
	sizes = nil
	for _, c := range b.server.Embeddings() {
		sizes = append(sizes, len(c.Input))
	}
	if fmt.Sprint(sizes) != "[1 2 1 1]" {
		t.Errorf("batches: %v", sizes)
	}
}

func TestOwnKeyGoesToAllowedHostsAlone(t *testing.T) {
	b := library(t)
	b.attach("AI", "ai_embedding", "embeddingsOpenAi", 1.1, `{"options":{"baseURL":"https://evil.example/v1"}}`)
	b.nodes[0].Credentials = map[string]workflow.CredentialRef{"openAiApi": {ID: "c1"}}
	b.creds = vault{"apiKey": "sk-own", "url": b.base, "allowedDomains": "api.openai.com"}
	out := b.run(lc+"vectorStoreInMemory", 1, `{"mode":"load","prompt":"x"}`)
	if out.Err == nil || out.Err.Code != fault.CodeCredentialDomain {
		t.Errorf("%v", out.Err)
	}
}

// busy is an embedder that puts off its first calls.
type busy struct {
	node.Embedder
	fault *fault.Error
	left  int
	calls int
}

func (x *busy) Embed(ctx context.Context, req node.EmbedRequest) (node.EmbedReply, error) {
	x.calls++
	if x.left--; x.left >= 0 {
		return node.EmbedReply{}, x.fault
	}
	return x.Embedder.Embed(ctx, req)
}

func TestEmbeddingsWaitForABusyService(t *testing.T) {
	slow := func(o fault.Outcome, after time.Duration) *fault.Error {
		f := fault.New(fault.Unavailable, fault.CodeUpstreamRateLimited, "slow down")
		f.Outcome, f.RetryAfter = o, after
		return f
	}
	for name, c := range map[string]struct {
		fault *fault.Error
		left  int
		calls int
		fails bool
	}{
		"twice":                   {slow(fault.NotSent, 5*time.Second), 2, 3, false},
		"too often":               {slow(fault.NotSent, 0), 3, 3, true},
		"too long":                {slow(fault.NotSent, time.Minute), 1, 1, true},
		"it may have been billed": {slow(fault.Unknown, 0), 1, 1, true},
		"the budget is exhausted": {fault.New(fault.LimitExceeded, fault.CodeAIBudget, "used up"), 1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := library(t)
			b.http = safedial.New(safedial.Options{Clock: clock.Scaled(10_000)})
			x := &busy{Embedder: b.embedder, fault: c.fault, left: c.left}
			b.embedder = x
			b.attach("AI", "ai_embedding", "embeddingsOpenAi", 1.2, `{"options":{"dimensions":8}}`)
			out := b.run(lc+"vectorStoreInMemory", 1, `{"mode":"load","prompt":"x"}`)
			if (out.Err != nil) != c.fails || x.calls != c.calls {
				t.Errorf("%v after %d calls", out.Err, x.calls)
			}
		})
	}
}

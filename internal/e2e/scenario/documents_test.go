package scenario

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/infra/dev/openai"
)

// part is a node beside the row, with what it hangs on by which connection.
type part struct{ name, typ, version, params, on, by string }

// with adds parts to a chain; credentials are JSON members of the nodes by name.
func with(text string, credentials map[string]string, parts ...part) string {
	var wf map[string]any
	if err := json.Unmarshal([]byte(text), &wf); err != nil {
		panic(err)
	}
	nodes, links := wf["nodes"].([]any), wf["connections"].(map[string]any)
	for _, p := range parts {
		var params any
		if err := json.Unmarshal([]byte(p.params), &params); err != nil {
			panic(err)
		}
		var version any
		_ = json.Unmarshal([]byte(p.version), &version)
		nodes = append(nodes, map[string]any{"id": p.name, "name": p.name, "type": "@n8n/n8n-nodes-langchain." + p.typ, "typeVersion": version, "position": []int{0, 0}, "parameters": params})
		var targets []any
		for on := range strings.SplitSeq(p.on, ",") {
			targets = append(targets, map[string]any{"node": on, "type": p.by, "index": 0})
		}
		links[p.name] = map[string]any{p.by: []any{targets}}
	}
	for _, n := range nodes {
		node := n.(map[string]any)
		if c := credentials[node["name"].(string)]; c != "" {
			node["credentials"] = json.RawMessage(c)
		}
		if node["name"] == "Ask" || node["name"] == "Agent" {
			node["executeOnce"] = true
		}
	}
	wf["nodes"] = nodes
	out, _ := json.Marshal(wf)
	return string(out)
}

const lc = "@n8n/n8n-nodes-langchain."

// documents is a workflow that inserts facts into a store, and then answers from
// it by a chain and by an agent.
func documents(store, where string, credentials map[string]string) string {
	params := func(more string) string { return "{" + where + more + "}" }
	embed := part{"Embed", "embeddingsOpenAi", "1.2", `{"options":{"dimensions":64}}`, "Keep,Store", "ai_embedding"}
	return with(chain(
		`Facts|n8n-nodes-base.code|2|{"jsCode":"return ['The capital is Kotte.','Tea grows in the hills of Nuwara Eliya.','The train to Ella passes nine arches.'].map(text => ({json:{text}}))"}`,
		"Keep|"+lc+store+"|1|"+params(`,"mode":"insert"`),
		`Ask|`+lc+`chainRetrievalQa|1.5|{"promptType":"define","text":"which hills have tea"}`,
		`Agent|`+lc+`agent|1.7|{"promptType":"define","text":"how is the train"}`,
	), credentials, embed,
		part{"Load", "documentDefaultDataLoader", "1", `{"jsonMode":"expressionData","jsonData":"={{ $json.text }}"}`, "Keep", "ai_document"},
		part{"Split", "textSplitterRecursiveCharacterTextSplitter", "1", `{"chunkSize":100}`, "Load", "ai_textSplitter"},
		part{"Store", store, "1", params(""), "Retriever,Tool", "ai_vectorStore"},
		part{"Retriever", "retrieverVectorStore", "1", `{"topK":1}`, "Ask", "ai_retriever"},
		part{"Tool", "toolVectorStore", "1", `{"name":"facts","description":"Sri Lanka","topK":1}`, "Agent", "ai_tool"},
		part{"Model", "lmChatOpenAi", "1.2", `{"model":{"__rl":true,"value":"gpt-4o-mini"},"options":{"maxTokens":50}}`, "Ask,Agent,Tool", "ai_languageModel"},
	)
}

// say scripts the model: it asks the tool, and then repeats what it is told.
func (w *world) say() {
	w.ai.Answer(openai.Rule{Contains: "which hills have tea", Reply: "Nuwara Eliya"}, openai.Rule{Contains: "how is the train", Tool: "facts", Reply: `{"input":"train to Ella"}`},
		openai.Rule{Contains: "train to Ella", Reply: "nine arches"}, openai.Rule{Contains: "nine arches", Reply: "It passes nine arches."})
}

// asked are the system prompts that had documents in them.
func (w *world) asked() []string {
	var out []string
	for _, c := range w.ai.Calls() {
		if _, context, ok := strings.Cut(string(c.Messages[0].Content), "----------------\n"); ok {
			out = append(out, context)
		}
	}
	return out
}

type spending struct {
	Tokens struct{ Used, Reserved, Limit int64 }
	Cost   struct {
		Total struct{ Calls, TotalTokens, CostMicro int64 }
	}
}

func (w *world) spent(t *testing.T) (s spending) {
	t.Helper()
	if err := w.Call(w.ctx, http.MethodGet, "/api/usage", nil, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDocumentsAreKeptAndAnswersComeFromThem(t *testing.T) {
	w := setup(t, nil)
	w.say()
	_, job := w.create(t, documents("vectorStoreInMemory", `"memoryKey":"facts"`, nil))
	j := w.await(t, job, "completed")
	if out, _ := json.Marshal(j.Output); !strings.Contains(string(out), "It passes nine arches.") {
		t.Errorf("output: %s", out)
	}
	if want := []string{"Tea grows in the hills of Nuwara Eliya.", "The train to Ella passes nine arches."}; !slices.Equal(w.asked(), want) {
		t.Errorf("asked with %q, want %q", w.asked(), want)
	}
	// One call embeds the documents, one each question; each is in the tenant's usage.
	if n := len(w.ai.Embeddings()); n != 3 {
		t.Errorf("%d embedding calls", n)
	}
	s := w.spent(t)
	if calls := int64(len(w.ai.Calls()) + 3); s.Tokens.Reserved != 0 || s.Tokens.Used == 0 || s.Tokens.Used != s.Cost.Total.TotalTokens || s.Cost.Total.Calls != calls {
		t.Errorf("%+v; want %d calls, and nothing reserved", s, calls)
	}
}

func TestExhaustedBudgetEmbedsNothing(t *testing.T) {
	w := setup(t, nil)
	w.say()
	op := w.as(w.keys.Operator)
	w.must(t, op, http.MethodPut, "/api/admin/tenants/"+w.tenant(t), `{"limits":{"aiTokens":5}}`)
	_, job := w.create(t, documents("vectorStoreInMemory", `"memoryKey":"facts"`, nil))
	w.stopped(t, job, "AI_TOKEN_BUDGET_EXHAUSTED", 0)
	if n := len(w.ai.Embeddings()); n != 0 {
		t.Fatalf("%d embedding calls were made", n)
	}
	if s := w.spent(t); s.Tokens.Used != 0 || s.Tokens.Reserved != 0 {
		t.Errorf("%+v", s)
	}
	w.must(t, op, http.MethodPut, "/api/admin/tenants/"+w.tenant(t), `{"limits":{"aiTokens":20000}}`)
	w.must(t, w.Client, http.MethodPost, "/api/executions/"+job+"/resume", `{}`)
	w.await(t, job, "completed")
}

// qdrant is a Qdrant server with one collection in memory.
type qdrant struct {
	mu     sync.Mutex
	points map[string]point
	made   bool
}

type point struct {
	ID      string          `json:"id"`
	Vector  []float64       `json:"vector"`
	Payload json.RawMessage `json:"payload"`
}

func (q *qdrant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var in struct {
		Points []point
		Query  []float64
		Limit  int
	}
	_ = json.Unmarshal(body, &in)
	result := any(true)
	switch {
	case r.Header.Get("Api-Key") != "very-secret":
		w.WriteHeader(http.StatusForbidden)
	case r.Method == http.MethodGet && !q.made:
		w.WriteHeader(http.StatusNotFound)
	case strings.HasSuffix(r.URL.Path, "/query"):
		type hit struct {
			Score   float64         `json:"score"`
			Payload json.RawMessage `json:"payload"`
		}
		hits := []hit{}
		for _, p := range q.points {
			score := 0.0
			for i, x := range p.Vector {
				score += x * in.Query[i]
			}
			hits = append(hits, hit{score, p.Payload})
		}
		slices.SortFunc(hits, func(a, b hit) int {
			if a.Score > b.Score {
				return -1
			}
			return 1
		})
		result = map[string]any{"points": hits[:min(in.Limit, len(hits))]}
	case strings.HasSuffix(r.URL.Path, "/points"):
		for _, p := range in.Points {
			q.points[p.ID] = p
		}
	case r.Method == http.MethodPut:
		q.made = true
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"result": result})
}

func TestDocumentsInQdrant(t *testing.T) {
	q := &qdrant{points: map[string]point{}}
	server := httptest.NewServer(q)
	defer server.Close()
	w := setupWith(t, nil, func(o *local.Options) {
		o.AllowHosts = append(o.AllowHosts, strings.TrimPrefix(server.URL, "http://"))
	})
	w.say()
	var made struct{ ID string }
	if err := w.Call(w.ctx, http.MethodPost, "/api/credentials", map[string]any{"name": "Q", "type": "qdrantApi", "fields": map[string]string{"qdrantUrl": server.URL, "apiKey": "very-secret"}}, &made); err != nil {
		t.Fatal(err)
	}
	use := `{"qdrantApi":{"id":"` + made.ID + `","name":"Q"}}`
	id, job := w.create(t, documents("vectorStoreQdrant", `"qdrantCollection":{"__rl":true,"mode":"id","value":"facts"},"options":{}`, map[string]string{"Keep": use, "Store": use}))
	w.await(t, job, "completed")
	if want := []string{"Tea grows in the hills of Nuwara Eliya.", "The train to Ella passes nine arches."}; !slices.Equal(w.asked(), want) || len(q.points) != 3 {
		t.Errorf("asked with %q, want %q; %d points", w.asked(), want, len(q.points))
	}
	// Another run has points of its own.
	again, err := w.Run(w.ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.await(t, again, "completed")
	if len(q.points) != 6 {
		t.Errorf("%d points after two runs", len(q.points))
	}
}

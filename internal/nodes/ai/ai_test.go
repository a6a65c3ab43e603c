package ai

import (
	"cmp"
	"context"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/openaichat"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// bench runs nodes of the family against the test server.
type bench struct {
	t        *testing.T
	server   *openai.Server
	ai       node.AIProvider
	nodes    []*workflow.Node // further nodes of the workflow
	wires    workflow.Connections
	blobs    node.Blobs
	http     node.HTTPDoer
	code     node.CodeRunner
	creds    node.CredentialSource
	embedder node.Embedder
	tokens   node.Tokenizer
	postgres node.SQLDriver
	redis    node.RedisDriver
	exec     string // the execution; "": exe_1
	base     string // the server's, as the platform knows it
	tweak    func(*workflow.Node)
}

func setup(t *testing.T) *bench {
	s := openai.New(clock.Real())
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	host, _ := url.Parse(web.URL)
	d := safedial.New(safedial.Options{AllowHosts: []string{host.Host}})
	return &bench{t: t, server: s, wires: workflow.Connections{}, base: web.URL + "/v1",
		ai: openaichat.New(openaichat.Options{BaseURL: web.URL + "/v1", APIKey: "sk-test", Platform: d, Tenant: d})}
}

func (b *bench) run(typ string, version float64, params string, items ...workflow.Item) node.Outcome {
	b.t.Helper()
	env, step := b.env(typ, version, params, items...)
	return node.Execute(context.Background(), env, step)
}

func (b *bench) effect(typ string, version float64, params string) node.Effect {
	b.t.Helper()
	env, step := b.env(typ, version, params)
	return env.EffectOf(context.Background(), step)
}

func (b *bench) env(typ string, version float64, params string, items ...workflow.Item) (*node.Env, walk.Step) {
	b.t.Helper()
	p, err := value.ParseObject([]byte(params))
	if err != nil {
		b.t.Fatal(err)
	}
	n := &workflow.Node{ID: "n1", Name: "AI", Type: typ, TypeVersion: version, Parameters: p, OnError: workflow.OnErrorStop}
	if b.tweak != nil {
		b.tweak(n)
	}
	if items == nil {
		items = []workflow.Item{workflow.EmptyItem()}
	}
	env := &node.Env{
		Workflow: &workflow.Workflow{ID: "wf1", Nodes: append([]*workflow.Node{n}, b.nodes...), Connections: b.wires},
		Registry: node.NewRegistry(Types()),
		Run:      node.RunInfo{Tenant: "ten_1", ExecutionID: cmp.Or(b.exec, "exe_1"), Attempt: 1},
		Services: node.Services{AI: b.ai, Blobs: b.blobs, HTTP: b.http, Code: b.code, Credentials: b.creds, Embedder: b.embedder, Tokenizer: b.tokens, Postgres: b.postgres, Redis: b.redis},
	}
	return env, walk.Step{Node: n, Inputs: [][]workflow.Item{items}}
}

func (b *bench) items(o node.Outcome) string {
	b.t.Helper()
	if o.Err != nil {
		b.t.Fatalf("the node failed: %v", o.Err)
	}
	var list []any
	for _, it := range o.Run.Outputs[0] {
		list = append(list, it.JSON)
	}
	return string(value.JSON(list))
}

func TestMessageGivesTheChoice(t *testing.T) {
	b := setup(t)
	out := b.run("@n8n/n8n-nodes-langchain.openAi", 1.8,
		`{"modelId":{"__rl":true,"mode":"list","value":"gpt-4o-mini"},"messages":{"values":[{"content":"hello"}]}}`)
	want := `[{"index":0,"message":{"role":"assistant","content":"Echo: hello","refusal":null},"finish_reason":"stop"}]`
	if got := b.items(out); got != want {
		t.Errorf("items: %s", got)
	}
	if u := out.Run.Usage; u == nil || u.Prompt != 5 || u.Completion != 3 || u.Total != 8 {
		t.Errorf("usage: %+v", u)
	}
}

func TestOldChatCompletes(t *testing.T) {
	b := setup(t)
	out := b.run("n8n-nodes-base.openAi", 1, `{"resource":"chat","model":"gpt-4","prompt":{"messages":[{"role":"system","content":"be brief"},{"content":"hi"}]},"options":{"maxTokens":7,"temperature":0}}`)
	if got := b.items(out); got != `[{"index":0,"message":{"role":"assistant","content":"Echo: hi","refusal":null},"finish_reason":"stop"}]` {
		t.Errorf("items: %s", got)
	}
}

// chatTo is a provider that may reach one more host.
func chatTo(host string) node.AIProvider {
	d := safedial.New(safedial.Options{AllowHosts: []string{host}})
	return openaichat.New(openaichat.Options{Platform: d, Tenant: d})
}

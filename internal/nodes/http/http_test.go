package http

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// bench runs the HTTP Request node against a local server.
type bench struct {
	t        *testing.T
	server   *httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	answer   http.HandlerFunc
	creds    map[string]map[string]string
	tweak    func(*workflow.Node)
	typ      string   // the node's, if it is not httpRequest
	allow    []string // further hosts that may be called
}

func setup(t *testing.T) *bench {
	b := &bench{t: t, creds: map[string]map[string]string{}}
	b.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`)
	}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.requests = append(b.requests, r.Clone(context.Background()))
		b.bodies = append(b.bodies, string(body))
		b.answer(w, r)
	}))
	t.Cleanup(b.server.Close)
	return b
}

// Open implements node.CredentialSource.
func (b *bench) Open(_ context.Context, _, typ string, _ workflow.CredentialRef) (map[string]string, error) {
	return b.creds[typ], nil
}

// run runs the node in a version with parameters in JSON, where SERVER stands
// for the server's address.
func (b *bench) run(version float64, params string, items ...workflow.Item) node.Outcome {
	b.t.Helper()
	env, step := b.env(version, params, items...)
	return node.Execute(context.Background(), env, step)
}

func (b *bench) env(version float64, params string, items ...workflow.Item) (*node.Env, walk.Step) {
	b.t.Helper()
	p, err := value.ParseObject([]byte(params))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, name := range []string{"url", "endpoint"} {
		if s := node.Get(p, name, ""); len(s) > 0 && s[0] == '/' {
			p.Set(name, b.server.URL+s)
		}
	}
	n := &workflow.Node{ID: "n1", Name: "HTTP", Type: cmp.Or(b.typ, "n8n-nodes-base.httpRequest"), TypeVersion: version, Parameters: p,
		OnError: workflow.OnErrorStop, Credentials: map[string]workflow.CredentialRef{}}
	for typ := range b.creds {
		n.Credentials[typ] = workflow.CredentialRef{ID: "c1", Name: "mine"}
	}
	if b.tweak != nil {
		b.tweak(n)
	}
	if items == nil {
		items = []workflow.Item{workflow.EmptyItem()}
	}
	host, _ := url.Parse(b.server.URL)
	env := &node.Env{
		Workflow: &workflow.Workflow{ID: "wf1", Name: "w", Nodes: []*workflow.Node{n}},
		Registry: node.NewRegistry(Types()),
		Run:      node.RunInfo{Tenant: "ten_1", ExecutionID: "exe_1", Attempt: 1, Now: time.Unix(1700000000, 0)},
		Services: node.Services{HTTP: safedial.New(safedial.Options{AllowHosts: append([]string{host.Host}, b.allow...)}), Credentials: b},
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

func TestGetsJSON(t *testing.T) {
	b := setup(t)
	out := b.run(4.2, `{"url":"/a","sendQuery":true,"queryParameters":{"parameters":[{"name":"q","value":"x y"},{"name":"n","value":3}]}}`)
	if got := b.items(out); got != `[{"ok":true}]` {
		t.Errorf("items: %s", got)
	}
	if r := b.requests[0]; r.Method != "GET" || r.RequestURI != "/a?q=x%20y&n=3" {
		t.Errorf("request: %s %s", r.Method, r.RequestURI)
	}
}

func TestPostsJSONFields(t *testing.T) {
	b := setup(t)
	b.items(b.run(4.2, `{"url":"/a","method":"POST","sendBody":true,"bodyParameters":{"parameters":[
		{"name":"a.b","value":1},{"name":"list[0]","value":"x"},{"name":"list[1]","value":true}]}}`))
	if got := b.bodies[0]; got != `{"a":{"b":1},"list":["x",true]}` {
		t.Errorf("body: %s", got)
	}
	if r := b.requests[0]; r.Header.Get("Content-Type") != "application/json" || len(r.Header.Get("Idempotency-Key")) != 32 {
		t.Errorf("headers: %v", r.Header)
	}
}

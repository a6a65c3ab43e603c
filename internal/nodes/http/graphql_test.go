package http

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// graph makes the bench one of the GraphQL node, whose server answers with body.
func graph(t *testing.T, status int, body string) *bench {
	b := setup(t)
	b.typ = "n8n-nodes-base.graphql"
	b.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	return b
}

func TestGraphQLRequests(t *testing.T) {
	for name, x := range map[string]struct {
		version            float64
		params             string
		method, query, typ string
		body               string
	}{
		"JSON": {1.1, `{"endpoint":"/q","query":"query A($id: ID) { a(id: $id) }","variables":"{\"id\": 7}","operationName":"A"}`,
			"POST", "", "application/json", `{"query":"query A($id: ID) { a(id: $id) }","variables":{"id":7},"operationName":"A"}`},
		"variables that are none": {1.1, `{"endpoint":"/q","query":"{ a }"}`,
			"POST", "", "application/json", `{"query":"{ a }","variables":{},"operationName":null}`},
		"variables of an expression": {1.1, `{"endpoint":"/q","query":"{ a }","variables":"={{ {x: [1, 2]} }}"}`,
			"POST", "", "application/json", `{"query":"{ a }","variables":{"x":[1,2]},"operationName":null}`},
		"raw is version 1's default": {1, `{"endpoint":"/q","query":"{ a }","headerParametersUi":{"parameter":[{"name":"X-A","value":"b"}]}}`,
			"POST", "", "application/graphql", `{ a }`},
		"GET": {1, `{"endpoint":"/q","requestMethod":"GET","query":"{ a }"}`, "GET", "query=%7B%20a%20%7D", "", ``},
	} {
		t.Run(name, func(t *testing.T) {
			b := graph(t, 200, `{"data":{"a":1}}`)
			if got := b.items(b.run(x.version, x.params)); got != `[{"data":{"a":1}}]` {
				t.Errorf("items: %s", got)
			}
			r := b.requests[0]
			if r.Method != x.method || strings.ReplaceAll(r.URL.RawQuery, "+", "%20") != x.query || b.bodies[0] != x.body {
				t.Errorf("%s %s with %s", r.Method, r.URL, b.bodies[0])
			}
			if got := r.Header.Get("Content-Type"); got != x.typ {
				t.Errorf("the content type is %q", got)
			}
		})
	}
}

func TestGraphQLAnswers(t *testing.T) {
	const params = `{"endpoint":"/q","query":"{ a }"}`
	if b := graph(t, 200, `[{"data":1},{"data":2}]`); b.items(b.run(1.1, params)) != `[{"data":1},{"data":2}]` {
		t.Error("a list is not one item each")
	}
	if b := graph(t, 400, `{"message":"bad"}`); b.items(b.run(1.1, params)) != `[{"message":"bad"}]` {
		t.Error("a status alone is a failure")
	}
	text := `{"endpoint":"/q","query":"{ a }","requestFormat":"graphql","responseFormat":"string","dataPropertyName":"text"}`
	if b := graph(t, 200, `{"data": {"a": 1}}`); b.items(b.run(1.1, text)) != `[{"text":"{\"data\": {\"a\": 1}}"}]` {
		t.Error("the text is changed")
	}
	for body, want := range map[string]string{
		`{"errors":[{"message":"no a"},{"message":"no b"}]}`: "no a, no b",
		`{"errors":"broken"}`:                                "broken",
		`{"errors":{"x":1}}`:                                 "Unexpected error",
		`<html>`:                                             `Response body is not valid JSON. Change "Response Format" to "String"`,
	} {
		b := graph(t, 200, body)
		if out := b.run(1.1, params); out.Err == nil || fault.Of(out.Err).Message != want {
			t.Errorf("%s: %v", body, out.Err)
		}
		b.tweak = func(n *workflow.Node) { n.OnError = workflow.OnErrorContinueRegular }
		if got := b.items(b.run(1.1, params)); !strings.HasPrefix(got, `[{"error":"`) {
			t.Errorf("%s goes on as %s", body, got)
		}
	}
	for _, wrong := range []string{`"variables":"{"`, `"variables":"={{ 7 }}"`} {
		b := graph(t, 200, `{}`)
		if out := b.run(1.1, `{"endpoint":"/q","query":"{ a }",`+wrong+`}`); out.Err == nil || len(b.requests) > 0 {
			t.Errorf("%s is sent", wrong)
		}
	}
}

// TestGraphQLMutationsHaveEffects: only a document of queries may be sent again.
func TestGraphQLMutationsHaveEffects(t *testing.T) {
	for query, want := range map[string]node.Effect{
		"{ a }": node.Safe, "query { mutations }": node.Safe, "mutation { pay }": node.Unsafe, "query A { a } mutation B { b }": node.Unsafe,
	} {
		b := graph(t, 200, `{}`)
		env, step := b.env(1.1, `{"endpoint":"/q","query":"`+query+`"}`)
		if got := env.EffectOf(t.Context(), step); got != want {
			t.Errorf("%s is %v", query, got)
		}
	}
}

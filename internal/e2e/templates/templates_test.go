package templates

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/template"
)

// Every built-in template does what its cases say.
func TestBuiltinRun(t *testing.T) {
	catalogue, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	registry := nodes.Registry()
	for _, tpl := range catalogue.All() {
		for _, c := range tpl.Test.Cases {
			t.Run(tpl.ID+"/"+c.Name, func(t *testing.T) {
				played, err := Play(t.Context(), registry, tpl, c)
				if err != nil {
					t.Fatal(err)
				}
				if problems := Check(played, c.Expect); len(problems) > 0 {
					t.Errorf("%s\norder: %s", strings.Join(problems, "\n"), strings.Join(played.Order, ", "))
				}
			})
		}
	}
}

const small = `{"nodes":[
	{"name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
	{"name":"Send","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[220,0],"parameters":{
		"method":"POST","url":"=https://example.com/orders/{{ $json.id }}","sendBody":true,"specifyBody":"json","jsonBody":"={{ {list: [{a: 1}, {a: 2, b: 'x'}], id: $json.id} }}"}}],
	"connections":{"Start":{"main":[[{"node":"Send","type":"main","index":0}]]}},"settings":{"executionOrder":"v1"}}`

// A case that says something else than what happens fails, and says why.
func TestCheckFinds(t *testing.T) {
	const start = `"start":{"node":"Start","items":[{"id":7}]}`
	for _, c := range []struct{ mocks, expect, want string }{
		{`{"method":"POST","url":"https://example.com/orders/*","body":{"list":[{"b":"x"}],"id":7},"json":{"ok":true}}`, `{"last":"Send","nodes":{"Send":{"runs":1,"items":1,"json":[{"ok":true}]}}}`, ""},
		{`{"status":404,"text":"gone"}`, `{"status":"failed","error":"UPSTREAM_ERROR","last":"Send"}`, ""},
		{`{"method":"PUT"}`, `{"last":"Send"}`, "the method is not PUT"},
		{`{"url":"https://example.com/o/7"}`, `{"last":"Send"}`, "the address is not"},
		{`{"query":{"a":"b"}}`, `{"last":"Send"}`, `query a is "", not "b"`},
		{`{"body":{"id":8}}`, `{"last":"Send"}`, "body.id is 7, not 8"},
		{`{"body":{"list":[{"a":2},{"a":1}]}}`, `{"last":"Send"}`, "no element like number 1"},
		{`{"json":{}},{"json":{}}`, `{"last":"Send"}`, "did not make 1 of the calls"},
		{`{"json":{}}`, `{"last":"Start"}`, `the last node is "Send"`},
		{`{"json":{"ok":1}}`, `{"nodes":{"Send":{"json":[{"ok":2}]}}}`, "item 0.ok is 1, not 2"},
		{`{"json":[1]}`, `{"nodes":{"Send":{"items":2,"runs":2}}}`, "gives 1 items, want 2"},
		{`{"json":{}}`, `{"status":"failed"}`, "the run is completed, want failed"},
		{`{"json":{}}`, `{"notRun":["Send"]}`, `"Send" has run`},
	} {
		tpl := &template.Template{Raw: json.RawMessage(small)}
		var kase template.Case
		if err := json.Unmarshal([]byte(`{`+start+`,"mocks":{"Send":{"http":[`+c.mocks+`]}},"expect":`+c.expect+`}`), &kase); err != nil {
			t.Fatal(err)
		}
		played, err := Play(t.Context(), nodes.Registry(), tpl, kase)
		if err != nil {
			t.Fatal(err)
		}
		problems := strings.Join(Check(played, kase.Expect), "\n")
		if (problems == "") != (c.want == "") || !strings.Contains(problems, c.want) {
			t.Errorf("%s, %s: problems %q, want %q", c.mocks, c.expect, problems, c.want)
		}
	}
}

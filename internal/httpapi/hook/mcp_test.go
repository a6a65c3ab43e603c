package hook

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var registry = sync.OnceValue(nodes.Registry)

// setupMCP is a server with tools of three kinds.
func setupMCP(t *testing.T, version, params string) *fixture {
	t.Helper()
	f := setupNode(t, `{"id":"1","name":"My tools","type":"`+trigger.TypeMCP+`","typeVersion":`+version+`,"webhookId":"wid",
		"credentials":{"httpBearerAuth":{"id":"c1"},"httpHeaderAuth":{"id":"c1"}},"parameters":`+params+`},
		{"id":"2","name":"Find events","type":"n8n-nodes-base.googleCalendarTool","typeVersion":1.3,"credentials":{"googleCalendarOAuth2Api":{"id":"c2"}},"parameters":
			{"operation":"getAll","toolDescription":"My days","descriptionType":"manual","limit":"={{ $fromAI('Limit', 'how many', 'number') }}"}},
		{"id":"3","name":"Ask","type":"@n8n/n8n-nodes-langchain.toolWorkflow","typeVersion":2.2,"parameters":{"description":"Asks","workflowId":{"__rl":true,"value":"wf_2"}}},
		{"id":"4","name":"calc","type":"@n8n/n8n-nodes-langchain.toolCalculator","typeVersion":1,"parameters":{}}`)
	wf, _, _ := f.Workflows.Workflow(t.Context(), "ten_a", "wf_1", 1)
	to := []workflow.Target{{Node: "My tools", Type: "ai_tool"}}
	wf.Connections = workflow.Connections{}
	for _, name := range []string{"Find events", "Ask", "calc"} {
		wf.Connections[name] = map[string][][]workflow.Target{"ai_tool": {to}}
	}
	f.Types = registry
	f.Credentials.(vault)["ten_a/httpBearerAuth/c1"] = map[string]string{"token": "t0ken"}
	return f
}

// bearer is a client that shows a token.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b != "" {
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// connect opens a session by the protocol's official SDK.
func (f *fixture) connect(t *testing.T, path, token string) (*sdk.ClientSession, error) {
	t.Helper()
	web := httptest.NewServer(f)
	t.Cleanup(web.Close)
	c := sdk.NewClient(&sdk.Implementation{Name: "judge", Version: "1"}, nil)
	s, err := c.Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: web.URL + "/hooks/ten_a/" + path, HTTPClient: &http.Client{Transport: bearer(token)}, MaxRetries: -1}, nil)
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func TestAnMCPClientListsAndCallsTools(t *testing.T) {
	for version, path := range map[string]string{"1": "tools/sse", "1.1": "tools", "2": "tools", "2.1": "tools"} {
		f := setupMCP(t, version, `{"path":"/tools","authentication":"bearerAuth","instructions":"Be kind."}`)
		s, err := f.connect(t, path, "t0ken")
		if err != nil {
			t.Fatal(err)
		}
		if in := s.InitializeResult(); in.ServerInfo.Name != "My tools" || in.Instructions != "Be kind." || in.Capabilities.Tools == nil {
			t.Errorf("initialize: %+v", in)
		}
		if err := s.Ping(t.Context(), nil); err != nil {
			t.Error(err)
		}
		list, err := s.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, x := range list.Tools {
			names = append(names, x.Name+": "+x.Description)
		}
		slices.Sort(names)
		if len(names) != 3 || names[0] != "Ask: Asks" || names[1] != "Find_events: My days" || !strings.HasPrefix(names[2], "calculator: ") {
			t.Errorf("tools: %v", names)
		}
		for _, x := range list.Tools {
			schema, _ := json.Marshal(x.InputSchema)
			if x.Name == "Find_events" && string(schema) != `{"properties":{"Limit":{"description":"how many","type":"number"}},"required":["Limit"],"type":"object"}` {
				t.Errorf("schema: %s", schema)
			}
		}
		if len(f.desk.launches) != 0 {
			t.Errorf("a list of tools made %d runs", len(f.desk.launches))
		}
		f.desk.end(execution.Completed, workflow.Item{JSON: value.Obj("result", "42", "isError", false)})
		got, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "calculator", Arguments: map[string]any{"input": "6*7"}})
		if err != nil || got.IsError || got.Content[0].(*sdk.TextContent).Text != "42" {
			t.Fatalf("%+v %v", got, err)
		}
		l := f.desk.launches[0]
		call, _ := f.item(t).JSON.Get("mcpToolCall")
		if text := string(value.JSON(call)); text != `{"toolName":"calculator","arguments":{"input":"6*7"}}` || l.Start.Node != "My tools" || l.IdempotencyKey == "" {
			t.Errorf("launched with %s %+v", text, l)
		}
		headers, shown := f.item(t).JSON.Get("headers")
		if shown != (version == "2.1") || shown && strings.Contains(string(value.JSON(headers)), "t0ken") {
			t.Errorf("version %s shows headers %v", version, headers)
		}
		if _, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "nothing"}); err == nil || !strings.Contains(err.Error(), "Unknown tool") || len(f.desk.launches) != 1 {
			t.Errorf("a tool that is not there: %v, %d runs", err, len(f.desk.launches))
		}
	}
}

// What becomes of a run is told as the tool's result or error; a repeated message
// makes no second run.
func TestEndsOfACallOfATool(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(f *fixture)
		text   string
		failed bool
	}{
		"tool's error": {func(f *fixture) {
			f.desk.end(execution.Completed, workflow.Item{JSON: value.Obj("result", "no such day", "isError", true)})
		}, "no such day", true},
		"failed run": {func(f *fixture) { f.desk.end(execution.Failed) }, "execution exe_0 is failed", true},
		"long run": {func(f *fixture) {
			f.desk.onGet = func(int) { f.clock.Advance(maxWait) }
		}, "goes on as execution exe_0", true},
	} {
		f := setupMCP(t, "2", `{"path":"tools"}`)
		c.end(f)
		body := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"calculator","arguments":{"input":"1"}}}`
		for range 2 {
			w := f.call("POST", "/hooks/ten_a/tools", "application/json", []byte(body), "Mcp-Session-Id", "s1")
			v, err := value.ParseObject(w.Body.Bytes())
			if err != nil || w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", name, w.Code, w.Body)
			}
			text, _ := value.Path(v, "result", "content", 0, "text")
			failed, _ := value.Path(v, "result", "isError")
			if s, _ := text.(string); !strings.Contains(s, c.text) || failed != c.failed {
				t.Errorf("%s: %s", name, w.Body)
			}
		}
		if len(f.desk.launches) != 1 {
			t.Errorf("%s: a message that came twice made %d runs", name, len(f.desk.launches))
		}
		f.call("POST", "/hooks/ten_a/tools", "application/json", []byte(strings.Replace(body, "7", "8", 1)), "Mcp-Session-Id", "s1")
		f.call("POST", "/hooks/ten_a/tools", "application/json", []byte(body), "Mcp-Session-Id", "s2")
		if len(f.desk.launches) != 3 {
			t.Errorf("%s: other messages make %d runs", name, len(f.desk.launches))
		}
	}
}

func TestMCPMessagesThatAreRefused(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"calculator","arguments":{}}}`
	for name, c := range map[string]struct {
		method, kind, body string
		headers            []string
		status             int
		answer             string
	}{
		"stream":         {method: "GET", status: 405, answer: "-32600"},
		"end":            {method: "DELETE", status: 405, answer: "-32600"},
		"page":           {method: "POST", kind: "text/plain", body: call, status: 415, answer: "application/json"},
		"no JSON":        {method: "POST", kind: "application/json", body: "{", status: 400, answer: "-32700"},
		"batch":          {method: "POST", kind: "application/json", body: "[" + call + "]", status: 400, answer: "-32600"},
		"no version":     {method: "POST", kind: "application/json", body: `{"id":1,"method":"ping"}`, status: 400, answer: "-32600"},
		"odd id":         {method: "POST", kind: "application/json", body: `{"jsonrpc":"2.0","id":{},"method":"ping"}`, status: 400, answer: "-32600"},
		"old revision":   {method: "POST", kind: "application/json", body: call, headers: []string{"MCP-Protocol-Version", "2020-01-01"}, status: 400, answer: "-32600"},
		"unknown method": {method: "POST", kind: "application/json", body: `{"jsonrpc":"2.0","id":1,"method":"prompts/list"}`, status: 200, answer: "-32601"},
		"no tool":        {method: "POST", kind: "application/json", body: `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, status: 200, answer: "-32602"},
		"no object":      {method: "POST", kind: "application/json", body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"calculator","arguments":"x"}}`, status: 200, answer: "-32602"},
		"notification":   {method: "POST", kind: "application/json", body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`, status: 202},
		"large":          {method: "POST", kind: "application/json", body: `"` + strings.Repeat("x", 5<<20) + `"`, status: 413, answer: "PAYLOAD_TOO_LARGE"},
		"another tenant": {method: "POST", kind: "application/json", body: call, status: 404},
	} {
		f := setupMCP(t, "2", `{"path":"tools"}`)
		tenant := "ten_a"
		if name == "another tenant" {
			tenant = "ten_b"
		}
		w := f.call(c.method, "/hooks/"+tenant+"/tools", c.kind, []byte(c.body), c.headers...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) || len(f.desk.launches) != 0 {
			t.Errorf("%s: %d %s, %d runs", name, w.Code, w.Body, len(f.desk.launches))
		}
		if c.status == 405 && w.Header().Get("Allow") != "POST" {
			t.Errorf("%s: Allow is %q", name, w.Header().Get("Allow"))
		}
	}
	f := setupMCP(t, "2", `{"path":"tools"}`)
	limit := fault.New(fault.LimitExceeded, fault.CodePlanRuns, "All runs of the month are used.")
	limit.RetryAfter = time.Minute
	f.desk.err = limit
	w := f.call("POST", "/hooks/ten_a/tools", "application/json", []byte(call))
	if w.Code != 429 || w.Header().Get("Retry-After") != "60" || !strings.Contains(w.Body.String(), "All runs of the month") {
		t.Errorf("a plan's limit: %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestWhoMayUseAnMCPServer(t *testing.T) {
	const ping = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for _, c := range []struct {
		auth   string
		header []string
		status int
	}{
		{"none", nil, 200}, {"bearerAuth", nil, 403}, {"bearerAuth", []string{"Authorization", "Bearer wrong"}, 403}, {"bearerAuth", []string{"Authorization", "Bearer t0ken"}, 200},
		{"headerAuth", nil, 403}, {"headerAuth", []string{"X-Key", "v"}, 200},
	} {
		f := setupMCP(t, "2", `{"path":"tools","authentication":"`+c.auth+`"}`)
		if w := f.call("POST", "/hooks/ten_a/tools", "application/json", []byte(ping), c.header...); w.Code != c.status {
			t.Errorf("%s with %v: %d %s", c.auth, c.header, w.Code, w.Body)
		}
	}
	f := setupMCP(t, "2", `{"path":"tools","authentication":"bearerAuth"}`)
	if _, err := f.connect(t, "tools", "wrong"); err == nil {
		t.Error("a client with a wrong token was let in")
	}
}

// What cannot be served is refused when the workflow is activated.
func TestMCPServersThatCannotBeActivated(t *testing.T) {
	for params, want := range map[string]string{
		`{"path":"a/:b"}`: "fixed text", `{"path":"={{ 1 }}"}`: "expression", `{"path":"x","authentication":"n8nOAuth2"}`: "bearerAuth", `{"path":"waiting"}`: "waiting",
	} {
		wf, err := workflow.Parse([]byte(`{"name":"w","nodes":[{"id":"1","name":"M","type":"` + trigger.TypeMCP + `","typeVersion":2,"parameters":` + params + `}],"connections":{}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := trigger.Of(wf, trigger.Owner{Tenant: "ten_a"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", params, err, want)
		}
	}
	wf, err := workflow.Parse([]byte(`{"name":"w","nodes":[{"id":"1","name":"M","type":"` + trigger.TypeMCP + `","typeVersion":2,"webhookId":"u","parameters":{}},
		{"id":"2","name":"C","type":"@n8n/n8n-nodes-langchain.mcpClientTool","typeVersion":1.2,"parameters":{}}],"connections":{"C":{"ai_tool":[[{"node":"M","type":"ai_tool","index":0}]]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trigger.Of(wf, trigger.Owner{Tenant: "ten_a"}); err == nil || !strings.Contains(err.Error(), "another MCP server") {
		t.Errorf("tools of another server: %v", err)
	}
}

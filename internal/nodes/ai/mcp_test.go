package ai

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// mcpBench is an agent with a server of the protocol's official SDK.
type mcpBench struct {
	*bench
	url  string
	lost bool          // the connection of a call breaks
	over chan struct{} // closed when the test ends

	mu    sync.Mutex
	heads []http.Header // of all requests
}

type sumInput struct {
	A float64 `json:"a" jsonschema:"the first number"`
	B float64 `json:"b"`
}

type sumOutput struct {
	Sum float64 `json:"sum"`
}

// sdkServer has tools that give structure, text, a picture, an error and no end.
func (b *mcpBench) sdkServer() *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "judge", Version: "1"}, &sdk.ServerOptions{PageSize: 2})
	sdk.AddTool(s, &sdk.Tool{Name: "add", Description: "Adds two numbers"}, func(_ context.Context, _ *sdk.CallToolRequest, in sumInput) (*sdk.CallToolResult, sumOutput, error) {
		return nil, sumOutput{in.A + in.B}, nil
	})
	sdk.AddTool(s, &sdk.Tool{Name: "list.all", Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true}}, func(ctx context.Context, r *sdk.CallToolRequest, _ struct{}) (*sdk.CallToolResult, any, error) {
		if err := r.Session.Ping(ctx, nil); err != nil { // the client answers what comes on the way
			return nil, nil, err
		}
		return &sdk.CallToolResult{Content: []sdk.Content{
			&sdk.TextContent{Text: `{"n":1}`}, &sdk.ImageContent{Data: []byte("picture"), MIMEType: "image/png"},
			&sdk.TextContent{Text: "you sent " + b.sent()}}}, nil, nil
	})
	sdk.AddTool(s, &sdk.Tool{Name: "fail"}, func(context.Context, *sdk.CallToolRequest, struct{}) (*sdk.CallToolResult, any, error) {
		return nil, nil, errors.New("no such thing")
	})
	sdk.AddTool(s, &sdk.Tool{Name: "hang"}, func(ctx context.Context, _ *sdk.CallToolRequest, _ struct{}) (*sdk.CallToolResult, any, error) {
		select {
		case <-ctx.Done():
		case <-b.over:
		}
		return nil, nil, errors.New("given up")
	})
	sdk.AddTool(s, &sdk.Tool{Name: "large"}, func(context.Context, *sdk.CallToolRequest, struct{}) (*sdk.CallToolResult, any, error) {
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: strings.Repeat("x", 5<<20)}}}, nil, nil
	})
	return s
}

// sent are the secrets of the last request.
func (b *mcpBench) sent() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.heads[len(b.heads)-1]
	return h.Get("Authorization") + h.Get("X-Two")
}

func newMCPBench(t *testing.T, transport string) *mcpBench {
	b := &mcpBench{bench: setup(t), over: make(chan struct{})}
	s := b.sdkServer()
	get := func(*http.Request) *sdk.Server { return s }
	var h http.Handler = sdk.NewSSEHandler(get, nil)
	if transport != "sse" {
		h = sdk.NewStreamableHTTPHandler(get, &sdk.StreamableHTTPOptions{JSONResponse: transport == "json"})
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.heads = append(b.heads, r.Header.Clone())
		lost := b.lost
		b.mu.Unlock()
		if lost && r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections) // streams that stand would keep it
	t.Cleanup(func() { close(b.over) })
	b.url = web.URL + "/mcp"
	host, _ := url.Parse(web.URL)
	b.http = safedial.New(safedial.Options{AllowHosts: []string{host.Host}})
	b.creds = token("secret-of-mine")
	b.model()
	return b
}

// attachServer connects the server to the agent as a tool provider.
func (b *mcpBench) attachServer(version float64, params string) {
	b.attach("AI", "ai_tool", mcpToolType, version, strings.ReplaceAll(params, "URL", b.url))
	n := b.nodes[len(b.nodes)-1]
	b.wires["My server!"] = b.wires[n.Name]
	delete(b.wires, n.Name)
	n.Name = "My server!"
	n.Credentials = map[string]workflow.CredentialRef{}
	for _, k := range mcpCredentials {
		n.Credentials[k] = workflow.CredentialRef{ID: "c1", Name: "mine"}
	}
}

// told is what the model was told last.
func (b *mcpBench) told() string {
	calls := b.server.Calls()
	m := calls[len(calls)-1].Messages
	return string(m[len(m)-1].Content)
}

// mcpSecrets are the fields that each way to authenticate takes.
type mcpSecrets struct{}

func (mcpSecrets) Open(context.Context, string, string, workflow.CredentialRef) (map[string]string, error) {
	return map[string]string{"token": "secret-of-mine", "name": "Authorization", "value": "secret-of-mine", "accessToken": "secret-of-mine",
		"headers": `{"values":[{"name":"Authorization","value":"secret-of-mine"},{"name":"X-Two","value":"second-secret"}]}`}, nil
}

func TestAnAgentUsesTheToolsOfAnMCPServer(t *testing.T) {
	for name, c := range map[string]struct {
		transport string
		version   float64
		params    string
	}{
		"stream":   {"stream", 1.4, `{"endpointUrl":"URL","authentication":"none"}`},
		"json":     {"json", 1.2, `{"endpointUrl":"URL","serverTransport":"httpStreamable"}`},
		"sse":      {"sse", 1.1, `{"endpointUrl":"URL"}`},
		"first":    {"sse", 1, `{"sseEndpoint":"URL"}`},
		"selected": {"stream", 1.2, `{"endpointUrl":"URL","include":"selected","includeTools":["add"]}`},
		"except":   {"stream", 1.3, `{"endpointUrl":"URL","include":"except","excludeTools":["hang","large","fail","list.all"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newMCPBench(t, c.transport)
			b.attachServer(c.version, c.params)
			b.answers(openai.Rule{Contains: "2 and 3", Tool: "My_server__add", Reply: `{"a":2,"b":3}`}, openai.Rule{Contains: `"sum":5`, Reply: "Five."})
			out := b.run(lc+"agent", 1.7, request("2 and 3?"))
			if got := b.items(out); got != `[{"output":"Five."}]` {
				t.Fatalf("items: %s", got)
			}
			body, err := value.Parse(b.server.Calls()[0].Body)
			if err != nil {
				t.Fatal(err)
			}
			sent, _ := value.Path(body, "tools")
			var names []string
			for _, tool := range sent.([]any) {
				name, _ := value.Path(tool, "function", "name")
				names = append(names, node.Text(name))
			}
			want := []string{"My_server__add", "My_server__fail", "My_server__hang", "My_server__large", "My_server__list_all"}
			if name == "selected" || name == "except" {
				want = want[:1]
			}
			if !slices.Equal(names, want) {
				t.Errorf("tools: %v", names)
			}
			if e := b.effect(lc+"agent", 1.7, `{}`); e != node.Unsafe {
				t.Errorf("an agent with tools of a server that says nothing of them is %s", e)
			}
		})
	}
}

func TestCredentialsOfAnMCPServer(t *testing.T) {
	for auth, want := range map[string]string{
		"bearerAuth": "Bearer secret-of-mine", "headerAuth": "secret-of-mine", "multipleHeadersAuth": "secret-of-mine", "mcpOAuth2Api": "Bearer secret-of-mine", "none": "",
	} {
		for _, transport := range []string{"stream", "sse"} {
			b := newMCPBench(t, transport)
			b.creds = mcpSecrets{}
			mode := map[string]string{"stream": "httpStreamable", "sse": "sse"}[transport]
			b.attachServer(1.2, `{"endpointUrl":"URL","serverTransport":"`+mode+`","authentication":"`+auth+`"}`)
			b.answers(openai.Rule{Contains: "show", Tool: "My_server__list_all", Reply: `{}`}, openai.Rule{Contains: "you sent", Reply: "done"})
			if got := b.items(b.run(lc+"agent", 1.7, request("show"))); got != `[{"output":"done"}]` {
				t.Fatalf("%s: items %s", auth, got)
			}
			b.mu.Lock()
			heads := slices.Clone(b.heads)
			b.mu.Unlock()
			for _, h := range heads {
				if h.Get("Authorization") != want || auth == "multipleHeadersAuth" && h.Get("X-Two") != "second-secret" {
					t.Errorf("%s over %s: a request had %v", auth, transport, h)
				}
			}
			said := b.told()
			if strings.Contains(said, "secret-of-mine") || strings.Contains(said, "second-secret") {
				t.Errorf("%s: the model was told a secret: %s", auth, said)
			}
			if !strings.Contains(said, "(image of ") || strings.Contains(said, "cGljdHVyZQ") {
				t.Errorf("the picture was not left out: %s", said)
			}
		}
	}
}

// What a tool says goes to the model; what may have happened and is not known stops the run.
func TestErrorsOfAnMCPServer(t *testing.T) {
	for _, c := range []struct {
		tool, args, told string
		code             fault.Code // of the run; "": it goes on
	}{
		{tool: "fail", args: `{}`, told: "no such thing"},
		{tool: "add", args: `{"a":"x"}`, told: "validating"},
		{tool: "gone", args: `{}`, told: "There is no tool"},
		{tool: "hang", args: `{}`, code: fault.CodeNodeTimeout},
		{tool: "large", args: `{}`, code: fault.CodePayloadTooLarge},
	} {
		for _, transport := range []string{"stream", "json", "sse"} {
			b := newMCPBench(t, transport)
			mode := map[string]string{"sse": "sse"}[transport]
			if mode == "" {
				mode = "httpStreamable"
			}
			timeout := ""
			if c.tool == "hang" {
				timeout = `,"options":{"timeout":20}`
			}
			b.attachServer(1.4, `{"endpointUrl":"URL","serverTransport":"`+mode+`"`+timeout+`}`)
			b.answers(openai.Rule{Contains: "do it", Tool: "My_server__" + c.tool, Reply: c.args}, openai.Rule{Reply: "ok"})
			out := b.run(lc+"agent", 1.7, request("do it"))
			if c.code != "" {
				if out.Err == nil || out.Err.Code != c.code || out.Err.Outcome != fault.Unknown {
					t.Errorf("%s over %s: %+v, want %s with an unknown outcome", c.tool, transport, out.Err, c.code)
				}
				continue
			}
			if got := b.items(out); got != `[{"output":"ok"}]` || !strings.Contains(b.told(), c.told) {
				t.Errorf("%s over %s: %s, the model was told %s", c.tool, transport, got, b.told())
			}
		}
	}
}

// elsewhere is a server that does not speak the protocol.
func elsewhere(b *mcpBench) {
	b.url = b.base + "/models"
	host, _ := url.Parse(b.base)
	b.http = safedial.New(safedial.Options{AllowHosts: []string{host.Host}})
}

// A server that cannot be reached fails the agent before its model is asked; nothing
// has happened, so that the attempt may be repeated.
func TestAnMCPServerThatCannotBeReached(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *mcpBench)
		params string
		code   fault.Code
	}{
		"private address": {func(b *mcpBench) { b.http = safedial.New(safedial.Options{}) }, `{"endpointUrl":"URL"}`, fault.CodeAddressRefused},
		"broken":          {func(b *mcpBench) { b.lost = true }, `{"endpointUrl":"URL"}`, fault.CodeUpstream},
		"no server":       {elsewhere, `{"endpointUrl":"URL"}`, fault.CodeUpstream},
		"no stream":       {elsewhere, `{"endpointUrl":"URL","serverTransport":"sse"}`, fault.CodeUpstream},
		"no URL":          {func(*mcpBench) {}, `{"endpointUrl":""}`, fault.CodeNodeError},
		"no tools left":   {func(*mcpBench) {}, `{"endpointUrl":"URL","include":"selected","includeTools":["nothing"]}`, fault.CodeNodeError},
		"no credential":   {func(b *mcpBench) { b.creds = nil }, `{"endpointUrl":"URL","authentication":"bearerAuth"}`, fault.CodeCredentialMissing},
		"no such way":     {func(*mcpBench) {}, `{"endpointUrl":"URL","authentication":"n8nOAuth2"}`, fault.CodeNodeError},
	} {
		t.Run(name, func(t *testing.T) {
			b := newMCPBench(t, "stream")
			c.change(b)
			b.attachServer(1.4, c.params)
			out := b.run(lc+"agent", 1.7, request("x"))
			if out.Err == nil || out.Err.Code != c.code || out.Err.Outcome == fault.Unknown || len(b.server.Calls()) != 0 {
				t.Errorf("%+v after %d calls of the model", out.Err, len(b.server.Calls()))
			}
		})
	}
}

func TestTheMCPClientNode(t *testing.T) {
	b := newMCPBench(t, "stream")
	params := func(tool, args string) string {
		return strings.ReplaceAll(`{"endpointUrl":"URL","tool":{"__rl":true,"mode":"list","value":"`+tool+`"},`+args+`}`, "URL", b.url)
	}
	const at = lc + "mcpClient"
	out := b.run(at, 1.1, params("add", `"parameters":{"mappingMode":"defineBelow","value":{"a":"={{ $json.n }}","b":1}}`), json(`{"n":1}`), json(`{"n":2}`))
	want := `[{"structuredContent":{"sum":2},"content":[{"type":"text","text":{"sum":2}}]},{"structuredContent":{"sum":3},"content":[{"type":"text","text":{"sum":3}}]}]`
	if got := b.items(out); got != want {
		t.Errorf("items: %s", got)
	}
	out = b.run(at, 1.1, params("list.all", `"inputMode":"json","jsonInput":"{}"`))
	if got := b.items(out); got != `[{"content":[{"type":"text","text":{"n":1}},{"type":"text","text":"you sent "}]}]` || string(out.Run.Outputs[0][0].Binary["data_0"].Data) != "picture" {
		t.Errorf("items: %s %+v", got, out.Run.Outputs[0][0].Binary)
	}
	for version, failed := range map[float64]bool{1: false, 1.1: true} {
		out = b.run(at, version, params("fail", `"inputMode":"json","jsonInput":"{}"`))
		if (out.Err != nil) != failed || failed && (out.Err.Message != "no such thing" || out.Err.Outcome != fault.Unknown) {
			t.Errorf("version %v: %+v", version, out.Err)
		}
	}
	if out = b.run(at, 1.1, params("gone", `"inputMode":"json","jsonInput":"{}"`)); out.Err == nil || !strings.Contains(out.Err.Message, "MCP error -32602") || out.Err.Outcome == fault.Unknown {
		t.Errorf("a tool that is not there: %+v", out.Err)
	}
	if e := b.effect(at, 1.1, `{}`); e != node.Unsafe {
		t.Errorf("the effect is %s", e)
	}
}

package ai

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/mcp"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const mcpToolType = "mcpClientTool"

// mcpToolNode is listed with its parameters; what it does is mcpTools.
func mcpToolNode() node.Type {
	t := subType(mcpToolType, "MCP tools", []float64{1, 1.1, 1.2, 1.3, 1.4}, mcpCredentials...)
	t.Spec.Name, t.Spec.Description = "MCP Client Tool", "Gives an AI node the tools of an MCP server, read when the agent starts."
	later := map[string][]any{"@version": {1.1, 1.2, 1.3, 1.4}}
	t.Spec.Params = []node.Param{
		{Name: "sseEndpoint", Type: "string", Description: "The server's address for SSE.", Show: map[string][]any{"@version": {1.0}}},
		{Name: "endpointUrl", Type: "string", Description: "The server's address.", Show: later},
		{Name: "serverTransport", Type: "options", Default: "sse", Options: mcpTransports, Show: map[string][]any{"@version": {1.1}}},
		{Name: "serverTransport", Type: "options", Default: "httpStreamable", Options: mcpTransports, Show: map[string][]any{"@version": {1.2, 1.3, 1.4}}},
		mcpAuthParam(),
		{Name: "include", Type: "options", Default: "all", Description: "Which of the server's tools the model gets.", Options: []node.Option{
			{Value: "all", Name: "All"}, {Value: "selected", Name: "Selected"}, {Value: "except", Name: "All Except"}}},
		{Name: "includeTools", Type: "multiOptions", Default: []any{}, Description: "Names of tools.", Show: map[string][]any{"include": {"selected"}}},
		{Name: "excludeTools", Type: "multiOptions", Default: []any{}, Description: "Names of tools.", Show: map[string][]any{"include": {"except"}}},
		{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
			{Name: "timeout", Type: "number", Default: float64(mcpTimeout), Description: "How long a call may take, in milliseconds."}}},
	}
	return t
}

var mcpTransports = []node.Option{{Value: "httpStreamable", Name: "HTTP Streamable"}, {Value: "sse", Name: "Server Sent Events (Deprecated)"}}

func mcpAuthParam() node.Param {
	return node.Param{Name: "authentication", Type: "options", Default: "none", Options: []node.Option{
		{Value: "none", Name: "None"}, {Value: "bearerAuth", Name: "Bearer Auth"}, {Value: "headerAuth", Name: "Header Auth"},
		{Value: "multipleHeadersAuth", Name: "Multiple Headers Auth"},
		{Value: "mcpOAuth2Api", Name: "MCP OAuth2", Description: "The client must be registered at the server: there is no dynamic registration."}}}
}

// mcpSettings reads how the server is reached; version 1 knows SSE alone.
func mcpSettings(r *sub) mcpServer {
	m := mcpServer{node: r.node, auth: r.text("authentication", "none"), timeout: timeoutOf(mcpTimeout)}
	if ms := r.number("options.timeout"); ms != nil {
		m.timeout = timeoutOf(*ms)
	}
	switch {
	case r.node.TypeVersion < 1.1:
		m.sse, m.url = true, r.text("sseEndpoint", "")
	case r.node.TypeVersion < 1.2:
		m.sse, m.url = r.text("serverTransport", "sse") == "sse", r.text("endpointUrl", "")
	default:
		m.sse, m.url = r.text("serverTransport", "httpStreamable") == "sse", r.text("endpointUrl", "")
	}
	return m
}

// mcpTools connects to the server and makes tools of those that the author chose.
// The session ends with the node run.
func mcpTools(s *session, r *sub) ([]*tool, error) {
	server := mcpSettings(r)
	pick := mcpPick(r)
	if err := r.problem(); err != nil {
		return nil, err
	}
	x, err := server.connect(r.ctx, s.c)
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, func() { x.Close(r.ctx) })
	all, err := x.Tools(r.ctx)
	if err != nil {
		return nil, notConnected(r.node, err)
	}
	var list []*tool
	for _, t := range all {
		if pick(t.Name) {
			list = append(list, mcpTool(r.node, server, x, t))
		}
	}
	if len(list) == 0 {
		return nil, node.WithDetail(node.Errorf("MCP Server returned no tools"),
			"Connected to the MCP server of \""+r.node.Name+"\", but none of its tools is left by the parameter Tools to Include.")
	}
	return list, nil
}

// mcpPick is the author's choice of tools; an empty choice is all, as n8n has it.
func mcpPick(r *sub) func(name string) bool {
	names := func(param string) []string {
		var out []string
		list, _ := r.value(param).([]any)
		for _, x := range list {
			out = append(out, node.Text(x))
		}
		return out
	}
	switch r.text("include", "all") {
	case "selected":
		if chosen := names("includeTools"); len(chosen) > 0 {
			return func(name string) bool { return slices.Contains(chosen, name) }
		}
	case "except":
		left := names("excludeTools")
		return func(name string) bool { return !slices.Contains(left, name) }
	}
	return func(string) bool { return true }
}

// maxName is the longest name of a tool that models take, in bytes.
const maxName = 64

// mcpName is the name of a server's tool for the model: after the node's, so that two
// servers may have tools of one name.
func mcpName(n *workflow.Node, tool string) string {
	tool = notInNames.ReplaceAllString(tool, "_")
	server := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, n.Name)
	room := maxName - len(tool) - 1
	if room <= 0 {
		return tool[:min(len(tool), maxName)]
	}
	return server[:min(len(server), room)] + "_" + tool
}

// mcpTool is one tool of a server. What it does is only known to the server: unless
// that says that it reads, a call may change something.
func mcpTool(n *workflow.Node, server mcpServer, x *mcpConnection, t mcp.Tool) *tool {
	schema := t.Schema
	if schema == nil {
		schema = value.Obj("type", "object", "properties", value.NewObject(0))
	}
	return &tool{
		name: mcpName(n, t.Name), description: t.Description, schema: schema, unsafe: !t.ReadOnly,
		run: func(ctx context.Context, text string) (string, error) {
			if strings.TrimSpace(text) == "" {
				text = "{}"
			}
			args, err := value.ParseObject([]byte(text))
			if err != nil {
				return "", node.Errorf("The arguments are not a JSON object.")
			}
			res, err := x.Call(ctx, t.Name, args, server.timeout)
			var refused *mcp.Error
			if errors.As(err, &refused) {
				return cut(x.auth.hide(refused.Error())), nil
			}
			if err != nil && t.ReadOnly { // nothing was done: the model may try something else
				err = known(err)
			}
			if err != nil {
				return "", err
			}
			return cut(x.auth.hide(mcpSaid(t.Name, res))), nil
		},
	}
}

// known is a failure whose outcome is not in doubt.
func known(err error) error {
	f := *fault.Of(err)
	f.Outcome = fault.Refused
	return &f
}

// mcpSaid is a result as the model reads it: n8n's choice among its forms.
func mcpSaid(name string, res mcp.Result) string {
	if res.IsError {
		if text := res.Text(); text != "" {
			return text
		}
		return fmt.Sprintf("Failed to execute tool %q", name)
	}
	if old, ok := res.Raw.Get("toolResult"); ok {
		return node.Text(old)
	}
	if res.Structured != nil {
		return string(value.JSON(res.Structured))
	}
	if res.Content != nil {
		return string(value.JSON(withoutFiles(res.Content)))
	}
	return string(value.JSON(res.Raw))
}

// withoutFiles is content whose pictures and sounds are only named: as text they
// would be noise to a model, and cost its tokens.
func withoutFiles(content []any) []any {
	out := make([]any, len(content))
	for i, x := range content {
		out[i] = x
		o, ok := x.(*value.Object)
		if typ := node.Get(o, "type", ""); ok && (typ == "image" || typ == "audio") {
			data := node.Get(o, "data", "")
			out[i] = value.Obj("type", "text", "text", fmt.Sprintf("(%s of %d bytes, %s, is left out)", typ, base64.StdEncoding.DecodedLen(len(data)), node.Get(o, "mimeType", "")))
		}
	}
	return out
}

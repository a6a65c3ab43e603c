package trigger

import (
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// typeMCPClient gives an AI node the tools of another server.
const typeMCPClient = "@n8n/n8n-nodes-langchain.mcpClientTool"

// mcpHooks returns the addresses of an MCP server. Until version 1.1 n8n's own address
// for clients ends in /sse; clients that try the newer transport there find it too.
// What is not served (GET, DELETE) is listened to, because it has an answer of its own.
func mcpHooks(n *workflow.Node) ([]Hook, error) {
	path, err := (&params{o: n.Parameters}).path(n)
	if err != nil {
		return nil, err
	}
	if strings.Contains("/"+path, "/:") {
		return nil, fmt.Errorf("parameter path has a segment that begins with \":\"; the address of an MCP server is fixed text")
	}
	paths := []string{path}
	if n.TypeVersion < 2 {
		paths = append(paths, path+"/sse")
	}
	var out []Hook
	for _, at := range paths {
		for _, verb := range []string{"POST", "GET", "DELETE"} {
			out = append(out, Hook{Method: verb, Path: at, Node: n.Name, Kind: KindMCP})
		}
	}
	return out, nil
}

// readMCP reads who may use an MCP server. Signing in at the platform by OAuth, which
// n8n offers, is none of the ways here.
func readMCP(n *workflow.Node) (Webhook, error) {
	p := &params{o: n.Parameters}
	w := Webhook{Auth: p.oneOf("authentication", "none", "none", "bearerAuth", "headerAuth"), Mode: AnswerLastNode, Status: 200}
	return w.done(p, p)
}

// checkServed refuses tools that an MCP server cannot list without calling out.
func checkServed(wf *workflow.Workflow, n *workflow.Node) error {
	if n.Type != TypeMCP {
		return nil
	}
	for _, t := range wf.Nodes {
		if t.Type != typeMCPClient || t.Disabled {
			continue
		}
		for _, targets := range wf.Connections[t.Name]["ai_tool"] {
			for _, to := range targets {
				if to.Node == n.Name {
					return fmt.Errorf("the tools of %q are those of another MCP server; connect clients to that server itself", t.Name)
				}
			}
		}
	}
	return nil
}

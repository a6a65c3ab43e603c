package trigger

import (
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The triggers that people use, a form and a chat, and the one that MCP clients use.
const (
	TypeForm       = form.TypeTrigger
	TypeChat       = "@n8n/n8n-nodes-langchain.chatTrigger"
	TypeManualChat = "@n8n/n8n-nodes-langchain.manualChatTrigger"
	TypeError      = "n8n-nodes-base.errorTrigger"
	TypeMCP        = "@n8n/n8n-nodes-langchain.mcpTrigger"
)

// Kind says what an address is, to people.
type Kind string

// The kinds of what starts a workflow beside schedules.
const (
	KindWebhook Kind = "webhook"
	KindForm    Kind = "form"
	KindChat    Kind = "chat"
	KindMCP     Kind = "mcp"   // tools for MCP clients
	KindError   Kind = "error" // the failure of another workflow
)

// Entry is a way to start the workflow that has no public address: a chat that is
// only for the tenant's members, or the failure of another workflow.
type Entry struct {
	Kind Kind   `json:"kind"`
	Node string `json:"node"` // name
}

// entries returns the node's ways in without an address.
func entries(n *workflow.Node) []Entry {
	switch {
	case n.Type == TypeError:
		return []Entry{{KindError, n.Name}}
	case n.Type == TypeManualChat, n.Type == TypeChat && !public(n):
		return []Entry{{KindChat, n.Name}}
	}
	return nil
}

// public reports whether a chat may be used by those who know its address.
func public(n *workflow.Node) bool {
	v, _ := n.Parameters.Get("public")
	return v == true
}

// pageHooks returns the addresses of a form or a public chat: its page, and where
// the page sends what people enter.
func pageHooks(n *workflow.Node) ([]Hook, error) {
	var path string
	kind := KindForm
	switch {
	case n.Type == TypeForm:
		p, options := &params{o: n.Parameters}, &params{o: member(n.Parameters, "options")}
		if path = cleanPath(p.text("path", "")); path == "" {
			path = cleanPath(options.text("path", ""))
		}
		if path == "" {
			path = n.WebhookID
		}
		if p.keep(options); p.err != nil {
			return nil, p.err
		}
	case n.Type == TypeChat && public(n):
		if n.WebhookID == "" {
			return nil, fmt.Errorf("the node has no webhookId; give it one in the workflow's JSON: a random UUID")
		}
		kind, path = KindChat, n.WebhookID+"/chat"
	default:
		return nil, nil
	}
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if strings.Contains("/"+path, "/:") {
		return nil, fmt.Errorf("parameter path has a segment that begins with \":\"; the address of a page is fixed text")
	}
	if _, err := ReadWebhook(n); err != nil {
		return nil, err
	}
	var out []Hook
	for _, verb := range []string{"GET", "POST"} {
		out = append(out, Hook{Method: verb, Path: path, Node: n.Name, Kind: kind})
	}
	return out, nil
}

// readForm reads how a form trigger answers, and who may see it.
func readForm(n *workflow.Node) (Webhook, error) {
	p, options := &params{o: n.Parameters}, &params{o: member(n.Parameters, "options")}
	w := Webhook{
		Auth: p.oneOf("authentication", "none", "none", "basicAuth"), Status: 200,
		Mode:       p.oneOf("responseMode", AnswerAtOnce, AnswerAtOnce, AnswerLastNode, AnswerByNode),
		IgnoreBots: options.flag("ignoreBots"),
	}
	v, _ := value.Path(n.Parameters, "formFields", "values")
	list, _ := v.([]any)
	if _, err := form.ReadFields(list, n.TypeVersion); err != nil && p.err == nil {
		p.err = err
	}
	return w.done(p, options)
}

// readChat reads how a chat answers, and who may use it. Answers are given whole:
// "streaming" answers as lastNode does.
func readChat(n *workflow.Node) (Webhook, error) {
	p, options := &params{o: n.Parameters}, &params{o: member(n.Parameters, "options")}
	w := Webhook{
		Auth: p.oneOf("authentication", "none", "none", "basicAuth"), Status: 200,
		Mode:          options.oneOf("responseMode", AnswerLastNode, AnswerLastNode, AnswerByNode, "streaming"),
		AllowedOrigin: options.text("allowedOrigins", "*"),
	}
	if w.Mode != AnswerByNode {
		w.Mode = AnswerLastNode
	}
	return w.done(p, options)
}

func (w Webhook) done(p, options *params) (Webhook, error) {
	if w.Auth == "none" {
		w.Auth = ""
	}
	p.keep(options)
	return w, p.err
}

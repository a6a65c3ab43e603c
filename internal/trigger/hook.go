package trigger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// TypeWebhook is n8n's webhook trigger.
const TypeWebhook = "n8n-nodes-base.webhook"

// Hook is where an HTTP call of a tenant's address leads.
type Hook struct {
	Tenant   ident.Tenant   `json:"-"`
	Method   string         `json:"method"`
	Path     string         `json:"path"` // without slashes at its ends; segments that begin with ":" are parameters
	Workflow ident.Workflow `json:"workflowId"`
	Version  int            `json:"version"`
	Node     string         `json:"node"` // name
	Kind     Kind           `json:"kind,omitempty"`
	// Registers is set where the platform registers the address at the service.
	Registers bool `json:"registers,omitempty"`
}

// maxPath is the longest path of a webhook, in bytes.
const maxPath = 512

// Segments are the parts of the path.
func (h Hook) Segments() []string { return strings.Split(h.Path, "/") }

// Dynamic reports whether the path has parameters.
func (h Hook) Dynamic() bool { return strings.HasPrefix(h.Path, ":") || strings.Contains(h.Path, "/:") }

// Match reports whether the path of a call fits, and the parameters it has.
func (h Hook) Match(path []string) (map[string]string, bool) {
	pattern := h.Segments()
	if len(pattern) != len(path) {
		return nil, false
	}
	var found map[string]string
	for i, s := range pattern {
		name, ok := strings.CutPrefix(s, ":")
		switch {
		case !ok && s != path[i]:
			return nil, false
		case ok:
			if found == nil {
				found = map[string]string{}
			}
			found[name] = path[i]
		}
	}
	return found, true
}

// Best chooses among hooks the one that fits a path best: the first segment in
// which they differ decides, fixed text before a parameter.
func Best(hooks []Hook, path []string) (Hook, map[string]string, bool) {
	var best Hook
	var params map[string]string
	found := false
	for _, h := range hooks {
		p, ok := h.Match(path)
		if ok && (!found || moreFixed(h.Segments(), best.Segments())) {
			best, params, found = h, p, true
		}
	}
	return best, params, found
}

func moreFixed(a, b []string) bool {
	for i := range a {
		fa, fb := !strings.HasPrefix(a[i], ":"), !strings.HasPrefix(b[i], ":")
		if fa != fb {
			return fa
		}
	}
	return false
}

// methods are what a webhook may listen to.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}

// hooks returns the addresses of a webhook node, a service's trigger, a form, a
// public chat or an MCP server; none for other nodes.
func hooks(n *workflow.Node) ([]Hook, error) {
	if typ := service.Of(n.Type); typ != nil {
		return serviceHooks(n, typ)
	}
	switch n.Type {
	case TypeWebhook:
	case TypeMCP:
		return mcpHooks(n)
	default:
		return pageHooks(n)
	}
	p := &params{o: n.Parameters}
	verbs := p.methods()
	path, err := p.path(n)
	if err != nil {
		return nil, err
	}
	var out []Hook
	for _, verb := range verbs {
		h := Hook{Method: verb, Path: path, Node: n.Name}
		out = append(out, h)
		// n8n puts the webhook's id before a path that has parameters; both work here.
		if h.Dynamic() && n.WebhookID != "" {
			h.Path = n.WebhookID + "/" + path
			out = append(out, h)
		}
	}
	return out, nil
}

// path reads the path that the author chose, the webhook's id without one, and checks
// it and how the node wants to be called.
func (p *params) path(n *workflow.Node) (string, error) {
	path := cleanPath(p.text("path", ""))
	if path == "" {
		path = n.WebhookID
	}
	if p.err != nil {
		return "", p.err
	}
	if err := checkPath(path); err != nil {
		return "", err
	}
	_, err := ReadWebhook(n)
	return path, err
}

// serviceHooks returns n8n's address of a service's trigger. Without the webhookId,
// which is what keeps others from finding the address, there is none.
func serviceHooks(n *workflow.Node, typ *service.Type) ([]Hook, error) {
	if n.WebhookID == "" {
		return nil, fmt.Errorf("the node has no webhookId; give it one in the workflow's JSON: a random UUID")
	}
	path := cleanPath(n.WebhookID) + "/" + typ.Path
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if err := typ.Ready(n); err != nil {
		return nil, err
	}
	var out []Hook
	for i, verb := range typ.Methods {
		out = append(out, Hook{Method: verb, Path: path, Node: n.Name, Registers: i == 0 && typ.Registration != nil})
	}
	return out, nil
}

// methods reads httpMethod: one method, or a list where multipleMethods is set.
func (p *params) methods() []string {
	v, _ := p.o.Get("httpMethod")
	list, many := v.([]any)
	if !many {
		return p.known([]string{p.text("httpMethod", "GET")})
	}
	var out []string
	for _, x := range list {
		s, _ := x.(string)
		out = append(out, s)
	}
	return p.known(out)
}

func (p *params) known(verbs []string) []string {
	for i, v := range verbs {
		verbs[i] = strings.ToUpper(v)
		if !slices.Contains(methods, verbs[i]) {
			p.fail("httpMethod", fmt.Sprintf("is %q; use one of %s", v, strings.Join(methods, ", ")))
		}
	}
	return verbs
}

func cleanPath(p string) string { return strings.Trim(strings.TrimSpace(p), "/") }

func checkPath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("parameter path is missing; give the webhook a path")
	case len(path) > maxPath:
		return fmt.Errorf("parameter path has more than %d bytes", maxPath)
	case path == "waiting" || strings.HasPrefix(path, "waiting/"):
		return fmt.Errorf(`parameter path must not begin with "waiting": that is where waiting executions are resumed`)
	}
	for s := range strings.SplitSeq(path, "/") {
		if s == "" || s == ":" || s == "." || s == ".." {
			return fmt.Errorf("parameter path has the segment %q; give each segment a name", s)
		}
	}
	for _, r := range path {
		if r < ' ' || r == '#' || r == '?' || r == 0x7f {
			return fmt.Errorf("parameter path has the character %q, which no path may have", r)
		}
	}
	return nil
}

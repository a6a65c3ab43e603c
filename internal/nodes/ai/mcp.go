package ai

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/mcp"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// mcpAuth are the credential types of n8n's ways to authenticate at an MCP server.
var mcpAuth = map[string]string{
	"bearerAuth": "httpBearerAuth", "headerAuth": "httpHeaderAuth", "multipleHeadersAuth": "httpMultipleHeadersAuth", "mcpOAuth2Api": "mcpOAuth2Api",
}

// mcpCredentials are these types.
var mcpCredentials = slices.Sorted(maps.Values(mcpAuth))

// mcpServer is how a node reaches a server.
type mcpServer struct {
	node    *workflow.Node
	url     string
	auth    string
	sse     bool
	timeout time.Duration // of calls
}

// mcpTimeout is n8n's, in milliseconds.
const mcpTimeout = 60_000

// timeoutOf is a time limit within what a node may take.
func timeoutOf(ms float64) time.Duration {
	return min(max(time.Duration(ms)*time.Millisecond, time.Millisecond), maxTimeout)
}

// mcpConnection is a session with a server, and what opened it.
type mcpConnection struct {
	*mcp.Client
	auth *mcpAuthorized
}

// connect opens a session. It changes nothing at the server, so that a failure may be
// repeated.
func (m mcpServer) connect(ctx context.Context, c *node.Call) (*mcpConnection, error) {
	if c.Services.HTTP == nil {
		return nil, unsupported(m.node, "Here the MCP client")
	}
	a := &mcpAuthorized{to: c.Services.HTTP}
	if typ := mcpAuth[m.auth]; typ != "" {
		var err error
		if a.session, err = httpauth.Open(ctx, c, m.node, typ); err != nil {
			return nil, err
		}
	} else if m.auth != "none" {
		return nil, node.Errorf("The authentication %q of %q is unknown; choose one of its options.", m.auth, m.node.Name)
	}
	client, err := mcp.Connect(ctx, mcp.Options{
		URL: m.url, SSE: m.sse, Send: a.send, Name: m.node.Type, Version: value.FormatNumber(m.node.TypeVersion), Timeout: defaultTimeout, Life: maxTimeout,
	})
	if err != nil {
		return nil, notConnected(m.node, err)
	}
	return &mcpConnection{client, a}, nil
}

// notConnected is the failure of what only reads: the agent has done nothing yet.
func notConnected(n *workflow.Node, err error) error {
	var refused *mcp.Error
	f := *fault.Of(err)
	if errors.As(err, &refused) {
		f = *node.Errorf("%s", refused.Error())
	}
	if f.Outcome == fault.Unknown {
		f.Outcome = fault.NotSent
	}
	if f.Kind != fault.Cancelled && !node.HeldBack(err) {
		f.Message = "Could not connect to your MCP server (" + n.Name + "): " + f.Message
	}
	return &f
}

// mcpAuthorized sends requests through the platform's dialer, with the credential.
type mcpAuthorized struct {
	to node.HTTPDoer

	mu      sync.Mutex
	session *httpauth.Session // nil: without a credential
}

func (a *mcpAuthorized) send(req *http.Request, limit time.Duration, maxBytes int64) (*http.Response, error) {
	opt := node.HTTPOptions{Timeout: limit, MaxBytes: maxBytes}
	a.mu.Lock()
	if a.session == nil {
		a.mu.Unlock()
		return a.to.Do(req, opt)
	}
	own := *a.session // one is not for several calls at once
	a.mu.Unlock()
	resp, err := own.Do(a.to, req, opt)
	a.mu.Lock()
	a.session.Fields = own.Fields // a renewed token stays
	a.mu.Unlock()
	return resp, err
}

// hide takes the credential out of a text that a model reads.
func (a *mcpAuthorized) hide(text string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.session.Hide(text)
}

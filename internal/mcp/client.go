package mcp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// The bounds of what a server may send.
const (
	MaxAnswer = 4 << 20  // bytes of one answer
	MaxStream = 32 << 20 // bytes of the older transport's stream
	MaxTools  = 1000
	maxPages  = 100 // of the list of tools
	// maxSaid is how much of an answer that is no message is shown.
	maxSaid = 300
)

// Sender sends a request under the caller's rules: addresses, pace, credential. The
// body's reading counts for the time limit too.
type Sender func(req *http.Request, limit time.Duration, maxBytes int64) (*http.Response, error)

// Options say which server is spoken to.
type Options struct {
	URL     string
	SSE     bool // the older transport
	Send    Sender
	Name    string // of the client, as the server gets to know it
	Version string
	Timeout time.Duration // of each request
	Life    time.Duration // of the whole session: how long the older transport's stream may last
}

// Client is a session with a server. It is not for several goroutines at once.
type Client struct {
	o    Options
	wire wire
	last int // id of the last request
}

// wire is a transport.
type wire interface {
	// ask sends a request and returns its answer.
	ask(ctx context.Context, m *Message, limit time.Duration) (*Message, error)
	// tell sends a message that is not answered.
	tell(ctx context.Context, m *Message, limit time.Duration) error
	// agreed says which revision of the protocol is spoken.
	agreed(version string)
	// close ends the session.
	close(ctx context.Context)
}

// Connect opens a session. Nothing of it changes anything at the server.
func Connect(ctx context.Context, o Options) (*Client, error) {
	target, err := address(o.URL)
	if err != nil {
		return nil, err
	}
	c := &Client{o: o}
	if o.SSE {
		c.wire, err = openStream(ctx, o, target)
	} else {
		c.wire = &streamable{o: o, url: target}
	}
	if err != nil {
		return nil, err
	}
	if err := c.initialize(ctx); err != nil {
		c.Close(ctx)
		return nil, err
	}
	return c, nil
}

// schemed finds addresses that say how they are called.
var schemed = regexp.MustCompile(`(?i)^https?://`)

// address is the server's; https where the author wrote none.
func address(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !schemed.MatchString(text) {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", fault.New(fault.Invalid, fault.CodeNodeError, "The provided URL is invalid.")
	}
	u.Fragment = ""
	return u.String(), nil
}

func (c *Client) initialize(ctx context.Context) error {
	v, err := c.request(ctx, "initialize", value.Obj(
		"protocolVersion", Version, "capabilities", value.NewObject(0),
		"clientInfo", value.Obj("name", c.o.Name, "version", c.o.Version)), c.o.Timeout)
	if err != nil {
		return err
	}
	version, _ := value.Path(v, "protocolVersion")
	text, _ := version.(string)
	if !Known(text) {
		return fault.New(fault.Invalid, fault.CodeUpstream, "The server speaks the revision %q of the protocol, which is not supported.", fault.Shorten(text, 40))
	}
	c.wire.agreed(text)
	return c.wire.tell(ctx, &Message{Method: "notifications/initialized"}, c.o.Timeout)
}

// request sends a request and returns its result; an *Error is the server's own.
func (c *Client) request(ctx context.Context, method string, params *value.Object, limit time.Duration) (any, error) {
	c.last++
	m, err := c.wire.ask(ctx, &Message{ID: float64(c.last), Method: method, Params: params}, limit)
	if err != nil {
		return nil, err
	}
	if m.Err != nil {
		return nil, m.Err
	}
	return m.Result, nil
}

// Tools lists the server's tools.
func (c *Client) Tools(ctx context.Context) ([]Tool, error) {
	var list []Tool
	params := value.NewObject(1)
	for range maxPages {
		v, err := c.request(ctx, "tools/list", params, c.o.Timeout)
		if err != nil {
			return nil, err
		}
		tools, _ := value.Path(v, "tools")
		page, _ := tools.([]any)
		for _, x := range page {
			o, _ := x.(*value.Object)
			if t, ok := toolOf(o); ok {
				list = append(list, t)
			}
		}
		if len(list) > MaxTools {
			return nil, fault.New(fault.Invalid, fault.CodeUpstream, "The MCP server has more than %d tools.", MaxTools)
		}
		next, _ := value.Path(v, "nextCursor")
		cursor, _ := next.(string)
		if cursor == "" {
			return list, nil
		}
		params = value.Obj("cursor", cursor)
	}
	return nil, fault.New(fault.Invalid, fault.CodeUpstream, "The MCP server's list of tools has more than %d pages.", maxPages)
}

// Call calls a tool. An *Error is the server's refusal; a Result may be an error too.
func (c *Client) Call(ctx context.Context, tool string, args *value.Object, limit time.Duration) (Result, error) {
	v, err := c.request(ctx, "tools/call", value.Obj("name", tool, "arguments", args), limit)
	if err != nil {
		return Result{}, err
	}
	return resultOf(v), nil
}

// Close ends the session; it asks the server to forget it.
func (c *Client) Close(ctx context.Context) { c.wire.close(ctx) }

// post makes a request that carries a message.
func post(ctx context.Context, target string, m *Message) (*http.Request, error) {
	b := m.JSON()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(b))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The provided URL is invalid.")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	return req, nil
}

// accepted sends a request whose answer must have a status of success.
func (o Options) accepted(req *http.Request, limit time.Duration, maxBytes int64) (*http.Response, error) {
	resp, err := o.Send(req, limit, maxBytes)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, refusedBy(resp)
	}
	return resp, nil
}

// refusedBy turns an answer that is none of the protocol's into an error and closes it.
func refusedBy(resp *http.Response) error {
	defer resp.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxSaid+1))
	said := fault.Shorten(strings.ToValidUTF8(strings.TrimSpace(string(b)), ""), maxSaid)
	if m, err := Parse(b); err == nil && m.Err != nil {
		said = m.Err.Message
	}
	return statusFault(resp.StatusCode, said)
}

// statusFault is the fault of an HTTP status: the server answered, so that what it
// refused with 4xx was not done.
func statusFault(status int, said string) error {
	text := fmt.Sprintf("The MCP server answered with HTTP %d", status)
	if said != "" {
		text += ": " + said
	}
	kind, code := fault.Invalid, fault.CodeUpstream
	switch {
	case status == http.StatusTooManyRequests:
		kind, code = fault.Unavailable, fault.CodeUpstreamRateLimited
	case status >= 500:
		kind = fault.Unavailable
	}
	f := fault.New(kind, code, "%s", text)
	f.Outcome = fault.Refused
	return f
}

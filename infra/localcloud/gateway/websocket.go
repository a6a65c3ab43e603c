package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Limits of WebSocket APIs (Amazon API Gateway quotas).
const (
	maxMessage    = 128 << 10 // bytes
	maxIdle       = 10 * time.Minute
	maxConnection = 2 * time.Hour
	// socketTimeout is the longest that an integration of a WebSocket API may take.
	socketTimeout = 29 * time.Second
	billedFrame   = 32 << 10 // bytes billed as one message
	// maxAtOnce is how many messages of one connection are handled together; API Gateway
	// has a rate for all of an account's instead.
	maxAtOnce = 16
)

// WebSocket is a WebSocket API. It is an http.Handler for clients, who connect to
// it, and for the management API, POST, GET and DELETE of /{stage}/@connections/{id}.
type WebSocket struct {
	opts     Options
	api      samtemplate.API
	routes   map[string]samtemplate.Route
	selector []string // the member of the body that selects the route

	mu          sync.Mutex
	connections map[string]*connection
	closed      bool
	busy        sync.WaitGroup // connections being served
}

// NewWebSocket makes a WebSocket API.
func NewWebSocket(api samtemplate.API, o Options) (*WebSocket, error) {
	path, ok := strings.CutPrefix(api.RouteSelection, "$request.body.")
	if !ok {
		return nil, fmt.Errorf("%s: the route selection expression %q is not $request.body.…", api.At, api.RouteSelection)
	}
	g := &WebSocket{
		opts: o, api: api, routes: map[string]samtemplate.Route{}, selector: strings.Split(path, "."),
		connections: map[string]*connection{},
	}
	for _, r := range api.Routes {
		if r.Authorizer != "" {
			return nil, fmt.Errorf("%s: authorizers of WebSocket APIs are not supported by the local cloud", r.At)
		}
		g.routes[r.Key] = r
	}
	return g, nil
}

// connection is one client.
type connection struct {
	id        string
	api       *WebSocket
	ready     chan struct{}   // closed when the socket can be used, or will never be
	socket    *websocket.Conn // nil if it never will
	request   *http.Request
	connected time.Time
	idle      interface{ Reset(d time.Duration) bool }

	mu     sync.Mutex
	active time.Time
}

// ServeHTTP serves clients and the management API.
func (g *WebSocket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, id, ok := strings.Cut(r.URL.Path, "/@connections/"); ok {
		g.manage(w, r, id)
		return
	}
	if !IsUpgrade(r) {
		refuse(w, http.StatusForbidden, "Forbidden")
		return
	}
	g.connect(w, r)
}

// connect asks the $connect route whether the client may, and then serves it until
// one of the two ends the connection.
func (g *WebSocket) connect(w http.ResponseWriter, r *http.Request) {
	now := g.opts.Clock.Now()
	c := &connection{id: ident.Token(), api: g, request: r, connected: now, active: now, ready: make(chan struct{})}
	accept := &websocket.AcceptOptions{InsecureSkipVerify: true} // API Gateway does not look at the origin
	if _, ok := g.routes["$connect"]; ok {
		answer, err := g.invoke(r.Context(), "$connect", c.event("$connect", "CONNECT", nil))
		if r.Context().Err() != nil {
			return // the client has left
		}
		if err != nil {
			g.opts.Logger.Error("a connection was not accepted", "api", g.api.LogicalID, "error", err)
			refuse(w, http.StatusInternalServerError, "Internal server error")
			return
		}
		if answer.StatusCode == nil || *answer.StatusCode/100 != 2 {
			status := http.StatusBadGateway
			if answer.StatusCode != nil {
				status = *answer.StatusCode
			}
			refuse(w, status, http.StatusText(status))
			return
		}
		for name, v := range answer.Headers {
			if strings.EqualFold(name, "Sec-WebSocket-Protocol") {
				accept.Subprotocols = []string{fmt.Sprint(v)}
			}
		}
	}
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
		return
	}
	g.busy.Add(1)
	g.connections[c.id] = c // before the client knows that it is connected
	g.mu.Unlock()
	defer g.busy.Done()
	var err error
	c.socket, err = websocket.Accept(w, r, accept)
	if err != nil { // Accept has answered
		g.forget(c)
		close(c.ready)
		return
	}
	c.serve()
}

func (g *WebSocket) forget(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.connections, c.id)
}

// serve reads messages until the connection ends, then calls $disconnect.
func (c *connection) serve() {
	g := c.api
	ctx, cancel := context.WithCancel(context.Background())
	idle := g.opts.Clock.AfterFunc(maxIdle, func() { c.end(websocket.StatusGoingAway, "Going away") })
	age := g.opts.Clock.AfterFunc(maxConnection, func() { c.end(websocket.StatusGoingAway, "Going away") })
	c.idle = idle
	c.socket.SetReadLimit(maxMessage)
	close(c.ready)
	code, reason := c.read(ctx)
	idle.Stop()
	age.Stop()
	cancel()
	_ = c.socket.CloseNow()
	g.forget(c)
	g.opts.Meter.Add("apigateway.ws_minutes", g.opts.Clock.Since(c.connected).Minutes())
	if _, ok := g.routes["$disconnect"]; ok {
		event := c.event("$disconnect", "DISCONNECT", func(context map[string]any) {
			context["disconnectStatusCode"], context["disconnectReason"] = int(code), reason
		})
		if _, err := g.invoke(context.Background(), "$disconnect", event); err != nil {
			g.opts.Logger.Error("$disconnect failed", "api", g.api.LogicalID, "error", err)
		}
	}
}

func (c *connection) read(ctx context.Context) (websocket.StatusCode, string) {
	under := make(chan struct{}, maxAtOnce)
	for {
		typ, body, err := c.socket.Read(ctx)
		if err != nil {
			var closed websocket.CloseError
			if asClose(err, &closed) {
				return closed.Code, closed.Reason
			}
			return websocket.StatusAbnormalClosure, ""
		}
		c.touch()
		c.api.count(len(body))
		if typ != websocket.MessageText {
			c.end(websocket.StatusUnsupportedData, "")
			continue
		}
		under <- struct{}{} // the client waits: what it sends on stays with it
		go func() {
			defer func() { <-under }()
			c.handle(ctx, body)
		}()
	}
}

// touch notes that the connection is used.
func (c *connection) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active = c.api.opts.Clock.Now()
	c.idle.Reset(maxIdle)
}

func (c *connection) end(code websocket.StatusCode, reason string) {
	<-c.ready
	if c.socket != nil {
		_ = c.socket.Close(code, reason)
	}
}

func (g *WebSocket) count(bytes int) {
	g.opts.Meter.Add("apigateway.ws_messages", float64(max(1, (bytes+billedFrame-1)/billedFrame)))
}

// handle sends a message to the function of its route. The function's response goes
// nowhere: routes without a route response are one-way.
func (c *connection) handle(ctx context.Context, body []byte) {
	g := c.api
	key := g.selectRoute(body)
	id := ident.Token()
	complain := func(message string) {
		answer, _ := json.Marshal(map[string]string{"message": message, "connectionId": c.id, "requestId": id})
		_ = c.socket.Write(ctx, websocket.MessageText, answer)
	}
	if key == "" {
		complain("Forbidden")
		return
	}
	event := c.event(key, "MESSAGE", func(context map[string]any) {
		context["messageId"], context["requestId"] = id, id
	})
	event["body"] = string(body)
	if _, err := g.invoke(context.Background(), key, event); err != nil {
		g.opts.Logger.Error("a message could not be handled", "api", g.api.LogicalID, "route", key, "error", err)
		complain("Internal server error")
	}
}

// selectRoute returns the key of the route for a message, "" if there is none.
func (g *WebSocket) selectRoute(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) == nil {
		for _, name := range g.selector {
			o, _ := v.(map[string]any)
			v = o[name]
		}
		if key, ok := v.(string); ok && !strings.HasPrefix(key, "$") {
			if _, known := g.routes[key]; known {
				return key
			}
		}
	}
	if _, ok := g.routes["$default"]; ok {
		return "$default"
	}
	return ""
}

func (g *WebSocket) invoke(ctx context.Context, key string, event map[string]any) (functionResponse, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return functionResponse{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := g.opts.Clock.AfterFunc(socketTimeout, cancel)
	defer timer.Stop()
	result, err := g.opts.Invoker.Do(ctx, lambdahost.Call{Function: g.routes[key].FunctionARN, Payload: payload})
	if err != nil {
		return functionResponse{}, err
	}
	if result.FunctionError != "" {
		return functionResponse{}, fmt.Errorf("the function failed: %s", result.Payload)
	}
	var answer functionResponse
	_ = json.Unmarshal(result.Payload, &answer) // only $connect needs it, and says so
	return answer, nil
}

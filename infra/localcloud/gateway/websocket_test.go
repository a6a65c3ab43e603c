package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/coder/websocket"

	"github.com/automatelanka/automatelanka/infra/localcloud/gateway"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// room is a WebSocket API on a server, whose events come out of a channel.
type room struct {
	*bench
	api    *gateway.WebSocket
	url    string
	events chan events.APIGatewayWebsocketProxyRequest
}

func newRoom(t *testing.T, keys ...string) *room {
	r := &room{bench: newBench(t), events: make(chan events.APIGatewayWebsocketProxyRequest, 100)}
	var err error
	r.api, err = gateway.NewWebSocket(samtemplate.API{
		ID: "ws1", Stage: "live", RouteSelection: "$request.body.action", Routes: routes(keys...),
	}, r.options)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		r.functions.do["fn:"+key] = func(_ context.Context, payload []byte) (lambdahost.Result, error) {
			var e events.APIGatewayWebsocketProxyRequest
			if err := json.Unmarshal(payload, &e); err != nil {
				t.Error(err)
			}
			r.events <- e
			if e.QueryStringParameters["ticket"] == "bad" {
				return lambdahost.Result{Payload: []byte(`{"statusCode":403}`)}, nil
			}
			return lambdahost.Result{Payload: []byte(`{"statusCode":200}`)}, nil
		}
	}
	server := httptest.NewServer(r.api)
	t.Cleanup(server.Close)
	r.url = "ws" + strings.TrimPrefix(server.URL, "http")
	return r
}

func (r *room) dial(query string) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), clocktest.Hang)
	defer cancel()
	return websocket.Dial(ctx, r.url+"/ws"+query, nil)
}

func (r *room) event() events.APIGatewayWebsocketProxyRequest {
	r.t.Helper()
	select {
	case e := <-r.events:
		return e
	case <-clock.Real().After(clocktest.Hang):
		r.t.Fatal("no event came")
		return events.APIGatewayWebsocketProxyRequest{}
	}
}

func (r *room) manage(method, id, body string) *httptest.ResponseRecorder {
	return request(r.api, method, "/live/@connections/"+id, body)
}

func read(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clocktest.Hang)
	defer cancel()
	_, b, err := c.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWebSocket(t *testing.T) {
	r := newRoom(t, "$connect", "$disconnect", "$default", "subscribe")
	if _, resp, err := r.dial("?ticket=bad"); err == nil || resp.StatusCode != 403 {
		t.Fatalf("a refused connection: %v", err)
	}
	r.event()
	c, _, err := r.dial("?ticket=good")
	if err != nil {
		t.Fatal(err)
	}
	connect := r.event()
	id := connect.RequestContext.ConnectionID
	if connect.RequestContext.EventType != "CONNECT" || connect.QueryStringParameters["ticket"] != "good" || connect.RequestContext.Stage != "live" || id == "" {
		t.Errorf("%+v", connect)
	}
	for body, key := range map[string]string{
		`{"action":"subscribe","x":1}`: "subscribe", `{"action":"other"}`: "$default", `not json`: "$default", `{"action":"$connect"}`: "$default",
	} {
		if err := c.Write(context.Background(), websocket.MessageText, []byte(body)); err != nil {
			t.Fatal(err)
		}
		e := r.event()
		if e.RequestContext.RouteKey != key || e.Body != body || e.RequestContext.EventType != "MESSAGE" || e.RequestContext.ConnectionID != id {
			t.Errorf("%s: %+v", body, e)
		}
	}
	if w := r.manage("POST", id, `{"hello":"you"}`); w.Code != 200 {
		t.Errorf("post: %d %s", w.Code, w.Body)
	}
	if got := read(t, c); got != `{"hello":"you"}` {
		t.Errorf("the client got %s", got)
	}
	if w := r.manage("GET", id, ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"connectedAt":"2026-03-01T12:00:00Z"`) {
		t.Errorf("get: %d %s", w.Code, w.Body)
	}
	if w := r.manage("POST", id, strings.Repeat("x", 128<<10+1)); w.Code != 413 {
		t.Errorf("a message over 128 KB: %d", w.Code)
	}
	_ = c.Close(websocket.StatusNormalClosure, "bye")
	gone := r.event()
	if gone.RequestContext.EventType != "DISCONNECT" || gone.RequestContext.ConnectionID != id {
		t.Errorf("%+v", gone)
	}
	if w := r.manage("POST", id, "x"); w.Code != 410 || !strings.Contains(w.Body.String(), "GoneException") {
		t.Errorf("after the end: %d %s", w.Code, w.Body)
	}
}

// TestMessagesOfAFloodWait: one client does not take all that the functions have.
func TestMessagesOfAFloodWait(t *testing.T) {
	r := newRoom(t, "$default")
	const most, sent = 16, 40
	begun, end := make(chan struct{}, sent), make(chan struct{})
	r.functions.do["fn:$default"] = func(context.Context, []byte) (lambdahost.Result, error) {
		begun <- struct{}{}
		<-end
		return lambdahost.Result{Payload: []byte(`{}`)}, nil
	}
	c, _, err := r.dial("")
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	for range sent {
		if err := c.Write(t.Context(), websocket.MessageText, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	for range most {
		<-begun
	}
	if n := r.functions.count("fn:$default"); n != most {
		t.Errorf("%d messages are handled at once, want %d", n, most)
	}
	close(end)
	for range sent - most {
		<-begun
	}
}

func TestWebSocketWithoutDefault(t *testing.T) {
	r := newRoom(t, "subscribe")
	c, _, err := r.dial("")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(context.Background(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, c); !strings.Contains(got, `"message":"Forbidden"`) {
		t.Errorf("no route: %s", got)
	}
}

// The management API ends a connection, idleness does, and so does the end of the API.
func TestWebSocketEnds(t *testing.T) {
	r := newRoom(t, "$connect", "$disconnect")
	r.ends("delete", func(id string) { r.manage("DELETE", id, "") })
	r.ends("idle", func(string) { r.clock.Advance(10 * time.Minute) })
	r.ends("close", func(string) {
		if err := r.api.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, resp, err := r.dial(""); err == nil || resp.StatusCode != 503 {
		t.Error("a closed API took a connection")
	}
}

func (r *room) ends(name string, end func(id string)) {
	r.t.Helper()
	c, _, err := r.dial("")
	if err != nil {
		r.t.Fatal(err)
	}
	id := r.event().RequestContext.ConnectionID
	closed := make(chan error, 1)
	go func() {
		_, _, err := c.Read(context.Background())
		closed <- err
	}()
	// The clock moves only when the timers of idleness and age are set.
	if err := r.clock.BlockUntilContext(r.t.Context(), 2); err != nil {
		r.t.Fatal(err)
	}
	end(id)
	if e := r.event(); e.RequestContext.EventType != "DISCONNECT" || e.RequestContext.ConnectionID != id {
		r.t.Errorf("%s: %+v", name, e)
	}
	if err := <-closed; err == nil {
		r.t.Errorf("%s: the client was not told", name)
	}
}

package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/automatelanka/automatelanka/infra/localcloud/await"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// writeTimeout is how long a client may take to accept a message, in real time.
const writeTimeout = 10 * time.Second

// manage serves the management API for one connection.
func (g *WebSocket) manage(w http.ResponseWriter, r *http.Request, id string) {
	g.mu.Lock()
	c := g.connections[id]
	g.mu.Unlock()
	if c != nil {
		<-c.ready
	}
	if c == nil || c.socket == nil || r.URL.Path != "/"+g.api.Stage+"/@connections/"+id {
		wire.WriteError(w, &wire.Error{Status: http.StatusGone, Type: "GoneException", Message: "the connection " + id + " does not exist"})
		return
	}
	switch r.Method {
	case http.MethodPost:
		g.post(w, r, c)
	case http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
		go c.end(websocket.StatusNormalClosure, "")
	case http.MethodGet:
		c.mu.Lock()
		active := c.active
		c.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"connectedAt": c.connected.UTC().Format(time.RFC3339Nano), "lastActiveAt": active.UTC().Format(time.RFC3339Nano),
			"identity": c.identity(),
		})
	default:
		wire.WriteError(w, wire.Unsupported(r.Method+" of @connections"))
	}
}

// post sends a message to a client.
func (g *WebSocket) post(w http.ResponseWriter, r *http.Request, c *connection) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	if len(body) > maxMessage {
		wire.WriteError(w, &wire.Error{Status: http.StatusRequestEntityTooLarge, Type: "PayloadTooLargeException", Message: "Message too long"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), writeTimeout)
	defer cancel()
	if err := c.socket.Write(ctx, websocket.MessageText, body); err != nil {
		wire.WriteError(w, &wire.Error{Status: http.StatusGone, Type: "GoneException", Message: "the client has gone"})
		return
	}
	c.touch()
	g.count(len(body))
	w.WriteHeader(http.StatusOK)
}

// Close ends all connections, and waits for their $disconnect or for ctx.
func (g *WebSocket) Close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	for _, c := range g.connections {
		go c.end(websocket.StatusGoingAway, "Going away")
	}
	g.mu.Unlock()
	return await.Return(ctx, g.busy.Wait)
}

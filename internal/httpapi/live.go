package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/tenant"
)

// TicketMaker makes tickets for live connections; live.Office is one.
type TicketMaker interface {
	Ticket(ctx context.Context, who tenant.Identity) (text string, expires time.Time, err error)
}

// Ticket is the right to open one live connection.
type Ticket struct {
	Ticket    string `json:"ticket" doc:"Good for one connection."`
	URL       string `json:"url" doc:"The WebSocket's address, with the ticket in it."`
	ExpiresAt Stamp  `json:"expiresAt"`
}

// TicketInput is what a ticket's address is made of; it is exported because huma
// reads no parameters of others.
type TicketInput struct {
	origin string // ws://host of the request
}

// Resolve notes the address at which the request came.
func (in *TicketInput) Resolve(ctx huma.Context) []error {
	scheme := "ws"
	if ctx.TLS() != nil || strings.EqualFold(ctx.Header("X-Forwarded-Proto"), "https") {
		scheme = "wss"
	}
	in.origin = scheme + "://" + ctx.Host()
	return nil
}

func liveRoutes(a *API) {
	type output struct{ Body Ticket }
	add(a, route{
		id: "makeTicket", method: http.MethodPost, path: "/api/ws-ticket", tag: "live", summary: "Make a ticket for one live connection",
		about: "Open the WebSocket at url within 30 s and send {\"subscribe\": \"<executionId>\"} or {\"subscribe\": \"*\"}; then execution.updated and node.updated events come.",
		role:  tenant.Viewer, scope: tenant.ReadExecutions, status: http.StatusCreated,
	}, func(ctx context.Context, in *TicketInput) (*output, error) {
		text, expires, err := a.Live.Ticket(ctx, caller(ctx))
		if err != nil {
			return nil, err
		}
		address := a.LiveURL
		if strings.HasPrefix(address, "/") {
			address = in.origin + address
		}
		return &output{Ticket{text, address + "?ticket=" + url.QueryEscape(text), Stamp(expires)}}, nil
	})
}

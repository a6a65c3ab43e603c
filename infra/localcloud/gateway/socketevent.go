package gateway

import (
	"errors"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// event builds the payload of a WebSocket route. more may add to its context.
func (c *connection) event(key, typ string, more func(context map[string]any)) map[string]any {
	g, r := c.api, c.request
	now := g.opts.Clock.Now()
	id := ident.Token()
	context := map[string]any{
		"routeKey": key, "eventType": typ, "messageDirection": "IN", "stage": g.api.Stage, "apiId": g.api.ID,
		"connectionId": c.id, "connectedAt": c.connected.UnixMilli(), "domainName": r.Host,
		"requestId": id, "extendedRequestId": id, "requestTime": now.UTC().Format(accessTime), "requestTimeEpoch": now.UnixMilli(),
		"identity": c.identity(),
	}
	if more != nil {
		more(context)
	}
	event := map[string]any{"requestContext": context, "isBase64Encoded": false}
	if typ == "MESSAGE" {
		return event
	}
	single, multi := map[string]string{}, map[string][]string{}
	for name, values := range r.Header {
		single[name], multi[name] = values[len(values)-1], values
	}
	single["Host"], multi["Host"] = r.Host, []string{r.Host}
	event["headers"], event["multiValueHeaders"] = single, multi
	if query := r.URL.Query(); len(query) > 0 && typ == "CONNECT" {
		first := map[string]string{}
		for name, values := range query {
			first[name] = values[len(values)-1]
		}
		event["queryStringParameters"], event["multiValueQueryStringParameters"] = first, query
	}
	return event
}

func (c *connection) identity() map[string]string {
	return map[string]string{"sourceIp": sourceIP(c.request), "userAgent": c.request.UserAgent()}
}

func asClose(err error, closed *websocket.CloseError) bool { return errors.As(err, closed) }

// IsUpgrade reports whether a request asks for a WebSocket.
func IsUpgrade(r *http.Request) bool { return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") }

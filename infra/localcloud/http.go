package localcloud

import (
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/gateway"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// HTTPHandler serves the template's APIs as clients see them, on one address: the
// HTTP API, and to clients that ask for a WebSocket the WebSocket API, whatever the
// path. It is nil if the template has no HTTP API.
func (c *Cloud) HTTPHandler() http.Handler {
	if len(c.stack.HTTPAPIs) == 0 {
		return nil
	}
	plain := c.apis[c.stack.HTTPAPIs[0].ID]
	if len(c.stack.WebSocketAPIs) == 0 {
		return plain
	}
	sockets := c.apis[c.stack.WebSocketAPIs[0].ID]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gateway.IsUpgrade(r) {
			sockets.ServeHTTP(w, r)
			return
		}
		plain.ServeHTTP(w, r)
	})
}

// API returns the handler of one API or function URL by its logical id in the
// template; nil if there is none.
func (c *Cloud) API(logicalID string) http.Handler {
	for _, api := range slices.Concat(c.stack.HTTPAPIs, c.stack.WebSocketAPIs, c.stack.FunctionURLs) {
		if api.LogicalID == logicalID {
			return c.apis[api.ID]
		}
	}
	return nil
}

// Endpoint serves the wire protocols of all services on one address, for clients
// outside of the process. The service is taken from the credential scope of the
// signature; the signature itself is not checked.
func (c *Cloud) Endpoint() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := scope(r.Header.Get("Authorization"))
		svc, err := c.service(name, "")
		if err != nil {
			wire.WriteError(w, wire.Unsupported("the service "+name))
			return
		}
		svc.handler.ServeHTTP(w, r)
	})
}

// scope takes the service out of "… Credential=KEY/20260101/us-east-1/sqs/aws4_request, …".
func scope(authorization string) string {
	_, rest, _ := strings.Cut(authorization, "Credential=")
	rest, _, _ = strings.Cut(rest, ",")
	parts := strings.Split(rest, "/")
	if len(parts) < 5 {
		return ""
	}
	return parts[len(parts)-2]
}

package localcloud

import (
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// HTTPHandler serves the template's APIs as a browser or client sees them: the
// HTTP API. It panics if the template has none.
func (c *Cloud) HTTPHandler() http.Handler {
	return c.apis[c.stack.HTTPAPIs[0].ID]
}

// API returns the handler of one API by its logical id in the template; nil if
// there is none.
func (c *Cloud) API(logicalID string) http.Handler {
	for _, api := range c.stack.HTTPAPIs {
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

package local

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// maxBody is the largest request body of the API, in bytes (CONTRACT: 4 MB).
// What is larger is read to its end, up to maxDrain, before it is refused: many
// clients send their whole body before they read, and would see a broken
// connection instead of the answer.
const (
	maxBody  = 4 << 20
	maxDrain = 64 << 20
)

// Handler serves the platform's HTTP API. What API Gateway itself refuses, it
// refuses in a form of its own; here that becomes a problem as the API's others. What
// webhooks answer is their authors'.
func (p *Platform) Handler() http.Handler {
	next := p.Cloud.HTTPHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := &front{ResponseWriter: w, api: isAPI(r.URL.Path)}
		if r.ContentLength > maxBody {
			_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
			f.api = true
			f.Header().Set("Content-Type", "application/json")
			f.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		next.ServeHTTP(f, r)
	})
}

// isAPI reports whether what is at a path is the platform's own, and not a webhook's.
func isAPI(path string) bool { return !strings.HasPrefix(path, "/hooks/") }

// refusals are the gateway's own, by status.
var refusals = map[int]struct {
	code   fault.Code
	detail string
}{
	http.StatusUnauthorized:                {fault.CodeUnauthenticated, "The request has no credential; send Authorization: Bearer and an API key."},
	http.StatusNotFound:                    {fault.CodeNotFound, "There is no such route; /api/openapi.json lists them."},
	http.StatusRequestEntityTooLarge:       {fault.CodePayloadTooLarge, "The body has more than 4 MB; send less, or split it."},
	http.StatusRequestHeaderFieldsTooLarge: {fault.CodePayloadTooLarge, "The headers have more than 10 KB; send fewer, or shorter ones."},
	http.StatusInternalServerError:         {fault.CodeInternal, "Something went wrong here; it was logged."},
	http.StatusServiceUnavailable:          {fault.CodeUnavailable, "The request took too long, or too many came at once; try again."},
}

// bodyTime is how long a request may take to arrive: API Gateway waits no longer for
// one either, and who sends a byte now and then must not hold a connection for good.
const bodyTime = time.Minute

// Server serves clients; h is Handler, with what else is at the address.
func Server(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: bodyTime, IdleTimeout: 2 * time.Minute}
}

// front replaces the gateway's own refusals; everything else passes.
type front struct {
	http.ResponseWriter
	api      bool // the answer is one of the API's, and not of a tenant's webhook
	replaced bool
}

// Unwrap lets connections be taken over (WebSocket).
func (f *front) Unwrap() http.ResponseWriter { return f.ResponseWriter }

func (f *front) WriteHeader(status int) {
	refusal, known := refusals[status]
	h := f.Header()
	if !known || !f.api || !strings.HasPrefix(h.Get("Content-Type"), "application/json") {
		f.ResponseWriter.WriteHeader(status)
		return
	}
	f.replaced = true
	h.Set("Content-Type", "application/problem+json")
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	h.Del("Content-Length")
	f.ResponseWriter.WriteHeader(status)
	fmt.Fprintf(f.ResponseWriter, `{"type":"about:blank","title":%q,"status":%d,"code":%q,"detail":%q}`,
		http.StatusText(status), status, refusal.code, refusal.detail)
}

func (f *front) Write(b []byte) (int, error) {
	if f.replaced {
		return len(b), nil
	}
	return f.ResponseWriter.Write(b)
}

package gateway

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Limits of HTTP APIs (Amazon API Gateway quotas).
const (
	maxBody    = 10 << 20 // bytes
	maxHeaders = 10240    // bytes, of all header lines together
	// billedChunk is how much of a payload is billed as one request.
	billedChunk = 512 << 10
)

// Invoker runs functions; lambdahost.Host is one.
type Invoker interface {
	Do(ctx context.Context, c lambdahost.Call) (lambdahost.Result, error)
}

// Options are what an API needs.
type Options struct {
	Clock     clock.Clock
	Meter     *meter.Meter
	Invoker   Invoker
	Logger    *slog.Logger
	Region    string
	AccountID string
}

// HTTP is an HTTP API; it is an http.Handler.
type HTTP struct {
	opts       Options
	api        samtemplate.API
	routes     []route
	otherwise  *route
	authorizer map[string]*authorizer
}

// NewHTTP makes an HTTP API.
func NewHTTP(api samtemplate.API, o Options) *HTTP {
	g := &HTTP{opts: o, api: api, authorizer: map[string]*authorizer{}}
	g.routes, g.otherwise = newRoutes(api.Routes)
	for name, a := range api.Authorizers {
		g.authorizer[name] = newAuthorizer(a, o)
	}
	return g
}

// exchange is one request on its way.
type exchange struct {
	request *http.Request
	id      string
	route   *route
	params  map[string]string
	path    string // with the stage, if it has a name
	body    []byte
	context []byte // JSON of the authorizer's context, nil without one
}

// ServeHTTP answers a request of the API's default stage.
func (g *HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	if g.api.CORS != nil && allowOrigin(g.api.CORS, r, head) && preflight(g.api.CORS, r, head) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	x := &exchange{request: r, id: ident.Token(), path: r.URL.Path}
	head.Set("Apigw-Requestid", x.id)
	if g.api.Stage != "$default" {
		x.path = "/" + g.api.Stage + x.path
	}
	if !g.find(x) {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	if headerSize(r) > maxHeaders {
		refuse(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	var err error
	if x.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	g.opts.Meter.Add("apigateway.http_requests", float64(max(1, (len(x.body)+billedChunk-1)/billedChunk)))
	if a := g.authorizer[x.route.Authorizer]; a != nil {
		verdict := a.judge(g, x)
		if verdict.status != 0 {
			refuse(w, verdict.status, verdict.message)
			return
		}
		x.context = verdict.context
	}
	g.integrate(w, x)
}

func (g *HTTP) find(x *exchange) bool {
	parts := splitPath(x.request.URL.Path)
	for i := range g.routes {
		if params, ok := g.routes[i].match(x.request.Method, parts); ok {
			x.route, x.params = &g.routes[i], params
			return true
		}
	}
	x.route = g.otherwise
	return x.route != nil
}

// refuse answers as API Gateway itself does.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"`+message+`"}`)
}

func headerSize(r *http.Request) int {
	n := 0
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v) + 4
		}
	}
	return n
}

// integrate calls the function and renders its response. The function goes on if
// it takes longer than the integration's timeout.
func (g *HTTP) integrate(w http.ResponseWriter, x *exchange) {
	ctx, cancel := context.WithCancel(x.request.Context())
	defer cancel()
	timer := g.opts.Clock.AfterFunc(x.route.Timeout, cancel)
	defer timer.Stop()
	result, err := g.opts.Invoker.Do(ctx, lambdahost.Call{Function: x.route.FunctionARN, Payload: g.event(x)})
	switch {
	case ctx.Err() != nil:
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
	case err != nil:
		g.opts.Logger.Error("an integration could not be called", "route", x.route.Key, "error", err)
		status, message := http.StatusInternalServerError, "Internal Server Error"
		if tooMany(err) {
			status, message = http.StatusServiceUnavailable, "Service Unavailable"
		} else if tooLarge(err) {
			status, message = http.StatusRequestEntityTooLarge, "Request Entity Too Large"
		}
		refuse(w, status, message)
	case result.FunctionError != "":
		g.opts.Logger.Error("a function behind the API failed", "route", x.route.Key, "error", string(result.Payload))
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
	default:
		g.respond(w, x, result.Payload)
	}
}

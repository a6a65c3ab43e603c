package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
)

// maxVerdicts is how many results an authorizer keeps.
const maxVerdicts = 10000

// authorizer is a Lambda REQUEST authorizer with payload format 2.0 and simple
// responses. Its results are kept for the time to live, by the identity sources.
type authorizer struct {
	samtemplate.Authorizer
	opts Options

	mu    sync.Mutex
	known map[string]verdict
}

// verdict is what an authorizer found. A status refuses the request.
type verdict struct {
	status  int
	message string
	context []byte
	until   time.Time
}

func newAuthorizer(a samtemplate.Authorizer, o Options) *authorizer {
	return &authorizer{Authorizer: a, opts: o, known: map[string]verdict{}}
}

// judge asks the function, or what is known of an earlier answer. A request
// without one of the identity sources is refused without asking.
func (a *authorizer) judge(g *HTTP, x *exchange) verdict {
	sources := make([]string, len(a.Identity))
	for i, source := range a.Identity {
		if sources[i] = identity(source, x); sources[i] == "" {
			return verdict{status: http.StatusUnauthorized, message: "Unauthorized"}
		}
	}
	key := strings.Join(sources, "\x00")
	now := a.opts.Clock.Now()
	if a.TTL > 0 && len(sources) > 0 {
		a.mu.Lock()
		v, ok := a.known[key]
		a.mu.Unlock()
		if ok && now.Before(v.until) {
			return v
		}
	}
	v, keep := a.ask(g, x, sources)
	if keep && a.TTL > 0 && len(sources) > 0 {
		v.until = now.Add(a.TTL)
		a.remember(key, v, now)
	}
	return v
}

func (a *authorizer) remember(key string, v verdict, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) >= maxVerdicts {
		for k, old := range a.known {
			if !now.Before(old.until) {
				delete(a.known, k)
			}
		}
		if len(a.known) >= maxVerdicts {
			clear(a.known)
		}
	}
	a.known[key] = v
}

func identity(source string, x *exchange) string {
	r := x.request
	if name, ok := strings.CutPrefix(source, "$request.header."); ok {
		return r.Header.Get(name)
	}
	if name, ok := strings.CutPrefix(source, "$request.querystring."); ok {
		return r.URL.Query().Get(name)
	}
	switch source {
	case "$context.routeKey":
		return x.route.Key
	case "$context.httpMethod":
		return r.Method
	case "$context.path":
		return x.path
	}
	return ""
}

func (a *authorizer) ask(g *HTTP, x *exchange, sources []string) (v verdict, keep bool) {
	result, err := a.opts.Invoker.Do(x.request.Context(), lambdahost.Call{Function: a.FunctionARN, Payload: a.event(g, x, sources)})
	failed := verdict{status: http.StatusInternalServerError, message: "Internal Server Error"}
	if err != nil || result.FunctionError != "" {
		a.opts.Logger.Error("an authorizer failed", "authorizer", a.Name, "error", err, "result", string(result.Payload))
		return failed, false
	}
	var answer struct {
		IsAuthorized *bool           `json:"isAuthorized"`
		Context      json.RawMessage `json:"context"`
	}
	if err := json.Unmarshal(result.Payload, &answer); err != nil || answer.IsAuthorized == nil {
		a.opts.Logger.Error("an authorizer's answer has no isAuthorized", "authorizer", a.Name)
		return failed, false
	}
	if !*answer.IsAuthorized {
		return verdict{status: http.StatusForbidden, message: "Forbidden"}, true
	}
	if len(answer.Context) == 0 {
		answer.Context = []byte("null")
	}
	return verdict{context: answer.Context}, true
}

// event writes the authorizer's payload of format 2.0.
func (a *authorizer) event(g *HTTP, x *exchange, sources []string) []byte {
	b := append(make([]byte, 0, 2048), `{"version":"2.0","type":"REQUEST",`...)
	method, path, ok := strings.Cut(x.route.Key, " ")
	if !ok {
		method, path = x.request.Method, "/"+x.route.Key
	}
	b = member(b, "routeArn", fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s%s", a.opts.Region, a.opts.AccountID, g.api.ID, g.api.Stage, method, path))
	b = append(b, `,"identitySource":[`...)
	for i, s := range sources {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, s)
	}
	b = append(b, `],`...)
	b = g.appendRequest(b, x)
	b = append(b, `,"requestContext":`...)
	b = g.appendContext(b, x)
	return append(b, '}')
}

package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// NodeRun is one finished run of one node.
type NodeRun = workflow.NodeRun

type reflectType = reflect.Type

// route declares one route.
type route struct {
	id        string // operation id, unique
	method    string
	path      string
	summary   string
	about     string
	tag       string
	role      tenant.Role // what the caller needs at least; "" with public only
	public    bool        // answered without a credential
	operators bool        // operators may call it, too, who belong to no tenant
	scope     tenant.Scope
	status    int   // of success; 0: 200, or 204 without a body
	errors    []int // statuses of refusals beside 401, 403, 422 and 500
	body      *huma.Schema
	// bodyless says that an empty body is taken for an empty object.
	bodyless bool
	answer   *huma.Schema // of raw answers
}

// The keys of an operation's metadata.
const (
	metaRole = "role"
)

// add registers a route. The handler runs only for callers that have the role,
// and, if their key is narrowed, the scope.
func add[I, O any](a *API, r route, handle func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Description: r.about, Tags: []string{r.tag},
		DefaultStatus: r.status, MaxBodyBytes: MaxBody + 1, Metadata: map[string]any{metaRole: r.role},
	}
	statuses := append([]int{http.StatusUnprocessableEntity}, r.errors...)
	if r.public {
		op.Security = []map[string][]string{}
	} else {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Extensions = map[string]any{"x-role": r.role}
		op.Middlewares = huma.Middlewares{a.guard(r)}
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	}
	slices.Sort(statuses)
	op.Errors = slices.Compact(statuses)
	if r.body != nil { // read as it is, and checked by the handler
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: r.body}}}
		op.SkipValidateBody = true
	}
	if r.answer != nil {
		status := statusText(max(r.status, http.StatusOK))
		op.Responses = map[string]*huma.Response{status: {
			Description: http.StatusText(max(r.status, http.StatusOK)),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: r.answer}},
		}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.refuse(ctx, r, err)
		}
		return out, nil
	})
	if r.body != nil { // huma requires and describes a body that is read as it is as bytes
		op.RequestBody.Required = !r.bodyless
		op.RequestBody.Content["application/json"].Schema = r.body
	}
}

// guard refuses callers without identity, role or scope, and API keys that send
// more than they may, before the request is read.
func (a *API) guard(r route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		err := permit(ctx.Context(), r)
		if err == nil {
			err = a.Rate.Allow(ctx.Context(), caller(ctx.Context()))
		}
		if err != nil {
			p := problemOf(err)
			p.headers(ctx.SetHeader)
			ctx.SetStatus(p.Status)
			_ = marshal(ctx.BodyWriter(), p)
			return
		}
		next(ctx)
	}
}

func permit(ctx context.Context, r route) error {
	who, ok := tenant.IdentityFrom(ctx)
	if !ok {
		return refusalFrom(ctx)
	}
	if !who.Role.Allows(r.role) && !(r.operators && who.Role == tenant.Operator) {
		return fault.New(fault.Forbidden, fault.CodeForbidden, "This needs the role %s; the credential has the role %s.", r.role, who.Role)
	}
	if len(who.Scopes) > 0 && !slices.ContainsFunc(who.Scopes, func(s tenant.Scope) bool { return r.scope != "" && s.Covers(r.scope) }) {
		return fault.New(fault.Forbidden, fault.CodeForbidden, "The API key's scopes do not allow this.")
	}
	return nil
}

// caller is who calls; add has seen to it that there is one.
func caller(ctx context.Context) tenant.Identity {
	who, ok := tenant.IdentityFrom(ctx)
	if !ok {
		panic("httpapi: a route without a caller") // a route that is public but acts for a tenant
	}
	return who
}

// refuse logs what must not be shown, and makes the problem.
func (a *API) refuse(ctx context.Context, r route, err error) *Problem {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		who, _ := tenant.IdentityFrom(ctx)
		a.Log.Error("a request failed", "route", r.id, "tenantId", string(who.Tenant), "error", err)
	}
	return p
}

type refusalKey struct{}

// WithRefusal returns a context that carries why a credential was refused.
func WithRefusal(ctx context.Context, err error) context.Context {
	return context.WithValue(ctx, refusalKey{}, err)
}

func refusalFrom(ctx context.Context) error {
	if err, ok := ctx.Value(refusalKey{}).(error); ok {
		return err
	}
	return fault.New(fault.Unauthenticated, fault.CodeUnauthenticated,
		"Send an API key or a token: \"Authorization: Bearer …\".")
}

// at is the route with its place.
func (r route) at(id, method, path, summary string) route {
	r.id, r.method, r.path, r.summary = id, method, path, summary
	return r
}

// takes is the route with a body that the handler reads as it is.
func (r route) takes(s *huma.Schema) route {
	r.body = s
	r.errors = append(slices.Clone(r.errors), http.StatusRequestEntityTooLarge)
	return r
}

// answers is the route with a raw answer.
func (r route) answers(s *huma.Schema) route {
	r.answer = s
	return r
}

// gives is the route with the status of success.
func (r route) gives(status int) route {
	r.status = status
	return r
}

// refuses is the route with further statuses of refusals.
func (r route) refuses(statuses ...int) route {
	r.errors = append(slices.Clone(r.errors), statuses...)
	return r
}

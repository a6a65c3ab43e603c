package httpapi

import (
	"context"
	"html"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Connector opens credentials for their test and for the exchange of codes. It
// stands in a function of its own: the API's may seal credentials and not open them.
type Connector interface {
	// Prove makes the test request of a credential.
	Prove(ctx context.Context, t ident.Tenant, id ident.Credential) (Proof, error)
	// Connect ends an authorization, and says which credential is connected now.
	Connect(ctx context.Context, back credential.Return) (credential.Record, error)
}

// Proof is what a test found.
type Proof struct {
	OK      bool   `json:"ok"`
	Status  int    `json:"status,omitempty" doc:"HTTP status of the service's answer."`
	Message string `json:"message" doc:"What was found, and what to do."`
}

// NewConnect returns the routes that the credential function serves. New declares
// them too, so that they are in the document; the gateway sends them here.
func NewConnect(p Parts) *API { return build(p, connectRoutes) }

// CallbackPath is where services send members back to.
const CallbackPath = "/api/oauth2/callback"

// Authorization is where a member goes.
type Authorization struct {
	URL       string `json:"url" doc:"Open it in a browser, once."`
	Redirect  string `json:"redirectUrl" doc:"The address to register at the service for the client."`
	ExpiresAt Stamp  `json:"expiresAt"`
}

// hostInput is the host by which the caller reached the API.
type hostInput struct{ host string }

// Resolve implements huma.Resolver.
func (h *hostInput) Resolve(ctx huma.Context) []error {
	h.host = ctx.Host()
	return nil
}

// AuthorizeInput names the credential; it is exported because huma reads no
// parameters of others.
type AuthorizeInput struct {
	CredentialPath
	hostInput
}

func authorizeRoutes(a *API) {
	r := route{
		id: "authorizeCredential", method: http.MethodPost, path: "/api/credentials/{id}/authorize", tag: "credentials",
		summary: "Begin to connect an OAuth2 credential", about: "The answer is an address of the service. Its owner opens it and agrees; the service sends the browser back.",
		role: tenant.Editor, scope: tenant.WriteCredentials, errors: []int{http.StatusNotFound},
	}
	add(a, r, func(ctx context.Context, in *AuthorizeInput) (*struct{ Body Authorization }, error) {
		who := caller(ctx)
		redirect := a.publicURL(in.host) + CallbackPath
		to, until, err := a.Vault.Authorize(ctx, who.Actor, who.Tenant, in.ID, redirect)
		return &struct{ Body Authorization }{Authorization{to, redirect, Stamp(until)}}, err
	})
}

// publicURL is where browsers reach the API.
func (a *API) publicURL(host string) string {
	if a.PublicURL != "" {
		return a.PublicURL
	}
	return "https://" + host
}

func connectRoutes(a *API) {
	test := route{
		id: "testCredential", method: http.MethodPost, path: "/api/credentials/{id}/test", tag: "credentials",
		summary: "Try a credential at its service", role: tenant.Editor, scope: tenant.WriteCredentials,
		errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}
	add(a, test, func(ctx context.Context, in *CredentialPath) (*struct{ Body Proof }, error) {
		if a.Connector == nil {
			return nil, elsewhere()
		}
		p, err := a.Connector.Prove(ctx, caller(ctx).Tenant, in.ID)
		return &struct{ Body Proof }{p}, err
	})
	back := route{
		id: "oauth2Callback", method: http.MethodGet, path: CallbackPath, tag: "credentials",
		summary: "Where services send a browser back to", public: true, errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
	}
	add(a, back, a.callback)
}

func elsewhere() error {
	return fault.New(fault.Unavailable, fault.CodeUnavailable, "This is answered by a function of its own, which the gateway did not ask.")
}

// CallbackInput is what a service sends along.
type CallbackInput struct {
	State       string `query:"state" maxLength:"500"`
	Code        string `query:"code" maxLength:"4000"`
	Error       string `query:"error" maxLength:"500"`
	Description string `query:"error_description" maxLength:"2000"`
	Accept      string `header:"Accept" maxLength:"1000"`
}

// page is an answer for a browser.
type page struct {
	Status   int
	Type     string `header:"Content-Type"`
	Policy   string `header:"Content-Security-Policy"`
	Referrer string `header:"Referrer-Policy"`
	Cache    string `header:"Cache-Control"`
	Body     []byte
}

// callback ends an authorization, and tells the person at the browser.
func (a *API) callback(ctx context.Context, in *CallbackInput) (*page, error) {
	if a.Connector == nil {
		return nil, elsewhere()
	}
	back := credential.Return{State: in.State, Code: in.Code, Error: in.Error}
	if in.Error != "" && in.Description != "" {
		back.Error += ", " + in.Description
	}
	r, err := a.Connector.Connect(ctx, back)
	if err != nil {
		if !strings.Contains(in.Accept, "text/html") {
			return nil, err
		}
		p := a.refuse(ctx, route{id: "oauth2Callback"}, err)
		return pageOfText(p.Status, "Not connected", p.Detail), nil
	}
	return pageOfText(http.StatusOK, "Connected", "The credential \""+r.Name+"\" is connected. You can close this window."), nil
}

func pageOfText(status int, title, text string) *page {
	return &page{
		Status: status, Type: "text/html; charset=utf-8", Policy: "default-src 'none'; frame-ancestors 'none'", Referrer: "no-referrer", Cache: "no-store",
		Body: []byte("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>" + title + "</title><h1>" + title + "</h1><p>" + html.EscapeString(text) + "</p></html>\n"),
	}
}

package http

import (
	"context"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
)

// auth is the credential that a request needs; the zero value is none.
type auth struct {
	typ     string
	session *httpauth.Session
}

// authV3 reads the authentication of versions 2, 3 and 4.
func (q *request) authV3(r *reader) {
	switch r.String("authentication", "none") {
	case "genericCredentialType":
		q.auth.typ = r.String("genericAuthType", "")
	case "predefinedCredentialType":
		q.auth.typ = r.String("nodeCredentialType", "")
	default:
		return
	}
	if q.auth.typ == "" {
		r.fail(fault.New(fault.Invalid, fault.CodeCredentialMissing, "No credential type is chosen in the node's authentication."))
	}
}

// authV1 reads the authentication of version 1: "headerAuth" wants httpHeaderAuth.
func (q *request) authV1(r *reader) {
	q.auth.typ = simpleAuth[r.String("authentication", "none")]
}

// simpleAuth are the credential types of authentications that are named for short.
var simpleAuth = map[string]string{
	"basicAuth": "httpBasicAuth", "customAuth": "httpCustomAuth", "digestAuth": "httpDigestAuth", "headerAuth": "httpHeaderAuth",
	"queryAuth": "httpQueryAuth", "oAuth1": "oAuth1Api", "oAuth2": "oAuth2Api",
}

// open fetches the credential.
func (a *auth) open(ctx context.Context, c *node.Call) error {
	if a.typ == "" {
		return nil
	}
	s, err := httpauth.Open(ctx, c, c.Node, a.typ)
	if err != nil {
		return err
	}
	if s.Kind == nil || !s.Kind.HTTP() {
		return fault.New(fault.Invalid, fault.CodeNodeError,
			"Credentials of type %s cannot be used in the HTTP Request node. Use a generic credential type instead.", a.typ)
	}
	a.session = s
	return nil
}

// do sends a request with the credential in it.
func (a *auth) do(c *node.Call, req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	if a.session == nil {
		return c.Services.HTTP.Do(req, opt)
	}
	return a.session.Do(c.Services.HTTP, req, opt)
}

// fields are the opened credential's.
func (a *auth) fields() map[string]string {
	if a.session == nil {
		return nil
	}
	return a.session.Fields
}

// challenged reports whether resp asks for digest authentication.
func (a *auth) challenged(resp *http.Response) bool {
	return a.typ == "httpDigestAuth" && a.session != nil && resp.StatusCode == http.StatusUnauthorized &&
		strings.HasPrefix(strings.ToLower(resp.Header.Get("WWW-Authenticate")), "digest ")
}

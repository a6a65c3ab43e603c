package httpauth

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Session is one opened credential of a node.
type Session struct {
	Kind   *credential.Kind // nil for a type that is not known
	Fields map[string]string

	source node.CredentialSource
	tenant string
	typ    string
	ref    workflow.CredentialRef
	clock  clock.Clock
}

// Hide takes the credential's secrets out of a text; without a credential there are none.
func (s *Session) Hide(text string) string {
	if s == nil {
		return text
	}
	return credential.Hide(text, s.Kind.Secrets(s.Fields))
}

// clockOf is the clock by which requests are sent.
func clockOf(to node.HTTPDoer) clock.Clock {
	if timed, ok := to.(interface{ Clock() clock.Clock }); ok {
		return timed.Clock()
	}
	return clock.Real()
}

// Open opens the credential of the type that n, a node of the call's workflow, is
// connected to.
func Open(ctx context.Context, c *node.Call, n *workflow.Node, typ string) (*Session, error) {
	fields, err := c.CredentialOf(ctx, n, typ)
	if err != nil {
		return nil, err
	}
	return &Session{
		Kind: credential.Kinds().Get(typ), Fields: fields, source: c.Services.Credentials, tenant: c.Run.Tenant, typ: typ, ref: n.Credentials[typ],
		clock: clockOf(c.Services.HTTP),
	}, nil
}

// Apply puts the credential into a request.
func (s *Session) Apply(req *http.Request) error { return Apply(s.Kind, req, s.Fields, s.clock) }

// Do sends a request with the credential in it. If the service refuses the token
// (401), it is renewed and the request sent again, once: a refused request has
// done nothing. The request itself stays as it is.
func (s *Session) Do(to node.HTTPDoer, req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	resp, err := s.send(to, req, opt)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !s.canRenew(req) {
		return resp, err
	}
	fields, err := s.source.(node.CredentialRenewer).Renew(req.Context(), s.tenant, s.typ, s.ref, s.Fields)
	if err != nil {
		return resp, nil //nolint:nilerr // the service's own answer says more
	}
	_ = resp.Body.Close()
	s.Fields = fields
	return s.send(to, req, opt)
}

func (s *Session) canRenew(req *http.Request) bool {
	_, ok := s.source.(node.CredentialRenewer)
	return ok && s.Kind != nil && s.Kind.HasToken() && (req.Body == nil || req.Body == http.NoBody || req.GetBody != nil)
}

func (s *Session) send(to node.HTTPDoer, req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	out := req.Clone(pace.WithCredential(req.Context(), s.ref.ID))
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		out.Body = body
	}
	if err := s.Apply(out); err != nil {
		return nil, err
	}
	return to.Do(out, opt)
}

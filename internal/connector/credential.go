package connector

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// credentials are the types that a node can use, sorted.
func (a Auth) credentials() []string {
	set := map[string]bool{}
	if a.Type != "" {
		set[a.Type] = true
	}
	for _, t := range a.Types {
		if t != "" {
			set[t] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// secret is an opened credential; the zero value is none.
type secret struct{ session *httpauth.Session }

// open fetches the credential that the node refers to.
func (a Auth) open(ctx context.Context, c *node.Call) (secret, error) {
	typ, err := a.choose(c)
	if err != nil {
		return secret{}, err
	}
	if _, there := c.Node.Credentials[typ]; typ == "" || !there && a.Optional {
		return secret{}, nil
	}
	s, err := httpauth.Open(ctx, c, c.Node, typ)
	return secret{s}, err
}

// choose is the credential type that the node uses. Where it does not say, the
// default; but if that is not connected, the one that is: n8n's defaults differ
// between versions.
func (a Auth) choose(c *node.Call) (string, error) {
	if a.Param == "" {
		return a.Type, nil
	}
	v, err := c.Param(a.Param, 0)
	if err != nil {
		return "", err
	}
	typ, known := a.Types[textOf(v)]
	if !known {
		return "", node.Errorf("The authentication %q is not supported.", textOf(v))
	}
	if _, set := c.Raw(a.Param); set {
		return typ, nil
	}
	if _, there := c.Node.Credentials[typ]; !there {
		for _, other := range a.credentials() {
			if _, there := c.Node.Credentials[other]; there {
				return other, nil
			}
		}
	}
	return typ, nil
}

// own is the credential for one item alone: a session is not for several at once.
func (x secret) own() secret {
	if x.session == nil {
		return x
	}
	s := *x.session
	return secret{&s}
}

// do sends a request with the credential in it.
func (x secret) do(c *node.Call, req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	if x.session == nil {
		return c.Services.HTTP.Do(req, opt)
	}
	return x.session.Do(c.Services.HTTP, req, opt)
}

// hide replaces the credential's secrets in a text.
func (x secret) hide(text string) string { return x.session.Hide(text) }

// object are the fields as templates of URLs see them: those that are no secrets.
func (x secret) object() *value.Object {
	o := value.NewObject(8)
	if x.session == nil || x.session.Kind == nil {
		return o
	}
	k, fields := x.session.Kind, x.session.Kind.Complete(x.session.Fields)
	for name, v := range fields {
		derived := slices.ContainsFunc(k.Derived, func(d credential.Derived) bool { return d.Name == name })
		if derived || !k.IsSecret(name) {
			o.Set(name, v)
		}
	}
	return o
}

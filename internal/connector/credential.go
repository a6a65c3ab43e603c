package connector

import (
	"context"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
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
type secret struct {
	typ    string
	fields map[string]string
}

// open fetches the credential that the node refers to.
func (a Auth) open(ctx context.Context, c *node.Call) (secret, error) {
	typ := a.Type
	if a.Param != "" {
		v, err := c.Param(a.Param, 0)
		if err != nil {
			return secret{}, err
		}
		var known bool
		if typ, known = a.Types[textOf(v)]; !known {
			return secret{}, node.Errorf("The authentication %q is not supported.", textOf(v))
		}
	}
	if typ == "" {
		return secret{}, nil
	}
	ref, ok := c.Node.Credentials[typ]
	if !ok {
		if a.Optional {
			return secret{}, nil
		}
		return secret{}, fault.New(fault.Invalid, fault.CodeCredentialMissing, "The node needs a credential of type %s, and none is connected.", typ)
	}
	if c.Services.Credentials == nil {
		return secret{}, fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential %q (%s) cannot be opened here.", ref.Name, typ)
	}
	fields, err := c.Services.Credentials.Open(ctx, c.Run.Tenant, typ, ref)
	return secret{typ, fields}, err
}

// form is how a credential type goes into a request.
type form struct {
	header, text string // the header and its text, in which {field} stands for a field
	query, field string // the query parameter and the field
	user, pass   string // basic authentication
}

// forms are the credential types that do not carry a bearer token under the
// names that accessToken knows.
var forms = map[string]form{
	"githubApi":   {header: "Authorization", text: "token {accessToken}"},
	"telegramApi": {}, // in the URL
}

// apply puts the credential into a request.
func (x secret) apply(req *http.Request) error {
	if x.typ == "" {
		return nil
	}
	f, ok := forms[x.typ]
	switch {
	case !ok:
		token := x.token()
		if token == "" {
			return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential of type %s has no access token.", x.typ)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case f.header != "":
		req.Header.Set(f.header, x.fill(f.text))
	case f.query != "":
		q := req.URL.Query()
		q.Set(f.query, x.fields[f.field])
		req.URL.RawQuery = q.Encode()
	case f.pass != "":
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(x.fill(f.user)+":"+x.fill(f.pass))))
	}
	return nil
}

func (x secret) fill(text string) string {
	for k, v := range x.fields {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	return text
}

// token is the access token, under the names in use.
func (x secret) token() string {
	for _, name := range []string{"accessToken", "access_token", "apiKey", "apiToken", "token"} {
		if v := x.fields[name]; v != "" {
			return v
		}
	}
	data, err := value.ParseObject([]byte(x.fields["oauthTokenData"]))
	if err != nil {
		return ""
	}
	return node.Get(data, "access_token", "")
}

// minSecret is the length in bytes from which a field counts as a secret that
// must not show: shorter ones would garble every text.
const minSecret = 6

// hide replaces the credential's values in a text.
func (x secret) hide(text string) string {
	for _, v := range x.fields {
		if len(v) >= minSecret {
			text = strings.ReplaceAll(text, v, "**hidden**")
		}
	}
	return text
}

// object are the fields as templates of URLs see them.
func (x secret) object() *value.Object {
	o := value.NewObject(len(x.fields))
	for _, k := range slices.Sorted(maps.Keys(x.fields)) {
		o.Set(k, x.fields[k])
	}
	return o
}

package httpauth

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Apply puts a credential into a request that is complete but for it. Fields are
// what opening the credential gave; c times signatures. It refuses hosts that may
// not get the credential, and types that do not go into requests.
func Apply(k *credential.Kind, req *http.Request, fields map[string]string, c clock.Clock) error {
	if err := credential.CheckHost(fields, req.URL.Hostname()); err != nil {
		return err
	}
	if k == nil || !k.HTTP() {
		return fault.New(fault.Invalid, fault.CodeNodeError, "Credentials of this type cannot be used in HTTP requests.")
	}
	x := applying{kind: k, req: req, fields: k.Complete(fields), clock: c}
	for _, r := range k.Auth {
		if !credential.Holds(r.When, x.fields) {
			continue
		}
		if err := x.rule(r); err != nil {
			return err
		}
	}
	return nil
}

// applying is one credential on its way into one request.
type applying struct {
	kind   *credential.Kind
	req    *http.Request
	fields map[string]string
	clock  clock.Clock
}

func (x applying) rule(r credential.Rule) error {
	eachGiven(r.Headers, x.fields, func(name, v string) { SetHeader(x.req.Header, name, v) })
	eachGiven(r.Query, x.fields, func(name, v string) { setQuery(x.req.URL, name, v) })
	if b := r.Basic; b != nil {
		pair := credential.Fill(b.User, x.fields) + ":" + credential.Fill(b.Password, x.fields)
		SetHeader(x.req.Header, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	if r.Path != "" {
		x.req.URL.Path = strings.ReplaceAll(x.req.URL.Path, credential.Marker, credential.Fill(r.Path, x.fields))
		x.req.URL.RawPath = ""
	}
	body, places := value.NewObject(len(r.Body)), map[string]string{}
	eachGiven(r.Body, x.fields, func(name, v string) {
		if strings.Contains(name, ".") {
			places[name] = v
			return
		}
		body.Set(name, v)
	})
	if err := addBody(x.req, body); err != nil {
		return err
	}
	if err := fillBody(x.req, places); err != nil {
		return err
	}
	return x.scheme(r.Scheme)
}

func eachGiven(texts, fields map[string]string, f func(name, v string)) {
	for name, text := range texts {
		if v, ok := credential.Given(text, fields); ok {
			f(credential.Fill(name, fields), v)
		}
	}
}

func (x applying) scheme(s credential.Scheme) error {
	req, fields := x.req, x.fields
	switch s {
	case "", credential.Digest: // digest answers the server's challenge
		return nil
	case credential.NamedHeader:
		SetHeader(req.Header, fields["name"], fields["value"])
	case credential.NamedHeaders:
		return applyHeaders(req, fields["headers"])
	case credential.NamedQuery:
		setQuery(req.URL, fields["name"], fields["value"])
	case credential.Custom:
		return applyCustom(req, fields["json"])
	case credential.AccessToken:
		token := Token(fields)
		if token == "" {
			return fault.New(fault.Invalid, fault.CodeCredentialMissing,
				"The credential (%s) has no access token yet: connect it first.", x.kind.Type)
		}
		prefix := x.kind.OAuth2.Prefix
		if prefix == "" {
			prefix = "Bearer"
		}
		SetHeader(req.Header, "Authorization", prefix+" "+token)
	case credential.SigV4:
		return signAWS(req, fields, x.clock.Now())
	case credential.OAuth1:
		return signOAuth1(req, fields, ident.Token(), x.clock.Now())
	case credential.GhostAdmin:
		return signGhost(req, fields["apiKey"], x.clock.Now())
	}
	return nil
}

// applyHeaders sets the headers of a list, {"values": [{"name", "value"}]}.
func applyHeaders(req *http.Request, text string) error {
	v, err := value.ParseObject([]byte(text))
	list, _ := value.Path(v, "values")
	values, isList := list.([]any)
	if err != nil || !isList {
		return fault.New(fault.Invalid, fault.CodeNodeError, `The headers of the credential must be {"values": [{"name": "…", "value": "…"}]}.`)
	}
	for _, x := range values {
		if o, ok := x.(*value.Object); ok {
			SetHeader(req.Header, node.Get(o, "name", ""), node.Get(o, "value", ""))
		}
	}
	return nil
}

// applyCustom merges the headers, query and body fields of a custom credential.
func applyCustom(req *http.Request, text string) error {
	if text == "" {
		return nil
	}
	parts, err := value.ParseObject([]byte(text))
	if err != nil {
		return fault.New(fault.Invalid, fault.CodeNodeError, "Invalid Custom Auth JSON")
	}
	member := func(name string) *value.Object {
		v, _ := parts.Get(name)
		o, _ := v.(*value.Object)
		return o
	}
	for name, v := range member("headers").All() {
		if v != nil {
			SetHeader(req.Header, name, node.Text(v))
		}
	}
	for name, v := range member("qs").All() {
		setQuery(req.URL, name, node.Text(v))
	}
	return addBody(req, member("body"))
}

// Token is the access token of a credential that has one.
func Token(fields map[string]string) string {
	if v := fields[credential.FieldToken]; v != "" {
		return v
	}
	data, err := value.ParseObject([]byte(fields[credential.FieldTokenData]))
	if err != nil {
		return ""
	}
	v, _ := data.Get("access_token")
	s, _ := v.(string)
	return s
}

// SetHeader sets a header in place of any other spelling of it; the new spelling
// is what is sent.
func SetHeader(h http.Header, name, v string) {
	for k := range h {
		if strings.EqualFold(k, name) {
			delete(h, k)
		}
	}
	if name != "" {
		h[name] = []string{strings.TrimSpace(v)}
	}
}

// setQuery sets a parameter of the query; what else is there stays as it is written.
func setQuery(u *url.URL, name, v string) {
	escaped := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	var parts []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		key, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(key); part != "" && (err != nil || plain != name) {
			parts = append(parts, part)
		}
	}
	u.RawQuery = strings.Join(append(parts, escaped+"="+strings.ReplaceAll(url.QueryEscape(v), "+", "%20")), "&")
}

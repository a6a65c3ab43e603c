package http

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// auth is the credential that a request needs; the zero value is none.
type auth struct {
	typ    string
	fields map[string]string
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
	q.auth.typ = map[string]string{
		"basicAuth": "httpBasicAuth", "digestAuth": "httpDigestAuth", "headerAuth": "httpHeaderAuth",
		"queryAuth": "httpQueryAuth", "oAuth1": "oAuth1Api", "oAuth2": "oAuth2Api",
	}[r.String("authentication", "none")]
}

// open fetches the credential's fields.
func (a *auth) open(ctx context.Context, c *node.Call) error {
	if a.typ == "" {
		return nil
	}
	ref, ok := c.Node.Credentials[a.typ]
	if !ok {
		return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The node needs a credential of type %s, and none is connected.", a.typ)
	}
	if c.Services.Credentials == nil {
		return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential %q (%s) cannot be opened here.", ref.Name, a.typ)
	}
	var err error
	a.fields, err = c.Services.Credentials.Open(ctx, c.Run.Tenant, a.typ, ref)
	return err
}

// apply puts the credential into the request.
func (a *auth) apply(q *request) error {
	switch a.typ {
	case "", "httpDigestAuth": // digest answers the server's challenge
		return nil
	case "httpBasicAuth":
		setHeader(q.headers, "Authorization", basic(a.fields["user"], a.fields["password"]))
	case "httpBearerAuth":
		setHeader(q.headers, "Authorization", "Bearer "+a.fields["token"])
	case "httpHeaderAuth":
		setHeader(q.headers, a.fields["name"], a.fields["value"])
	case "httpQueryAuth":
		q.query = setQuery(q.query, a.fields["name"], a.fields["value"])
	case "httpCustomAuth":
		return a.custom(q)
	case "oAuth1Api":
		return fault.New(fault.Invalid, fault.CodeNodeError, "OAuth1 credentials are not supported.")
	default:
		return a.predefined(q)
	}
	return nil
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func setQuery(query *value.Object, name string, v any) *value.Object {
	if query == nil {
		return value.Obj(name, v)
	}
	query = query.Shallow()
	query.Set(name, v)
	return query
}

// custom merges the headers, body fields and query of a custom credential's JSON.
func (a *auth) custom(q *request) error {
	text := a.fields["json"]
	if text == "" {
		return nil
	}
	parts, err := value.ParseObject([]byte(text))
	if err != nil {
		return invalid("Invalid Custom Auth JSON")
	}
	for part, v := range parts.All() {
		o, ok := v.(*value.Object)
		if !ok {
			continue
		}
		for k, x := range o.All() {
			switch part {
			case "headers":
				setHeader(q.headers, k, x)
			case "qs":
				q.query = setQuery(q.query, k, x)
			case "body":
				data, _ := q.body.Data.(*value.Object)
				if q.body.Kind == wire.None {
					q.body.Kind = wire.JSON
				}
				q.body.Data = setQuery(data, k, x)
			}
		}
	}
	return nil
}

// service says how one service's credential type goes into a request: names to
// texts in which {field} stands for a field of the credential.
type service struct {
	headers map[string]string
	query   map[string]string
	user    string // with password: basic authentication
	pass    string
}

func bearer(field string) service {
	return service{headers: map[string]string{"Authorization": "Bearer {" + field + "}"}}
}

func header(name, text string) service { return service{headers: map[string]string{name: text}} }

// services are the predefined credential types by n8n's names and fields. Types
// that end in OAuth2Api (or OAuth2) carry an access token and need no entry.
var services = map[string]service{
	"openAiApi": bearer("apiKey"), "mistralCloudApi": bearer("apiKey"), "todoistApi": bearer("apiKey"),
	"notionApi": bearer("apiKey"), "slackApi": bearer("accessToken"), "airtableTokenApi": bearer("accessToken"),
	"stripeApi": bearer("secretKey"), "cloudflareApi": bearer("apiToken"), "whatsAppApi": bearer("accessToken"),
	"lineNotifyApi": bearer("accessToken"), "mailerLiteApi": bearer("apiKey"), "telegramApi": bearer("accessToken"),
	"hubspotAppToken": bearer("appToken"), "clickUpApi": header("Authorization", "{accessToken}"),
	"githubApi": header("Authorization", "token {accessToken}"), "qdrantApi": header("api-key", "{apiKey}"),
	"virusTotalApi": header("x-apikey", "{apiToken}"), "anthropicApi": header("x-api-key", "{apiKey}"),
	"clockifyApi": header("X-Api-Key", "{apiKey}"), "n8nApi": header("X-N8N-API-KEY", "{apiKey}"),
	"dropcontactApi": header("X-Access-Token", "{apiKey}"), "nocoDbApiToken": header("xc-token", "{apiToken}"),
	"shopifyAccessTokenApi": header("X-Shopify-Access-Token", "{accessToken}"),
	"erpNextApi":            header("Authorization", "token {apiKey}:{apiSecret}"),
	"supabaseApi":           {headers: map[string]string{"apikey": "{serviceRole}", "Authorization": "Bearer {serviceRole}"}},
	"googlePalmApi":         {query: map[string]string{"key": "{apiKey}"}},
	"serpApi":               {query: map[string]string{"api_key": "{apiKey}"}},
	"pipedriveApi":          {query: map[string]string{"api_token": "{apiToken}"}},
	"wordpressApi":          {user: "{username}", pass: "{password}"},
	"wooCommerceApi":        {user: "{consumerKey}", pass: "{consumerSecret}"},
	"qualysApi":             {user: "{username}", pass: "{password}", headers: map[string]string{"X-Requested-With": "{requestedWith}"}},
	"twilioApi":             {user: "{accountSid}", pass: "{authToken}"},
	"jiraSoftwareCloudApi":  {user: "{email}", pass: "{apiToken}"},
	"zendeskApi":            {user: "{email}/token", pass: "{apiToken}"},
	"lemlistApi":            {user: "", pass: "{apiKey}"},
	"mailgunApi":            {user: "api", pass: "{apiKey}"},
}

// predefined puts a service's credential into the request.
func (a *auth) predefined(q *request) error {
	s, ok := services[a.typ]
	if !ok {
		token := a.token()
		if token == "" {
			return fault.New(fault.Invalid, fault.CodeNodeError,
				"Credentials of type %s cannot be used in the HTTP Request node. Use a generic credential type instead.", a.typ)
		}
		setHeader(q.headers, "Authorization", "Bearer "+token)
		return nil
	}
	for name, text := range s.headers {
		setHeader(q.headers, name, a.fill(text))
	}
	for name, text := range s.query {
		q.query = setQuery(q.query, name, a.fill(text))
	}
	if s.pass != "" {
		setHeader(q.headers, "Authorization", basic(a.fill(s.user), a.fill(s.pass)))
	}
	return nil
}

func (a *auth) fill(text string) string {
	for k, v := range a.fields {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	return text
}

// token is the access token of an OAuth2 credential, under the names in use.
func (a *auth) token() string {
	for _, name := range []string{"accessToken", "access_token", "token"} {
		if v := a.fields[name]; v != "" {
			return v
		}
	}
	data, err := value.ParseObject([]byte(a.fields["oauthTokenData"]))
	if err != nil {
		return ""
	}
	v, _ := data.Get("access_token")
	s, _ := v.(string)
	return s
}

// secrets are the values that must not show in an error: the answer of a server
// may repeat what it was sent.
func (a *auth) secrets() []string {
	var list []string
	for _, v := range a.fields {
		if len(v) >= 6 {
			list = append(list, v)
		}
	}
	return list
}

// hide replaces the credential's values in a text.
func (a *auth) hide(text string) string {
	for _, s := range a.secrets() {
		text = strings.ReplaceAll(text, s, "**hidden**")
	}
	return text
}

// challenged reports whether resp asks for digest authentication.
func (a *auth) challenged(resp *http.Response) bool {
	return a.typ == "httpDigestAuth" && resp.StatusCode == http.StatusUnauthorized &&
		strings.HasPrefix(strings.ToLower(resp.Header.Get("WWW-Authenticate")), "digest ")
}

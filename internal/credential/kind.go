package credential

import (
	"slices"
	"strings"
)

// Kind is one credential type.
type Kind struct {
	Type    string  `json:"-"` // n8n's name; the file's name
	Name    string  `json:"name"`
	Docs    string  `json:"docs,omitempty"` // where its owner finds the values
	Extends string  `json:"extends,omitempty"`
	Fields  []Field `json:"fields,omitempty"`
	// Derived are fields that follow from others; they are never stored.
	Derived []Derived `json:"derived,omitempty"`
	Auth    []Rule    `json:"auth,omitempty"`
	OAuth2  *OAuth2   `json:"oauth2,omitempty"`
	BaseURL string    `json:"baseUrl,omitempty"`
	Domains []string  `json:"domains,omitempty"`
	Test    *Test     `json:"test,omitempty"`
}

// Field is one value that a credential of the type has.
type Field struct {
	Name     string              `json:"name"`
	Label    string              `json:"label"`
	Type     FieldType           `json:"type,omitempty"` // "": text
	Secret   bool                `json:"secret,omitempty"`
	Required bool                `json:"required,omitempty"`
	Default  string              `json:"default,omitempty"`
	Options  []string            `json:"options,omitempty"`
	Show     map[string][]string `json:"show,omitempty"` // only if the other field has one of the values
	Help     string              `json:"help,omitempty"`
}

// Derived is a field that follows from another one. With the name of a field that
// is no secret it is what that field is where it is empty.
type Derived struct {
	Name string `json:"name"`
	From string `json:"from"`
	// After takes what follows the last such text: the data centre in a key.
	After string `json:"after,omitempty"`
	// Before cuts what is left at the first of these characters: a host's first label.
	Before string `json:"before,omitempty"`
	// Map translates values; "*" is any other.
	Map map[string]string `json:"map,omitempty"`
}

// FieldType says how a field's text is read.
type FieldType string

// The types of fields. All values are kept as text: numbers in decimal, booleans
// as true or false.
const (
	Text    FieldType = ""
	Number  FieldType = "number"
	Boolean FieldType = "boolean"
	JSON    FieldType = "json"
	Choice  FieldType = "options"
)

// Rule is one way in which a credential goes into a request. Headers, query and
// body are names to texts; what has only empty fields is left out. A name of the
// body with dots is a path to a place that the request leaves open with a null,
// as services that are called by JSON-RPC want it; without that null it stays.
type Rule struct {
	When    map[string][]string `json:"when,omitempty"`
	Headers map[string]string   `json:"headers,omitempty"`
	Query   map[string]string   `json:"query,omitempty"`
	Body    map[string]string   `json:"body,omitempty"`
	Basic   *Basic              `json:"basic,omitempty"`
	Path    string              `json:"path,omitempty"` // stands for {credential} in the URL's path, as Telegram's token does
	Scheme  Scheme              `json:"scheme,omitempty"`
}

// Basic is basic authentication.
type Basic struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// Scheme names an authentication that is more than texts in places.
type Scheme string

// The schemes.
const (
	// The named ones put {value} under {name}, in the header or the query: the generic types.
	NamedHeader Scheme = "namedHeader"
	// NamedHeaders is {headers} with a list of name and value.
	NamedHeaders Scheme = "namedHeaders"
	NamedQuery   Scheme = "namedQuery"
	Custom       Scheme = "custom" // {json} with headers, qs and body
	Digest       Scheme = "digest" // answers the server's challenge, RFC 7616
	SigV4        Scheme = "sigv4"  // AWS
	OAuth1       Scheme = "oauth1"
	// GhostAdmin is Ghost's: a token of five minutes, signed with {apiKey}.
	GhostAdmin Scheme = "ghostAdmin"
	// AccessToken is a bearer token that OAuth2 or a service account gave.
	AccessToken Scheme = "accessToken"
)

// OAuth2 is where tokens come from (RFC 6749).
type OAuth2 struct {
	Grant     string `json:"grant,omitempty"` // one of the grants below, or a field; "": authorizationCode
	AuthURL   string `json:"authUrl,omitempty"`
	TokenURL  string `json:"tokenUrl,omitempty"`
	Scope     string `json:"scope,omitempty"`     // separated by spaces, as it is sent
	AuthQuery string `json:"authQuery,omitempty"` // further query of the authorization URL
	// Client says where id and secret of the client go in calls of the token
	// endpoint: header (basic authentication; also "") or body.
	Client string `json:"client,omitempty"`
	// NoPKCE leaves the proof key out, for services that refuse unknown parameters.
	NoPKCE bool `json:"noPkce,omitempty"`
	// Login is the JSON body of the grant login, and TokenPath where its answer has
	// the token ("": access_token).
	Login     map[string]string `json:"login,omitempty"`
	TokenPath string            `json:"tokenPath,omitempty"`
	// Prefix of the Authorization header, where it is not "Bearer".
	Prefix string `json:"prefix,omitempty"`
}

// Test is a request that succeeds if the credential is good.
type Test struct {
	Method string `json:"method,omitempty"` // "": GET
	URL    string `json:"url"`
	Body   string `json:"body,omitempty"` // JSON
	// Status is the status of success; 0: any of 200 to 299.
	Status int `json:"status,omitempty"`
	// Path and Equals: the member of the JSON answer that must have the value. For
	// services that answer 200 to everything.
	Path   string `json:"path,omitempty"`
	Equals string `json:"equals,omitempty"`
}

// The grants.
const (
	AuthorizationCode = "authorizationCode"
	ClientCredentials = "clientCredentials"
	ServiceAccount    = "serviceAccount"
	Login             = "login" // user and password for a token, each service in its own way
)

// The names of fields that every credential may have beside its type's own.
const (
	// FieldDomains are the hosts that may get the credential, separated by commas:
	// the owner's, or the type's.
	FieldDomains = "allowedDomains"
	// FieldToken is the access token of OAuth2 and service accounts; n8n's exports
	// have the whole answer of the token endpoint in FieldTokenData.
	FieldToken     = "accessToken"
	FieldTokenData = "oauthTokenData"
)

// Field returns the field of the name, nil if the type has none.
func (k *Kind) Field(name string) *Field {
	for i := range k.Fields {
		if k.Fields[i].Name == name {
			return &k.Fields[i]
		}
	}
	return nil
}

// IsSecret reports whether the field must never be shown. What the type does not
// know is a secret.
func (k *Kind) IsSecret(name string) bool {
	f := k.Field(name)
	return name != FieldDomains && !strings.HasPrefix(name, FieldTokenData+".") && (f == nil || f.Secret)
}

// HasToken reports whether requests carry a token that is fetched and renewed.
func (k *Kind) HasToken() bool { return k.OAuth2 != nil }

// HTTP reports whether the type says how it goes into a request.
func (k *Kind) HTTP() bool { return len(k.Auth) > 0 }

// Authorizes reports whether a person connects it by opening an address.
func (k *Kind) Authorizes() bool { return k.OAuth2 != nil && k.OAuth2.AuthURL != "" }

// servers are the types whose test is to sign in to a server that does not speak HTTP.
var servers = []string{"postgres", "mySql", "redis"}

// Testable reports whether the type can be tested.
func (k *Kind) Testable() bool {
	return k.Test != nil || slices.Contains(servers, k.Type) || k.HasToken()
}

// Grant is the OAuth2 grant that the fields ask for.
func (k *Kind) Grant(fields map[string]string) string {
	if k.OAuth2 == nil {
		return ""
	}
	switch g := Fill(k.OAuth2.Grant, fields); g {
	case "", "pkce":
		return AuthorizationCode
	default:
		return g
	}
}

// Holds reports whether the conditions (of a rule, of a field) are met.
func Holds(when map[string][]string, fields map[string]string) bool {
	for name, values := range when {
		ok := false
		for _, v := range values {
			ok = ok || fields[name] == v
		}
		if !ok {
			return false
		}
	}
	return true
}

package credential

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// grant calls the token endpoint for a new token, by the type's grant; old is the
// endpoint's last answer.
func (o *Opener) grant(ctx context.Context, k *Kind, r Record, fields map[string]string, old map[string]any) (map[string]any, error) {
	c, err := k.tokenCall(fields, old, o.Clock.Now())
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, notConnected(r, old)
	}
	data, err := o.call(ctx, *c)
	if f := fault.Of(err); err != nil && f.Outcome == fault.Unknown {
		data, err = o.call(ctx, *c) // the answer was lost, and with it perhaps the only refresh token
	}
	return data, err
}

func notConnected(r Record, old map[string]any) error {
	if old != nil {
		return fault.New(fault.Invalid, fault.CodeCredentialExpired, "its token has ended, and the service gave none to renew it with.")
	}
	return fault.New(fault.Invalid, fault.CodeCredentialMissing,
		"The credential %q (%s) is not connected yet: open its authorization, then resume the run.", r.Name, r.Type)
}

// tokenCall is the request for a new token; nil if only the owner can get one.
func (k *Kind) tokenCall(fields map[string]string, old map[string]any, now time.Time) (*TokenCall, error) {
	c := &TokenCall{URL: FillURL(k.OAuth2.TokenURL, fields)}
	switch k.Grant(fields) {
	case Login:
		c.JSON = map[string]string{}
		for name, text := range k.OAuth2.Login {
			c.JSON[name] = Fill(text, fields)
		}
		return c, nil
	case ServiceAccount:
		assertion, err := k.assertion(fields, c.URL, now)
		c.Form = map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
		return c, err
	case ClientCredentials:
		c.Form = map[string]string{"grant_type": "client_credentials"}
		if scope := k.OAuth2.ScopeOf(fields); scope != "" {
			c.Form["scope"] = scope
		}
	default:
		refresh, _ := old["refresh_token"].(string)
		if refresh == "" {
			return nil, nil
		}
		c.Form = map[string]string{"grant_type": "refresh_token", "refresh_token": refresh}
	}
	k.authenticate(c, fields)
	return c, nil
}

// authenticate adds the client's id and secret, where the service wants them.
func (k *Kind) authenticate(c *TokenCall, fields map[string]string) {
	id, secret := fields["clientId"], fields["clientSecret"]
	if secret == "" {
		secret = fields["secret"] // PayPal's name
	}
	if Fill(k.OAuth2.Client, fields) == "body" || secret == "" { // a public client only says its id
		c.Form["client_id"] = id
		if secret != "" {
			c.Form["client_secret"] = secret
		}
		return
	}
	c.User, c.Password = url.QueryEscape(id), url.QueryEscape(secret) // RFC 6749 2.3.1
}

// assertionTime is how long a service account's assertion holds: Google's most.
const assertionTime = time.Hour

// assertion is a service account's signed request (RFC 7523).
func (k *Kind) assertion(fields map[string]string, audience string, now time.Time) (string, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(PEM(fields["privateKey"])))
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, fault.CodeCredentialExpired, "its private key cannot be read; paste private_key of the JSON key file whole.")
	}
	claims := jwt.MapClaims{
		"iss": fields["email"], "scope": k.serviceScope(fields), "aud": audience,
		"iat": now.Unix(), "exp": now.Add(assertionTime).Unix(),
	}
	if fields["inpersonate"] == "true" && fields["delegatedEmail"] != "" { // n8n's spelling
		claims["sub"] = fields["delegatedEmail"]
	}
	return jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
}

func (k *Kind) serviceScope(fields map[string]string) string {
	if own := strings.Fields(strings.ReplaceAll(fields["scopes"], ",", " ")); len(own) > 0 {
		return strings.Join(own, " ")
	}
	return Fill(k.OAuth2.Scope, fields)
}

// call calls a token endpoint and reads its answer.
func (o *Opener) call(ctx context.Context, c TokenCall) (map[string]any, error) {
	answer, err := o.Endpoint.Call(ctx, c)
	if err != nil {
		return nil, err
	}
	return readAnswer(answer)
}

// readAnswer tells a token from a refusal (RFC 6749 5.2): one that stays, and one
// that may pass.
func readAnswer(a TokenAnswer) (map[string]any, error) {
	var data map[string]any
	if json.Unmarshal(a.Body, &data) != nil {
		data = nil
	}
	said, _ := data["error"].(string)
	if said == "" && data["ok"] == false { // Slack answers 200
		said = "refused"
	}
	switch {
	case a.Status >= 200 && a.Status < 300 && said == "" && data != nil:
		return data, nil
	case a.Status == 429 || a.Status >= 500:
		return nil, fault.New(fault.Unavailable, fault.CodeUpstream, "The service's token endpoint answers %d; try again later.", a.Status)
	}
	why := said
	if text, _ := data["error_description"].(string); text != "" && said != "" {
		why = said + ", " + cut(text)
	}
	if why == "" {
		why = "no token"
	}
	return nil, fault.Wrap(refusal(said), fault.Invalid, fault.CodeCredentialExpired,
		"the service refused to give a token (status %d: %s).", a.Status, why)
}

// refusal is the error code of a token endpoint.
type refusal string

func (r refusal) Error() string { return string(r) }

// client reports whether the client is refused, not the token: its owner mends
// that without connecting again.
func (r refusal) client() bool { return strings.Contains(string(r), "client") }

// maxSaid is how much of a service's words is shown.
const maxSaid = 200

func cut(s string) string {
	return fault.Shorten(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.TrimSpace(s)), maxSaid)
}

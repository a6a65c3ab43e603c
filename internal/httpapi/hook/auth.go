package hook

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
)

// bots are words in the names of crawlers and link previews.
var bots = regexp.MustCompile(`(?i)bot\b|crawl|spider|slurp|facebookexternalhit|whatsapp|preview|embedly|skypeuripreview`)

// allowed checks the caller's address and name.
func allowed(r *http.Request, set trigger.Webhook) error {
	if set.IgnoreBots && bots.MatchString(r.UserAgent()) {
		return fault.New(fault.Forbidden, fault.CodeForbidden, "This webhook does not answer bots.")
	}
	if len(set.IPs) == 0 {
		return nil
	}
	host := r.RemoteAddr
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	addr, err := netip.ParseAddr(host)
	if err == nil {
		for _, entry := range set.IPs {
			if matches(entry, addr.Unmap()) {
				return nil
			}
		}
	}
	return fault.New(fault.Forbidden, fault.CodeForbidden, "This webhook does not answer the address %s.", host)
}

func matches(entry string, addr netip.Addr) bool {
	if p, err := netip.ParsePrefix(entry); err == nil {
		return p.Contains(addr)
	}
	a, err := netip.ParseAddr(entry)
	return err == nil && a.Unmap() == addr
}

// authenticate checks the credential that the webhook's node asks for; for a JWT
// it returns the payload.
func (s *Server) authenticate(ctx context.Context, r *http.Request, x target) (*value.Object, error) {
	typ, ref, asked := x.settings.Credential(x.node)
	if !asked {
		return nil, nil
	}
	if s.Credentials == nil {
		return nil, fault.New(fault.Forbidden, fault.CodeCredentialMissing,
			"This webhook asks for a credential of the type %s, which is not connected.", typ)
	}
	c, err := s.Credentials.Open(ctx, string(x.hook.Tenant), typ, ref)
	if err != nil {
		return nil, err
	}
	switch x.settings.Auth {
	case "basicAuth":
		return nil, basic(r, c)
	case "headerAuth":
		if c["name"] != "" && c["value"] != "" && service.SameSecret(r.Header.Get(c["name"]), c["value"]) {
			return nil, nil
		}
		return nil, fault.New(fault.Forbidden, fault.CodeForbidden, "Authorization data is wrong!")
	case "bearerAuth":
		if c["token"] != "" && service.SameSecret(r.Header.Get("Authorization"), "Bearer "+c["token"]) {
			return nil, nil
		}
		return nil, fault.New(fault.Forbidden, fault.CodeForbidden, "Authorization data is wrong!")
	default:
		return verifyJWT(r, c, s.Clock.Now)
	}
}

func basic(r *http.Request, c map[string]string) error {
	user, password, ok := r.BasicAuth()
	if !ok {
		return fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "Authorization is required!")
	}
	if c["user"] == "" || !service.SameSecret(user, c["user"]) || !service.SameSecret(password, c["password"]) {
		return fault.New(fault.Forbidden, fault.CodeForbidden, "Authorization data is wrong!")
	}
	return nil
}

// verifyJWT checks a bearer token with the credential's key and algorithm, and
// with no other algorithm: a public key must not be taken for a shared secret.
func verifyJWT(r *http.Request, c map[string]string, now func() time.Time) (*value.Object, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return nil, fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "No token provided")
	}
	algorithm := c["algorithm"]
	if algorithm == "" {
		algorithm = "HS256"
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{algorithm}), jwt.WithTimeFunc(now))
	_, err := parser.ParseWithClaims(strings.TrimSpace(token), claims, func(*jwt.Token) (any, error) { return jwtKey(algorithm, c) })
	if err != nil {
		return nil, fault.Wrap(err, fault.Forbidden, fault.CodeForbidden, "Invalid token")
	}
	return value.From(map[string]any(claims)).(*value.Object), nil
}

func jwtKey(algorithm string, c map[string]string) (any, error) {
	pem := []byte(c["publicKey"])
	switch algorithm[:min(2, len(algorithm))] {
	case "HS":
		if c["secret"] == "" {
			return nil, jwt.ErrTokenUnverifiable
		}
		return []byte(c["secret"]), nil
	case "RS", "PS":
		return jwt.ParseRSAPublicKeyFromPEM(pem)
	case "ES":
		return jwt.ParseECPublicKeyFromPEM(pem)
	}
	return nil, jwt.ErrTokenUnverifiable
}

package gateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
)

// allowOrigin sets the headers for a request from an origin that is allowed, and
// reports whether it is one.
func allowOrigin(c *samtemplate.CORS, r *http.Request, head http.Header) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	switch {
	case slices.Contains(c.Origins, "*"):
		head.Set("Access-Control-Allow-Origin", "*")
	case slices.ContainsFunc(c.Origins, func(o string) bool { return originMatches(o, origin) }):
		head.Set("Access-Control-Allow-Origin", origin)
		head.Add("Vary", "Origin")
	default:
		return false
	}
	if c.Credentials {
		head.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(c.Expose) > 0 {
		head.Set("Access-Control-Expose-Headers", strings.Join(c.Expose, ","))
	}
	return true
}

// originMatches compares an origin with an allowed one, which may be "https://*".
func originMatches(allowed, origin string) bool {
	if scheme, ok := strings.CutSuffix(allowed, "*"); ok {
		return strings.HasPrefix(origin, scheme)
	}
	return allowed == origin
}

// preflight sets the headers of a preflight's answer, and reports whether the
// request is one.
func preflight(c *samtemplate.CORS, r *http.Request, head http.Header) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	if len(c.Methods) > 0 {
		head.Set("Access-Control-Allow-Methods", strings.Join(c.Methods, ","))
	}
	if len(c.Headers) > 0 {
		head.Set("Access-Control-Allow-Headers", strings.Join(c.Headers, ","))
	}
	if c.MaxAge > 0 {
		head.Set("Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge/time.Second)))
	}
	return true
}

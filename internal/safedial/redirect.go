package safedial

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// crossOrigin are the request headers that follow a redirect to another origin.
// Everything else stays behind: a tenant's secret may be in a header of any name.
var crossOrigin = map[string]bool{
	"Accept": true, "Accept-Language": true, "Accept-Encoding": true, "User-Agent": true,
	"Content-Type": true, "Cache-Control": true, "Range": true,
}

// bodyHeader are the headers that go with the body when a redirect drops it.
var bodyHeader = map[string]bool{"Content-Type": true, "Content-Encoding": true, "Idempotency-Key": true}

// redirects reports whether resp asks for another request.
func redirects(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// redirected makes the request that resp, the answer to req, leads to. Methods
// change as browsers change them: 303 makes all but HEAD a GET, 301 and 302 do
// so for POST, 307 and 308 keep method and body.
func redirected(req *http.Request, resp *http.Response) (*http.Request, error) {
	to, err := req.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		f := fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The server redirected to an invalid URL.")
		f.Outcome = fault.Refused
		return nil, f
	}
	next := req.Clone(req.Context())
	next.URL = to
	next.Host = ""
	if dropsBody(req.Method, resp.StatusCode) {
		if req.Method != http.MethodHead {
			next.Method = http.MethodGet
		}
		next.Body, next.GetBody, next.ContentLength = nil, nil, 0
		for name := range next.Header {
			if bodyHeader[http.CanonicalHeaderKey(name)] {
				delete(next.Header, name)
			}
		}
	} else if err := rewind(req, next); err != nil {
		return nil, err
	}
	if !SameOrigin(req.URL, to) {
		for name := range next.Header {
			if !crossOrigin[http.CanonicalHeaderKey(name)] {
				delete(next.Header, name)
			}
		}
	} else if to.User == nil {
		to.User = req.URL.User
	}
	return next, nil
}

func dropsBody(method string, status int) bool {
	switch status {
	case http.StatusSeeOther:
		return true
	case http.StatusMovedPermanently, http.StatusFound:
		return method == http.MethodPost
	}
	return false
}

func rewind(req, next *http.Request) error {
	if req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	var body io.ReadCloser
	var err error
	if req.GetBody == nil {
		f := fault.New(fault.Invalid, fault.CodeUpstream, "The server redirected an upload that cannot be sent twice.")
		f.Outcome = fault.Refused
		return f
	}
	if body, err = req.GetBody(); err != nil {
		f := fault.Wrap(err, fault.Internal, fault.CodeInternal, "The request body could not be read again.")
		f.Outcome = fault.Refused
		return f
	}
	next.Body = body
	return nil
}

// SameOrigin reports whether credentials for a may go to b: the same scheme,
// host and port, or the usual upgrade from http to https on the same host.
func SameOrigin(a, b *url.URL) bool {
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	if a.Scheme == b.Scheme {
		return port(a) == port(b)
	}
	return a.Scheme == "http" && port(a) == "80" && b.Scheme == "https" && port(b) == "443"
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

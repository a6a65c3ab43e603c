package safedial

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// Do sends req and follows its redirects, each through the same checks. The
// response's body is decoded and limited; its Request is the last one sent. The
// caller closes the body. Any status is a response, not an error; errors are
// *fault.Error with Outcome set.
func (d *Dialer) Do(req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	// The wait for the host's turn is not the service's: its time limit starts after it.
	if err := d.admit(req.Context(), req.URL.Hostname()); err != nil {
		return nil, err
	}
	ctx, cancel := d.bounded(req.Context(), opt.Timeout)
	resp, err := d.follow(ctx, req, opt)
	if err != nil {
		cancel()
		return nil, err
	}
	limit := opt.MaxBytes
	if limit <= 0 || limit > d.maxBytes {
		limit = d.maxBytes
	}
	bound(ctx, resp, limit, cancel)
	return resp, nil
}

// follow sends req and what its answers redirect to.
func (d *Dialer) follow(ctx context.Context, req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	left := opt.MaxRedirects
	if left == 0 {
		left = DefaultMaxRedirects
	}
	next := req
	for {
		resp, err := d.send(ctx, next, opt.SkipTLSVerify)
		if err != nil {
			return nil, afterRedirect(err, next != req)
		}
		d.heard(ctx, resp)
		if left < 0 || !redirects(resp) {
			return resp, nil
		}
		_ = resp.Body.Close()
		if left == 0 {
			f := fault.New(fault.Invalid, fault.CodeUpstream, "There were more redirects than allowed.")
			f.Outcome = fault.Refused
			return nil, f
		}
		left--
		if next, err = redirected(next, resp); err != nil {
			return nil, err
		}
		if err := d.admit(ctx, next.URL.Hostname()); err != nil {
			return nil, afterRedirect(err, true)
		}
	}
}

// afterRedirect keeps a failure after a redirect from counting as "not sent":
// the first server has had its request.
func afterRedirect(err error, redirected bool) error {
	if f := fault.Of(err); redirected && f.Outcome == fault.NotSent {
		g := *f
		g.Outcome = fault.Refused
		return &g
	}
	return err
}

// maxStale is how many closed idle connections one request may meet.
const maxStale = 4

// send sends one request, again if an idle connection turned out to be closed
// before anything was written.
func (d *Dialer) send(ctx context.Context, req *http.Request, insecure bool) (*http.Response, error) {
	if err := errors.Join(checkURL(req.URL), checkHeader(req.Header)); err != nil {
		return nil, fault.Of(err)
	}
	transport := d.verified
	if insecure {
		transport = d.insecure
	}
	for attempt := 0; ; attempt++ {
		out, err := outgoing(ctx, req, attempt)
		if err != nil {
			return nil, err
		}
		s := &sending{}
		resp, err := transport.RoundTrip(out.WithContext(s.watch(ctx)))
		if err == nil {
			return resp, nil
		}
		if s.stale() && attempt < maxStale && ctx.Err() == nil && repeatable(req) {
			continue
		}
		return nil, sendFault(ctx, req.URL.Hostname(), s.wrote(), err)
	}
}

func repeatable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// outgoing copies req into the form that is handed to net/http: one that it
// cannot repeat by itself after bytes were written.
func outgoing(ctx context.Context, req *http.Request, attempt int) (*http.Request, error) {
	out := req.Clone(ctx)
	out.GetBody = nil
	if attempt > 0 && req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, fault.CodeInternal, "The request body could not be read again.")
		}
		out.Body = body
	}
	out.Header = outgoingHeader(out.Header)
	if user := out.URL.User; user != nil {
		out.URL.User = nil
		if out.Header.Get("Authorization") == "" {
			password, _ := user.Password()
			out.SetBasicAuth(user.Username(), password)
		}
	}
	return out, nil
}

// ours are the headers that the connection decides, not the author: a second
// length or host would let one request hide another.
var ours = map[string]bool{
	"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Trailer": true, "Te": true,
	"Connection": true, "Keep-Alive": true, "Upgrade": true, "Proxy-Connection": true, "Accept-Encoding": true,
}

// spelled are the headers that net/http looks for by their usual spelling.
var spelled = map[string]bool{"User-Agent": true, "Authorization": true, "Cookie": true, "Range": true}

// outgoingHeader copies h without what is ours. Idempotency keys are spelled in
// lower case, which is the same header to a server: net/http, which repeats a
// POST by itself when it finds the usual spelling, then finds none. Other names
// keep the author's spelling.
func outgoingHeader(h http.Header) http.Header {
	out := make(http.Header, len(h)+1)
	for name, values := range h {
		switch usual := http.CanonicalHeaderKey(name); {
		case ours[usual]:
			continue
		case usual == "Idempotency-Key", usual == "X-Idempotency-Key":
			name = strings.ToLower(name)
		case spelled[usual]:
			name = usual
		}
		out[name] = append(out[name], values...)
	}
	out["Accept-Encoding"] = []string{acceptEncoding}
	return out
}

// checkURL refuses what is not a plain http or https URL with an allowed host
// spelling. The address itself is judged when it is dialled.
func checkURL(u *url.URL) error {
	if u == nil || u.Scheme != "http" && u.Scheme != "https" {
		return refuse("only http and https URLs may be called")
	}
	if u.Hostname() == "" {
		return fault.New(fault.Invalid, fault.CodeValidation, "The URL has no host.")
	}
	_, err := canonicalHost(u.Hostname())
	return err
}

// checkHeader refuses names and values that would break the request apart.
func checkHeader(h http.Header) error {
	for name, values := range h {
		if !httpguts.ValidHeaderFieldName(name) {
			return fault.New(fault.Invalid, fault.CodeValidation, "Header name must be a valid HTTP token [%q]", name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fault.New(fault.Invalid, fault.CodeValidation, "Invalid character in header content [%q]", name)
			}
		}
	}
	return nil
}

// ReadAll reads and closes a response's body.
func ReadAll(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(resp.Body)
	return body, errors.Join(err, resp.Body.Close())
}

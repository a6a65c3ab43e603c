package openaichat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
)

// exchange is one request and its answer on the way through go-openai: it sends
// through the safe dialer and keeps what the library throws away.
type exchange struct {
	ctx     context.Context
	doer    node.HTTPDoer
	timeout time.Duration

	status int
	header http.Header
	body   []byte
	failed error // of sending or reading
}

// Do implements openai.HTTPDoer. Redirects are not followed: an API has none,
// and they would carry the key.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	resp, err := x.doer.Do(req.WithContext(x.ctx), node.HTTPOptions{MaxRedirects: -1, MaxBytes: maxAnswer, Timeout: x.timeout})
	if err != nil {
		x.failed = err
		return nil, err
	}
	x.status, x.header = resp.StatusCode, resp.Header
	x.body, err = safedial.ReadAll(resp)
	if err != nil {
		x.failed = err
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(x.body))
	return resp, nil
}

// classify turns the library's error into a fault.
func (c *Client) classify(x *exchange, err error) error {
	if x.failed != nil {
		return fault.Of(x.failed)
	}
	if x.status == 0 {
		// The library refused the request before sending it.
		return fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The model does not take this request: %s.", err)
	}
	var api *openai.APIError
	code, message := "", http.StatusText(x.status)
	if errors.As(err, &api) {
		code, message = codeOf(api), api.Message
	}
	if x.status < http.StatusBadRequest {
		return outcome(fault.Unknown, fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The model's answer is not valid JSON."))
	}
	f := statusFault(x.status, code, message)
	f.Cause = err
	f.RetryAfter = safedial.RetryAfter(x.header, c.opt.Clock.Now())
	return f
}

func codeOf(e *openai.APIError) string {
	if s, ok := e.Code.(string); ok && s != "" {
		return s
	}
	return e.Type
}

// statusFault is the fault of an error answer, by OpenAI's list of error codes.
func statusFault(status int, code, message string) *fault.Error {
	switch {
	case status == http.StatusTooManyRequests && (code == "insufficient_quota" || code == "billing_hard_limit_reached"):
		return outcome(fault.NotSent, fault.New(fault.LimitExceeded, fault.CodeUpstream,
			"The account behind the key has no quota left (insufficient_quota): %s", message))
	case status == http.StatusTooManyRequests:
		return outcome(fault.NotSent, fault.New(fault.Unavailable, fault.CodeUpstreamRateLimited, "The model's rate limit is reached: %s", message))
	case status == http.StatusServiceUnavailable:
		return outcome(fault.NotSent, fault.New(fault.Unavailable, fault.CodeUpstream, "The model is overloaded: %s", message))
	case status == http.StatusRequestTimeout:
		return outcome(fault.Refused, fault.New(fault.Timeout, fault.CodeUpstream, "The model's server gave up waiting: %s", message))
	case status >= http.StatusInternalServerError:
		return outcome(fault.Refused, fault.New(fault.Unavailable, fault.CodeUpstream, "The model's server failed with status %d: %s", status, message))
	case status == http.StatusUnauthorized:
		return outcome(fault.Refused, fault.New(fault.Invalid, fault.CodeUpstream, "Authorization failed - please check your credentials: %s", message))
	case code == "context_length_exceeded":
		return outcome(fault.Refused, fault.New(fault.Invalid, fault.CodeUpstream, "The messages are longer than the model can take: %s", message))
	default:
		return outcome(fault.Refused, fault.New(fault.Invalid, fault.CodeUpstream, "The model refused the request with status %d: %s", status, message))
	}
}

func outcome(o fault.Outcome, f *fault.Error) *fault.Error {
	f.Outcome = o
	return f
}

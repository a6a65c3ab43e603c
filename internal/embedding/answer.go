package embedding

import (
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
)

// vectors turns lists of numbers into vectors: as many as there were texts, all
// of one length.
func vectors(lists []any, want int) ([][]float32, error) {
	if len(lists) != want {
		return nil, lost("The embedding model gave %d vectors for %d texts.", len(lists), want)
	}
	out := make([][]float32, len(lists))
	for i, x := range lists {
		list, _ := x.([]any)
		v := make([]float32, len(list))
		for j, y := range list {
			n, ok := y.(float64)
			if !ok {
				return nil, lost("The embedding model gave a vector that has something else than numbers in it.")
			}
			v[j] = float32(n)
		}
		if len(v) == 0 {
			return nil, lost("The embedding model gave a vector without numbers.")
		}
		if i > 0 && len(v) != len(out[0]) {
			return nil, lost("The embedding model gave vectors of different lengths: %d and %d.", len(out[0]), len(v))
		}
		out[i] = v
	}
	return out, nil
}

// lost is the fault of an answer that cannot be used but may have been billed.
func lost(format string, args ...any) *fault.Error {
	f := fault.New(fault.Unavailable, fault.CodeUpstream, format, args...)
	f.Outcome = fault.Unknown
	return f
}

// maxMessage is how much of a service's own message is shown, in bytes.
const maxMessage = 500

// refused is the fault of an answer that is an error.
func (c *Client) refused(resp *http.Response, data []byte) error {
	code, message := said(data)
	f := fault.New(fault.Invalid, fault.CodeUpstream, "The embedding model refused the request with status %d: %s", resp.StatusCode, message)
	f.Outcome = fault.Refused
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests && code == "insufficient_quota":
		f.Kind, f.Outcome = fault.LimitExceeded, fault.NotSent
		f.Message = "The account behind the key has no quota left (insufficient_quota): " + message
	case status == http.StatusTooManyRequests:
		f.Kind, f.Code, f.Outcome = fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent
		f.Message = "The embedding model's rate limit is reached: " + message
	case status == http.StatusServiceUnavailable:
		f.Kind, f.Outcome = fault.Unavailable, fault.NotSent
	case status == http.StatusRequestTimeout:
		f.Kind = fault.Timeout
	case status >= http.StatusInternalServerError:
		f.Kind = fault.Unavailable
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.Message = "Authorization failed - please check your credentials: " + message
	}
	f.RetryAfter = safedial.RetryAfter(resp.Header, c.opt.Clock.Now())
	return f
}

// said is the code and the message of an error answer: {error: {message, code}},
// {message} or {error}, by service.
func said(data []byte) (code, message string) {
	o, err := value.ParseObject(data)
	if err != nil {
		return "", clip(string(data))
	}
	text := func(path ...any) string {
		v, _ := value.Path(o, path...)
		s, _ := v.(string)
		return s
	}
	for _, path := range [][]any{{"error", "message"}, {"message"}, {"error"}, {"detail"}} {
		if message = text(path...); message != "" {
			return text("error", "code"), clip(message)
		}
	}
	return "", clip(string(data))
}

func clip(s string) string {
	return fault.Shorten(s, maxMessage)
}

package http

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
)

// userAgent is sent unless the author sets one; some services refuse requests without.
const userAgent = "AutomateLanka/1.0"

// answer is one response, read whole.
type answer struct {
	status  int
	message string // "Not Found"
	header  http.Header
	body    []byte
	url     string // of the last request
}

// send makes one request for q; page counts the pages of a pagination, from 0. A
// status that is not a success is a fault unless the author takes every status.
func (q *request) send(ctx context.Context, c *node.Call, page int, everyStatus bool) (answer, error) {
	if err := q.auth.apply(q); err != nil {
		return answer{}, err
	}
	req, err := q.http(ctx, c, page)
	if err != nil {
		return answer{}, err
	}
	resp, err := c.Services.HTTP.Do(req, q.opt)
	if err != nil {
		return answer{}, err
	}
	if q.auth.challenged(resp) {
		if resp, err = q.answerDigest(c, req, resp); err != nil {
			return answer{}, err
		}
	}
	a := answer{status: resp.StatusCode, message: http.StatusText(resp.StatusCode), header: resp.Header, url: resp.Request.URL.String()}
	if a.body, err = safedial.ReadAll(resp); err != nil {
		return answer{}, err
	}
	if _, text, ok := strings.Cut(resp.Status, " "); ok {
		a.message = text
	}
	if !everyStatus && !q.neverError && (a.status < 200 || a.status > 299) {
		return a, q.statusFault(c, a)
	}
	return a, nil
}

func (q *request) answerDigest(c *node.Call, req *http.Request, resp *http.Response) (*http.Response, error) {
	_ = resp.Body.Close()
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		b, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		again.Body = b
	}
	again.Header.Set("Authorization", q.auth.digest(again, resp.Header.Get("WWW-Authenticate")))
	return c.Services.HTTP.Do(again, q.opt)
}

// http writes the request out.
func (q *request) http(ctx context.Context, c *node.Call, page int) (*http.Request, error) {
	data, contentType, err := q.body.encode(ctx, c, q.item)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		if q.body.kind == bodyMultipart {
			setHeader(q.headers, "content-type", contentType)
		}
		q.setDefault("content-type", contentType)
	}
	q.setDefault("accept", q.accept())
	q.setDefault("user-agent", userAgent)
	req, err := http.NewRequestWithContext(ctx, q.method, withQuery(q.url, q.query, q.arrays), nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "Invalid URL: %s", q.auth.hide(q.url))
	}
	if len(data) > 0 {
		withBody, _ := http.NewRequest(q.method, "http://x", bytes.NewReader(data))
		req.Body, req.GetBody, req.ContentLength = withBody.Body, withBody.GetBody, withBody.ContentLength
	}
	for name, v := range q.headers.All() {
		setWireHeader(req, name, v)
	}
	q.setKey(c, req, page)
	return req, nil
}

// setWireHeader writes one header; null and false leave it out, lists repeat it.
func setWireHeader(req *http.Request, name string, v any) {
	name = strings.TrimSpace(name)
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, x := range list {
		if x == nil || x == false {
			continue
		}
		text := strings.TrimSpace(node.Text(x))
		if strings.EqualFold(name, "host") {
			req.Host = text
			continue
		}
		req.Header[name] = append(req.Header[name], text)
	}
}

// setKey adds the engine's idempotency key to an unsafe request.
func (q *request) setKey(c *node.Call, req *http.Request, page int) {
	if !unsafe(q.method) || q.key == "off" {
		return
	}
	for name := range req.Header {
		if strings.EqualFold(name, "Idempotency-Key") {
			return
		}
	}
	key := c.Key(q.item)
	if page > 0 {
		key += "-" + strconv.Itoa(page)
	}
	req.Header.Set("Idempotency-Key", key)
}

// messages are n8n's words for the statuses that need some.
var messages = map[int]string{
	400: "Bad request - please check your parameters",
	401: "Authorization failed - please check your credentials",
	402: "Payment required - perhaps check your payment details?",
	403: "Forbidden - perhaps check your credentials?",
	404: "The resource you are requesting could not be found",
	405: "Method not allowed - please check you are using the right HTTP method",
	429: "The service is receiving too many requests from you",
	500: "The service was not able to process your request",
	502: "Bad gateway - the service failed to handle your request",
	503: "Service unavailable - try again later or consider setting this node to retry automatically (in the node settings)",
	504: "Gateway timed out - perhaps try again later?",
}

// statusFault is the fault of an answer that is not a success. What may be tried
// again: 408, 425, 429 and every 5xx; 429 and 503 say that nothing was done.
func (q *request) statusFault(c *node.Call, a answer) error {
	text, ok := messages[a.status]
	switch {
	case ok:
	case a.status >= 500:
		text = messages[500]
	default:
		text = "Your request is invalid or could not be processed by the service"
	}
	f := fault.New(fault.Invalid, fault.CodeUpstream, "%s", text)
	f.Cause = statusError(a.status)
	f.Outcome = fault.Refused
	switch {
	case a.status == http.StatusTooManyRequests:
		f.Kind, f.Code, f.Outcome = fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent
	case a.status == http.StatusServiceUnavailable:
		f.Kind, f.Outcome = fault.Unavailable, fault.NotSent
	case a.status >= 500, a.status == http.StatusTooEarly:
		f.Kind = fault.Unavailable
	case a.status == http.StatusRequestTimeout:
		f.Kind = fault.Timeout
	}
	f.RetryAfter = safedial.RetryAfter(a.header, clockOf(c).Now())
	return node.WithDetail(f, q.auth.hide(detailOf(a)))
}

// statusError is the HTTP status as the cause of a fault.
type statusError int

func (s statusError) Error() string { return "status " + strconv.Itoa(int(s)) }

// maxDetail is how much of an error answer is shown, maxErrorBody how much of it
// is looked at, in bytes.
const (
	maxDetail    = 500
	maxErrorBody = 64 << 10
)

// detailOf is what the other side says about its error: the message in its JSON,
// or the beginning of its text.
func detailOf(a answer) string {
	text := strings.TrimSpace(string(a.body[:min(len(a.body), maxErrorBody)]))
	if o, err := value.ParseObject([]byte(text)); err == nil {
		for _, path := range [][]any{{"error", "message"}, {"message"}, {"error_description"}, {"detail"}, {"error"}, {"description"}} {
			if v, ok := value.Path(o, path...); ok {
				if s, isText := v.(string); isText && s != "" {
					text = s
					break
				}
			}
		}
	} else if strings.HasPrefix(text, "<") {
		return ""
	}
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "…"
	}
	return text
}

package http

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
)

// send makes one request for q; page counts the pages of a pagination, from 0. A
// status that is not a success is a fault unless the author takes every status.
func (q *request) send(ctx context.Context, c *node.Call, page int, everyStatus bool) (wire.Answer, error) {
	req, err := q.http(ctx, c, page)
	if err != nil {
		return wire.Answer{}, err
	}
	resp, err := q.auth.do(c, req, q.opt)
	if err != nil {
		return wire.Answer{}, err
	}
	if q.auth.challenged(resp) {
		if resp, err = q.answerDigest(c, req, resp); err != nil {
			return wire.Answer{}, err
		}
	}
	a := wire.Head(resp)
	if q.formatOf(a) == "file" && (everyStatus || q.neverError || a.OK()) {
		return wire.Store(ctx, c, resp, wire.Place{Item: q.item, Field: q.field})
	}
	if a, err = wire.ReadText(resp, maxText); err != nil {
		return wire.Answer{}, err
	}
	if !everyStatus && !q.neverError && !a.OK() {
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
	content, err := q.body.Encode(ctx, c, q.item)
	if err != nil {
		return nil, err
	}
	contentType := content.Type
	if contentType != "" {
		if q.body.Kind == wire.Multipart {
			setHeader(q.headers, "content-type", contentType)
		}
		q.setDefault("content-type", contentType)
	}
	q.setDefault("accept", q.accept())
	q.setDefault("user-agent", wire.UserAgent)
	req, err := http.NewRequestWithContext(ctx, q.method, wire.WithQuery(q.url, q.query, q.arrays), nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "Invalid URL: %s", q.url)
	}
	content.Into(req)
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
	if !q.acts() || q.key == "off" {
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

// statusFault is the fault of an answer that is not a success, with what the
// other side says about it.
func (q *request) statusFault(c *node.Call, a wire.Answer) error {
	f := wire.StatusFault(a, wire.Clock(c).Now())
	f.Cause = refusal{version: c.Node.TypeVersion, status: a.Status, body: string(a.Body[:min(len(a.Body), maxRefusal)])}
	return node.WithDetail(f, wire.Detail(a))
}

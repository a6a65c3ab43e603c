package http

import (
	"context"
	"crypto/sha256"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// The most that one item may fetch by pages.
const (
	maxPages     = 10_000
	maxPageBytes = 64 << 20
)

const paginationAt = "options.pagination.pagination"

// paging fetches the pages of one item. Its expressions are evaluated before or
// after each page, with $response, $request and $pageCount.
type paging struct {
	c       *node.Call
	q       *request
	raw     *value.Object // as the author wrote it
	origin  *url.URL
	answers []wire.Answer
	bytes   int
	last    [32]byte // of the last page's body
	same    int      // how often it came again
}

// paginated reports whether the node asks for pages.
func paginated(c *node.Call) (*value.Object, bool) {
	if c.Node.TypeVersion < 3 {
		return nil, false
	}
	v, _ := c.Raw(paginationAt)
	o, ok := v.(*value.Object)
	return o, ok && node.Get(o, "paginationMode", "updateAParameterInEachRequest") != "off"
}

// pages makes the requests of one item: one, or as many as pagination asks for.
func (q *request) pages(ctx context.Context, c *node.Call) ([]wire.Answer, error) {
	raw, ok := paginated(c)
	if !ok {
		a, err := q.send(ctx, c, 0, false)
		if err != nil {
			return nil, err
		}
		return []wire.Answer{a}, nil
	}
	p := &paging{c: c, q: q, raw: raw}
	p.origin, _ = url.Parse(q.url)
	for page := range maxPages {
		more, err := p.next(ctx, page)
		if err != nil || !more {
			return p.answers, err
		}
	}
	return p.answers, wire.Answered(invalid("Pagination stopped after %d pages. Check if \"Pagination Completed When\" has been configured correctly.", maxPages))
}

// next fetches one page and says whether another is wanted.
func (p *paging) next(ctx context.Context, page int) (bool, error) {
	q, err := p.request(ctx, page)
	if err != nil {
		return false, err
	}
	a, err := q.send(ctx, p.c, page, true)
	if err != nil {
		return false, err
	}
	p.answers = append(p.answers, a)
	if p.bytes += len(a.Body); p.bytes > maxPageBytes {
		return false, wire.Answered(fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The pages together are larger than %d bytes.", maxPageBytes))
	}
	if err := p.repeats(a); err != nil {
		return false, err
	}
	most, err := p.most(ctx)
	if err != nil || most > 0 && len(p.answers) >= most {
		return false, err
	}
	more, err := p.wantsMore(ctx, a)
	if err != nil || !more {
		return false, err
	}
	if a.Status < 200 || a.Status > 299 {
		return false, q.statusFault(p.c, a)
	}
	return true, p.pause(ctx)
}

// repeats stops a pagination whose pages are all the same.
func (p *paging) repeats(a wire.Answer) error {
	sum := sha256.Sum256(a.Body)
	if sum == p.last {
		p.same++
	} else {
		p.same = 0
	}
	p.last = sum
	if p.same >= 4 {
		return wire.Answered(node.WithDetail(invalid("The returned response was identical 5x, so requests got stopped"),
			"Check if \"Pagination Completed When\" has been configured correctly."))
	}
	return nil
}

// evaluate evaluates what the author wrote with the last answer in sight.
func (p *paging) evaluate(ctx context.Context, raw any) (any, error) {
	scope := *p.c.Scope()
	scope.Extra = map[string]any{
		"$pageCount": float64(len(p.answers)), "$response": p.response(), "$request": p.sent(),
	}
	e := expr.NewEvaluator(ctx, &scope, expr.Limits{Clock: wire.Clock(p.c)})
	defer e.Close()
	v, err := e.Resolve(raw, p.q.item)
	if err != nil && len(p.answers) > 0 {
		err = wire.Answered(err)
	}
	return v, node.AtItem(p.q.item, err)
}

// response is $response: body, headers and status of the last answer.
func (p *paging) response() *value.Object {
	if len(p.answers) == 0 {
		return value.NewObject(0)
	}
	a := p.answers[len(p.answers)-1]
	var body any = wire.DecodeText(a)
	if strings.Contains(a.Header.Get("Content-Type"), "application/json") || p.q.format == "json" {
		if v, err := value.Parse(a.Body); err == nil {
			body = v
		} else {
			body = value.NewObject(0)
		}
	}
	return value.Obj("body", body, "headers", a.Headers(), "statusCode", float64(a.Status))
}

// sent is $request: what is asked for, without credentials.
func (p *paging) sent() *value.Object {
	return value.Obj("url", p.q.url, "uri", p.q.url, "method", p.q.method, "qs", orEmpty(p.q.query),
		"headers", p.q.headers, "body", p.q.body.Data)
}

func orEmpty(o *value.Object) *value.Object {
	if o == nil {
		return value.NewObject(0)
	}
	return o
}

// most is how many pages may be fetched, 0 for any number.
func (p *paging) most(ctx context.Context) (int, error) {
	limited, _ := p.raw.Get("limitPagesFetched")
	if !node.Truthy(limited) {
		return 0, nil
	}
	raw, ok := p.raw.Get("maxRequests")
	if !ok {
		return 100, nil // n8n's default
	}
	v, err := p.evaluate(ctx, raw)
	if err != nil {
		return 0, err
	}
	return int(node.ToNumber(v)), nil
}

// wantsMore says whether the last answer asks for another page.
func (p *paging) wantsMore(ctx context.Context, a wire.Answer) (bool, error) {
	failed := a.Status < 200 || a.Status > 299
	switch node.Get(p.raw, "paginationCompleteWhen", "responseIsEmpty") {
	case "receiveSpecificStatusCodes":
		for code := range strings.SplitSeq(node.Get(p.raw, "statusCodesWhenComplete", ""), ",") {
			if n, err := strconv.Atoi(strings.TrimSpace(code)); err == nil && n == a.Status {
				return false, nil
			}
		}
		return true, nil
	case "responseIsEmpty":
		body, _ := p.response().Get("body")
		list, ok := body.([]any)
		return ok && len(list) > 0 || !ok && node.Truthy(body), nil
	}
	raw := strings.TrimSpace(node.Get(p.raw, "completeExpression", ""))
	if !expr.IsExpression(raw) {
		return false, wire.Answered(invalid("Invalid or empty Complete Expression"))
	}
	complete, err := p.evaluate(ctx, raw)
	return !node.Truthy(complete) || failed && !p.q.neverError, err
}

// pause waits between two pages.
func (p *paging) pause(ctx context.Context) error {
	raw, ok := p.raw.Get("requestInterval")
	if !ok {
		return nil
	}
	v, err := p.evaluate(ctx, raw)
	if err != nil {
		return err
	}
	ms := node.ToNumber(v)
	if !(ms > 0) {
		return nil
	}
	if err := clock.Sleep(ctx, wire.Clock(p.c), time.Duration(ms)*time.Millisecond); err != nil {
		f := fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The interval between pages leaves too little time for the remaining ones.")
		return wire.Answered(f)
	}
	return nil
}

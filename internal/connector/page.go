package connector

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

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

// paging fetches the pages of a step.
type paging struct {
	*work
	st    *Step
	p     *Paginate
	limit int // 0: all
	next  any // cursor, page number, offset or URL; nil for the first
	items []any
	bytes int
}

// pages fetches as many pages as are wanted and gives the list of their elements.
func (w *work) pages(st *Step) (any, error) {
	g := &paging{work: w, st: st, p: st.Paginate, items: []any{}}
	var err error
	if g.limit, err = g.wanted(); err != nil {
		return nil, err
	}
	if g.p.By == "page" || g.p.By == "offset" {
		start := 0.0
		if g.p.By == "page" {
			start = 1
		}
		if g.p.Start != nil {
			start = *g.p.Start
		}
		g.next = start
	}
	for range maxPages {
		more, err := g.fetch()
		if err != nil {
			return nil, err
		}
		if g.limit > 0 && len(g.items) >= g.limit {
			return g.items[:g.limit], nil
		}
		if !more {
			return g.items, nil
		}
	}
	return nil, wire.Answered(node.Errorf("There are more than %d pages. Ask for fewer, with a limit or a filter.", maxPages))
}

// wanted is how many elements are asked for; 0 for all.
func (g *paging) wanted() (int, error) {
	all := g.p.All
	if all == nil && g.op.has("returnAll") {
		all = &Condition{truth: &placeholder{steps: []string{"returnAll"}}}
	}
	if all != nil {
		if ok, err := all.holds(g.scope); ok || err != nil {
			return 0, err
		}
	}
	limit := g.p.Limit
	if limit == nil {
		if !g.op.has("limit") {
			return 0, nil
		}
		limit = &Template{part: &placeholder{steps: []string{"limit"}}}
	}
	v, ok, err := limit.value(g.scope)
	if err != nil || !ok {
		return 0, err
	}
	n := node.ToNumber(v)
	if !(n >= 1) {
		return 0, node.Errorf("The limit must be a number of at least 1, not %q.", textOf(v))
	}
	return int(min(n, maxElements)), nil
}

// maxElements bounds how many elements an item may ask for.
const maxElements = 1 << 30

func (o *operation) has(name string) bool {
	return slices.ContainsFunc(o.params, func(p Param) bool { return p.Name == name })
}

// fetch fetches one page and says whether there is another.
func (g *paging) fetch() (bool, error) {
	if err := g.exchange(g.st, g.turn); err != nil {
		return false, err
	}
	if g.bytes += len(g.last.Body); g.bytes > maxPageBytes {
		return false, wire.Answered(fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The pages together are larger than %d MB. Ask for fewer, with a limit or a filter.", maxPageBytes>>20))
	}
	v, ok, err := g.p.Items.of(g.scope, g.scope.vars["$body"])
	if err != nil {
		return false, err
	}
	page := []any{}
	if ok {
		page = elements(v)
	}
	g.items = append(g.items, page...)
	return g.advance(len(page))
}

// turn changes the request to that of the page.
func (g *paging) turn(out *outgoing) {
	if s := g.p.Size; s != nil {
		n := s.Max
		if g.limit > 0 {
			n = min(n, float64(g.limit))
		}
		put(out, s.In, s.Param, n)
	}
	switch g.p.By {
	case "url", "link":
		u, ok := g.next.(*url.URL)
		if !ok {
			return
		}
		out.trust = out.trust && u.Scheme == out.url.Scheme && u.Host == out.url.Host
		out.url, out.query = u, nil
	default:
		if g.next != nil {
			put(out, g.p.In, g.p.Param, g.next)
		}
	}
}

// put sets a member of the query or the body.
func put(out *outgoing, in, name string, v any) {
	if in == "" || in == "query" {
		if out.query == nil {
			out.query = value.NewObject(1)
		}
		out.query.Set(name, v)
		return
	}
	o, ok := out.body.Data.(*value.Object)
	if !ok {
		o = value.NewObject(1)
	}
	o = o.Shallow()
	setPath(o, strings.Split(name, "."), v)
	out.body.Data = o
	if out.body.Kind == wire.None {
		out.body.Kind = wire.JSON
	}
}

// setPath sets a member of o, in objects that it copies or makes on the way.
func setPath(o *value.Object, steps []string, v any) {
	if len(steps) == 1 {
		o.Set(steps[0], v)
		return
	}
	x, _ := o.Get(steps[0])
	inner, ok := x.(*value.Object)
	if !ok {
		inner = value.NewObject(1)
	}
	inner = inner.Shallow()
	o.Set(steps[0], inner)
	setPath(inner, steps[1:], v)
}

// advance finds what leads to the next page; false at the end.
func (g *paging) advance(got int) (bool, error) {
	switch g.p.By {
	case "cursor", "url":
		v, ok, err := g.p.Next.of(g.scope, g.scope.vars["$body"])
		if err != nil || !ok || v == nil || v == "" || v == false {
			return false, err
		}
		if g.p.By == "cursor" {
			if g.next != nil && value.Equal(g.next, v) {
				return false, nil // the service gives the same page again and again
			}
			g.next = v
			return g.more(true)
		}
		return g.to(textOf(v))
	case "link":
		link := nextLink(g.last.Header)
		if link == "" {
			return false, nil
		}
		return g.to(link)
	}
	full := got > 0
	if s := g.p.Size; full && s != nil {
		asked := s.Max
		if g.limit > 0 {
			asked = min(asked, float64(g.limit))
		}
		full = float64(got) >= asked
	}
	n, _ := g.next.(float64)
	if g.p.By == "page" {
		g.next = n + 1
	} else {
		g.next = n + float64(got)
	}
	return g.more(full)
}

func (g *paging) more(usual bool) (bool, error) {
	if g.p.More == nil {
		return usual, nil
	}
	return g.p.More.holds(g.scope)
}

// to makes an address the next page's.
func (g *paging) to(text string) (bool, error) {
	base, err := url.Parse(g.last.URL)
	if err != nil {
		return false, err
	}
	u, err := base.Parse(text)
	if err != nil {
		return false, wire.Answered(node.Errorf("The service gave %q as the address of the next page, which is not a valid URL.", clip(text)))
	}
	if u.String() == g.last.URL {
		return false, nil
	}
	g.next = u
	return g.more(true)
}

// nextLink is the address that a Link header (RFC 8288) calls next.
func nextLink(h http.Header) string {
	for _, line := range h.Values("Link") {
		for part := range strings.SplitSeq(line, ",") {
			target, params, ok := strings.Cut(part, ";")
			target = strings.TrimSpace(target)
			if !ok || !strings.HasPrefix(target, "<") || !strings.HasSuffix(target, ">") {
				continue
			}
			for p := range strings.SplitSeq(params, ";") {
				if p = strings.TrimSpace(p); p == `rel="next"` || p == "rel=next" {
					return target[1 : len(target)-1]
				}
			}
		}
	}
	return ""
}

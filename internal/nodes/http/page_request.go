package http

import (
	"context"
	"net/url"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
)

// request is the request of one page.
func (p *paging) request(ctx context.Context, page int) (*request, error) {
	q := *p.q
	q.headers = p.q.headers.Shallow()
	if node.Get(p.raw, "paginationMode", "") == "responseContainsNextURL" {
		return &q, p.nextURL(ctx, &q, page)
	}
	list, _ := value.Path(p.raw, "parameters", "parameters")
	entries, _ := list.([]any)
	if len(entries) == 0 {
		return nil, invalid("At least one entry with 'Name' and 'Value' filled must be included in 'Parameters' to use 'Update a Parameter in Each Request' mode")
	}
	for i, x := range entries {
		o, _ := x.(*value.Object)
		name, raw := node.Get(o, "name", ""), node.Get(o, "value", "")
		if name == "" {
			return nil, invalid("Parameter name must be set for parameter [%d] in pagination settings", i+1)
		}
		if raw == "" {
			return nil, invalid("Some value must be provided for parameter [%d] in pagination settings, omitting it will result in an infinite loop", i+1)
		}
		v, err := p.evaluate(ctx, raw)
		if err != nil {
			return nil, err
		}
		if err := q.update(node.Get(o, "type", "qs"), name, v, i); err != nil {
			return nil, err
		}
	}
	return &q, nil
}

// update sets one parameter of a page's request; a value that is not there yet
// leaves it out.
func (q *request) update(kind, name string, v any, i int) error {
	if v == nil {
		return nil
	}
	switch kind {
	case "qs":
		q.query = setQuery(q.query, name, v)
	case "headers":
		setHeader(q.headers, name, v)
	case "body":
		if q.body.Kind == wire.Multipart {
			q.body.Parts = append(append([]wire.Part{}, q.body.Parts...), wire.Part{Name: name, Value: v})
			return nil
		}
		if q.body.Kind == wire.None {
			q.body.Kind = wire.JSON
		}
		data, _ := q.body.Data.(*value.Object)
		q.body.Data = setQuery(data, name, v)
	default:
		return invalid("Parameter type must be one of: body, headers, qs for parameter [%d] in pagination settings", i+1)
	}
	return nil
}

// nextURL leads the request to where the last answer says. Another origin does
// not get the credential: the address is data.
func (p *paging) nextURL(ctx context.Context, q *request, page int) error {
	if page == 0 {
		return nil
	}
	raw, _ := p.raw.Get("nextURL")
	v, err := p.evaluate(ctx, raw)
	if err != nil {
		return err
	}
	text, ok := v.(string)
	to, perr := url.Parse(text)
	if !ok || perr != nil || text == "" {
		return wire.Answered(node.WithDetail(invalid("Invalid URL: %s", node.Text(v)), "Make sure the \"Next URL\" parameter evaluates to a valid URL."))
	}
	if p.origin != nil {
		to = p.origin.ResolveReference(to)
		if !safedial.SameOrigin(p.origin, to) {
			q.auth = auth{}
		}
	}
	q.url = to.String()
	return nil
}

// setQuery is an object with one more member, or another value of it.
func setQuery(query *value.Object, name string, v any) *value.Object {
	if query == nil {
		return value.Obj(name, v)
	}
	query = query.Shallow()
	query.Set(name, v)
	return query
}

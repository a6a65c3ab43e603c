package http

import (
	"context"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// fileTypes are the content types that autodetect takes for a file.
var fileTypes = []string{
	"image/", "audio/", "video/", "application/octet-stream", "application/gzip", "application/zip",
	"application/vnd.rar", "application/epub+zip", "application/x-bzip", "application/x-bzip2", "application/x-cdf",
	"application/vnd.amazon.ebook", "application/msword",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.ms-fontobject",
	"application/vnd.oasis.opendocument.presentation", "application/pdf", "application/x-tar",
	"application/vnd.visio", "application/vnd.ms-excel",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/x-7z-compressed",
}

// formatOf is the format in which an answer is taken: the author's, or what its
// content type suggests.
func (q *request) formatOf(a wire.Answer) string {
	if q.format != "autodetect" {
		return q.format
	}
	contentType := a.Header.Get("Content-Type")
	switch {
	case strings.Contains(contentType, "application/json"):
		return "json"
	case slices.ContainsFunc(fileTypes, func(t string) bool { return strings.Contains(contentType, t) }):
		return "file"
	}
	return "text"
}

// items makes the items of one answer.
func (q *request) items(ctx context.Context, c *node.Call, a wire.Answer) ([]workflow.Item, error) {
	if q.read != nil {
		return q.read(a)
	}
	switch q.formatOf(a) {
	case "file":
		return q.fileItems(ctx, c, a)
	case "text":
		return q.textItems(a), nil
	default:
		return q.jsonItems(a)
	}
}

// jsonItems: a list gives one item for each element where the version splits.
func (q *request) jsonItems(a wire.Answer) ([]workflow.Item, error) {
	body, err := q.parse(a)
	if err != nil {
		return nil, err
	}
	if q.full {
		return []workflow.Item{q.item1(q.envelope(a, "body", body))}, nil
	}
	return q.each(body), nil
}

// each makes an item of a value, or of each of a list's if the request splits.
func (q *request) each(body any) []workflow.Item {
	list, ok := body.([]any)
	if !ok || !q.split {
		return []workflow.Item{q.item1(wire.ItemJSON(body))}
	}
	items := make([]workflow.Item, len(list))
	for i, x := range list {
		items[i] = q.item1(wire.ItemJSON(x))
	}
	return items
}

func (q *request) parse(a wire.Answer) (any, error) {
	text := wire.DecodeText(a)
	if strings.TrimSpace(text) == "" {
		return value.NewObject(0), nil
	}
	if strings.Count(text, "{") > maxObjects {
		return nil, wire.Answered(fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The response has more than %d JSON objects. Ask for fewer, for example page by page.", maxObjects))
	}
	body, err := value.Parse([]byte(strings.TrimPrefix(text, "\ufeff")))
	switch {
	case err == nil:
		return body, nil
	case q.format == "autodetect" && q.neverError:
		return value.NewObject(0), nil
	case q.format == "autodetect":
		return nil, wire.Answered(invalid("Invalid JSON in response body"))
	default:
		return nil, wire.Answered(invalid("Response body is not valid JSON. %s", q.noRepair))
	}
}

// textItems: with a fixed text format n8n's client parses what is JSON, so that
// objects come out compact and numbers as numbers.
func (q *request) textItems(a wire.Answer) []workflow.Item {
	var body any = wire.DecodeText(a)
	if q.format == "text" {
		if v, err := value.Parse(a.Body); err == nil {
			body = v
			switch v.(type) {
			case *value.Object, []any:
				body = string(value.JSON(v))
			}
		}
	} else if body == "" {
		body = nil // n8n leaves the field undefined
	}
	if q.full {
		return []workflow.Item{q.item1(q.envelope(a, q.field, body))}
	}
	o := value.NewObject(1)
	if body != nil || q.format == "text" {
		o.Set(q.field, body)
	}
	return []workflow.Item{q.item1(o)}
}

// envelope is the full response: body (under name), headers and status.
func (q *request) envelope(a wire.Answer, name string, body any) *value.Object {
	o := value.NewObject(4)
	if name != "" {
		o.Set(name, body)
	}
	o.Set("headers", a.Headers())
	o.Set("statusCode", float64(a.Status))
	o.Set("statusMessage", a.Message)
	return o
}

func (q *request) item1(o *value.Object) workflow.Item {
	return workflow.Item{JSON: o, Paired: []workflow.Paired{{Item: q.item}}}
}

// fileItems: the file joins the files of the incoming item, whose JSON stays.
func (q *request) fileItems(ctx context.Context, c *node.Call, a wire.Answer) ([]workflow.Item, error) {
	in := c.Items()[q.item]
	out := workflow.Item{JSON: in.JSON, Paired: []workflow.Paired{{Item: q.item}}}
	if q.full {
		out.JSON = q.envelope(a, "", nil)
	}
	file, err := a.File(ctx, c, q.item, q.field)
	if err != nil {
		return nil, err
	}
	out.Binary = in.WithFile(q.field, file)
	return []workflow.Item{out}, nil
}

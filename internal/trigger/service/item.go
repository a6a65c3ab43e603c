package service

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// parts are what the filters look at: the body, or the parts of it that become items.
func (t *Type) parts(c Call) []any {
	switch t.Items.Each {
	case "":
		return []any{c.Body}
	case ".":
		return spread(c.Body, "")
	}
	return spread(c.Body, t.Items.Each)
}

// Read makes the items of the run; none if the call has no event that the node wants.
func (t *Type) Read(n *workflow.Node, c Call) ([]workflow.Item, error) {
	var out []workflow.Item
	for _, part := range t.parts(c) {
		wanted := true
		for _, f := range t.Filters {
			wanted = wanted && f.passes(n, c, part)
		}
		if !wanted {
			continue
		}
		items, err := t.Items.of(n, c, part)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	return out, nil
}

func (i Items) of(n *workflow.Node, c Call, part any) ([]workflow.Item, error) {
	if i.Request {
		return []workflow.Item{{JSON: value.Obj("body", c.Body, "headers", c.Headers, "query", c.Query)}}, nil
	}
	v := part
	if i.Take != "" {
		v, _ = at(part, i.Take)
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "The body is not what the service sends: there is no object where the event should be.")
	}
	o = o.Shallow()
	for _, name := range i.Keep {
		if kept, ok := at(part, name); ok {
			o.Set(name, kept)
		}
	}
	if i.Rename != nil {
		i.Rename.apply(o)
	}
	if i.Answers {
		return answers(n, o)
	}
	return []workflow.Item{{JSON: o}}, nil
}

func (r *Rename) apply(o *value.Object) {
	by, _ := text(o, r.By)
	v, ok := o.Get(r.Member)
	if !ok {
		return
	}
	for word, name := range r.To {
		if strings.Contains(by, word) {
			o.Set(name, v)
		}
	}
	o.Delete(r.Member)
}

// DeliveryID names the delivery; "" where nothing in it does.
func (t *Type) DeliveryID(c Call) string {
	d := t.Delivery
	for _, name := range d.Headers {
		if id := c.Header(name); id != "" {
			return id
		}
	}
	for _, paths := range d.Body {
		if id, ok := joined(c.Body, paths); ok {
			return id
		}
	}
	if len(d.Each) > 0 {
		var ids []string
		for _, part := range t.parts(c) {
			id, ok := joined(part, d.Each)
			if !ok {
				return ""
			}
			ids = append(ids, id)
		}
		return strings.Join(ids, "\x00")
	}
	if d.Content {
		sum := sha256.Sum256(c.Raw)
		return hex.EncodeToString(sum[:])
	}
	return ""
}

func joined(v any, paths []string) (string, bool) {
	ids := make([]string, len(paths))
	for i, path := range paths {
		id, ok := text(v, path)
		if !ok || id == "" {
			return "", false
		}
		ids[i] = id
	}
	return strings.Join(ids, "\x00"), true
}

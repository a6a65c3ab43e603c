package dynamostore

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// inlineInput is the size, in bytes, up to which the input lies on the control
// item: every write of that item pays for it.
const inlineInput = 300

// encodeStart packs what the execution begins with: for the control item, or as
// an item of its own beside it.
func (r *Runs) encodeStart(ctx context.Context, c *execution.Creation) (inline []byte, beside attrs, err error) {
	text := encodeStartJSON(c.Start)
	if len(text) <= inlineInput {
		return text, nil, nil
	}
	beside = inputKey(c.Tenant, c.ID).attrs()
	return nil, beside, r.putEarly(ctx, c.Ref, beside, text)
}

func encodeStartJSON(s execution.Start) []byte {
	b := append([]byte(`{"mode":`), value.JSON(s.Mode)...)
	if s.Node != "" {
		b = append(append(b, `,"node":`...), value.JSON(s.Node)...)
	}
	if s.Destination != "" {
		b = append(append(b, `,"to":`...), value.JSON(s.Destination)...)
	}
	if s.Items != nil {
		b = workflow.AppendItems(append(b, `,"items":`...), s.Items)
	}
	if s.Workflow != nil {
		b = value.AppendString(append(b, `,"workflow":`...), string(s.Workflow))
	}
	if s.Pinned != nil {
		b = append(b, `,"pinned":{`...)
		first := true
		for name, items := range s.Pinned {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(value.AppendString(b, name), ':')
			b = workflow.AppendItems(b, items)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// Start reads what the execution began with.
func (r *Runs) Start(ctx context.Context, c execution.Control) (execution.Start, error) {
	text := c.Input
	if text == nil {
		item, err := r.get(ctx, inputKey(c.Tenant, c.ID))
		if err != nil {
			return execution.Start{}, err
		}
		if text, err = r.payload(ctx, item); err != nil {
			return execution.Start{}, err
		}
	}
	o, err := value.ParseObject(text)
	if err != nil {
		return execution.Start{}, err
	}
	return decodeStart(o)
}

func decodeStart(o *value.Object) (execution.Start, error) {
	var s execution.Start
	var err error
	s.Mode, _ = get[string](o, "mode")
	s.Node, _ = get[string](o, "node")
	s.Destination, _ = get[string](o, "to")
	if text, ok := get[string](o, "workflow"); ok {
		s.Workflow = []byte(text)
	}
	if v, ok := o.Get("items"); ok {
		if s.Items, err = workflow.ItemsOf(v); err != nil {
			return s, err
		}
	}
	if pinned, ok := get[*value.Object](o, "pinned"); ok {
		s.Pinned = map[string][]workflow.Item{}
		for name, v := range pinned.All() {
			if s.Pinned[name], err = workflow.ItemsOf(v); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func get[T any](o *value.Object, key string) (T, bool) {
	v, _ := o.Get(key)
	t, ok := v.(T)
	return t, ok
}

package trigger

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// NeedsAddress reports whether the node listens at an address that begins with its
// webhookId, and has none.
func NeedsAddress(n *workflow.Node) bool {
	if n.WebhookID != "" {
		return false
	}
	switch {
	case service.Of(n.Type) != nil:
		return true
	case n.Type == TypeChat:
		return public(n)
	case n.Type == TypeForm:
		return pathless(n.Parameters) && pathless(member(n.Parameters, "options"))
	case n.Type == TypeWebhook, n.Type == TypeMCP:
		return pathless(n.Parameters)
	}
	return false
}

// pathless reports whether an author chose no path.
func pathless(o *value.Object) bool {
	p := &params{o: o}
	return cleanPath(p.text("path", "")) == "" && p.err == nil
}

// WithAddresses gives the nodes that need an address a webhookId: the one that the
// node of that name and type had in before (nil if there is none), or a random
// UUID, which nobody can guess. All else of the text stays as it is, byte by byte.
func WithAddresses(raw []byte, wf, before *workflow.Workflow) ([]byte, error) {
	ids := map[int]string{}
	for i, n := range wf.Nodes {
		if !NeedsAddress(n) {
			continue
		}
		ids[i] = uuid.NewString()
		if before == nil {
			continue
		}
		if old := before.Node(n.Name); old != nil && old.Type == n.Type && old.WebhookID != "" {
			ids[i] = old.WebhookID
		}
	}
	if len(ids) == 0 {
		return raw, nil
	}
	return addIDs(raw, ids)
}

// addIDs writes a webhookId into nodes, by their places in the list.
func addIDs(raw []byte, ids map[int]string) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var cuts []cut
	err := members(dec, func(name string) error {
		if name != "nodes" || dec.PeekKind() != '[' {
			return dec.SkipValue()
		}
		cuts = nil // of several lists the last one counts
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		for i := 0; dec.PeekKind() != ']'; i++ {
			c, err := nodeCut(dec)
			if err != nil {
				return err
			}
			if id, ok := ids[i]; ok {
				c.id = id
				cuts = append(cuts, c)
			}
		}
		_, err := dec.ReadToken()
		return err
	})
	if err != nil {
		return nil, err
	}
	out := raw
	for _, c := range slices.Backward(cuts) {
		out = slices.Concat(out[:c.from], c.text(), out[c.to:])
	}
	return out, nil
}

// cut is where a node's webhookId goes: over an empty one, or behind the brace
// that opens it.
type cut struct {
	from, to int64
	empty    bool // the node has other members, or the name is there
	named    bool
	id       string
}

func (c cut) text() []byte {
	id := value.AppendString(nil, c.id)
	switch {
	case c.named:
		return id
	case c.empty:
		return append([]byte(`"webhookId":`), id...)
	}
	return append(append([]byte(`"webhookId":`), id...), ',')
}

// nodeCut reads a node.
func nodeCut(dec *jsontext.Decoder) (cut, error) {
	if dec.PeekKind() != '{' {
		return cut{}, dec.SkipValue()
	}
	var c cut
	first := true
	err := membersFrom(dec, func(at int64) { c.from, c.to, c.empty = at, at, true }, func(name string) error {
		if first && !c.named {
			c.empty, first = false, false
		}
		v, err := dec.ReadValue()
		if err == nil && name == "webhookId" {
			c.to = dec.InputOffset()
			c.from, c.named = c.to-int64(len(v)), true
		}
		return err
	})
	return c, err
}

func members(dec *jsontext.Decoder, f func(name string) error) error {
	return membersFrom(dec, func(int64) {}, f)
}

// membersFrom reads an object: f reads the value of each member.
func membersFrom(dec *jsontext.Decoder, opened func(at int64), f func(name string) error) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	opened(dec.InputOffset())
	for dec.PeekKind() != '}' {
		t, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := f(t.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

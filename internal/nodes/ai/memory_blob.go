package ai

import (
	"context"
	"io"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// The limits of a session in the file store; the oldest messages go first.
const (
	maxMemory   = 1 << 20 // bytes
	maxMessages = 500
)

// fileMessages is a history in the file store, under the tenant, the workflow and the
// session. The last of two writers at once wins, as in n8n's own memory of one
// process.
type fileMessages struct {
	store node.Blobs
	key   string
}

func blobHistory(c *node.Call, s *sub, session string) (history, error) {
	if c.Services.Blobs == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The memory %q has no store here.", s.node.Name)
	}
	return &fileMessages{c.Services.Blobs, SessionKey(c.Run.Tenant, c.Run.WorkflowID, s.node.Name, session)}, nil
}

func (h *fileMessages) load(ctx context.Context, most int) ([]node.ChatMessage, error) {
	list, err := h.read(ctx)
	if err != nil {
		return nil, err
	}
	if most > 0 {
		list = list[max(len(list)-most, 0):]
	}
	var out []node.ChatMessage
	for _, x := range list {
		if o, ok := x.(*value.Object); ok {
			out = append(out, node.ChatMessage{Role: node.Get(o, "role", ""), Content: node.Get(o, "content", "")})
		}
	}
	return out, nil
}

func (h *fileMessages) read(ctx context.Context) ([]any, error) {
	r, err := h.store.Get(ctx, h.key)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(io.LimitReader(r, maxMemory))
	if err != nil {
		return nil, err
	}
	v, _ := value.Parse(b)
	list, _ := v.([]any)
	return list, nil
}

func (h *fileMessages) add(ctx context.Context, key string, list ...node.ChatMessage) error {
	all, err := h.read(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		if said, _ := value.Path(x, "run"); said == key {
			return nil
		}
	}
	return h.write(ctx, append(all, written(key, list)...))
}

func written(key string, list []node.ChatMessage) []any {
	out := make([]any, len(list))
	for i, x := range list {
		o := value.Obj("role", x.Role, "content", x.Content)
		if key != "" {
			o.Set("run", key)
		}
		out[i] = o
	}
	return out
}

func (h *fileMessages) set(ctx context.Context, list []node.ChatMessage) error {
	return h.write(ctx, written("", list))
}

// write stores the newest messages that fit; one that is longer than all is not
// remembered.
func (h *fileMessages) write(ctx context.Context, all []any) error {
	all = all[max(len(all)-maxMessages, 0):]
	b := value.JSON(all)
	for len(b) > maxMemory && len(all) > 0 {
		all = all[1:]
		b = value.JSON(all)
	}
	return h.store.Put(ctx, h.key, strings.NewReader(string(b)), int64(len(b)))
}

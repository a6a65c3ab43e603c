package ai

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// memory is a conversation that lasts beyond one run: the last exchanges of a
// session, kept in the blob store under the tenant, the workflow and the session.
// The last of two writers at once wins, as in n8n's own memory of one process.
type memory struct {
	c      *node.Call
	key    string
	window int // exchanges
}

const maxMemory = 1 << 20 // bytes of a session

// connectedMemory reads the memory connected to the node; nil if there is none.
func connectedMemory(ctx context.Context, c *node.Call) (*memory, error) {
	list := connected(c.Workflow, c.Node, "ai_memory")
	if len(list) == 0 {
		return nil, nil
	}
	s := newSub(ctx, c, list[0])
	if kind(s.node) != "memoryBufferWindow" {
		return nil, unsupported(s.node, "The memory")
	}
	if c.Services.Blobs == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The memory %q has no store here.", s.node.Name)
	}
	session := sessionKey(c, s)
	window := 5
	if n := s.number("contextWindowLength"); n != nil {
		window = max(int(*n), 0)
	}
	if err := s.problem(); err != nil {
		return nil, err
	}
	if session == "" {
		return nil, node.WithDetail(node.Errorf("No session ID found"), "Expected to find the session ID in an input field called 'sessionId' (this is what the chat trigger node outputs). To use something else, change the 'Session ID' parameter")
	}
	sum := sha256.Sum256([]byte(s.node.Name + "\x00" + session))
	return &memory{c: c, window: window, key: c.Run.Tenant + "/memory/" + c.Run.WorkflowID + "/" + hex.EncodeToString(sum[:16])}, nil
}

func sessionKey(c *node.Call, s *sub) string {
	version := s.node.TypeVersion
	if version >= 1.2 && s.text("sessionIdType", "fromInput") == "fromInput" {
		return inputText(c, "sessionId")
	}
	if raw, _ := s.node.Parameters.Get("sessionKey"); raw == nil {
		if version < 1.1 {
			return "chat_history"
		}
		return inputText(c, "sessionId")
	}
	return s.text("sessionKey", "")
}

func inputText(c *node.Call, key string) string {
	for _, it := range c.Items() {
		return node.Get(it.JSON, key, "")
	}
	return ""
}

// load returns the messages of the last exchanges.
func (m *memory) load(ctx context.Context) ([]node.ChatMessage, error) {
	if m == nil {
		return nil, nil
	}
	r, err := m.c.Services.Blobs.Get(ctx, m.key)
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
	var out []node.ChatMessage
	for _, x := range list {
		if o, ok := x.(*value.Object); ok {
			out = append(out, node.ChatMessage{Role: node.Get(o, "role", ""), Content: node.Get(o, "content", "")})
		}
	}
	return m.recent(out), nil
}

func (m *memory) recent(list []node.ChatMessage) []node.ChatMessage {
	return list[max(len(list)-2*m.window, 0):]
}

// save adds one exchange.
func (m *memory) save(ctx context.Context, past []node.ChatMessage, input, output string) error {
	if m == nil {
		return nil
	}
	all := m.recent(append(past[:len(past):len(past)], node.ChatMessage{Role: "user", Content: input}, node.ChatMessage{Role: "assistant", Content: output}))
	list := make([]any, len(all))
	for i, x := range all {
		list[i] = value.Obj("role", x.Role, "content", x.Content)
	}
	b := value.JSON(list)
	if len(b) > maxMemory {
		return nil // an exchange as long as this is not remembered
	}
	return m.c.Services.Blobs.Put(ctx, m.key, strings.NewReader(string(b)), int64(len(b)))
}

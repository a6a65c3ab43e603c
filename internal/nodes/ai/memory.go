package ai

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
)

// memory is a conversation that lasts beyond one run. What a model sees of it are
// the last exchanges of its history.
type memory struct {
	c       *node.Call
	history history
	window  int // exchanges; 0 of a memory without a window: all
	all     bool
}

// history keeps the messages of one session.
type history interface {
	// load returns the last messages, at most so many (0: all), the oldest first.
	load(ctx context.Context, most int) ([]node.ChatMessage, error)
	// add puts messages at the end, once for each key, so that an attempt that is
	// repeated does not say them twice.
	add(ctx context.Context, key string, list ...node.ChatMessage) error
	// set puts messages in place of all that there are.
	set(ctx context.Context, list []node.ChatMessage) error
}

// historyKinds make the histories of the memory nodes.
var historyKinds = map[string]func(c *node.Call, s *sub, session string) (history, error){
	"memoryBufferWindow": blobHistory,
	"memoryPostgresChat": postgresHistory,
	"memoryRedisChat":    redisHistory,
}

// connectedMemory reads the memory connected to the node; nil if there is none.
func connectedMemory(ctx context.Context, c *node.Call) (*memory, error) {
	list := connected(c.Workflow, c.Node, "ai_memory")
	if len(list) == 0 {
		return nil, nil
	}
	s := newSub(ctx, c, list[0])
	open, ok := historyKinds[kind(s.node)]
	if !ok {
		return nil, unsupported(s.node, "The memory")
	}
	session := sessionKey(c, s)
	m := &memory{c: c, window: max(s.whole("contextWindowLength", 5), 0)}
	m.all = s.node.TypeVersion < 1.1 && kind(s.node) != "memoryBufferWindow" // the first versions had no window
	if err := s.problem(); err != nil {
		return nil, err
	}
	if session == "" {
		return nil, node.WithDetail(node.Errorf("No session ID found"), "Expected to find the session ID in an input field called 'sessionId' (this is what the chat trigger node outputs). To use something else, change the 'Session ID' parameter")
	}
	var err error
	m.history, err = open(c, s, session)
	return m, err
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
	if m == nil || m.window == 0 && !m.all {
		return nil, nil
	}
	most := 2 * m.window
	if m.all {
		most = 0
	}
	return m.history.load(ctx, most)
}

// save adds one exchange of an item.
func (m *memory) save(ctx context.Context, item int, input, output string) error {
	if m == nil {
		return nil
	}
	return m.history.add(ctx, m.c.Key(item), node.ChatMessage{Role: "user", Content: input}, node.ChatMessage{Role: "assistant", Content: output})
}

package ai

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// messageTypes are LangChain's names of roles.
var messageTypes = map[string]string{"user": "human", "assistant": "ai", "system": "system"}

func roleOf(typ string) string {
	for role, name := range messageTypes {
		if name == typ {
			return role
		}
	}
	return ""
}

// messageData is a message's data as LangChain stores it; the key says which node
// run added it.
func messageData(m node.ChatMessage, key string) *value.Object {
	more := value.NewObject(1)
	if key != "" {
		more.Set("run", key)
	}
	o := value.Obj("content", m.Content, "additional_kwargs", more, "response_metadata", value.NewObject(0))
	if m.Role == "assistant" {
		o.Set("tool_calls", []any{})
		o.Set("invalid_tool_calls", []any{})
	}
	return o
}

// storedMessage reads a message that LangChain stored: its members beside the type
// or under data. What a model could not be told again (calls of tools and their
// results) is left out.
func storedMessage(v any) (node.ChatMessage, bool) {
	typ, _ := value.Path(v, "type")
	role := roleOf(node.Text(typ))
	content, ok := value.Path(v, "content")
	if !ok {
		content, _ = value.Path(v, "data", "content")
	}
	text := contentText(content)
	return node.ChatMessage{Role: role, Content: text}, role != "" && text != ""
}

// contentText is a message's text; of a list of parts those that are text.
func contentText(v any) string {
	parts, ok := v.([]any)
	if !ok {
		return node.Text(v)
	}
	var out []string
	for _, p := range parts {
		if t, ok := value.Path(p, "text"); ok {
			out = append(out, node.Text(t))
		}
	}
	return strings.Join(out, "\n")
}

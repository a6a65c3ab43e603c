package openai

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sort"
	"strings"
	"time"
)

type request struct {
	Model          string    `json:"model"`
	Messages       []Message `json:"messages"`
	Stream         bool      `json:"stream"`
	MaxTokens      int       `json:"max_tokens"`
	MaxCompletion  int       `json:"max_completion_tokens"`
	ResponseFormat *struct {
		Type   string `json:"type"`
		Schema *struct {
			Schema map[string]any `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
	Tools []struct {
		Function struct {
			Name       string         `json:"name"`
			Parameters map[string]any `json:"parameters"`
		} `json:"function"`
	} `json:"tools"`
	ToolChoice any `json:"tool_choice"`
}

// Message is one message of a conversation.
type Message struct {
	Role       string     `json:"role"`
	Content    content    `json:"content"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
	Refusal    *string    `json:"refusal"`
}

// content is a message's text; lists of parts are joined.
type content string

func (c *content) UnmarshalJSON(b []byte) error {
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(b, &parts) == nil {
		for _, p := range parts {
			*c += content(p.Text)
		}
		return nil
	}
	var s *string
	err := json.Unmarshal(b, &s)
	if s != nil {
		*c = content(*s)
	}
	return err
}

type toolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
	Details    struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

type choice struct {
	Index        int     `json:"index"`
	Message      Message `json:"message"`
	FinishReason string  `json:"finish_reason"`
}

type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

// Tokens is how the server counts: a token is four bytes, begun ones included.
func Tokens(s string) int { return (len(s) + 3) / 4 }

// answer is the reply to req: the same for the same request.
func answer(req request, rules []Rule, now time.Time) completion {
	last := string(req.Messages[len(req.Messages)-1].Content)
	m := Message{Role: "assistant", Content: content("Echo: " + last)}
	finish := "stop"
	rule := match(rules, last)
	switch {
	case rule.Tool != "":
		m = callTool(rule.Tool, rule.Reply)
		finish = "tool_calls"
	case rule.Reply != "":
		m.Content = content(rule.Reply)
	case forcedTool(req) != "":
		name, args := forcedTool(req), "{}"
		for _, t := range req.Tools {
			if t.Function.Name == name {
				args = instance(t.Function.Parameters, last)
			}
		}
		m = callTool(name, args)
	case req.ResponseFormat != nil && req.ResponseFormat.Schema != nil:
		m.Content = content(instance(req.ResponseFormat.Schema.Schema, last))
	case req.ResponseFormat != nil && req.ResponseFormat.Type == "json_object":
		b, _ := json.Marshal(map[string]any{"echo": last})
		m.Content = content(b)
	}
	m, finish = clip(m, finish, max(req.MaxTokens, req.MaxCompletion))
	return completion{
		ID: "chatcmpl-" + digest(req)[:24], Object: "chat.completion", Created: now.Unix(), Model: req.Model,
		Choices: []choice{{Message: m, FinishReason: finish}}, Usage: count(req, m),
	}
}

func match(rules []Rule, text string) Rule {
	for _, r := range rules {
		if strings.Contains(text, r.Contains) {
			return r
		}
	}
	return Rule{}
}

func callTool(name, args string) Message {
	var c toolCall
	c.ID, c.Type = "call_"+name, "function"
	c.Function.Name, c.Function.Arguments = name, args
	return Message{Role: "assistant", ToolCalls: []toolCall{c}}
}

func forcedTool(req request) string {
	choice, _ := req.ToolChoice.(map[string]any)
	f, _ := choice["function"].(map[string]any)
	name, _ := f["name"].(string)
	return name
}

// clip shortens the answer to the tokens that were asked for.
func clip(m Message, finish string, limit int) (Message, string) {
	if limit > 0 && Tokens(string(m.Content)) > limit {
		return Message{Role: m.Role, Content: m.Content[:4*limit]}, "length"
	}
	return m, finish
}

func count(req request, m Message) *usage {
	u := &usage{Completion: Tokens(string(m.Content))}
	for _, c := range m.ToolCalls {
		u.Completion += Tokens(c.Function.Arguments)
	}
	for _, m := range req.Messages {
		u.Prompt += 3 + Tokens(string(m.Content))
	}
	u.Total = u.Prompt + u.Completion
	return u
}

func digest(req request) string {
	b, _ := json.Marshal(req.Messages)
	sum := sha256.Sum256(append(b, req.Model...))
	return hex.EncodeToString(sum[:])
}

// instance makes JSON that fits a JSON schema; strings repeat the question.
func instance(schema map[string]any, text string) string {
	b, _ := json.Marshal(sample(schema, text, 0))
	return string(b)
}

func sample(schema map[string]any, text string, depth int) any {
	if list, ok := schema["enum"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	switch schema["type"] {
	case "object":
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		names := make([]string, 0, len(properties))
		for name := range properties {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			if p, ok := properties[name].(map[string]any); ok && depth < 8 {
				out[name] = sample(p, text, depth+1)
			}
		}
		return out
	case "array":
		items, _ := schema["items"].(map[string]any)
		return []any{sample(items, text, depth+1)}
	case "number", "integer":
		return 1
	case "boolean":
		return true
	case "null":
		return nil
	}
	return text
}

// stream sends the answer as server-sent events, a word at a time.
func stream(w http.ResponseWriter, req request, reply completion, f Fault) {
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(v any) {
		b, _ := json.Marshal(v)
		_, _ = w.Write([]byte("data: " + string(b) + "\n\n"))
		_ = http.NewResponseController(w).Flush()
	}
	chunk := func(delta map[string]any, finish any) map[string]any {
		return map[string]any{
			"id": reply.ID, "object": "chat.completion.chunk", "created": reply.Created, "model": req.Model,
			"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}},
		}
	}
	words := strings.SplitAfter(string(reply.Choices[0].Message.Content), " ")
	for i, word := range words {
		if f.CutBody && i >= len(words)/2 {
			panic(http.ErrAbortHandler)
		}
		send(chunk(map[string]any{"role": "assistant", "content": word}, nil))
	}
	send(chunk(map[string]any{}, reply.Choices[0].FinishReason))
	if reply.Usage != nil {
		last := chunk(nil, nil)
		last["choices"], last["usage"] = []any{}, reply.Usage
		send(last)
	}
	_, _ = w.Write([]byte("data: [DONE]\n\n"))
}

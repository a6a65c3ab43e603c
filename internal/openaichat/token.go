package openaichat

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pkoukk/tiktoken-go"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// The framing of a chat prompt, from OpenAI's cookbook ("How to count tokens
// with tiktoken"): each message costs 3 tokens, the answer is primed with 3, and
// tool definitions have a fixed frame.
const (
	perMessage  = 3
	perReply    = 3
	perTool     = 12
	perToolCall = 8
)

// longRun is the length in bytes from which a run of letters, of signs or of
// white space is not tokenised: the merge loop is quadratic in it, and the text
// is the tenant's. longText is longer than any model takes.
const (
	longRun  = 512
	longText = 4 << 20
)

// Counter counts tokens. Its vocabularies load at first use (30 MB of memory
// for the newer one). It is safe for concurrent use.
type Counter struct {
	mu        sync.Mutex
	encodings map[string]*tiktoken.Tiktoken
}

// offline is not a package variable with a function: the linker could then not
// leave the vocabularies out of functions that count no tokens.
var offline sync.Once

// NewCounter makes a Counter.
func NewCounter() *Counter {
	offline.Do(func() { tiktoken.SetBpeLoader(vocabulary{}) })
	return &Counter{encodings: map[string]*tiktoken.Tiktoken{}}
}

// Warm loads the vocabularies of the models, which takes a third of a second each;
// the first count does it otherwise.
func (c *Counter) Warm(models ...string) {
	for _, m := range models {
		c.encoding(m)
	}
}

// Prompt returns the number of prompt tokens of req, and whether it is exact for
// plain messages of an OpenAI model. Otherwise it is an upper bound: a byte-level
// tokenizer never makes more tokens than there are bytes.
func (c *Counter) Prompt(req node.ChatRequest) (tokens int64, exact bool) {
	enc := c.encoding(req.Model)
	n := perReply
	for _, m := range req.Messages {
		n += perMessage + count(enc, m.Role) + count(enc, m.Content)
		for _, call := range m.ToolCalls {
			n += perToolCall + count(enc, string(value.JSON(call)))
		}
		if m.ToolCallID != "" {
			n += count(enc, m.ToolCallID)
		}
	}
	for _, t := range req.Tools {
		n += perTool + count(enc, string(value.JSON(t)))
	}
	return int64(n), enc != nil && len(req.Tools) == 0
}

// Completion returns the tokens of an answer, counted as Prompt does.
func (c *Counter) Completion(model string, m node.ChatMessage) int64 {
	enc := c.encoding(model)
	n := count(enc, m.Content)
	for _, call := range m.ToolCalls {
		n += perToolCall + count(enc, string(value.JSON(call)))
	}
	return int64(n)
}

// encoding returns the tokenizer of an OpenAI model, nil for others.
func (c *Counter) encoding(model string) *tiktoken.Tiktoken {
	name := encodingName(model)
	if name == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if enc, ok := c.encodings[name]; ok {
		return enc
	}
	enc, err := tiktoken.GetEncoding(name)
	if err != nil {
		enc = nil
	}
	c.encodings[name] = enc
	return enc
}

func encodingName(model string) string {
	model = strings.TrimPrefix(model, "ft:")
	for _, p := range []string{"gpt-4o", "gpt-4.1", "gpt-4.5", "chatgpt-4o", "o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, p) {
			return tiktoken.MODEL_O200K_BASE
		}
	}
	for _, p := range []string{"gpt-4", "gpt-3.5", "text-embedding"} {
		if strings.HasPrefix(model, p) {
			return tiktoken.MODEL_CL100K_BASE
		}
	}
	return ""
}

// count returns the tokens of s. Runs of one class of characters that are too
// long to merge, and texts that are too long altogether, count one token a byte.
func count(enc *tiktoken.Tiktoken, s string) int {
	if enc == nil || len(s) > longText {
		return len(s)
	}
	n, start := 0, 0
	for start < len(s) {
		end := plainStretch(s, start)
		if end > start {
			n += len(enc.EncodeOrdinary(s[start:end]))
			start = end
			continue
		}
		end = runEnd(s, start)
		n += end - start
		start = end
	}
	return n
}

// plainStretch returns the end of the longest stretch from start without a run
// longer than longRun.
func plainStretch(s string, start int) int {
	for at := start; at < len(s); {
		end := runEnd(s, at)
		if end-at > longRun {
			return at
		}
		at = end
	}
	return len(s)
}

// runEnd returns the end of the run of one class of characters at start; the
// tokenizers' patterns never join two such runs but for one leading character.
func runEnd(s string, start int) int {
	first, size := utf8.DecodeRuneInString(s[start:])
	at := start + size
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if class(r) != class(first) {
			return at
		}
		at += size
	}
	return at
}

func class(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return 0
	case unicode.IsLetter(r), unicode.IsMark(r):
		return 1
	case unicode.IsNumber(r):
		return 2
	default:
		return 3
	}
}

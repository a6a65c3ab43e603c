package openaichat

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
)

// TestPromptTokensAreWhatOpenAIReports takes the example of OpenAI's cookbook,
// "How to count tokens with tiktoken", with the counts that the API reported. Its
// messages have names, which ours do not; a name costs its tokens and one more.
func TestPromptTokensAreWhatOpenAIReports(t *testing.T) {
	messages := []node.ChatMessage{
		{Role: "system", Content: "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
		{Role: "system", Content: "New synergies will help drive top-line growth."},
		{Role: "system", Content: "Things working well together will increase revenue."},
		{Role: "system", Content: "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
		{Role: "system", Content: "Let's talk later when we're less busy about how to do better."},
		{Role: "user", Content: "This late pivot means we don't have time to boil the ocean for the client deliverable."},
	}
	c := NewCounter()
	for model, want := range map[string]int64{"gpt-3.5-turbo": 129, "gpt-4-0613": 129, "gpt-4o": 124, "gpt-4o-mini": 124} {
		n, exact := c.Prompt(node.ChatRequest{Model: model, Messages: messages})
		for _, name := range []string{"example_user", "example_assistant", "example_user", "example_assistant"} {
			n += int64(1 + count(c.encoding(model), name))
		}
		if !exact || n != want {
			t.Errorf("%s: %d tokens (exact: %v), want %d", model, n, exact, want)
		}
	}
}

func TestOtherModelsGetAnUpperBound(t *testing.T) {
	text := strings.Repeat("ආයුබෝවන් hello ", 100)
	c := NewCounter()
	req := node.ChatRequest{Model: "llama3", Messages: []node.ChatMessage{{Role: "user", Content: text}}}
	bound, exact := c.Prompt(req)
	req.Model = "gpt-4o"
	real, _ := c.Prompt(req)
	if exact || bound < int64(len(text)) || bound < real {
		t.Errorf("the bound is %d (exact: %v), the text has %d bytes", bound, exact, len(text))
	}
}

func TestLongRunsAreNotMerged(t *testing.T) {
	c := NewCounter()
	for name, text := range map[string]string{
		"letters": strings.Repeat("a", 1<<20), "spaces": strings.Repeat(" ", 1<<20),
		"signs": strings.Repeat("!", 1<<20), "words": strings.Repeat(strings.Repeat("q", 500)+" ", 2000),
	} {
		n, _ := c.Prompt(node.ChatRequest{Model: "gpt-4o", Messages: []node.ChatMessage{{Role: "user", Content: text}}})
		if n < 1000 || n > int64(len(text))+20 {
			t.Errorf("%s: %d tokens for %d bytes", name, n, len(text))
		}
	}
}

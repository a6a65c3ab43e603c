package ai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestWhatIsSummarised(t *testing.T) {
	split := func(params string) func(*bench) {
		return func(b *bench) { b.attach("AI", "ai_textSplitter", "textSplitterCharacterTextSplitter", 1, params) }
	}
	for name, c := range map[string]struct {
		params  string
		prepare func(*bench)
		item    workflow.Item
		want    string
	}{
		"texts of the item": {`{}`, nil, json(`{"a":"one","n":1,"b":{"c":"two"}}`), "one, two"},
		"own sizes":         {`{"chunkSize":8,"chunkOverlap":0}`, nil, json(`{"a":"one two three"}`), "one two, three"},
		"a splitter":        {`{"chunkingMode":"advanced"}`, split(`{"separator":"|","chunkSize":3}`), json(`{"a":"a|b|c"}`), "a|b, c"},
		"a file":            {`{"operationMode":"nodeInputBinary"}`, nil, file("text/plain", "from a file"), "from a file"},
		"a CSV file":        {`{"operationMode":"nodeInputBinary"}`, nil, file("text/csv", "k\nv\nw"), "k: v, k: w"},
		"a loader": {`{"operationMode":"documentLoader"}`, func(b *bench) {
			b.attach("AI", "ai_document", "documentDefaultDataLoader", 1, `{"jsonMode":"expressionData","jsonData":"={{ $json.a }}!"}`)
		}, json(`{"a":"loaded"}`), "loaded!"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.model()
			if c.prepare != nil {
				c.prepare(b)
			}
			params := strings.Replace(c.params, "}", `,"options":{"summarizationMethodAndPrompts":{"values":{"summarizationMethod":"refine","prompt":"P {text}","refinePrompt":"P {text}"}}}}`, 1)
			b.items(b.run(lc+"chainSummarization", 2, strings.Replace(params, "{,", "{", 1), c.item))
			var got []string
			for _, call := range b.server.Calls() {
				got = append(got, strings.TrimPrefix(fmt.Sprint(call.Messages[0].Content), "P "))
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("asked about %q, want %q", text, c.want)
			}
		})
	}
	b := setup(t)
	b.model()
	for params, want := range map[string]string{
		`{}`:                                  "no text to summarise",
		`{"operationMode":"documentLoader"}`:  "A Document sub-node must be connected",
		`{"operationMode":"odd"}`:             "operation mode odd",
		`{"operationMode":"nodeInputBinary"}`: "none was found",
		`{"chunkSize":10,"chunkOverlap":10}`:  "Cannot have chunkOverlap >= chunkSize",
	} {
		if out := b.run(lc+"chainSummarization", 2, params); out.Err == nil || !strings.Contains(out.Err.Message, want) {
			t.Errorf("%s: %v", params, out.Err)
		}
	}
}

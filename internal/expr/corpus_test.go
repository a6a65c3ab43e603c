package expr

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// corpus lists the different expressions of the workflow corpus with their number.
func corpus(t testing.TB) map[string]int {
	t.Helper()
	packed, err := os.ReadFile("testdata/corpus.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var pair [2]any
		if err := json.Unmarshal(lines.Bytes(), &pair); err != nil {
			t.Fatal(err)
		}
		out[pair[0].(string)] = int(pair[1].(float64))
	}
	return out
}

// unparsable are the pieces of JavaScript in the corpus that are none; acorn
// does not parse them either. n8n ends with an error there.
var unparsable = []string{
	"Replace me with your API key", "<random_api_id_custom_website_field>", "$json.fulfillment_orders[0].id }", "$('Groq AI Assistant)", "voice id",
	"$json.id }", "$(‘url’)", "$today.format('yyyy-MM-dd')}", "$json.result.message_thread_id }", "'1' }", "$json.longitude }",
}

func TestCorpusCompiles(t *testing.T) {
	var blocks, direct, templates, directTemplates int
	for text, n := range corpus(t) {
		tpl := newTemplate(text[1:])
		if tpl.err != nil {
			if !known(text) {
				t.Errorf("%s\n%v", text, tpl.err)
			}
			continue
		}
		all := true
		for _, c := range tpl.chunks {
			if c.code == nil {
				continue
			}
			blocks += n
			if c.code.fast != nil {
				direct += n
			} else if _, err := c.code.program(); err != nil {
				t.Errorf("%s has no program: %v", text, err)
			} else {
				all = false
			}
		}
		templates += n
		if all {
			directTemplates += n
		}
	}
	t.Logf("%d of %d pieces of JavaScript (%.1f %%) and %d of %d parameters (%.1f %%) are evaluated directly",
		direct, blocks, 100*float64(direct)/float64(blocks), directTemplates, templates, 100*float64(directTemplates)/float64(templates))
	if share := float64(direct) / float64(blocks); share < 0.8 {
		t.Errorf("only %.1f %% are evaluated directly", 100*share)
	}
}

func known(text string) bool {
	for _, u := range unparsable {
		if strings.Contains(text, u) {
			return true
		}
	}
	return strings.Contains(text, "$evaluateExpression")
}

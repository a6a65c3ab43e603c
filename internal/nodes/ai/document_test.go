package ai

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// loaded runs a loader over one item and gives the documents.
func loaded(t *testing.T, version float64, params string, splitter [2]string, it workflow.Item) string {
	t.Helper()
	b := library(t)
	b.attach("AI", "ai_embedding", "embeddingsOpenAi", 1.2, `{"options":{"dimensions":8}}`)
	b.attach("AI", "ai_document", "documentDefaultDataLoader", version, params)
	if splitter[0] != "" {
		b.attach(b.last(), "ai_textSplitter", splitter[0], 1, splitter[1])
	}
	return b.items(b.run(lc+"vectorStoreInMemory", 1, `{"mode":"insert"}`, it))
}

func file(typ, content string) workflow.Item {
	return workflow.Item{JSON: value.NewObject(0), Binary: map[string]workflow.Binary{"data": {MimeType: typ, Data: []byte(content), FileName: "f"}}}
}

func TestDocumentLoader(t *testing.T) {
	const loc = `"loc":{"lines":{"from":1,"to":1}}`
	for name, c := range map[string]struct {
		version  float64
		params   string
		splitter [2]string
		item     workflow.Item
		want     string
	}{
		"JSON": {1, `{}`, [2]string{}, json(`{"a":"x","n":1,"b":{"c":"y"}}`),
			`[{"metadata":{"source":"blob","blobType":"application/json","line":1},"pageContent":"x"},{"metadata":{"source":"blob","blobType":"application/json","line":2},"pageContent":"y"}]`},
		"pointers": {1, `{"options":{"pointers":"/b/c, /none"}}`, [2]string{}, json(`{"a":"x","b":{"c":"y"}}`),
			`[{"metadata":{"source":"blob","blobType":"application/json"},"pageContent":"y"}]`},
		"expression with an object": {1, `{"jsonMode":"expressionData","jsonData":"={{ $json.b }}","options":{"metadata":{"metadataValues":[{"name":"source","value":"={{ $json.a }}"}]}}}`, [2]string{}, json(`{"a":"x","b":{"c":"y"}}`),
			`[{"metadata":{"source":"x","blobType":"application/json"},"pageContent":"y"}]`},
		"recursive": {1, `{"jsonMode":"expressionData","jsonData":"one two three"}`, [2]string{"textSplitterRecursiveCharacterTextSplitter", `{"chunkSize":8,"chunkOverlap":{}}`}, json(`{}`),
			`[{"metadata":{"source":"blob","blobType":"text/plain",` + loc + `},"pageContent":"one two"},{"metadata":{"source":"blob","blobType":"text/plain",` + loc + `},"pageContent":"three"}]`},
		"by character": {1, `{"jsonMode":"expressionData","jsonData":"a|b|c"}`, [2]string{"textSplitterCharacterTextSplitter", `{"separator":"|","chunkSize":3}`}, json(`{}`),
			`[{"metadata":{"source":"blob","blobType":"text/plain",` + loc + `},"pageContent":"a|b"},{"metadata":{"source":"blob","blobType":"text/plain",` + loc + `},"pageContent":"c"}]`},
		"by token": {1, `{"jsonMode":"expressionData","jsonData":"one two three"}`, [2]string{"textSplitterTokenSplitter", `{"chunkSize":2,"chunkOverlap":1}`}, json(`{}`),
			`[{"metadata":{"source":"blob","blobType":"text/plain",` + loc + `},"pageContent":"one two"},{"metadata":{"source":"blob","blobType":"text/plain",` + loc + `},"pageContent":" two three"}]`},
		"simple splitting": {1.1, `{"jsonMode":"expressionData","jsonData":"` + strings.Repeat("w ", 600) + `"}`, [2]string{}, json(`{}`), "2 documents"},
		"text file": {1, `{"dataType":"binary"}`, [2]string{}, file("text/plain", "\ufeffhello"),
			`[{"metadata":{"source":"blob","blobType":"text/plain"},"pageContent":"hello"}]`},
		"CSV file": {1, `{"dataType":"binary","options":{"separator":";"}}`, [2]string{}, file("text/csv", "a;b\n1;2\n3;4"),
			`[{"metadata":{"source":"blob","blobType":"text/csv","line":1},"pageContent":"a: 1\nb: 2"},{"metadata":{"source":"blob","blobType":"text/csv","line":2},"pageContent":"a: 3\nb: 4"}]`},
		"JSON file": {1, `{"dataType":"binary","loader":"jsonLoader"}`, [2]string{}, file("application/json; charset=utf-8", `["x"]`),
			`[{"metadata":{"source":"blob","blobType":"application/json"},"pageContent":"x"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			got := loaded(t, c.version, c.params, c.splitter, c.item)
			if c.want == "2 documents" {
				if strings.Count(got, `"pageContent"`) != 2 {
					t.Errorf("got %s", got)
				}
			} else if got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLoaderOfAnotherType(t *testing.T) {
	b := library(t)
	b.inserts(`{"dataType":"binary","loader":"pdfLoader"}`)
	out := b.run(lc+"vectorStoreInMemory", 1, `{"mode":"insert"}`, file("text/plain", "x"))
	if out.Err == nil || !strings.Contains(out.Err.Message, "Mime type doesn't match selected loader. The file is of type text/plain") || out.Run.Error.Item != 0 {
		t.Errorf("%v", out.Err)
	}
	out = b.run(lc+"vectorStoreInMemory", 1, `{"mode":"insert"}`, file("application/pdf", "no PDF"))
	if out.Err == nil || !strings.Contains(out.Err.Message, "not read as PDF") {
		t.Errorf("%v", out.Err)
	}
}

// Command bench-search measures search beside transformers.js, with the same model
// on the same machine, one thread each:
//
//   - a text's embedding alone, on both sides the tokens, the model and the vector;
//   - a query from its text to the answer. Ours is all that a search does: mending of
//     typing errors, one or two embeddings, vectors and BM25 over the templates, use
//     cases, explanation. Theirs is the embedding and the nearest templates;
//   - embeddings a second, the time from a process's start to its first vector, memory.
//
// It also starts the function `search` as Lambda would.
//
//	make bench-search
//
// Two processes take turns every few queries, so that whatever else the machine does
// falls on both. Where others use it too, "best turn" (of each query) says more than
// the plain quantiles, and processor time more than either.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/automatelanka/automatelanka/internal/search/eval"
	"github.com/automatelanka/automatelanka/internal/template"
)

const folder = "internal/search/cmd/bench-search"

// work is what is measured.
type work struct {
	queries, templates []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	turns := flag.Int("turns", 5, "how often each side takes its turn")
	starts := flag.Int("starts", 15, "how often each process is started")
	child := flag.String("child", "", "what a child process does: first or serve")
	flag.Parse()
	err := error(nil)
	switch *child {
	case "":
		err = bench(ctx, *turns, *starts)
	case "first":
		err = first(ctx)
	default:
		err = serve(ctx, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-search:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, turns, starts int) error {
	w, err := texts()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-search-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := layOut(dir); err != nil {
		return err
	}
	us, err := os.Executable()
	if err != nil {
		return err
	}
	ours := side{"AutomateLanka", []string{us, "-child"}}
	theirs := side{"transformers.js", []string{"node", filepath.Join(folder, "rival.mjs"), dir}}
	fmt.Printf("%d queries, %d templates, %d turns, one thread each\n", len(w.queries), len(w.templates), turns)
	if err := compareQueries(ctx, w, turns, ours, theirs); err != nil {
		return err
	}
	if err := compareStarts(ctx, starts, ours, theirs); err != nil {
		return err
	}
	return coldStart(ctx, dir, starts)
}

// texts are queries of the evaluation, each once, and what is embedded of the
// templates.
func texts() (work, error) {
	var w work
	paths, err := filepath.Glob("internal/search/eval/data/*.json")
	if err != nil {
		return w, err
	}
	for _, p := range paths {
		set, err := eval.Load(p, func(string) bool { return true })
		if err != nil {
			return w, err
		}
		for _, q := range set.Queries {
			w.queries = append(w.queries, q.Text)
		}
	}
	slices.Sort(w.queries)
	w.queries = slices.Compact(w.queries)
	library, err := template.Builtin()
	if err != nil {
		return w, err
	}
	for _, t := range library.All() {
		w.templates = append(w.templates, t.Text())
	}
	return w, nil
}

// layOut makes the folder that transformers.js reads: our model and a tokenizer of
// our vocabulary.
func layOut(dir string) error {
	layer, err := filepath.Abs("layers/minilm")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "minilm", "onnx"), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"model.onnx", "weights.bin"} { // the graph looks for its weights beside itself
		b, err := os.ReadFile(filepath.Join(layer, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "minilm", "onnx", name), b, 0o600)
		}
		if err != nil {
			return err
		}
	}
	vocab, err := vocabulary(filepath.Join(layer, "vocab.txt"))
	if err != nil {
		return err
	}
	special := func(s string, id int) map[string]any {
		return map[string]any{"id": id, "content": s, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}
	}
	part := func(kind, id string) map[string]any {
		return map[string]any{kind: map[string]any{"id": id, "type_id": 0}}
	}
	token := func(s string) map[string]any {
		return map[string]any{"id": s, "ids": []int{vocab[s]}, "tokens": []string{s}}
	}
	files := map[string]any{
		"config.json": map[string]any{"model_type": "bert", "architectures": []string{"BertModel"}, "hidden_size": 384},
		"tokenizer_config.json": map[string]any{
			"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 256,
			"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]",
		},
		"tokenizer.json": map[string]any{
			"version":       "1.0",
			"added_tokens":  []any{special("[PAD]", vocab["[PAD]"]), special("[UNK]", vocab["[UNK]"]), special("[CLS]", vocab["[CLS]"]), special("[SEP]", vocab["[SEP]"])},
			"normalizer":    map[string]any{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": true},
			"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
			"post_processor": map[string]any{
				"type":           "TemplateProcessing",
				"single":         []any{part("SpecialToken", "[CLS]"), part("Sequence", "A"), part("SpecialToken", "[SEP]")},
				"pair":           []any{part("SpecialToken", "[CLS]"), part("Sequence", "A"), part("SpecialToken", "[SEP]"), part("Sequence", "B")},
				"special_tokens": map[string]any{"[CLS]": token("[CLS]"), "[SEP]": token("[SEP]")},
			},
			"decoder": map[string]any{"type": "WordPiece", "prefix": "##", "cleanup": true},
			"model": map[string]any{
				"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab,
			},
		},
	}
	for name, content := range files {
		b, err := json.Marshal(content)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "minilm", name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

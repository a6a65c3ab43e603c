// Command bench-search measures search beside transformers.js, with the same model
// on the same machine in one run, one thread each: a query from its text to the
// answer, embeddings a second, the time from a process's start to its first
// vector, and memory. It also starts the function `search` as Lambda would.
//
//	make bench-search
//
// Both sides take turns, so that whatever else the machine does falls on both; the
// medians of the turns are printed, and how many times as good ours are.
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

// work is what both sides are given.
type work struct {
	Queries   []string `json:"queries"`
	Templates []string `json:"templates"`
	Rounds    int      `json:"rounds"`
}

// result is what a side measured in one process.
type result struct {
	Query   []float64   `json:"query"`   // ms, one a query
	Again   []float64   `json:"again"`   // the same queries again; ours keeps their vectors
	Batch1  []float64   `json:"batch1"`  // texts a second, one a round
	Batch32 []float64   `json:"batch32"` // the same
	Vectors [][]float32 `json:"vectors"` // of the first queries
	// Processor time of the three, ms a round. Unlike the others it hardly depends
	// on what else the machine does.
	QueryCPU   []float64 `json:"queryCpu"`
	Batch1CPU  []float64 `json:"batch1Cpu"`
	Batch32CPU []float64 `json:"batch32Cpu"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	turns := flag.Int("turns", 5, "how often each side takes its turn")
	starts := flag.Int("starts", 15, "how often each process is started")
	child := flag.String("child", "", "what a child process does: first or run")
	flag.Parse()
	err := error(nil)
	switch *child {
	case "":
		err = bench(ctx, *turns, *starts)
	case "first":
		err = first(ctx)
	default:
		err = measure(ctx, os.Stdin, os.Stdout)
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
	fmt.Printf("%d queries, %d templates, %d turns\n", len(w.Queries), len(w.Templates), turns)
	if err := compareRuns(ctx, w, turns, ours, theirs); err != nil {
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
	w := work{Rounds: 1}
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
			w.Queries = append(w.Queries, q.Text)
		}
	}
	slices.Sort(w.Queries)
	w.Queries = slices.Compact(w.Queries)
	library, err := template.Builtin()
	if err != nil {
		return w, err
	}
	for _, t := range library.All() {
		w.Templates = append(w.Templates, t.Text())
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
	if err := os.Symlink(filepath.Join(layer, "model.int8.onnx"), filepath.Join(dir, "minilm", "onnx", "model.onnx")); err != nil {
		return err
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

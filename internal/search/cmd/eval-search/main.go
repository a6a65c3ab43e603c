// Command eval-search measures search on the evaluation sets: recall@5 and mean
// reciprocal rank of meaning (vectors), of words (BM25), and of both. Of sealed sets
// it shows no misses and chooses nothing by them.
//
//	go run ./internal/search/cmd/eval-search            all sets
//	go run ./internal/search/cmd/eval-search -misses    name the queries that failed
//	go run ./internal/search/cmd/eval-search -tune      choose the ranking rule on one half of the queries
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/automatelanka/automatelanka/internal/onnxembed"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/builtin"
	"github.com/automatelanka/automatelanka/internal/search/eval"
)

// Each word of the mistyped queries is wrong with this probability.
const typos = 0.3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.StringVar(&o.sets, "sets", "internal/search/eval/data/*.json", "the evaluation sets")
	flag.BoolVar(&o.misses, "misses", false, "name the queries without a right answer among the first 5")
	flag.BoolVar(&o.tune, "tune", false, "choose the ranking rule on one half of the queries, and report on the other")
	flag.Parse()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "eval-search:", err)
		os.Exit(1)
	}
}

type options struct {
	sets         string
	misses, tune bool
}

func run(ctx context.Context, o options, out io.Writer) error {
	config, err := onnxembed.Locate()
	if err != nil {
		return err
	}
	config.Threads = runtime.NumCPU()
	embedder, err := onnxembed.Open(config)
	if err != nil {
		return err
	}
	defer embedder.Close()
	paths, err := filepath.Glob(o.sets)
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("no evaluation set matches %s", o.sets)
	}
	var dev, held []*eval.Bench
	for _, path := range paths {
		d, h, err := measure(ctx, path, embedder, o, out)
		if err != nil {
			return err
		}
		dev, held = append(dev, d...), append(held, h...)
	}
	if o.tune {
		c := eval.Tune(rules(), dev...)
		fmt.Fprintf(out, "best rule on the dev half %+v\n  %-26s %v\n  %-26s %v\n", c.Rule, "dev half", c.Seen, "dev half, cross-validated", c.Unseen)
		fmt.Fprintf(out, "  %-26s %v\n  %-26s %v\n", "held half", eval.RunAll(c.Rule, held...), "held half, rule in use", eval.RunAll(search.Measured, held...))
	}
	return nil
}

// rules is the grid that -tune searches.
func rules() []search.Rule {
	var out []search.Rule
	for _, words := range []float32{0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1} {
		for _, useCase := range []float32{0, 0.25, 0.5, 0.75, 1} {
			out = append(out, search.Rule{Words: words, UseCase: useCase, Floor: search.Measured.Floor})
		}
	}
	return out
}

// measure prints the figures of one set as it is and with typing errors, and gives
// the two halves of its queries; of a sealed set none.
func measure(ctx context.Context, path string, embedder *onnxembed.Embedder, o options, out io.Writer) (dev, held []*eval.Bench, err error) {
	base, err := builtin.Index()
	if err != nil {
		return nil, nil, err
	}
	set, err := eval.Load(path, func(id string) bool { _, ok := base.Document(id); return ok })
	if err != nil {
		return nil, nil, err
	}
	if len(set.Documents) > 0 {
		if base, err = eval.NewIndex(ctx, set, embedder); err != nil {
			return nil, nil, err
		}
	}
	speller := search.NewSpeller(base.Documents(), embedder.Words())
	fmt.Fprintf(out, "%s: %d queries, %d documents\n", set.Name, len(set.Queries), base.Len())
	for _, v := range []struct {
		name    string
		set     *eval.Set
		speller *search.Speller
	}{
		{"as written", set, speller},
		{"mistyped, not mended", set.Mistyped(typos, 1), nil},
		{"mistyped", set.Mistyped(typos, 1), speller},
	} {
		b, err := eval.Prepare(ctx, v.set, base, embedder, v.speller)
		if err != nil {
			return nil, nil, err
		}
		printRun(out, v.name, b, o.misses && !set.Sealed)
		if v.speller != nil && !set.Sealed {
			d, h := b.Halves()
			dev, held = append(dev, d), append(held, h)
		}
	}
	if len(held) > 0 {
		fmt.Fprintf(out, "  %-22s %-8s %v\n", "held half, as written", "both", eval.RunAll(search.Measured, held[0]))
	}
	return dev, held, nil
}

func printRun(out io.Writer, name string, b *eval.Bench, misses bool) {
	for _, m := range []struct {
		name string
		mode search.Mode
	}{{"vector", search.MeaningOnly}, {"keyword", search.WordsOnly}, {"both", search.Both}} {
		figures, missed := b.Run(m.mode, search.Measured)
		fmt.Fprintf(out, "  %-22s %-8s %v\n", name, m.name, figures)
		if misses && m.mode == search.Both {
			for _, miss := range missed {
				fmt.Fprintf(out, "      missed %q, wanted %v, got %v\n", miss.Query.Text, miss.Query.Relevant, miss.Got)
			}
		}
	}
}

// Command embed-templates brings the committed search index of the built-in
// templates up to date. It embeds only what has changed.
//
//	go run ./internal/search/cmd/embed-templates           write the index
//	go run ./internal/search/cmd/embed-templates -all      embed everything again
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime"

	"github.com/schollz/progressbar/v3"

	"github.com/automatelanka/automatelanka/internal/onnxembed"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	path := flag.String("out", "internal/search/builtin/templates.index", "the index")
	all := flag.Bool("all", false, "embed everything again")
	flag.Parse()
	if err := run(ctx, *path, *all); err != nil {
		fmt.Fprintln(os.Stderr, "embed-templates:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path string, all bool) error {
	documents, err := documents()
	if err != nil {
		return err
	}
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
	build := search.Build{Owner: search.Everybody, Documents: documents, Embedder: embedder}
	if !all {
		if build.Reuse, err = earlier(path); err != nil {
			return err
		}
	}
	bar := progressbar.Default(int64(len(documents)), "templates")
	build.Progress = func(done int) { _ = bar.Set(done) }
	index, err := search.NewIndexFrom(ctx, build)
	if err != nil {
		return err
	}
	b, err := index.MarshalBinary()
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d templates, %d KB\n", path, index.Len(), len(b)>>10)
	return os.WriteFile(path, b, 0o644)
}

func documents() ([]search.Document, error) {
	catalogue, err := template.Builtin()
	if err != nil {
		return nil, err
	}
	var out []search.Document
	for _, t := range catalogue.All() {
		if err := t.Validate(); err != nil {
			return nil, fmt.Errorf("template %s: %w", t.ID, err)
		}
		out = append(out, t.Document())
	}
	return out, nil
}

// earlier reads the index that is there. None, or one of another form, is no
// help and no error.
func earlier(path string) (*search.Index, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, err := search.DecodeAny(b)
	if errors.Is(err, search.ErrOtherFormat) || errors.Is(err, search.ErrOtherModel) {
		return nil, nil
	}
	return x, err
}

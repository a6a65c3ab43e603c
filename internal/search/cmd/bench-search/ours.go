package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/onnxembed"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/builtin"
)

// first embeds one text, from the process's start.
func first(ctx context.Context) error {
	m, err := onnxembed.Default()
	if err != nil {
		return err
	}
	v, err := m.Embed(ctx, "when a customer pays, send a welcome email")
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"vector": v[0]})
}

// measure does what rival.mjs does, with the searcher that the function has.
func measure(ctx context.Context, in io.Reader, out io.Writer) error {
	var w work
	if err := json.NewDecoder(in).Decode(&w); err != nil {
		return err
	}
	m, err := onnxembed.Default()
	if err != nil {
		return err
	}
	if _, err := m.Embed(ctx, w.Queries[:20]...); err != nil { // warm
		return err
	}
	var r result
	for range w.Rounds {
		if err := round(ctx, m, w.Queries, &r); err != nil {
			return err
		}
	}
	for _, q := range w.Queries[:10] {
		v, err := m.Embed(ctx, q)
		if err != nil {
			return err
		}
		r.Vectors = append(r.Vectors, v[0])
	}
	return json.NewEncoder(out).Encode(r)
}

func round(ctx context.Context, m search.Model, queries []string, r *result) error {
	s, err := searcher(m) // a new one: the one before has the queries in its cache
	if err != nil {
		return err
	}
	wall := clock.Real()
	if _, err := s.Search(ctx, "ten_1", search.Query{Text: "warm", Kind: search.Template}); err != nil {
		return err
	}
	if r.QueryCPU, err = phase(r.QueryCPU, func() error {
		for _, q := range queries {
			began := wall.Now()
			if _, err := s.Search(ctx, "ten_1", search.Query{Text: q, Kind: search.Template}); err != nil {
				return fmt.Errorf("%q: %w", q, err)
			}
			r.Query = append(r.Query, float64(wall.Since(began))/float64(time.Millisecond))
		}
		return nil
	}); err != nil {
		return err
	}
	for _, q := range queries {
		began := wall.Now()
		if _, err := s.Search(ctx, "ten_1", search.Query{Text: q, Kind: search.Template}); err != nil {
			return err
		}
		r.Again = append(r.Again, float64(wall.Since(began))/float64(time.Millisecond))
	}
	for _, size := range []int{1, 32} {
		rates, cpu := &r.Batch1, &r.Batch1CPU
		if size == 32 {
			rates, cpu = &r.Batch32, &r.Batch32CPU
		}
		began := wall.Now()
		if *cpu, err = phase(*cpu, func() error {
			for i := 0; i < len(queries); i += size {
				if _, err := m.Embed(ctx, queries[i:min(i+size, len(queries))]...); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		*rates = append(*rates, float64(len(queries))/wall.Since(began).Seconds())
	}
	return nil
}

// phase runs a piece of work and notes the processor time that it took, in ms.
func phase(list []float64, work func() error) ([]float64, error) {
	before := cpu()
	err := work()
	return append(list, cpu()-before), err
}

// cpu is the processor time of this process so far, in ms.
func cpu() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// searcher is one as the function makes it, over the templates.
func searcher(m search.Model) (*search.Searcher, error) {
	x, err := builtin.Index()
	if err != nil {
		return nil, err
	}
	return search.New(search.Config{Embedder: m, Vocabulary: m.Words, Clock: clock.Real(), Builtin: x})
}

// vocabulary is the number of each piece.
func vocabulary(path string) (map[string]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		out[lines.Text()] = len(out)
	}
	return out, nil
}

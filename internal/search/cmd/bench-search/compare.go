package main

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// turnOf is the number of queries after which the other side has its turn.
const turnOf = 8

// figures are what one side took.
type figures struct {
	embed, search samples
	again         []float64 // ms
	batch         []float64 // texts a second
	memory        float64   // MB
	// Processor time in ms of all queries, once a turn.
	embedCPU, searchCPU, batchCPU []float64
	vectors                       [][]float32 // of the last turn
}

// samples are the times of each query, ms: one a turn.
type samples [][]float64

func (s samples) all() []float64 { return slices.Concat(s...) }

// best is each query's best turn, the least disturbed by what else runs.
func (s samples) best() []float64 {
	var out []float64
	for q := range s[0] {
		least := math.Inf(1)
		for _, turn := range s {
			least = min(least, turn[q])
		}
		out = append(out, least)
	}
	return out
}

// compareQueries lets both sides embed and answer all queries, turn by turn.
func compareQueries(ctx context.Context, w work, turns int, ours, theirs side) error {
	var children []*child
	for _, s := range []side{ours, theirs} {
		c, err := s.start(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if _, err = c.do("index", w.templates...); err == nil {
			_, err = c.do("embed", w.queries[:20]...) // warm
		}
		if err != nil {
			return err
		}
		children = append(children, c)
	}
	f := make([]figures, len(children))
	for range turns {
		if err := oneTurn(w, children, f); err != nil {
			return err
		}
	}
	for i, c := range children {
		e, err := c.end()
		if err != nil {
			return err
		}
		f[i].memory = e.memory
	}
	fmt.Printf("least cosine between the vectors of both sides: %.4f\n\n", leastCosine(f[0].vectors, f[1].vectors))
	fmt.Printf("%-48s %14s %16s %8s\n", "", ours.name, theirs.name, "ratio")
	a, b := &f[0], &f[1]
	quantiles("embedding alone", a.embed, b.embed)
	quantiles("query to answer", a.search, b.search)
	row("the same query again, p50 (ms)", a.again, b.again, less)
	row("embeddings a second, 32 at a time", a.batch, b.batch, more)
	row("processor time, embeddings one by one (ms)", a.embedCPU, b.embedCPU, less)
	row("processor time, queries to answers (ms)", a.searchCPU, b.searchCPU, less)
	row("processor time, embeddings 32 at a time (ms)", a.batchCPU, b.batchCPU, less)
	row("memory of the whole run, peak (MB)", []float64{a.memory}, []float64{b.memory}, less)
	return nil
}

// quantiles prints how long one query takes: over all turns, and in its best one.
func quantiles(what string, ours, theirs samples) {
	for _, q := range []struct {
		name string
		at   float64
	}{{"p50", 0.5}, {"p99", 0.99}} {
		line(what+", "+q.name+" (ms)", quantile(ours.all(), q.at), quantile(theirs.all(), q.at), less)
		line(what+", "+q.name+", best turn (ms)", quantile(ours.best(), q.at), quantile(theirs.best(), q.at), less)
	}
}

// oneTurn lets each side do everything once.
func oneTurn(w work, children []*child, f []figures) error {
	for i, c := range children {
		f[i].embed, f[i].search = append(f[i].embed, nil), append(f[i].search, nil)
		f[i].embedCPU, f[i].searchCPU = append(f[i].embedCPU, 0), append(f[i].searchCPU, 0)
		f[i].batchCPU, f[i].vectors = append(f[i].batchCPU, 0), nil
		if _, err := c.do("fresh"); err != nil {
			return err
		}
	}
	for _, what := range []string{"embed", "search", "again"} {
		for texts := range slices.Chunk(w.queries, turnOf) {
			for i, c := range children {
				if err := f[i].part(c, what, texts); err != nil {
					return err
				}
			}
		}
	}
	for texts := range slices.Chunk(w.queries, 32) {
		for i, c := range children {
			if err := f[i].part(c, "batch", texts); err != nil {
				return err
			}
		}
	}
	return nil
}

// part does a few texts and adds up what they took.
func (f *figures) part(c *child, what string, texts []string) error {
	do := what
	if what == "again" {
		do = "search"
	}
	r, err := c.do(do, texts...)
	if err != nil {
		return err
	}
	last := len(f.embed) - 1
	switch what {
	case "embed":
		f.embed[last] = append(f.embed[last], r.MS...)
		f.embedCPU[last] += r.CPU
		f.vectors = append(f.vectors, r.Vectors...)
	case "search":
		f.search[last] = append(f.search[last], r.MS...)
		f.searchCPU[last] += r.CPU
	case "again":
		f.again = append(f.again, r.MS...)
	default:
		f.batch = append(f.batch, float64(len(texts))/r.MS[0]*1e3)
		f.batchCPU[last] += r.CPU
	}
	return nil
}

// compareStarts starts processes that embed one text and end.
func compareStarts(ctx context.Context, starts int, ours, theirs side) error {
	var wall, cpu, memory [2][]float64
	for range starts {
		for i, s := range []side{ours, theirs} {
			e, err := s.first(ctx)
			if err != nil {
				return err
			}
			wall[i], cpu[i], memory[i] = append(wall[i], e.wall), append(cpu[i], e.cpu), append(memory[i], e.memory)
		}
	}
	row("process start to the first embedding (ms)", wall[0], wall[1], less)
	line("the same, best start (ms)", slices.Min(wall[0]), slices.Min(wall[1]), less)
	row("the same, processor time (ms)", cpu[0], cpu[1], less)
	row("memory at the first embedding (MB)", memory[0], memory[1], less)
	return nil
}

type better int

const (
	less better = iota
	more
)

// row prints the medians, line two figures; and how many times as good ours is.
func row(what string, ours, theirs []float64, b better) {
	line(what, quantile(ours, 0.5), quantile(theirs, 0.5), b)
}

func line(what string, ours, theirs float64, b better) {
	ratio := theirs / ours
	if b == more {
		ratio = ours / theirs
	}
	fmt.Printf("%-48s %14.2f %16.2f %7.2fx\n", what, ours, theirs, ratio)
}

func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func leastCosine(a, b [][]float32) float64 {
	least := 1.0
	for i := range min(len(a), len(b)) {
		var sum float64
		for j := range a[i] {
			sum += float64(a[i][j]) * float64(b[i][j])
		}
		least = min(least, sum)
	}
	return least
}

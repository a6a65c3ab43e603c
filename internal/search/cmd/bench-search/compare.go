package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// side is one of the two that are compared.
type side struct {
	name string
	argv []string
}

// ended is a process that has ended.
type ended struct {
	wall, cpu float64 // ms
	memory    float64 // MB at its peak
	out       []byte
}

func (s side) run(ctx context.Context, what string, stdin []byte) (ended, error) {
	cmd := exec.CommandContext(ctx, s.argv[0], append(slices.Clone(s.argv[1:]), what)...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), os.Stderr
	wall := clock.Real()
	began := wall.Now()
	out, err := cmd.Output()
	if err != nil {
		return ended{}, fmt.Errorf("%s: %w (transformers.js is installed by make bench-search)", s.name, err)
	}
	e := ended{wall: float64(wall.Since(began)) / float64(time.Millisecond), out: out}
	state := cmd.ProcessState
	e.cpu = float64(state.UserTime()+state.SystemTime()) / float64(time.Millisecond)
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		e.memory = float64(usage.Maxrss) / 1024
	}
	return e, nil
}

// compareRuns lets both sides answer all queries, turn by turn.
func compareRuns(ctx context.Context, w work, turns int, ours, theirs side) error {
	stdin, err := json.Marshal(w)
	if err != nil {
		return err
	}
	var figures [2]struct{ p50, p99, again, batch1, batch32, query, one, many, memory []float64 }
	var vectors [2][][]float32
	for range turns {
		for i, s := range []side{ours, theirs} {
			e, err := s.run(ctx, "run", stdin)
			if err != nil {
				return err
			}
			var r result
			if err := json.Unmarshal(e.out, &r); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			f := &figures[i]
			f.p50, f.p99 = append(f.p50, quantile(r.Query, 0.5)), append(f.p99, quantile(r.Query, 0.99))
			f.again = append(f.again, quantile(r.Again, 0.5))
			f.batch1, f.batch32 = append(f.batch1, r.Batch1...), append(f.batch32, r.Batch32...)
			f.query, f.one, f.many = append(f.query, r.QueryCPU...), append(f.one, r.Batch1CPU...), append(f.many, r.Batch32CPU...)
			f.memory = append(f.memory, e.memory)
			vectors[i] = r.Vectors
		}
	}
	fmt.Printf("least cosine between the vectors of both sides: %.4f\n\n", leastCosine(vectors[0], vectors[1]))
	fmt.Printf("%-44s %14s %16s %8s\n", "median of the turns", ours.name, theirs.name, "ratio")
	a, b := figures[0], figures[1]
	row("query, text to answer, p50 (ms)", a.p50, b.p50, less)
	row("query, text to answer, p99 (ms)", a.p99, b.p99, less)
	row("the same query again, p50 (ms)", a.again, b.again, less)
	row("embeddings a second, one by one", a.batch1, b.batch1, more)
	row("embeddings a second, 32 at a time", a.batch32, b.batch32, more)
	row("CPU time of all queries (ms)", a.query, b.query, less)
	row("CPU time of all embeddings, one by one (ms)", a.one, b.one, less)
	row("CPU time of all embeddings, 32 at a time", a.many, b.many, less)
	row("memory of the whole turn, peak (MB)", a.memory, b.memory, less)
	return nil
}

// compareStarts starts processes that embed one text and end.
func compareStarts(ctx context.Context, starts int, ours, theirs side) error {
	var wall, cpu, memory [2][]float64
	for range starts {
		for i, s := range []side{ours, theirs} {
			e, err := s.run(ctx, "first", nil)
			if err != nil {
				return err
			}
			wall[i], cpu[i], memory[i] = append(wall[i], e.wall), append(cpu[i], e.cpu), append(memory[i], e.memory)
		}
	}
	row("process start to the first embedding (ms)", wall[0], wall[1], less)
	row("the same, CPU time (ms)", cpu[0], cpu[1], less)
	row("memory at the first embedding (MB)", memory[0], memory[1], less)
	return nil
}

type better int

const (
	less better = iota
	more
)

// row prints the medians and how many times as good ours is.
func row(what string, ours, theirs []float64, b better) {
	x, y := quantile(ours, 0.5), quantile(theirs, 0.5)
	ratio := y / x
	if b == more {
		ratio = x / y
	}
	fmt.Printf("%-44s %14.2f %16.2f %7.2fx\n", what, x, y, ratio)
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

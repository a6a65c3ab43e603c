package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
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

// serve does what rival.mjs does, with the searcher that the function has.
func serve(ctx context.Context, in io.Reader, out io.Writer) error {
	m, err := onnxembed.Default()
	if err != nil {
		return err
	}
	o := ours{model: m}
	requests, replies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q request
		if err := requests.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r, err := o.answer(ctx, q)
		if err != nil {
			return err
		}
		if err := replies.Encode(r); err != nil {
			return err
		}
	}
}

// ours is our side.
type ours struct {
	model    search.Model
	searcher *search.Searcher
}

func (o *ours) answer(ctx context.Context, q request) (r reply, err error) {
	before := cpu()
	switch q.Do {
	case "index": // the templates' index comes with the program
	case "fresh":
		if o.searcher, err = searcher(o.model); err == nil {
			err = o.search(ctx, "warm")
		}
	case "search":
		for _, text := range q.Texts {
			if err = timed(&r, func() error { return o.search(ctx, text) }); err != nil {
				break
			}
		}
	case "embed":
		for _, text := range q.Texts {
			var v [][]float32
			if err = timed(&r, func() error { v, err = o.model.Embed(ctx, text); return err }); err != nil {
				break
			}
			r.Vectors = append(r.Vectors, v[0])
		}
	default:
		err = timed(&r, func() error { _, err := o.model.Embed(ctx, q.Texts...); return err })
	}
	r.CPU = cpu() - before
	return r, err
}

func (o *ours) search(ctx context.Context, text string) error {
	_, err := o.searcher.Search(ctx, "ten_1", search.Query{Text: text, Kind: search.Template})
	return err
}

// timed notes how long a piece of work took, in ms.
func timed(r *reply, work func() error) error {
	wall := clock.Real()
	began := wall.Now()
	err := work()
	r.MS = append(r.MS, float64(wall.Since(began))/float64(time.Millisecond))
	return err
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

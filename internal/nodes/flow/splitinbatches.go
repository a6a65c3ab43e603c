package flow

import (
	"context"
	"math"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// splitInBatches is a loop: the first run gives the first batch, each later run
// the next one, whatever comes in. Version 1 gives nothing at all when no items
// are left; later ones have an output for what came back, the second in version
// 2 and the first in version 3.
//
// The items that are left are not kept in the node's state but read from the run
// that fed the loop, so that a checkpoint does not grow with the loop.
func splitInBatches(version float64) node.Type {
	outputs := map[float64][]string{1: {"loop"}, 2: {"loop", "done"}, 3: {"done", "loop"}}[version]
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.splitInBatches", Versions: []float64{version}, Name: "Loop Over Items (Split in Batches)",
			Description: "Gives the items in batches, one batch each time it runs.",
			Group:       "flow", Family: node.Pure, Inputs: main1, Outputs: outputs,
			Params: []node.Param{
				{Name: "batchSize", Type: "number", Default: batchDefault(version), Description: "How many items a batch has."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "reset: whether to start again with the items that come in."},
			},
		},
		Run: runLoop,
	}
}

func batchDefault(version float64) float64 {
	if version < 3 {
		return 10
	}
	return 1
}

// loop is one run of the node.
type loop struct {
	c       *node.Call
	size    int
	all     []workflow.Item // the items that the loop began with
	origin  workflow.Source // where they came from
	at      int             // how many have been given
	run     int             // runs since it began
	first   int             // index of the first run of the loop
	kept    bool            // the items are in the state
	begins  bool
	sources []workflow.Source // sources beyond the node's own, for Paired
}

func runLoop(_ context.Context, c *node.Call) (node.Result, error) {
	r := c.At(0)
	size := r.Number("batchSize", batchDefault(c.Node.TypeVersion))
	reset, _ := r.Object("options").Get("reset")
	if r.Err() != nil {
		return node.Result{}, r.Err()
	}
	if size < 1 || math.IsNaN(size) {
		return node.Result{}, node.Errorf("The batch size must be at least 1.")
	}
	l := &loop{c: c, size: int(min(size, math.MaxInt32))}
	if c.Previous == nil || reset == true {
		l.begin()
	} else if err := l.resume(); err != nil {
		return node.Result{}, err
	}
	return l.next()
}

func (l *loop) begin() {
	l.begins, l.all, l.first = true, l.c.Input(0), l.c.Scope().RunIndex
	l.origin = l.source()
	l.kept = !l.traceable()
}

func (l *loop) source() workflow.Source {
	if len(l.c.Sources) == 0 {
		return workflow.Source{}
	}
	return l.c.Sources[0]
}

// traceable reports whether the items can be read again from their source.
func (l *loop) traceable() bool {
	items, ok := l.itemsOf(l.origin)
	if !ok || len(items) != len(l.all) {
		return false
	}
	for i := range items {
		if items[i].JSON != l.all[i].JSON {
			return false
		}
	}
	return true
}

func (l *loop) itemsOf(s workflow.Source) ([]workflow.Item, bool) {
	run := l.c.History.Run(s.Node, s.Run)
	if run == nil || s.Output >= len(run.Outputs) {
		return nil, false
	}
	return run.Outputs[s.Output], true
}

// resume reads the state of the previous run.
func (l *loop) resume() error {
	p := l.c.Previous
	l.at, l.run, l.first = intOf(p, "at"), intOf(p, "currentRunIndex")+1, intOf(p, "first")
	from, _ := p.Get("from")
	l.origin = sourceOf(from)
	if kept, ok := p.Get("items"); ok {
		items, err := workflow.ItemsOf(kept)
		l.all, l.kept = items, true
		return err
	}
	items, ok := l.itemsOf(l.origin)
	if !ok {
		return node.Errorf("The items of the loop are no longer there.")
	}
	l.all = items
	return nil
}

func (l *loop) next() (node.Result, error) {
	end := min(l.at+l.size, len(l.all))
	batch := append([]workflow.Item{}, l.all[l.at:end]...)
	if !l.begins {
		input := l.input(l.origin)
		for i := range batch {
			batch[i].Paired = []workflow.Paired{{Item: l.at + i, Input: input}}
		}
	}
	l.at = end
	finished := len(batch) == 0
	res := node.Result{State: l.state(finished)}
	switch {
	case l.c.Node.TypeVersion == 1:
		if !finished {
			res.Outputs = [][]workflow.Item{batch}
		}
	case finished:
		res.Outputs = l.order([]workflow.Item{}, l.processed())
	default:
		res.Outputs = l.order(batch, []workflow.Item{})
	}
	res.Sources = l.sources
	return res, nil
}

// order puts the batch and what is done on the outputs of the version.
func (l *loop) order(batch, done []workflow.Item) [][]workflow.Item {
	if l.c.Node.TypeVersion == 2 {
		return [][]workflow.Item{batch, done}
	}
	return [][]workflow.Item{done, batch}
}

// input is the number by which Paired refers to a source.
func (l *loop) input(s workflow.Source) int {
	if len(l.sources) == 0 || l.sources[len(l.sources)-1] != s {
		l.sources = append(l.sources, s)
	}
	return len(l.c.Inputs) + len(l.sources) - 1
}

// processed are the items that came back in all runs after the first.
func (l *loop) processed() []workflow.Item {
	out := []workflow.Item{}
	if l.begins {
		return out
	}
	add := func(s workflow.Source, items []workflow.Item) {
		input := l.input(s)
		for i, it := range items {
			it.Paired = []workflow.Paired{{Item: i, Input: input}}
			out = append(out, it)
		}
	}
	for i := l.first + 1; i < l.c.History.Runs(l.c.Node.Name); i++ {
		run := l.c.History.Run(l.c.Node.Name, i)
		if run == nil || len(run.Sources) == 0 {
			continue
		}
		items, _ := l.itemsOf(run.Sources[0])
		add(run.Sources[0], items)
	}
	add(l.source(), l.c.Input(0))
	return out
}

// state is what expressions see as the node's context, and what the next run needs.
func (l *loop) state(done bool) *value.Object {
	o := value.Obj(
		"currentRunIndex", float64(l.run), "maxRunIndex", math.Ceil(float64(len(l.all))/float64(l.size)),
		"noItemsLeft", l.at >= len(l.all), "done", done, "at", float64(l.at), "first", float64(l.first),
		"from", []any{l.origin.Node, float64(l.origin.Output), float64(l.origin.Run)},
	)
	if l.kept {
		if items, err := value.Parse(workflow.AppendItems(nil, l.all)); err == nil {
			o.Set("items", items)
		}
	}
	return o
}

func sourceOf(v any) workflow.Source {
	list, _ := v.([]any)
	if len(list) != 3 {
		return workflow.Source{}
	}
	name, _ := list[0].(string)
	return workflow.Source{Node: name, Output: int(node.ToNumber(list[1])), Run: int(node.ToNumber(list[2]))}
}

func intOf(o *value.Object, key string) int {
	v, _ := o.Get(key)
	n, _ := v.(float64)
	return int(n)
}

package corpus

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// The Walker, given what each node gave in n8n, runs the nodes in n8n's order,
// in all recorded runs.
func TestOrderIsThatOfN8N(t *testing.T) {
	byFile := map[string]*workflow.Workflow{}
	entries, err := Entries()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if byFile[e.File], err = workflow.FromValue(e.Workflow); err != nil {
			t.Errorf("%s: %v", e.File, err)
		}
	}
	goldens, err := Goldens()
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 1000 || len(goldens) < 600 {
		t.Fatalf("only %d workflows and %d runs", len(entries), len(goldens))
	}
	for _, g := range goldens {
		if got := replay(t, byFile[g.File], g); !slices.Equal(got, g.Order) {
			t.Errorf("%s: %s", g.File, cmp.Diff(g.Order, got))
		}
	}
}

// replay feeds the recorded outputs to a Walker and returns the order of the nodes.
func replay(t *testing.T, wf *workflow.Workflow, g Golden) []string {
	t.Helper()
	w, err := walk.New(wf, walk.Options{Start: g.Start, Pinned: g.PinData})
	if err != nil {
		t.Fatalf("%s: %v", g.File, err)
	}
	var order []string
	for len(order) <= len(g.Order) {
		steps := w.Ready()
		if len(steps) == 0 {
			break
		}
		s := steps[0]
		run := recorded(g, s, w.History().Runs(s.Node.Name))
		if run.Outputs != nil || run.Failed() { // n8n keeps no trace of runs without any output
			order = append(order, s.Node.Name)
		}
		if err := w.Done(s, run); err != nil {
			t.Fatalf("%s: %v", g.File, err)
		}
	}
	return order
}

func recorded(g Golden, s walk.Step, index int) *workflow.NodeRun {
	run := &workflow.NodeRun{Node: s.Node.Name, Index: s.RunIndex, Status: workflow.RunCompleted, Sources: s.Sources}
	if s.IsPinned {
		run.Outputs = [][]workflow.Item{s.Pinned}
		return run
	}
	runs := g.Nodes[s.Node.Name]
	if index >= len(runs) {
		return run
	}
	r := runs[index]
	if r.Error && g.ErrorNode == s.Node.Name && r.Outputs == nil {
		run.Status = workflow.RunFailed
	}
	if !run.Failed() {
		run.Outputs = [][]workflow.Item{}
	}
	for _, out := range r.Outputs {
		if out == nil {
			run.Outputs = append(run.Outputs, nil)
			continue
		}
		items := make([]workflow.Item, len(out))
		for i, o := range out {
			items[i] = workflow.Item{JSON: o}
		}
		run.Outputs = append(run.Outputs, items)
	}
	return run
}

package corpus

import (
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// least is the share of the checkable nodes that has to agree, in percent.
const least = 98.5

// All workflows are imported, and nearly all nodes of all recorded runs give what
// they gave in n8n.
func TestNodesAgreeWithN8N(t *testing.T) {
	r, err := Player{Registry: nodes.Registry(), Clock: clock.Real()}.Run(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	r.Print(&b, 5)
	if r.Workflows < 1014 || r.Imported < r.Workflows || r.Recorded < 673 || r.Nodes < 1688 || r.Percent() < least {
		t.Errorf("expected %.1f %% agreement on everything:\n%s", least, b.String())
	}
}

// What is imported is given back as it came: the fields that nothing here knows too.
func TestImportKeepsEverything(t *testing.T) {
	entries, err := Entries()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		wf, err := workflow.FromValue(e.Workflow)
		if err != nil {
			t.Errorf("%s: %v", e.File, err)
			continue
		}
		if d := compareValue("workflow", e.Workflow, wf.Raw); d != nil {
			t.Errorf("%s: %s", e.File, d)
		}
	}
}

// A comparison that finds no differences would make the test above worthless.
func TestDifferencesAreFound(t *testing.T) {
	goldens, err := Goldens()
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, g := range goldens {
		for _, name := range g.Checkable {
			want := g.Nodes[name]
			if d := CompareNode(want, nil); len(want) > 0 && d == nil {
				t.Errorf("%s: %q: missing runs were not noticed", g.File, name)
			}
			have := asRuns(want)
			if d := CompareNode(want, have); d != nil {
				t.Errorf("%s: %q: %s", g.File, name, d)
			}
			if !change(have) {
				continue
			}
			changed++
			if d := CompareNode(want, have); d == nil {
				t.Errorf("%s: %q: a changed item was not noticed", g.File, name)
			}
		}
	}
	if changed < 1000 {
		t.Errorf("only %d nodes with items", changed)
	}
}

func asRuns(list []Run) []*workflow.NodeRun {
	var runs []*workflow.NodeRun
	for _, r := range list {
		run := &workflow.NodeRun{}
		if r.Error {
			run.Error = &workflow.NodeError{}
		}
		for _, out := range r.Outputs {
			var items []workflow.Item
			for _, o := range out {
				items = append(items, workflow.Item{JSON: o.Shallow()})
			}
			run.Outputs = append(run.Outputs, items)
		}
		runs = append(runs, run)
	}
	return runs
}

// change adds a field to the last item.
func change(runs []*workflow.NodeRun) bool {
	for _, r := range slices.Backward(runs) {
		for _, out := range slices.Backward(r.Outputs) {
			if len(out) > 0 && out[len(out)-1].JSON != nil {
				out[len(out)-1].JSON.Set("more", true)
				return true
			}
		}
	}
	return false
}

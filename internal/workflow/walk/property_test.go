package walk

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// genFlow draws any graph of up to eight nodes: cycles, several inputs, disabled
// nodes, both orders.
var genFlow = rapid.Custom(func(t *rapid.T) string {
	n := rapid.IntRange(1, 8).Draw(t, "nodes")
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"", "v1 ", "v1 parallel ", "parallel "}).Draw(t, "order"))
	for i := range n {
		fmt.Fprintf(&b, "N%d@%d,%d%s ", i, rapid.IntRange(0, 3).Draw(t, "x"), rapid.IntRange(0, 3).Draw(t, "y"),
			rapid.SampledFrom([]string{"", "", "", ",off", ",always", ",merge", ",choose"}).Draw(t, "flag"))
	}
	for range rapid.IntRange(0, 2*n).Draw(t, "edges") {
		fmt.Fprintf(&b, "N%d.%d>N%d.%d ", rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, 1).Draw(t, "out"),
			rapid.IntRange(0, n-1).Draw(t, "to"), rapid.IntRange(0, 2).Draw(t, "in"))
	}
	return b.String()
})

// script decides what each run of each node gives, by a seed.
func script(seed int) behaviour {
	b := behaviour{}
	for i := range 8 {
		b[fmt.Sprintf("N%d", i)] = func(run int) []int {
			x := (seed*31+i)*17 + run*7 + i*run
			if x%13 == 0 {
				return nil
			}
			return []int{x%4 - 1, (x / 5) % 3}
		}
	}
	return b
}

const propertyRuns = 60

// walkAll runs to the end, taking the ready steps in the order that pick says,
// and returns the steps and runs.
func walkAll(t *rapid.T, wf *workflow.Workflow, b behaviour, pick func(n int) int) (steps []string, runs []*workflow.NodeRun) {
	w, err := New(wf, Options{Start: "N0", MaxRuns: propertyRuns})
	if err != nil {
		t.Fatal(err)
	}
	for range propertyRuns + 1 {
		ready := w.Ready()
		if len(ready) == 0 {
			return steps, runs
		}
		s := ready[pick(len(ready))]
		run := b.perform(s)
		steps, runs = append(steps, describe(s)), append(runs, run)
		if err := w.Done(s, run); err != nil && w.Err() == nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("more than %d node runs", propertyRuns)
	return nil, nil
}

func describe(s Step) string {
	var b []byte
	for _, in := range s.Inputs {
		b = append(workflow.AppendItems(b, in), ' ')
	}
	return fmt.Sprint(s.Node.Name, " ", s.RunIndex, " ", string(b), s.Sources, s.IsPinned)
}

// A run ends within its limit, is the same each time, and is rebuilt step by step
// from its node runs, whatever the order of Go's maps.
func TestReplayGivesTheSameSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wf := flow(t, genFlow.Draw(t, "flow"))
		b := script(rapid.IntRange(0, 1000).Draw(t, "seed"))
		order := rapid.SliceOfN(rapid.IntRange(0, 100), propertyRuns+1, propertyRuns+1).Draw(t, "picks")
		at := 0
		steps, runs := walkAll(t, wf, b, func(n int) int { at++; return order[at-1] % n })
		again, err := workflow.Parse(value.JSON(wf.Raw))
		if err != nil {
			t.Fatal(err)
		}
		w, err := New(again, Options{Start: "N0", MaxRuns: propertyRuns})
		if err != nil {
			t.Fatal(err)
		}
		for i, run := range runs {
			found := ""
			for _, s := range w.Ready() {
				if s.Node.Name == run.Node && s.RunIndex == run.Index {
					found = describe(s)
				}
			}
			if found != steps[i] {
				t.Fatalf("step %d: got %q, want %q", i, found, steps[i])
			}
			if err := w.Feed(run); err != nil && w.Err() == nil {
				t.Fatal(err)
			}
		}
		if !w.Ended() {
			t.Fatal("the rebuilt run goes on")
		}
	})
}

// With parallel branches each step still gets the same items from the same
// places as one after the other, where the workflow has neither cycles nor
// several ways into an input.
func TestParallelGivesTheSameItems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "v1 N0@0,0 N1@1,0 N2@1,1 N3@1,2 N4@2,0,merge N5@3,0 N0>N1 N0>N2 N0.1>N3 N1>N4.0 N2>N4.1 N4>N5 "
		b := script(rapid.IntRange(0, 1000).Draw(t, "seed"))
		for name, f := range b {
			b[name] = func(run int) []int { return append([]int{}, f(run)...) } // never nothing at all
		}
		one, _ := walkAll(t, flow(t, text), b, func(int) int { return 0 })
		at := rapid.IntRange(0, 100).Draw(t, "pick")
		many, _ := walkAll(t, flow(t, "parallel "+text), b, func(n int) int { at += 7; return at % n })
		if len(one) != len(many) {
			t.Fatalf("%q and %q", one, many)
		}
		seen := map[string]bool{}
		for _, s := range one {
			seen[s] = true
		}
		for _, s := range many {
			if !seen[s] {
				t.Fatalf("%q is not among %q", s, one)
			}
		}
	})
}

package execution

import (
	"slices"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// What a called workflow gives is its last node's last run or, if its trigger says so,
// all runs of that node: for each output one after the other.
func TestWhichRunsOfTheLastNodeAreGiven(t *testing.T) {
	run := func(name string, outputs ...[]string) Record {
		r := Record{Run: workflow.NodeRun{Node: name}}
		for _, list := range outputs {
			var items []workflow.Item
			for _, x := range list {
				items = append(items, workflow.Item{JSON: value.Obj("x", x)})
			}
			r.Run.Outputs = append(r.Run.Outputs, items)
		}
		return r
	}
	last, all := run("Trigger", []string{"t"}), run("Trigger", []string{"t"})
	all.Run.State = node.GivesAllRuns()
	loop := []Record{run("End", []string{"a"}), run("Loop", nil, []string{"l"}), run("End", []string{"b"}, []string{"c"})}
	for name, c := range map[string]struct {
		records []Record
		lastRun bool
		want    [][]string
	}{
		"nothing":                 {nil, false, nil},
		"the last run":            {slices.Concat([]Record{last}, loop), false, [][]string{{"b"}, {"c"}}},
		"all runs":                {slices.Concat([]Record{all}, loop), false, [][]string{{"a", "b"}, {"c"}}},
		"the caller wants one":    {slices.Concat([]Record{all}, loop), true, [][]string{{"b"}, {"c"}}},
		"the trigger's own items": {[]Record{all}, false, [][]string{{"t"}}},
	} {
		var got [][]string
		for _, items := range outputsOf(c.records, c.lastRun) {
			var list []string
			for _, it := range items {
				x, _ := it.JSON.Get("x")
				list = append(list, node.Text(x))
			}
			got = append(got, list)
		}
		if !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

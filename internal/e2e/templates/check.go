package templates

import (
	"fmt"
	"maps"
	"slices"

	"github.com/automatelanka/automatelanka/internal/template"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Check compares a run with what its case expects, and names each difference.
func Check(p *Played, want template.Expect) []string {
	out := slices.Clone(p.Problems)
	status := want.Status
	if status == "" {
		status = "completed"
	}
	if p.Status != status {
		out = append(out, fmt.Sprintf("the run is %s, want %s%s", p.Status, status, because(p.Error)))
	}
	if want.Error != "" && (p.Error == nil || string(p.Error.Code) != want.Error) {
		out = append(out, fmt.Sprintf("the error is not %s%s", want.Error, because(p.Error)))
	}
	if last := p.Order[len(p.Order)-1]; want.Last != "" && last != want.Last {
		out = append(out, fmt.Sprintf("the last node is %q, want %q", last, want.Last))
	}
	for _, name := range slices.Sorted(maps.Keys(want.Nodes)) {
		out = append(out, checkNode(name, p.Runs[name], want.Nodes[name])...)
	}
	for _, name := range want.NotRun {
		if n := len(p.Runs[name]); n > 0 {
			out = append(out, fmt.Sprintf("%q has run", name))
		}
	}
	return out
}

func because(e *workflow.NodeError) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf(": %s %s %s", e.Code, e.Message, e.Detail)
}

func checkNode(name string, runs []*workflow.NodeRun, want template.NodeExpect) []string {
	var out []string
	if want.Runs != nil && len(runs) != *want.Runs {
		out = append(out, fmt.Sprintf("%q has run %d times, want %d", name, len(runs), *want.Runs))
	}
	if len(runs) == 0 {
		return append(out, fmt.Sprintf("%q has not run", name))
	}
	var items []workflow.Item
	if last := runs[len(runs)-1]; len(last.Outputs) > 0 {
		items = last.Outputs[0]
	}
	if want.Items != nil && len(items) != *want.Items {
		out = append(out, fmt.Sprintf("%q gives %d items, want %d", name, len(items), *want.Items))
	}
	for i, raw := range want.JSON {
		if i >= len(items) {
			out = append(out, fmt.Sprintf("%q gives no item %d", name, i))
			break
		}
		if diff := lacksJSON(fmt.Sprintf("item %d", i), raw, items[i].JSON); diff != "" {
			out = append(out, fmt.Sprintf("%q: %s", name, diff))
		}
	}
	return out
}

package corpus

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Report is the outcome of the whole corpus.
type Report struct {
	Workflows, Imported int // parsed without an error
	Recorded            int // workflows with a recorded run
	Reached             int // of these: every node that ran unpinned is supported
	Nodes, Agree        int // checkable nodes of the reached ones
	AllNodes            int // checkable nodes of all
	SameEnd             int // reached workflows that ended as in n8n, at the same node
	ByType              map[string]*TypeReport
	Missing             map[string]int // unsupported types, by workflows that need them
	ImportErrors        []string
	Supported           int            // workflows whose every node is supported in its version
	Wanted              map[string]int // what the others lack, by workflows that need it
}

// TypeReport is one node type in one version.
type TypeReport struct {
	Nodes, Agree int
	Differences  []string
}

// Run imports everything and plays all recorded runs.
func (p Player) Run(ctx context.Context, filter string) (*Report, error) {
	r := &Report{ByType: map[string]*TypeReport{}, Missing: map[string]int{}, Wanted: map[string]int{}}
	entries, err := Entries()
	if err != nil {
		return nil, err
	}
	byFile := map[string]*workflow.Workflow{}
	for _, e := range entries {
		r.Workflows++
		wf, err := workflow.FromValue(e.Workflow)
		if err != nil {
			r.ImportErrors = append(r.ImportErrors, e.File+": "+err.Error())
			continue
		}
		r.Imported++
		byFile[e.File] = wf
		r.cover(p, wf)
	}
	goldens, err := Goldens()
	if err != nil {
		return nil, err
	}
	for _, g := range goldens {
		if wf := byFile[g.File]; wf != nil && strings.Contains(g.File, filter) {
			if err := r.play(ctx, p, wf, g); err != nil {
				return nil, fmt.Errorf("%s: %w", g.File, err)
			}
		}
	}
	return r, ctx.Err()
}

// cover counts whether every node of the workflow is supported, and what it lacks.
func (r *Report) cover(p Player, wf *workflow.Workflow) {
	lacks := map[string]bool{}
	for _, n := range wf.Nodes {
		if !p.Registry.Supports(n.Type, n.TypeVersion) {
			lacks[fmt.Sprintf("%s %v", n.Type, n.TypeVersion)] = true
		}
	}
	if len(lacks) == 0 {
		r.Supported++
	}
	for name := range lacks {
		r.Wanted[name]++
	}
}

func (r *Report) play(ctx context.Context, p Player, wf *workflow.Workflow, g Golden) error {
	r.Recorded++
	r.AllNodes += len(g.Checkable)
	missing := map[string]bool{}
	for _, name := range g.Order {
		n := wf.Node(name)
		if _, pinned := g.PinData[name]; !pinned && !n.Disabled && !p.Registry.Supports(n.Type, n.TypeVersion) {
			missing[n.Type] = true
		}
	}
	for typ := range missing {
		r.Missing[typ]++
	}
	if len(missing) > 0 {
		return nil
	}
	r.Reached++
	played, err := p.Play(ctx, wf, g)
	if err != nil {
		return err
	}
	if played.Failed == g.ErrorNode {
		r.SameEnd++
	}
	for _, name := range g.Checkable {
		n := wf.Node(name)
		t := r.typeReport(fmt.Sprintf("%s %v", n.Type, n.TypeVersion))
		t.Nodes++
		r.Nodes++
		if d := CompareNode(g.Nodes[name], played.Runs[name]); d != nil {
			cause := ""
			if played.Failed != "" && played.Failed != g.ErrorNode {
				cause = fmt.Sprintf(" (%q failed: %v)", played.Failed, played.Error)
			}
			t.Differences = append(t.Differences, fmt.Sprintf("%s: %q: %s%s", g.File, name, d, cause))
			continue
		}
		t.Agree++
		r.Agree++
	}
	return nil
}

func (r *Report) typeReport(name string) *TypeReport {
	if r.ByType[name] == nil {
		r.ByType[name] = &TypeReport{}
	}
	return r.ByType[name]
}

// Percent is the share of the checkable nodes within reach that agree.
func (r *Report) Percent() float64 {
	if r.Nodes == 0 {
		return 0
	}
	return 100 * float64(r.Agree) / float64(r.Nodes)
}

// Print writes the report, with up to examples differences for each node type.
func (r *Report) Print(w io.Writer, examples int) {
	fmt.Fprintf(w, "imported  %d of %d workflows\n", r.Imported, r.Workflows)
	for _, e := range r.ImportErrors {
		fmt.Fprintf(w, "          %s\n", e)
	}
	fmt.Fprintf(w, "supported %d of %d workflows in every node (%.1f %%)\n", r.Supported, r.Workflows, 100*float64(r.Supported)/float64(max(1, r.Workflows)))
	fmt.Fprintf(w, "run       %d of %d recorded workflows (all nodes that run are supported); %d end as in n8n\n", r.Reached, r.Recorded, r.SameEnd)
	fmt.Fprintf(w, "agree     %d of %d checkable nodes in these (%.1f %%); %d of %d in all\n\n", r.Agree, r.Nodes, r.Percent(), r.Agree, r.AllNodes)
	for _, name := range sortedBy(r.ByType, func(t *TypeReport) int { return t.Agree - t.Nodes }) {
		t := r.ByType[name]
		fmt.Fprintf(w, "%5d of %5d  %s\n", t.Agree, t.Nodes, name)
		for _, d := range t.Differences[:min(examples, len(t.Differences))] {
			fmt.Fprintf(w, "               %s\n", d)
		}
	}
	if len(r.Missing) > 0 {
		fmt.Fprintln(w, "\nnot supported, by recorded workflows that need them:")
		for _, name := range sortedBy(r.Missing, func(n int) int { return -n }) {
			fmt.Fprintf(w, "%5d  %s\n", r.Missing[name], name)
		}
	}
	r.printWanted(w)
}

// mostWanted is how many of the types that are lacking are printed.
const mostWanted = 25

// printWanted writes the types that most workflows lack.
func (r *Report) printWanted(w io.Writer) {
	names := sortedBy(r.Wanted, func(n int) int { return -n })
	fmt.Fprintf(w, "\nmost wanted of the %d node types that are not supported, by workflows that need them:\n", len(names))
	for _, name := range names[:min(mostWanted, len(names))] {
		fmt.Fprintf(w, "%5d  %s\n", r.Wanted[name], name)
	}
}

func sortedBy[V any](m map[string]V, rank func(V) int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(m[a]), rank(m[b])), strings.Compare(a, b))
	})
	return names
}

package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// wideID is the workflow of parallel branches.
const wideID = ident.Workflow("wf_wide")

// wide is a workflow of parallel branches, each a call.
func wide(t testing.TB, branches int) *workflow.Workflow {
	t.Helper()
	nodes := []string{`{"id":"0","name":"start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0]}`}
	var to []string
	for i := range branches {
		nodes = append(nodes, fmt.Sprintf(`{"id":"%d","name":"http%d","type":"sim.http","typeVersion":1,"position":[200,%d]}`, i+1, i, i))
		to = append(to, fmt.Sprintf(`{"node":"http%d","type":"main","index":0}`, i))
	}
	wf, err := workflow.Parse([]byte(`{"name":"wide","settings":{"executionOrder":"v1","parallelBranches":true},"nodes":[` + strings.Join(nodes, ",") +
		`],"connections":{"start":{"main":[[` + strings.Join(to, ",") + `]]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return wf
}

// BenchmarkParallelBranches is the time for each branch of one run: it must not grow
// with their number.
func BenchmarkParallelBranches(b *testing.B) {
	for _, branches := range []int{100, 500, 1500} {
		b.Run(fmt.Sprint(branches), func(b *testing.B) {
			db, table := openTable(b)
			for i := 0; b.Loop(); i++ {
				w, tn := stillOn(b, db, table, fmt.Sprintf("ten_%d_%d", branches, i), 1)
				w.wfs = map[ident.Workflow]*workflow.Workflow{wideID: wide(b, branches)}
				w.nodes.beside = func() { // the calls of a Map are all open at one time
					if m := w.current; len(m.tasks) > 0 {
						w.runTask(m)
					}
				}
				l, err := w.desk.Launch(context.Background(), execution.Launch{Tenant: tn, WorkflowID: wideID, Trigger: "api"})
				if err != nil {
					b.Fatal(err)
				}
				w.finish(b, execution.Ref{Tenant: tn, ID: l.ID}, branches)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*branches), "µs/branch")
		})
	}
}

// finish plays a run to its end, and holds that each branch was called once.
func (w *world) finish(t testing.TB, ref execution.Ref, branches int) {
	t.Helper()
	for len(w.messages) > 0 {
		m := w.messages[0]
		w.messages = w.messages[1:]
		if err := w.admit.Admit(context.Background(), m.Message); err != nil {
			t.Fatal(err)
		}
		for w.stepFirst() {
		}
	}
	c, err := w.runs.Load(context.Background(), ref)
	if err != nil || c.Status != execution.Completed {
		t.Fatalf("the run is %s (%+v, %v)", c.Status, c.Error, err)
	}
	for i := range branches {
		if n := w.count(ref, fmt.Sprintf("http%d", i)); n != 1 {
			t.Fatalf("branch %d was called %d times", i, n)
		}
	}
}

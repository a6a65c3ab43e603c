package execution

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// meeting is a workflow whose branches A, B and C meet at one input of N.
const meeting = `{"name":"m","settings":{"executionOrder":"v1","parallelBranches":true},"nodes":[
	{"name":"S","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
	{"name":"A","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[1,0],"parameters":{}},
	{"name":"B","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[1,1],"parameters":{}},
	{"name":"C","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[1,2],"parameters":{}},
	{"name":"N","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[2,0],"parameters":{}}],
	"connections":{"S":{"main":[[{"node":"A","type":"main","index":0},{"node":"B","type":"main","index":0},{"node":"C","type":"main","index":0}]]},
	"A":{"main":[[{"node":"N","type":"main","index":0}]]},"B":{"main":[[{"node":"N","type":"main","index":0}]]},
	"C":{"main":[[{"node":"N","type":"main","index":0}]]}}}`

// happened is a record of a node run that began at a second; with a token it ran in
// its function.
func happened(seq int, node string, index, second int, token string) Record {
	return Record{Seq: seq, Token: token, Run: workflow.NodeRun{
		Node: node, Index: index, Status: workflow.RunCompleted, StartedAt: time.Unix(int64(second), 0),
		Outputs: [][]workflow.Item{{{JSON: value.Obj("of", node)}}},
	}}
}

// TestReplayKeepsWhichBranchCameFirst: where branches meet at one input, a run that was
// rebuilt goes on with the branch that has not been followed, and not once more with
// one that has.
func TestReplayKeepsWhichBranchCameFirst(t *testing.T) {
	for name, c := range map[string]struct {
		records []Record
		want    string // where the next run of N has its items from
	}{
		"a pure node before one that ran in its function": {[]Record{
			happened(0, "S", 0, 0, ""), happened(1, "B", 0, 1, ""), happened(2, "N", 0, 2, ""), happened(3, "A", 0, 3, "t")}, "A"},
		"a retry that came late under its early number": {[]Record{
			happened(0, "S", 0, 0, ""), happened(1, "A", 0, 9, "t"), happened(2, "B", 0, 1, "t"), happened(3, "N", 0, 5, "")}, "A"},
		"two in turn": {[]Record{
			happened(0, "S", 0, 0, ""), happened(1, "A", 0, 9, "t"), happened(2, "B", 0, 7, "t"), happened(3, "C", 0, 1, "t"),
			happened(4, "N", 0, 5, ""), happened(5, "N", 1, 8, "")}, "A"},
		"at one moment": {[]Record{
			happened(0, "S", 0, 0, ""), happened(1, "B", 0, 0, ""), happened(2, "N", 0, 0, ""), happened(3, "A", 0, 0, "")}, "A"},
		"times shown as a child's": {[]Record{
			happened(0, "S", 0, 0, ""), happened(1, "A", 0, 3, "t"), happened(2, "N", 0, 4, ""),
			func() Record { r := happened(3, "B", 0, 1, ""); r.Run.Duration = 6 * time.Second; return r }()}, "B"},
	} {
		t.Run(name, func(t *testing.T) {
			st := rebuilt(t, meeting, c.records)
			runs := 0
			for _, r := range c.records {
				if r.Run.Node == "N" {
					runs++
				}
			}
			step, ready := st.step("N", runs)
			if !ready || step.Sources[0].Node != c.want {
				t.Errorf("ready: %v, from %+v; want %s's items", ready, step.Sources, c.want)
			}
		})
	}
}

func rebuilt(t *testing.T, text string, records []Record) *state {
	t.Helper()
	s := statesOf(t, text, &journal{records: records})
	st, err := s.rebuild(t.Context(), Control{Next: len(records)})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// one is a store that has one workflow.
type one struct{ wf *workflow.Workflow }

func (o one) Workflow(context.Context, ident.Tenant, ident.Workflow, int) (*workflow.Workflow, int, error) {
	return o.wf, 1, nil
}

// statesOf rebuilds runs of a workflow from a journal.
func statesOf(t *testing.T, text string, j *journal) *States {
	t.Helper()
	wf, err := workflow.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return &States{Store: j, Workflows: one{wf}}
}

// journal is a store of records that counts how many were read.
type journal struct {
	Store
	records []Record
	read    int
}

func (j *journal) Start(context.Context, Control) (Start, error) { return Start{Mode: "manual"}, nil }

func (j *journal) Records(_ context.Context, c Control, from int) ([]Record, error) {
	var out []Record
	for _, r := range j.records[:c.Next] {
		if r.Seq >= from {
			out = append(out, r)
		}
	}
	j.read += len(out)
	slices.SortFunc(out, func(a, b Record) int { return a.Seq - b.Seq })
	return out, nil
}

// TestParallelBranchesAreReadOnce: however many nodes a run has side by side, and in
// whatever order they end, each of them is rebuilt from what came since, and finds
// what a reader of everything finds.
func TestParallelBranchesAreReadOnce(t *testing.T) {
	const branches, atOnce = 400, 50
	var nodes, targets []string
	records := []Record{happened(0, "S", 0, 0, "")}
	for i := range branches {
		nodes = append(nodes, fmt.Sprintf(`{"name":"B%d","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[1,%d],"parameters":{}}`, i, i))
		targets = append(targets, fmt.Sprintf(`{"node":"B%d","type":"main","index":0}`, i))
		seq := i - i%atOnce + (i*7+3)%atOnce // those that are out at once end in any order
		records = append(records, happened(1+seq, fmt.Sprintf("B%d", seq), 0, 1+i/atOnce, "t"))
	}
	text := `{"name":"w","settings":{"executionOrder":"v1","parallelBranches":true},"nodes":[
		{"name":"S","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},` + strings.Join(nodes, ",") + `],
		"connections":{"S":{"main":[[` + strings.Join(targets, ",") + `]]}}}`
	j := &journal{records: records}
	s := statesOf(t, text, j)
	for version := 1; version <= len(records); version++ {
		st, err := s.rebuild(t.Context(), Control{Next: version})
		if err != nil {
			t.Fatal(err)
		}
		if len(st.done) != version {
			t.Fatalf("at version %d: %d nodes are done", version, len(st.done))
		}
	}
	if most := len(records) * (atOnce + 2); j.read > most {
		t.Errorf("%d records were read, want %d at most: some were read again and again", j.read, most)
	}
	s.forget(Ref{})
	if _, err := s.rebuild(t.Context(), Control{Next: 1}); err != nil || len(s.logs) != 1 {
		t.Errorf("%v, %d logs", err, len(s.logs))
	}
}

// TestNodesThatAreOutTogetherShareOneState: whatever the others have done since, but not
// what was recorded of the node itself, and not after a resume, which may have another
// version of the workflow and other caps.
func TestNodesThatAreOutTogetherShareOneState(t *testing.T) {
	j := &journal{records: []Record{happened(0, "S", 0, 0, ""), happened(2, "B", 0, 1, "t"), happened(1, "A", 0, 1, "t")}}
	sharing := func() (*States, *state) {
		s := statesOf(t, meeting, j)
		st, err := s.rebuild(t.Context(), Control{Next: 1})
		if err != nil {
			t.Fatal(err)
		}
		s.share(Ref{}, st)
		return s, st
	}
	for name, c := range map[string]struct {
		control Control
		task    Task
		shared  bool
	}{
		"nothing has ended since":       {Control{Next: 1}, Task{Node: "A", From: 1}, true},
		"another has ended":             {Control{Next: 2}, Task{Node: "A", From: 1}, true},
		"it has ended: a duplicate":     {Control{Next: 2}, Task{Node: "B", From: 1}, false},
		"it has ended, with others":     {Control{Next: 3}, Task{Node: "A", From: 1}, false},
		"it was handed out later":       {Control{Next: 2}, Task{Node: "A", From: 2}, false},
		"another version, by a resume":  {Control{Next: 1, Version: 2}, Task{Node: "A", From: 1}, false},
		"a resume, which may have caps": {Control{Next: 1, ResumedAt: 2}, Task{Node: "A", From: 1}, false},
	} {
		s, st := sharing()
		got, err := s.base(t.Context(), c.control, c.task)
		if err != nil || (got == st) != c.shared || got != nil && got != st {
			t.Errorf("%s: shared is %v, want %v (%v)", name, got == st, c.shared, err)
		}
	}
	s, st := sharing()
	var together sync.WaitGroup
	for _, name := range []string{"A", "B", "C", "A", "B", "C"} {
		together.Go(func() {
			step, ready := st.step(name, 0)
			if !ready || st.walker.History().Run(step.Sources[0].Node, 0) == nil || st.done[name] {
				t.Errorf("%s is ready: %v, from %+v", name, ready, step.Sources)
			}
		})
	}
	together.Wait()
	newer, err := s.rebuild(t.Context(), Control{Next: 3})
	if err != nil {
		t.Fatal(err)
	}
	s.share(Ref{}, newer)
	s.share(Ref{}, st) // by one that is late
	if got, err := s.base(t.Context(), Control{Next: 3}, Task{Node: "C", From: 3}); err != nil || got != newer {
		t.Errorf("the newest is not shared: %v", err)
	}
	if s.forget(Ref{}); len(s.bases) != 0 {
		t.Error("a run that has ended is kept")
	}
}

// A state that is kept is not taken after a resume that it knows nothing of.
func TestKeptStateIsOfItsVersionAndResume(t *testing.T) {
	s := statesOf(t, meeting, &journal{records: []Record{happened(0, "S", 0, 0, "")}})
	for _, now := range []Control{{Next: 1}, {Next: 1, Version: 2}, {Next: 1, ResumedAt: 2}} {
		st, err := s.rebuild(t.Context(), Control{Next: 1})
		if err != nil {
			t.Fatal(err)
		}
		s.give(Ref{}, st, 1)
		got, err := s.take(t.Context(), now)
		if err != nil || (got == st) != (now.Version == 0 && now.ResumedAt == 0) {
			t.Errorf("%+v: the kept one is taken: %v (%v)", now, got == st, err)
		}
	}
}

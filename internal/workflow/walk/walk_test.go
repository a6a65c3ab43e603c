package walk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// failer is what tests of all kinds have.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// flow builds a workflow from lines like
//
//	A 0,0            a node at a position, with flags: off, always, merge
//	A>B A.1>B.2      connections: output 1 of A to input 2 of B
//	v1 parallel      settings
func flow(t failer, lines ...string) *workflow.Workflow {
	t.Helper()
	var nodes []any
	settings := value.NewObject(0)
	edges := value.NewObject(0)
	for _, line := range lines {
		for _, word := range strings.Fields(line) {
			switch {
			case word == "v1":
				settings.Set("executionOrder", "v1")
			case word == "parallel":
				settings.Set("parallelBranches", true)
			case strings.Contains(word, ">"):
				connect(edges, word)
			case strings.Contains(word, "@"):
				nodes = append(nodes, newNode(word))
			default:
				t.Fatalf("what is %q?", word)
			}
		}
	}
	wf, err := workflow.FromValue(value.Obj("nodes", nodes, "connections", edges, "settings", settings))
	if err != nil {
		t.Fatal(err)
	}
	return wf
}

// newNode reads "A@10,20" or "A@10,20,off,always,merge,choose".
func newNode(word string) *value.Object {
	name, rest, _ := strings.Cut(word, "@")
	parts := strings.Split(rest, ",")
	var x, y float64
	_, _ = fmt.Sscan(parts[0], &x)
	_, _ = fmt.Sscan(parts[1], &y)
	n := value.Obj("name", name, "type", "n8n-nodes-base.noOp", "typeVersion", 3.0, "position", []any{x, y}, "parameters", value.NewObject(0))
	for _, flag := range parts[2:] {
		switch flag {
		case "off":
			n.Set("disabled", true)
		case "always":
			n.Set("alwaysOutputData", true)
		case "merge":
			n.Set("type", "n8n-nodes-base.merge")
		case "choose":
			n.Set("type", "n8n-nodes-base.merge")
			n.Set("parameters", value.Obj("mode", "chooseBranch"))
		}
	}
	return n
}

func connect(edges *value.Object, word string) {
	from, to, _ := strings.Cut(word, ">")
	source, output := port(from)
	target, input := port(to)
	v, _ := edges.Get(source)
	o, ok := v.(*value.Object)
	if !ok {
		o = value.Obj("main", []any{})
		edges.Set(source, o)
	}
	m, _ := o.Get("main")
	slots := m.([]any)
	for len(slots) <= output {
		slots = append(slots, []any{})
	}
	slots[output] = append(slots[output].([]any), value.Obj("node", target, "type", "main", "index", float64(input)))
	o.Set("main", slots)
}

func port(s string) (string, int) {
	name, n, ok := strings.Cut(s, ".")
	if !ok {
		return name, 0
	}
	i := 0
	_, _ = fmt.Sscan(n, &i)
	return name, i
}

func item(n int) workflow.Item { return workflow.Item{JSON: value.Obj("n", float64(n))} }

func items(n int) []workflow.Item {
	out := make([]workflow.Item, n)
	for i := range out {
		out[i] = item(i)
	}
	return out
}

// behaviour says what each run of a node gives: how many items on each output,
// -1 for a nil slot. Nodes that are not named hand on what came in on output 0;
// a nil list is a run that gives nothing at all.
type behaviour map[string]func(run int) []int

func outputs(counts []int) [][]workflow.Item {
	if counts == nil {
		return nil
	}
	out := make([][]workflow.Item, len(counts))
	for i, n := range counts {
		if n >= 0 {
			out[i] = items(n)
		}
	}
	return out
}

func give(counts ...int) func(int) []int { return func(int) []int { return counts } }

// perform is what a node would do.
func (b behaviour) perform(s Step) *workflow.NodeRun {
	run := &workflow.NodeRun{Node: s.Node.Name, Index: s.RunIndex, Status: workflow.RunCompleted, Sources: s.Sources}
	switch f := b[s.Node.Name]; {
	case s.IsPinned:
		run.Outputs = [][]workflow.Item{s.Pinned}
	case f != nil:
		run.Outputs = outputs(f(s.RunIndex))
	case s.Node.AlwaysOutputData:
		run.Outputs = [][]workflow.Item{items(1)}
	default:
		in := Feeding(&workflow.Workflow{Settings: workflow.Settings{ExecutionOrder: "v1"}}, s.Inputs)
		if in == nil {
			in = []workflow.Item{}
		}
		run.Outputs = [][]workflow.Item{in}
	}
	return run
}

// trace runs a workflow and writes down each step: name, and the number of items
// on each input, "-" for a nil one.
func trace(t testing.TB, w *Walker, b behaviour) string {
	t.Helper()
	var out []string
	for range 200 {
		steps := w.Ready()
		if len(steps) == 0 {
			return strings.Join(out, " ")
		}
		s := steps[0]
		counts := make([]string, len(s.Inputs))
		for i, in := range s.Inputs {
			if counts[i] = "-"; in != nil {
				counts[i] = fmt.Sprint(len(in))
			}
		}
		out = append(out, s.Node.Name+"("+strings.Join(counts, ",")+")")
		if err := w.Done(s, b.perform(s)); err != nil {
			return strings.Join(out, " ") + " !" + err.Error()
		}
	}
	t.Fatal("the run does not end")
	return ""
}

func start(t testing.TB, wf *workflow.Workflow, opt Options) *Walker {
	t.Helper()
	if opt.Start == "" {
		opt.Start = wf.Nodes[0].Name
	}
	w, err := New(wf, opt)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		flow  string
		opt   Options
		nodes behaviour
		want  string
	}{
		{"a line", "v1 A@0,0 B@1,0 C@2,0 A>B B>C", Options{}, nil, "A(1) B(1) C(1)"},
		{"depth first, top before bottom", "v1 A@0,0 Low@1,9 Top@1,1 LowNext@2,9 TopNext@2,1 A>Low A>Top Low>LowNext Top>TopNext", Options{}, nil, "A(1) Top(1) TopNext(1) Low(1) LowNext(1)"},
		{"left before right on one height", "v1 A@0,0 R@9,5 L@1,5 A>R A>L", Options{}, nil, "A(1) L(1) R(1)"},
		{"same place: as connected, last first", "v1 A@0,0 X@1,1 Y@1,1 A>X A>Y", Options{}, nil, "A(1) Y(1) X(1)"},
		{"legacy is breadth first, as connected", "A@0,0 Low@1,9 Top@1,1 LowNext@2,9 TopNext@2,1 A>Low A>Top Low>LowNext Top>TopNext", Options{}, nil, "A(1) Low(1) Top(1) LowNext(1) TopNext(1)"},
		{"empty outputs feed nothing", "v1 A@0,0 B@1,0 C@1,5 A.0>B A.1>C", Options{}, behaviour{"A": give(0, 2)}, "A(1) C(2)"},
		{"nil outputs feed nothing", "v1 A@0,0 B@1,0 C@1,5 A.0>B A.1>C", Options{}, behaviour{"A": give(-1, 2)}, "A(1) C(2)"},
		{"disabled passes on", "v1 A@0,0 B@1,0,off C@2,0 A>B B>C", Options{}, nil, "A(1) B(1) C(1)"},
		{"pinned", "v1 A@0,0 B@1,0 C@2,0 A>B B>C", Options{Pinned: map[string][]workflow.Item{"B": items(3)}}, nil, "A(1) B(1) C(3)"},
		{"start items", "v1 A@0,0 B@1,0 A>B", Options{StartItems: items(2)}, nil, "A(2) B(2)"},
		{"start in the middle", "v1 A@0,0 B@1,0 C@2,0 A>B B>C", Options{Start: "B"}, nil, "B(1) C(1)"},
		{"to a destination", "v1 A@0,0 B@1,0 C@2,0 D@1,5 A>B B>C A>D", Options{Destination: "B"}, nil, "A(1) B(1)"},
		{"merge waits for both", "v1 A@0,0 B@1,0 C@1,5 M@2,0,merge D@3,0 A>B A>C B>M.0 C>M.1 M>D", Options{}, nil, "A(1) B(1) C(1) M(1,1) D(1)"},
		{"merge starts with what there is", "v1 A@0,0 B@1,0 C@1,5 M@2,0,merge D@3,0 A.0>B A.1>C B>M.0 C>M.1 M>D", Options{}, behaviour{"A": give(0, 2)}, "A(1) C(2) M(0,2) D(2)"},
		{"choosing a branch needs both", "v1 A@0,0 B@1,0 C@1,5 M@2,0,choose A.0>B A.1>C B>M.0 C>M.1", Options{}, behaviour{"A": give(0, 2)}, "A(1) C(2)"},
		{"both branches twice", "v1 A@0,0 B@1,0 C@1,5 M@2,0,merge A>B A>C B>M.0 B>M.0 C>M.1 C>M.1", Options{}, nil, "A(1) B(1) C(1) M(1,1) M(1,1)"},
		{"nested merges: the upper first", "v1 A@0,0 B@1,0 M@2,0,merge N@3,0,merge A.0>B A.1>M.1 B>M.0 M>N.0 A.2>N.1", Options{}, behaviour{"A": give(0, 1, 1)}, "A(1) M(0,1) N(1,1)"},
		{"a run without any output", "v1 A@0,0 B@1,0 C@2,0 A>B B>C", Options{}, behaviour{"B": func(int) []int { return nil }}, "A(1) B(1)"},
		{"loop", "v1 A@0,0 L@1,0 B@2,0 D@2,9 A>L L.1>B B>L L.0>D", Options{}, behaviour{"L": func(run int) []int {
			if run < 2 {
				return []int{0, 1}
			}
			return []int{2, 0}
		}}, "A(1) L(1) B(1) L(1) B(1) L(1) D(2)"},
		{"legacy merge with an empty branch does not run", "A@0,0 B@1,0 C@1,5 M@2,0,merge A.0>B A.1>C B>M.0 C>M.1", Options{}, behaviour{"A": give(0, 2)}, "A(1) C(2) B(1) M(1,2)"},
		{"legacy pulls idle branches", "A@0,0 X@0,9 Y@1,9 M@2,0,merge A>M.0 X>Y Y>M.1", Options{}, nil, "A(1) X(1) Y(1) M(1,1)"},
		{"always output data runs without items", "A@0,0 B@1,0 M@2,0,merge,always A.0>M.0 A.1>M.1", Options{}, behaviour{"A": give(-1, 0)}, "A(1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := trace(t, start(t, flow(t, c.flow), c.opt), c.nodes)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFailureEndsTheRun(t *testing.T) {
	w := start(t, flow(t, "v1 A@0,0 B@1,0 C@1,5 A>B A>C"), Options{})
	a := w.Ready()[0]
	if err := w.Done(a, behaviour{}.perform(a)); err != nil {
		t.Fatal(err)
	}
	b := w.Ready()[0]
	if err := w.Done(b, &workflow.NodeRun{Node: "B", Status: workflow.RunFailed}); err != nil {
		t.Fatal(err)
	}
	if !w.Ended() || w.Err() != nil || w.Last().Node != "B" || w.History().Runs("B") != 1 {
		t.Errorf("ended %v, error %v, last %v", w.Ended(), w.Err(), w.Last())
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, flow string
		code       fault.Code
		node, says string
	}{
		{"loop limit", "v1 A@0,0 B@1,0 A>B B>A", fault.CodeLoopLimit, "A", `at node "A" after 50 node runs`},
		{"missing target", "v1 A@0,0 B@1,0 A>B B>Gone", fault.CodeValidation, "B", `"B" is connected to "Gone", which does not exist`},
		{"doubled name", "v1 A@0,0 B@1,0 B@2,0 A>B", fault.CodeValidation, "B", `2 nodes have the name "B"`},
	} {
		w := start(t, flow(t, c.flow), Options{MaxRuns: 50})
		got := trace(t, w, nil)
		if w.Err() == nil || w.Err().Code != c.code || w.ErrNode() != c.node || !strings.Contains(got, c.says) || !w.Ended() {
			t.Errorf("%s: %v at %q; %s", c.name, w.Err(), w.ErrNode(), got)
		}
	}
	wf := flow(t, "v1 A@0,0")
	for _, opt := range []Options{{}, {Start: "Z"}, {Start: "A", Destination: "Z"}} {
		wf := wf
		if opt.Start == "" {
			wf = flow(t, "v1 A@0,0 B@0,0")
		}
		if _, err := New(wf, opt); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v gave %v", opt, err)
		}
	}
}

// Branches that double at every node must not fill the memory.
func TestMultiplyingBranchesAreStopped(t *testing.T) {
	w := start(t, flow(t, "A@0,0 "+strings.Repeat("A>A ", 50)), Options{MaxRuns: 1_000_000})
	for range 100_000 {
		steps := w.Ready()
		if len(steps) == 0 {
			break
		}
		if err := w.Done(steps[0], behaviour{}.perform(steps[0])); err != nil {
			break
		}
	}
	if w.Err() == nil || w.Err().Code != fault.CodeLoopLimit {
		t.Errorf("error %v", w.Err())
	}
}

func TestDoneRefusesWhatWasNotReady(t *testing.T) {
	w := start(t, flow(t, "v1 A@0,0 B@1,0 A>B"), Options{})
	a := w.Ready()[0]
	if err := w.Done(Step{Node: a.Node, RunIndex: 7}, &workflow.NodeRun{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	if err := w.Feed(&workflow.NodeRun{Node: "B"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	if err := w.Feed(behaviour{}.perform(a)); err != nil {
		t.Error(err)
	}
	if err := w.Done(a, behaviour{}.perform(a)); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same step twice gave %v", err)
	}
}

func TestParallelBranchesAreReadyTogether(t *testing.T) {
	w := start(t, flow(t, "v1 parallel A@0,0 B@1,0 C@1,5 M@2,0,merge A>B A>C B>M.0 C>M.1"), Options{})
	a := w.Ready()[0]
	if err := w.Done(a, behaviour{}.perform(a)); err != nil {
		t.Fatal(err)
	}
	ready := w.Ready()
	if len(ready) != 2 || ready[0].Node.Name != "B" || ready[1].Node.Name != "C" {
		t.Fatalf("ready: %v", ready)
	}
	if len(w.Ready()) != 2 {
		t.Fatal("asking again changed what is ready")
	}
	for _, s := range []Step{ready[1], ready[0]} { // the other way round
		if err := w.Done(s, behaviour{}.perform(s)); err != nil {
			t.Fatal(err)
		}
	}
	if m := w.Ready(); len(m) != 1 || m[0].Node.Name != "M" || m[0].Sources[0].Node != "B" || m[0].Sources[1].Node != "C" {
		t.Errorf("then ready: %+v", m)
	}
}

func TestStateAndSourcesOfALoop(t *testing.T) {
	w := start(t, flow(t, "v1 A@0,0 B@1,0 A>B B>A"), Options{MaxRuns: 10})
	a := w.Ready()[0]
	run := behaviour{}.perform(a)
	run.State = value.Obj("at", 1.0)
	if err := w.Done(a, run); err != nil {
		t.Fatal(err)
	}
	b := w.Ready()[0]
	if b.State != nil || b.Sources[0] != (workflow.Source{Node: "A"}) {
		t.Errorf("B got %+v", b)
	}
	if err := w.Done(b, behaviour{}.perform(b)); err != nil {
		t.Fatal(err)
	}
	if again := w.Ready()[0]; again.RunIndex != 1 || !value.Equal(again.State, run.State) || again.Start {
		t.Errorf("A got %+v", again)
	}
}

func TestStartNode(t *testing.T) {
	wf, err := workflow.Parse([]byte(`{"nodes":[{"name":"S","type":"n8n-nodes-base.set"},{"name":"H","type":"n8n-nodes-base.webhook","disabled":true},
		{"name":"G","type":"n8n-nodes-base.gmailTrigger"},{"name":"M","type":"n8n-nodes-base.manualTrigger"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := StartNode(wf); n == nil || n.Name != "M" {
		t.Errorf("got %v", n)
	}
	wf.Nodes = wf.Nodes[:3]
	if n := StartNode(wf); n == nil || n.Name != "G" {
		t.Errorf("got %v", n)
	}
	wf.Nodes = wf.Nodes[:2]
	if n := StartNode(wf); n != nil {
		t.Errorf("got %v", n)
	}
}

func BenchmarkTenNodes(b *testing.B) {
	line := "v1 A0@0,0 "
	for i := 1; i < 10; i++ {
		line += fmt.Sprintf("A%d@%d,0 A%d>A%d ", i, i, i-1, i)
	}
	wf := flow(b, line)
	run := &workflow.NodeRun{Status: workflow.RunCompleted, Outputs: [][]workflow.Item{items(1)}}
	b.ReportAllocs()
	for b.Loop() {
		w, _ := New(wf, Options{Start: "A0"})
		for steps := w.Ready(); len(steps) > 0; steps = w.Ready() {
			_ = w.Done(steps[0], run)
		}
	}
}

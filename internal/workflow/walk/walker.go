package walk

import (
	"iter"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// DefaultMaxRuns is how many node runs an execution may have if Options leave it open.
const DefaultMaxRuns = 10_000

// maxStack bounds the steps that wait their turn, whatever a workflow's shape.
const maxStack = 20_000

// Walker holds where a run stands. It is not safe for concurrent use.
type Walker struct {
	wf      *workflow.Workflow
	opt     Options
	legacy  bool            // order v0
	filter  map[string]bool // the nodes that may run; nil: all
	stack   []entry         // the next one is last in order v1, first in v0
	waiting waitList
	runs    map[string][]*workflow.NodeRun
	silent  map[string]int           // runs that gave nothing at all, by node
	states  map[string]*value.Object // what nodes keep for their next run
	count   int                      // node runs so far
	ready   readyList                // handed out by Ready and not yet Done
	lastTry runKey                   // put back for lack of data
	err     *fault.Error
	errAt   string
	stopped bool // a node run failed
	last    *workflow.NodeRun
}

// entry is one element of n8n's execution stack.
type entry struct {
	node    *workflow.Node
	inputs  [][]workflow.Item
	sources []workflow.Source
	start   bool
}

// runKey names a coming run of a node.
type runKey struct {
	node  *workflow.Node
	index int
}

// New begins a run. Errors are fault.Invalid: no such start or destination node.
func New(wf *workflow.Workflow, opt Options) (*Walker, error) {
	if opt.MaxRuns <= 0 {
		opt.MaxRuns = DefaultMaxRuns
	}
	w := &Walker{
		wf: wf, opt: opt, legacy: wf.Settings.ExecutionOrder != "v1",
		runs: make(map[string][]*workflow.NodeRun, len(wf.Nodes)), silent: map[string]int{}, states: map[string]*value.Object{},
	}
	if opt.Destination != "" {
		if wf.Node(opt.Destination) == nil {
			return nil, fault.New(fault.Invalid, fault.CodeValidation, "There is no node %q to run to.", opt.Destination)
		}
		w.filter = ancestors(wf, opt.Destination)
		w.filter[opt.Destination] = true
	}
	start, err := startNode(wf, opt)
	if err != nil {
		return nil, err
	}
	items := opt.StartItems
	if items == nil {
		items = []workflow.Item{workflow.EmptyItem()}
	}
	w.push(entry{node: start, inputs: [][]workflow.Item{items}, sources: []workflow.Source{{}}, start: true})
	return w, nil
}

// Ready returns the steps that can run now and have not been reported Done, in
// order: at most one, or several independent ones where the workflow's settings
// ask for parallel branches. It is empty when the run has ended.
func (w *Walker) Ready() []Step { return slices.Collect(w.Steps()) }

// Steps goes through what Ready returns; no step may be reported Done meanwhile.
func (w *Walker) Steps() iter.Seq[Step] {
	if !w.fill() {
		return func(func(Step) bool) {}
	}
	return w.ready.all()
}

// Step returns one of the steps that Ready returns.
func (w *Walker) Step(node string, index int) (Step, bool) {
	if !w.fill() {
		return Step{}, false
	}
	return w.ready.find(w.wf.Node(node), index)
}

// fill takes what can run from the stack; false if the run cannot go on.
func (w *Walker) fill() bool {
	if w.err != nil || w.stopped {
		return false
	}
	for w.ready.len() == 0 || w.wf.Settings.Parallel {
		step, ok := w.next()
		if !ok {
			break
		}
		w.ready.add(step)
	}
	return w.err == nil
}

// Done reports the end of a step that Ready gave. A completed run whose Outputs
// are nil gave nothing at all: as in n8n it leaves no trace in the History. An
// error is either a Conflict (the step was not ready: the checkpoints do not
// belong to this workflow), or Err: the run cannot go on.
func (w *Walker) Done(step Step, run *workflow.NodeRun) error {
	if _, due := w.ready.find(step.Node, step.RunIndex); !due {
		return notDue(step.Node.Name, step.RunIndex)
	}
	w.ready.remove(step.Node)
	w.record(step.Node.Name, run)
	if run.Failed() {
		w.stopped = true
		return nil
	}
	if w.stopped {
		return nil
	}
	if run.Outputs != nil && step.Node.Name != w.opt.Destination {
		w.follow(step.Node, run)
	} else if !w.wf.Settings.Parallel {
		return w.look() // n8n does not ask for waiting nodes then; side by side it must not depend on who is last
	}
	if len(w.stack) == 0 && w.ready.len() == 0 && w.err == nil {
		w.startWaiting()
	}
	return w.look()
}

// look finds out what is next, so that a run that cannot go on is known at once.
func (w *Walker) look() error {
	w.fill()
	if w.err != nil {
		return w.err
	}
	return nil
}

func (w *Walker) record(name string, run *workflow.NodeRun) {
	w.count++
	w.last = run
	if run.State != nil {
		w.states[name] = run.State
	}
	if run.Outputs == nil && !run.Failed() {
		w.silent[name]++
		return
	}
	w.runs[name] = append(w.runs[name], run)
}

func notDue(name string, index int) error {
	return fault.New(fault.Conflict, fault.CodeConflict, "The node %q (run %d) was not due to run.", name, index)
}

// Feed reports a checkpointed run: the step of its node and run index is looked
// for among those that are ready.
func (w *Walker) Feed(run *workflow.NodeRun) error {
	if s, due := w.Step(run.Node, run.Index); due {
		return w.Done(s, run)
	}
	return notDue(run.Node, run.Index)
}

// Ended reports whether nothing more will run. Steps that are out may still be
// reported Done.
func (w *Walker) Ended() bool { return !w.fill() || w.ready.len() == 0 }

// Err is why the run cannot go on although no node failed (LOOP_LIMIT, a
// connection to a node that does not exist); nil otherwise.
func (w *Walker) Err() *fault.Error { return w.err }

// ErrNode is the node that Err is about.
func (w *Walker) ErrNode() string { return w.errAt }

// Last is the node run that was reported last, nil before the first.
func (w *Walker) Last() *workflow.NodeRun { return w.last }

// History is what has run so far, by n8n's run indexes: runs that gave nothing at
// all do not count. It grows with the Walker.
func (w *Walker) History() workflow.History { return (*history)(w) }

type history Walker

func (h *history) Runs(node string) int { return len(h.runs[node]) }

func (h *history) Run(node string, index int) *workflow.NodeRun {
	if runs := h.runs[node]; index >= 0 && index < len(runs) {
		return runs[index]
	}
	return nil
}

package walk

import (
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// push puts an entry where n8n does: first to run in order v1 (depth first),
// last in v0 (breadth first).
func (w *Walker) push(e entry) {
	if len(w.stack) >= maxStack {
		w.fail(e.node, fault.New(fault.LimitExceeded, fault.CodeLoopLimit,
			"More than %d node runs wait their turn, %q among them; the workflow's branches multiply without end.", maxStack, e.node.Name))
		return
	}
	w.stack = append(w.stack, e)
}

func (w *Walker) pop() entry {
	if w.legacy {
		e := w.stack[0]
		w.stack[0] = entry{}
		w.stack = w.stack[1:]
		return e
	}
	e := w.stack[len(w.stack)-1]
	w.stack[len(w.stack)-1] = entry{}
	w.stack = w.stack[:len(w.stack)-1]
	return e
}

// onStack reports whether a node waits its turn or runs now.
func (w *Walker) onStack(name string) bool {
	for i := range w.stack {
		if w.stack[i].node.Name == name {
			return true
		}
	}
	return false
}

// next takes the next entry that really runs from the stack.
func (w *Walker) next() (Step, bool) {
	for tries := len(w.stack); tries >= 0; tries-- {
		if len(w.stack) == 0 || w.err != nil || w.busyNext() {
			return Step{}, false
		}
		e := w.pop()
		name := e.node.Name
		if w.filter != nil && !w.filter[name] {
			continue
		}
		if !w.hasInput(e) {
			w.putBack(e, tries)
			continue
		}
		if w.skips(e) {
			continue
		}
		if !w.mayRun(e.node) {
			return Step{}, false
		}
		return w.step(e), true
	}
	return Step{}, false
}

// busyNext reports whether the next entry's node is running now: one node runs
// once at a time.
func (w *Walker) busyNext() bool {
	at := len(w.stack) - 1
	if w.legacy {
		at = 0
	}
	return w.ready.has(w.stack[at].node)
}

// mayRun refuses the node run that is one too many, and nodes whose name is not their own.
func (w *Walker) mayRun(n *workflow.Node) bool {
	if w.count+w.ready.len() >= w.opt.MaxRuns {
		w.fail(n, fault.New(fault.LimitExceeded, fault.CodeLoopLimit,
			"The execution was stopped at node %q after %d node runs (%q ran %d times). Does a loop never end?",
			n.Name, w.opt.MaxRuns, n.Name, len(w.runs[n.Name])))
		return false
	}
	if w.opt.MaxRepeats > 0 && len(w.runs[n.Name])+w.silent[n.Name] >= w.opt.MaxRepeats {
		w.fail(n, fault.New(fault.LimitExceeded, fault.CodeLoopLimit,
			"Node %q ran %d times, as often as the workflow's setting maxLoopRuns allows. Raise it and resume, if the loop is to go on.",
			n.Name, w.opt.MaxRepeats))
		return false
	}
	if len(w.wf.Problems()) == 0 {
		return true
	}
	if twins := w.wf.Twins(n.Name); twins != nil {
		w.fail(n, fault.New(fault.Invalid, fault.CodeValidation,
			"%d nodes have the name %q, so connections to it are ambiguous. Rename them.", len(twins), n.Name))
		return false
	}
	return true
}

func (w *Walker) step(e entry) Step {
	name := e.node.Name
	s := Step{
		Node: e.node, RunIndex: len(w.runs[name]) + w.silent[name], Inputs: e.inputs, Sources: e.sources,
		Start: e.start, State: w.states[name],
	}
	if pin, ok := w.opt.Pinned[e.node.Name]; ok && !e.node.Disabled {
		s.Pinned, s.IsPinned = pin, true
	}
	return s
}

// hasInput is n8n's check before a node runs: in the legacy order every
// connected input must have been fed.
func (w *Walker) hasInput(e entry) bool {
	if !w.legacy {
		return true
	}
	for i := range w.wf.Incoming(e.node.Name) {
		if !leadsSomewhere(w.wf, e.node.Name, i) {
			return true
		}
		if len(e.inputs) < i || (i < len(e.inputs) && e.inputs[i] == nil) {
			return false
		}
	}
	return true
}

// putBack returns an entry without data to the end of the stack. The same one
// twice in a row, or nothing but such entries, means that the data never comes.
func (w *Walker) putBack(e entry, tries int) {
	try := runKey{e.node, len(w.runs[e.node.Name])}
	if w.lastTry == try || tries == 0 {
		w.fail(e.node, fault.New(fault.Invalid, fault.CodeLoopLimit, "The node %q waits for data that never comes.", e.node.Name))
		return
	}
	w.lastTry = try
	w.push(e)
}

// skips reports whether a node is passed over without a run because nothing
// reached it. In the legacy order only the first input counts.
func (w *Walker) skips(e entry) bool {
	if e.start || e.node.AlwaysOutputData {
		return false
	}
	if _, pinned := w.opt.Pinned[e.node.Name]; pinned && !e.node.Disabled {
		return false
	}
	if e.node.Disabled {
		return len(e.inputs) == 0 || e.inputs[0] == nil
	}
	return len(Feeding(w.wf, e.inputs)) == 0
}

// Feeding returns the input that decides whether a node runs, and which its
// expressions see as the current items: the first one, or in order v1 the first
// that is not empty.
func Feeding(wf *workflow.Workflow, inputs [][]workflow.Item) []workflow.Item {
	if wf.Settings.ExecutionOrder == "v1" {
		for _, in := range inputs {
			if len(in) > 0 {
				return in
			}
		}
	}
	if len(inputs) == 0 {
		return nil
	}
	return inputs[0]
}

func (w *Walker) fail(n *workflow.Node, err *fault.Error) {
	if w.err == nil {
		w.err, w.errAt = err, n.Name
	}
}

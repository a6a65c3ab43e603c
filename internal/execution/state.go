package execution

import (
	"context"
	"slices"
	"sync"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// runID names one node run of an execution.
type runID struct {
	node  string
	index int
}

// state is an execution rebuilt in memory: the walker fed with all completed
// node runs. It belongs to one goroutine at a time, or is shared (States.share) and
// not changed any more.
type state struct {
	wf      *workflow.Workflow
	walker  *walk.Walker
	start   Start
	caps    workflow.Caps
	version int              // checkpoint version it was built from
	as      asOf             // what else it was built from
	log     *recordLog       // of the records that it was fed with; nil without parallel branches
	maxSeq  int              // highest sequence number seen, -1 for none
	failed  map[runID]Record // failed records that nothing superseded
	done    map[string]bool  // nodes that completed
	// awaiting are those that have had their effect and wait for an answer.
	awaiting map[runID]Record
	looking  sync.Mutex // of those who look for their steps in a state that they share
}

// asOf is what a state depends on beside its checkpoints: the workflow's version, and
// the resume after which it was built, since a resume reads the caps anew.
type asOf struct{ workflow, resumed int }

func asOfNow(c Control) asOf { return asOf{c.Version, c.ResumedAt} }

// States rebuilds executions and keeps a few of them in memory, so that the next
// step on a warm instance reads nothing twice.
type States struct {
	Store     Store
	Workflows Workflows

	mu   sync.Mutex
	kept map[Ref]*state
	logs map[Ref]*recordLog // of executions with parallel branches
	// bases are what the nodes of such an execution that are out at one time run from;
	// nobody changes them.
	bases map[Ref]*state
}

// keepStates bounds the states kept in memory.
const keepStates = 256

// take returns the execution's state as of the control item. The caller owns it
// until it gives it back.
func (s *States) take(ctx context.Context, c Control) (*state, error) {
	s.mu.Lock()
	st := s.kept[c.Ref]
	delete(s.kept, c.Ref)
	s.mu.Unlock()
	if st != nil && st.version == c.Next && st.as == asOfNow(c) {
		return st, nil
	}
	return s.rebuild(ctx, c)
}

// give keeps the state for the next step, as of a checkpoint version.
func (s *States) give(ref Ref, st *state, version int) {
	st.version = version
	s.mu.Lock()
	defer s.mu.Unlock()
	keep(&s.kept, ref, st, keepStates)
}

// keep adds to what is kept of executions in memory; an arbitrary one goes when there are most.
func keep[T any](kept *map[Ref]T, ref Ref, x T, most int) {
	if *kept == nil {
		*kept = map[Ref]T{}
	}
	for old := range *kept {
		if len(*kept) < most {
			break
		}
		delete(*kept, old)
	}
	(*kept)[ref] = x
}

// begin is what the execution runs and began with.
func (s *States) begin(ctx context.Context, c Control) (*workflow.Workflow, Start, error) {
	start, err := s.Store.Start(ctx, c)
	if err != nil {
		return nil, start, err
	}
	if start.Workflow != nil {
		wf, err := workflow.Parse(start.Workflow)
		return wf, start, err
	}
	wf, _, err := s.Workflows.Workflow(ctx, c.Tenant, c.WorkflowID, c.Version)
	return wf, start, err
}

func (s *States) rebuild(ctx context.Context, c Control) (*state, error) {
	wf, start, err := s.begin(ctx, c)
	if err != nil {
		return nil, err
	}
	st := &state{wf: wf, start: start, version: c.Next, as: asOfNow(c), maxSeq: -1, failed: map[runID]Record{}, done: map[string]bool{}, awaiting: map[runID]Record{}}
	if st.caps, err = s.caps(ctx, c, wf, start); err != nil {
		return nil, err
	}
	if st.walker, err = newWalker(wf, start, st.caps); err != nil {
		return nil, err
	}
	if c.Next == 0 {
		return st, nil
	}
	if !wf.Settings.Parallel {
		all, err := s.Store.Records(ctx, c, 0)
		if err != nil {
			return nil, err
		}
		return st, st.feed(pointers(all))
	}
	if st.log, err = s.read(ctx, c); err != nil {
		return nil, err
	}
	return st, st.feed(slices.Concat(st.log.first, st.log.after))
}

// caps are the caps of node runs: those that the workflow's author allows now, so
// that raising one is enough to resume a run that was stopped by it.
func (s *States) caps(ctx context.Context, c Control, wf *workflow.Workflow, start Start) (workflow.Caps, error) {
	own := wf.Settings.Caps
	if own.NodeRuns == 0 && own.Repeats == 0 && own.SubRuns == 0 || start.Workflow != nil {
		return own, nil
	}
	current, _, err := s.Workflows.Workflow(ctx, c.Tenant, c.WorkflowID, 0)
	if fault.Is(err, fault.NotFound) { // deleted; its runs go on
		return own, nil
	}
	if err != nil {
		return own, err
	}
	return current.Settings.Caps, nil
}

func newWalker(wf *workflow.Workflow, start Start, caps workflow.Caps) (*walk.Walker, error) {
	first := start.Node
	if first == "" {
		n := StartNode(wf, start.Mode)
		if n == nil {
			return nil, fault.New(fault.Invalid, fault.CodeValidation, "The workflow has no node to start from.")
		}
		first = n.Name
	}
	runs := walk.DefaultMaxRuns
	if caps.NodeRuns > 0 {
		runs = min(runs, caps.NodeRuns)
	}
	return walk.New(wf, walk.Options{
		Start: first, StartItems: start.Items, Pinned: start.Pinned, Destination: start.Destination, MaxRuns: runs, MaxRepeats: caps.Repeats,
	})
}

// feed replays records into the walker, in the order in which they came about: where
// branches meet at one input, it decides which run is that of which branch. A record
// whose step is not ready yet waits for those before it.
func (st *state) feed(records []*Record) error {
	last := make(map[runID]*Record, len(records))
	for _, r := range records {
		st.maxSeq = max(st.maxSeq, r.Seq)
		last[runID{r.Run.Node, r.Run.Index}] = r
	}
	waiting := make([]*Record, 0, len(last))
	for id, r := range last {
		if r.Run.Failed() {
			st.failed[id] = *r
			continue
		}
		if _, waits := Awaits(&r.Run); waits {
			st.awaiting[id] = *r
			continue
		}
		waiting = append(waiting, r)
	}
	inOrder(waiting)
	for len(waiting) > 0 {
		left, err := st.pass(waiting)
		if err != nil {
			return err
		}
		if len(left) == len(waiting) {
			return fault.New(fault.Conflict, fault.CodeConflict,
				"The checkpoint of node %q does not fit this version of the workflow; resume with the version that the execution began with.", left[0].Run.Node)
		}
		waiting = left
	}
	return nil
}

// pass feeds the records whose steps are ready when it comes to them, and returns the others.
func (st *state) pass(waiting []*Record) (left []*Record, err error) {
	for _, r := range waiting {
		step, ready := st.walker.Step(r.Run.Node, r.Run.Index)
		if !ready {
			left = append(left, r)
			continue
		}
		if err := st.complete(step, &r.Run); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// complete feeds one finished node run.
func (st *state) complete(step walk.Step, run *workflow.NodeRun) error {
	st.done[step.Node.Name] = true
	delete(st.failed, runID{step.Node.Name, step.RunIndex})
	delete(st.awaiting, runID{step.Node.Name, step.RunIndex})
	return st.walker.Done(step, run)
}

// failure is the failed node run that ends the execution, nil if none does. Failures
// before the last resume do not count any more, save an unknown outcome that nobody
// has decided on: whatever else failed meanwhile, it is asked for first. Of several
// the first counts.
func (st *state) failure(c Control) *Record {
	var found *Record
	for _, r := range st.failed {
		counts := r.Generation >= c.ResumedAt || undecided(r) && c.Outcome == ""
		if counts && (found == nil || comesFirst(r, *found)) {
			found = &r
		}
	}
	return found
}

func comesFirst(a, b Record) bool {
	if undecided(a) != undecided(b) {
		return undecided(a)
	}
	return a.Seq < b.Seq
}

// undecided reports whether a record needs a decision on its unknown outcome. One of
// a sub-workflow's node is decided on there.
func undecided(r Record) bool {
	return r.Run.Error != nil && r.Run.Error.Code == fault.CodeNodeOutcomeUnknown && r.Run.Error.Child == ""
}

// step returns the step of a node run, if it is ready: one that waits for its answer
// has run.
func (st *state) step(node string, index int) (walk.Step, bool) {
	st.looking.Lock()
	defer st.looking.Unlock()
	s, ready := st.walker.Step(node, index)
	return s, ready && !st.awaits(s)
}

// nextSeq returns the first sequence number that nothing uses.
func (st *state) nextSeq(c Control) int {
	seq := st.maxSeq
	for s := range c.Claims {
		seq = max(seq, s)
	}
	for s := range c.Retries {
		seq = max(seq, s)
	}
	return seq + 1
}

package execution

import (
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// The members of a node run's state by which it waits. They are the engine's: what a
// node leaves in its state under these names is overwritten.
const (
	stateAwaits = "awaits" // until when the node run waits for its answer
	stateDone   = "done"   // when the answer came, or its time was over
	stateLapsed = "lapsed" // its time was over before an answer came
	statePaused = "paused" // a pure node's wait: whatever wakes the execution ends it
)

// Awaits reports whether a node run waits for an answer, and until when. Such a run has
// had its effect (a message was sent) and is recorded, but what comes after it is not
// ready: an answer, or the end of its time, supersedes the record. The record alone
// decides, so that no crash, hand-over or answer to another run lets it pass.
func Awaits(r *workflow.NodeRun) (until time.Time, waits bool) {
	until, waits = markedAt(r, stateAwaits)
	return until, waits && !r.Failed()
}

// Lapsed reports whether a node run's time was over before an answer came.
func Lapsed(r *workflow.NodeRun) bool {
	v, _ := r.State.Get(stateLapsed)
	return v == true
}

// await marks a node run as one that waits.
func await(r *workflow.NodeRun, w *node.Wait, now time.Time) {
	until := w.Until
	if until.IsZero() {
		until = now.Add(longestWait)
	}
	markAt(r, stateAwaits, until)
}

// mark sets a member of the state; others may hold the state as it was.
func mark(r *workflow.NodeRun, name string, v any) {
	if r.State = r.State.Shallow(); r.State == nil {
		r.State = value.NewObject(1)
	}
	r.State.Set(name, v)
}

func markAt(r *workflow.NodeRun, name string, at time.Time) {
	mark(r, name, at.UTC().Format(time.RFC3339Nano))
}

func markedAt(r *workflow.NodeRun, name string) (time.Time, bool) {
	v, _ := r.State.Get(name)
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	return at, err == nil
}

// answered is a node run that waits no more.
func answered(r workflow.NodeRun, now time.Time) workflow.NodeRun {
	markAt(&r, stateDone, now)
	r.State.Delete(stateAwaits)
	return r
}

// doneAt is when a node run that waited for an answer was done, which is long after it
// began: replay follows it then.
func doneAt(r *workflow.NodeRun) (time.Time, bool) { return markedAt(r, stateDone) }

// unanswered looks at the steps that wait for an answer; until is when the first of them
// has waited long enough, zero if none waits. One whose time is over is done, with what
// came in as what it gives: then lapsed is true, and other steps are ready.
func (t *turn) unanswered() (until time.Time, lapsed bool, err error) {
	if len(t.state.awaiting) == 0 {
		return until, false, nil
	}
	now := t.Clock.Now()
	var over *walk.Step
	for s := range t.state.walker.Steps() {
		r, waits := t.state.awaiting[runID{s.Node.Name, s.RunIndex}]
		if !waits {
			continue
		}
		end, _ := Awaits(&r.Run)
		if !end.After(now) {
			over = &s
			break
		}
		if until.IsZero() || end.Before(until) {
			until = end
		}
	}
	if over == nil {
		return until, false, nil
	}
	run := answered(t.state.awaiting[runID{over.Node.Name, over.RunIndex}].Run, now)
	mark(&run, stateLapsed, true)
	t.state.maxSeq = t.state.nextSeq(t.control)
	t.segment.Records = append(t.segment.Records, Record{Seq: t.state.maxSeq, Generation: t.guard.Generation, Run: run})
	return until, true, t.state.complete(*over, &run)
}

// awaits reports whether the step has had its effect and waits for an answer.
func (st *state) awaits(s walk.Step) bool {
	_, waits := st.awaiting[runID{s.Node.Name, s.RunIndex}]
	return waits
}

// free are the steps that do not wait for an answer.
func (st *state) free(steps []walk.Step) []walk.Step {
	if len(st.awaiting) == 0 {
		return steps
	}
	return slices.DeleteFunc(steps, st.awaits)
}

// answerTo supersedes the record that an answer is for with one that has the items.
func answerTo(c Control, records []Record, w Waking, now time.Time) (*Record, error) {
	last := records[len(records)-1]
	seq := last.Seq + 1
	if w.Node == "" {
		if _, waits := Awaits(&last.Run); waits {
			return nil, fault.New(fault.Conflict, fault.CodeConflict, "The execution waits for the answer to a message; use a link in it.")
		}
		last.Seq = seq
		return &last, nil
	}
	if v, _ := last.Run.State.Get(statePaused); v == true && last.Generation == c.Generation {
		return nil, fault.New(fault.Conflict, fault.CodeConflict, "The execution waits for something else first; try again later.")
	}
	for _, r := range latest(records) {
		if r.Run.Node != w.Node || r.Run.Index != w.Run {
			continue
		}
		until, waits := Awaits(&r.Run)
		if !waits || !until.After(now) {
			break
		}
		r.Seq, r.Run = seq, answered(r.Run, now)
		return &r, nil
	}
	return nil, fault.New(fault.Conflict, fault.CodeConflict, "This was answered already, or not in time.")
}

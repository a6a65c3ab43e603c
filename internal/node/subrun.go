package node

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// SubRuns asks for runs of other workflows of the tenant. They run one after the
// other, as n8n's do, each as an execution of its own; when the last one has ended
// the node is run again, with what they gave in Call.Sub.
type SubRuns struct {
	Runs []SubRun
	// First numbers the first of them among all that the node run asks for: a node
	// that asks several times counts on.
	First int
	// Detached runs are only started: their results have nothing but their ids.
	Detached bool
	// GoOn: after one that failed the next is started all the same.
	GoOn bool
}

// SubRun is one run of a workflow: one that is stored, or one that is given.
type SubRun struct {
	Workflow string          // id
	Name     string          // as the node's author knew it, for messages
	Inline   []byte          // JSON of the workflow; nil: Workflow names it
	Items    []workflow.Item // that it starts with
	LastRun  bool            // only the last run of its last node counts, whatever its trigger says
	// Err, if set, is why the run cannot be asked for; nothing is started.
	Err error
}

// SubResult is what became of one of them.
type SubResult struct {
	ID      string            // of the execution, "" if it was not started
	Began   time.Time         // when it was accepted
	Outputs [][]workflow.Item // of its last node: of the last run, or of all (GivesAllRuns)
	Err     error             // why it failed, or was not started
	Took    workflow.SubRuns  // what it took, with all that it ran in turn
}

// allRuns is the member of a trigger's State that says that its workflow gives what
// its last node gave in all runs.
const allRuns = "allRuns"

// GivesAllRuns is the State of a trigger whose workflow, called by another, gives the
// items of all runs of its last node, not of the last one alone.
func GivesAllRuns() *value.Object { return value.Obj(allRuns, true) }

// AllRunsGiven reports whether a node run's State is that of GivesAllRuns.
func AllRunsGiven(state *value.Object) bool {
	v, _ := state.Get(allRuns)
	return v == true
}

// FailedIn says whose failure it is: that of a run which the node waited for.
func FailedIn(child string, err error) error {
	f := failureOf(err)
	f.Child = child
	return &f
}

// Package walk is n8n's order of execution as a pure state machine: given a
// workflow and the node runs so far, which node runs next and with which items.
//
// A Walker does no input or output and reads no clock. Feeding it the same node
// runs in the same order always gives the same steps, so a run is resumed by
// feeding it the checkpoints.
package walk

import (
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Options say how a run begins.
type Options struct {
	Start      string          // name of the start node; "" for the one that StartNode finds
	StartItems []workflow.Item // what the start node gets; nil is one empty item
	// Pinned nodes give these items on output 0 without running (test runs).
	Pinned map[string][]workflow.Item
	// Destination, if set, ends the run after this node; only nodes that lead to it run.
	Destination string
	MaxRuns     int // node runs until LOOP_LIMIT; 0 is DefaultMaxRuns
	MaxRepeats  int // runs of one node until LOOP_LIMIT; 0 is as many as MaxRuns
}

// Step is one node that is ready to run.
type Step struct {
	Node     *workflow.Node
	RunIndex int               // from 0, unique for the node
	Inputs   [][]workflow.Item // one slot per input; nil where nothing arrived
	Sources  []workflow.Source
	Pinned   []workflow.Item // the outputs to give instead of running, if IsPinned
	IsPinned bool
	Start    bool          // the first step of the run
	State    *value.Object // what the node kept in its previous run, nil in the first
}

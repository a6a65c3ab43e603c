package live

import (
	"maps"
	"slices"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Forms write events as clients get them. An event has its version; of two about
// the same thing the one with the higher version is the newer.
type Forms interface {
	// Execution is how an execution stands.
	Execution(c execution.Control, version int64) ([]byte, error)
	// Node is how one run of a node of the execution stands.
	Node(wf *workflow.Workflow, c execution.Control, n Node) ([]byte, error)
}

// Node is one run of a node: ended, running, or waiting to be repeated.
type Node struct {
	Version int64
	Seq     int                // its sequence number
	Ended   *workflow.NodeRun  // nil while it is open
	Claim   *execution.Claim   // nil unless it runs
	Retry   *execution.Pending // nil unless it will be repeated
}

func (n Node) id() nodeRun {
	switch {
	case n.Ended != nil:
		return nodeRun{n.Ended.Node, n.Ended.Index}
	case n.Claim != nil:
		return nodeRun{n.Claim.Node, n.Claim.Run}
	}
	return nodeRun{n.Retry.Node, n.Retry.Run}
}

// nodeRun names one run of one node.
type nodeRun struct {
	node  string
	index int
}

// executionVersion orders the states of one execution: by generation, by
// checkpoints written, and by where in its life it stands. The order of the last is
// the one in which statuses follow each other within a generation.
func executionVersion(c execution.Control) int64 {
	phase, open := map[execution.Status]int64{execution.Queued: 0, execution.Running: 2, execution.Waiting: 4}[c.Status]
	switch {
	case !open:
		phase = 6
	case c.CancelAsked:
		phase++
	}
	return int64(c.Generation)*1_000_000_000 + int64(c.Next)*10 + phase
}

// The phases of one attempt.
const (
	phaseRunning = 1 + iota
	phasePending // failed, and will be repeated
	phaseEnded
)

// nodeVersion orders what happens to one node run: its records are ordered by
// sequence number (package execution), its attempts by their count.
func nodeVersion(seq, attempt, phase int) int64 {
	return int64(seq)*1000 + int64(min(attempt, 99))*10 + int64(phase)
}

// told is what was told of one execution.
type told struct {
	execution int64
	nodes     map[nodeRun]int64
	from      int // the first sequence number that may still be recorded
}

// maxRetold bounds how many earlier node runs are told when it is not known what
// has been told before.
const maxRetold = 100

// nodesOf are the node runs that changed since t was told, in order; it notes them.
func nodesOf(c execution.Control, records []execution.Record, t *told) []Node {
	if t.from == 0 && len(records) > maxRetold {
		records = records[len(records)-maxRetold:]
	}
	var out []Node
	add := func(n Node) {
		if t.nodes[n.id()] < n.Version {
			t.nodes[n.id()] = n.Version
			out = append(out, n)
		}
	}
	if t.nodes == nil {
		t.nodes = map[nodeRun]int64{}
	}
	next := t.from
	for i := range records {
		r := &records[i]
		add(Node{Version: nodeVersion(r.Seq, r.Run.Attempts, phaseEnded), Seq: r.Seq, Ended: &r.Run})
		next = max(next, r.Seq+1)
	}
	for _, seq := range slices.Sorted(maps.Keys(c.Retries)) {
		retry := c.Retries[seq]
		next = min(next, seq)
		if _, runs := c.Claims[seq]; !runs && !c.Status.Terminal() {
			add(Node{Version: nodeVersion(seq, retry.Attempt, phasePending), Seq: seq, Retry: &retry})
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(c.Claims)) {
		claim := c.Claims[seq]
		next = min(next, seq)
		add(Node{Version: nodeVersion(seq, claim.Attempt, phaseRunning), Seq: seq, Claim: &claim})
	}
	t.from = next
	if c.Status.Terminal() {
		t.nodes = nil // no longer needed: from says what comes after
	}
	return out
}

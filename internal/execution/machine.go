package execution

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// MachineLife is how long an Express state machine run may live.
// Source: Step Functions quotas, "Maximum execution time: 5 minutes".
const MachineLife = 5 * time.Minute

// LongestTask is the longest timeout of a node function.
const LongestTask = 290 * time.Second

// FirstLook is how long after it was queued sweep first looks at an execution.
const FirstLook = time.Minute

// ShortWait is the longest wait that a state machine run sits out; longer ones
// suspend the execution and give its slot back.
const ShortWait = 60 * time.Second

// MachineInput is what a state machine run starts with. Only ids pass through it.
type MachineInput struct {
	Tenant     ident.Tenant    `json:"tenant"`
	Execution  ident.Execution `json:"execution"`
	Generation int             `json:"generation"`
	Reports    []Report        `json:"reports"`
}

// AdvanceInput is what the state machine gives to advance.
type AdvanceInput struct {
	MachineInput
	MachineRun   string    `json:"machineRun"`
	MachineStart time.Time `json:"machineStart"`
}

// Guard is what advance believes.
func (in AdvanceInput) Guard() Guard {
	return Guard{Ref: Ref{in.Tenant, in.Execution}, Generation: in.Generation, MachineRun: runToken(in.MachineRun)}
}

// runToken stands for a machine run's id, an ARN of some 150 bytes, in the
// control item, which is written several times a run.
func runToken(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Report is what became of one dispatched node: Error is set if its invocation
// failed as a whole (crash, timeout), by the state machine's Catch. Attempt says
// which one it was: advance may see a report again, after a wait or a retry. Node and
// Run say whose it was: a sequence number that was never claimed may be another's by then.
type Report struct {
	Seq     int    `json:"seq"`
	Attempt int    `json:"attempt,omitempty"`
	Node    string `json:"node,omitempty"` // name
	Run     int    `json:"run,omitempty"`  // run index
	Error   string `json:"error,omitempty"`
}

// Directive is what advance tells the state machine to do next.
type Directive struct {
	Do      string `json:"do"` // run, wait or done
	Seconds int    `json:"seconds"`
	Tasks   []Task `json:"tasks,omitempty"`
}

// Task is one node to run in a function of its family.
type Task struct {
	Seq     int    `json:"seq"`
	Node    string `json:"node"`
	Run     int    `json:"run"`
	Family  string `json:"family"`
	Attempt int    `json:"attempt"`
	Timeout int    `json:"timeout"`         // seconds
	Safe    bool   `json:"safe"`            // may be repeated if it dies
	Asked   int    `json:"asked,omitempty"` // how many of the attempts only asked for runs of workflows
	From    int    `json:"from,omitempty"`  // checkpoint version when it was handed out beside others; 0: alone
}

// shares reports whether the node runs from a state that others share.
func (t Task) shares() bool { return t.From > 0 }

// TaskInput is what the state machine gives to a node function.
type TaskInput struct {
	Tenant     ident.Tenant    `json:"tenant"`
	Execution  ident.Execution `json:"execution"`
	Generation int             `json:"generation"`
	MachineRun string          `json:"machineRun"`
	Task       Task            `json:"task"`
}

// Guard is what a node function believes.
func (in TaskInput) Guard() Guard {
	return Guard{Ref: Ref{in.Tenant, in.Execution}, Generation: in.Generation, MachineRun: runToken(in.MachineRun)}
}

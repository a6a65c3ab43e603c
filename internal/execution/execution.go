package execution

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Status is where an execution stands.
type Status string

// The statuses. Queued, Running and Waiting are open; the others are terminal.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Waiting   Status = "waiting" // suspended: holds no slot
	Completed Status = "completed"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Terminal reports whether the execution has ended.
func (s Status) Terminal() bool { return s == Completed || s == Failed || s == Cancelled }

// Ref names one execution of one tenant. Every call carries both: there is no
// way to reach an execution without its tenant.
type Ref struct {
	Tenant ident.Tenant
	ID     ident.Execution
}

// Control is the small item that decides everything about an execution. Each
// change of it is one conditional update.
type Control struct {
	Ref
	WorkflowID ident.Workflow
	Version    int
	Plan       tenant.PlanName
	Status     Status
	Generation int
	// ResumedAt is the generation of the last resume: failures of node runs before
	// it no longer count.
	ResumedAt   int
	Trigger     string // api, webhook, form, chat, schedule, retry, error, workflow
	TriggeredBy string // who or what: a key's id, a schedule's, an execution's
	// MachineRun is the state machine run that this generation is bound to, "" before its first advance.
	MachineRun    string
	CancelAsked   bool
	Claims        map[int]Claim   // open claims by sequence number
	Retries       map[int]Pending // failed attempts that will be repeated, by sequence number
	Next          int             // checkpoint version: how many checkpoints were written
	WaitUntil     time.Time       // a short wait in the state machine ends then
	NodesDone     int             // distinct nodes completed, for progress
	NodesTotal    int
	Segments      map[int][]byte // small final segments that ride on this item, by first sequence number
	CreatedAt     time.Time      // accepted
	QueuedAt      time.Time      // of this generation
	StartedAt     time.Time      // zero until the first advance
	TimedFrom     time.Time      // of the last resume: its timeout runs anew; zero before
	FinishedAt    time.Time
	MachineStart  time.Time // when this generation's machine run began
	DueAt         time.Time // when sweep looks at it, or a suspended one wakes
	LastOfferedAt time.Time
	Error         *Failure
	CostMicro     int64 // millionths of a US dollar, AI and platform
	Tokens        int64
	ResumeToken   string // part of the resume URL
	Hops          int    // generations made by hand-over
	Test          bool
	Outcome       string // decision for an unknown outcome: "retry", "skip" or ""
	Input         []byte // encoded Start, "" if it lies beside

	Parent      Parent          // of a run that another run started
	Root        ident.Execution // the run at the top of those; "" for itself
	Depth       int             // levels below Root
	SubRuns     int             // runs that it started, and those that they started
	Child       ident.Execution // the last run that it started to wait for
	AwaitsChild bool            // waiting: for Child and nothing else
	EndsChild   bool            // cancelled: Child has yet to be cancelled
	Partials    int             // how often a node run asked for runs and kept something
}

// Parent is the node run that started an execution.
type Parent struct {
	ID       ident.Execution
	Node     string // name
	Run      int    // run index
	Item     int    // number among the runs that the node run asked for
	Detached bool   // nobody waits for it
	// Since is the parent's generation for which it was started or last resumed.
	Since int
}

// Claim is the right to run one node once.
type Claim struct {
	Token     string // the invocation that holds it
	Attempt   int
	StartedAt time.Time // when this attempt began; of claims from before it was kept, zero
	Deadline  time.Time // after StartedAt
	Safe      bool      // may be repeated when it dies
	Node      string    // name
	Run       int       // run index
	Asked     int       // how often the node run asked for runs of workflows before
}

// Pending is a failed attempt that will be repeated.
type Pending struct {
	Attempt int // attempts made
	At      time.Time
	Code    fault.Code
	Node    string // name
	Run     int    // run index
	Asked   int    // how many of the attempts only asked for runs of workflows
}

// Failure is why an execution failed.
type Failure struct {
	Node    string     `json:"node,omitempty"`
	NodeID  string     `json:"nodeId,omitempty"`
	Type    string     `json:"type,omitempty"` // the node's
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
}

// kept is the failure as the control item holds it: an ending that does not fit
// the item could never be written, and the execution would never end.
func (f *Failure) kept() *Failure {
	if f == nil {
		return nil
	}
	short := *f
	short.Message = fault.Shorten(f.Message, fault.MaxMessage)
	return &short
}

// Start is what an execution begins with; it is kept beside the control item.
type Start struct {
	Node        string                     // start node's name, "" to choose by trigger
	Items       []workflow.Item            // nil: one empty item
	Mode        string                     // manual, webhook, trigger, integrated
	Pinned      map[string][]workflow.Item // test runs
	Destination string
	Workflow    []byte // JSON of a workflow that is not stored; nil: the execution's
}

// Launch asks for a new execution.
type Launch struct {
	Tenant         ident.Tenant
	WorkflowID     ident.Workflow
	Version        int // 0: the current one
	Start          Start
	Trigger        string
	TriggeredBy    string
	Test           bool
	ID             ident.Execution // derived ids of webhooks and schedules; "" makes one
	IdempotencyKey string
	BodyHash       string // of the request, to compare repeats of the key
	RejectIfFull   bool   // onLimit: reject
	// CopyRuns are checkpoints of an earlier execution that this one keeps (retry from a node).
	CopyRuns []workflow.NodeRun
	// Mark, if set, is moved with the run or not at all; ErrSuperseded if another
	// writer was faster.
	Mark *Mark
}

// Mark is where something stands that starts runs, of a tenant's own.
type Mark struct {
	Name string
	Rev  int64 // of what was read; 0 if there was none
	Data []byte
}

// Launched is the answer to a Launch.
type Launched struct {
	ID       ident.Execution
	Status   Status
	Repeated bool // an earlier request with the same key or id made it
}

// Filter selects executions of one tenant, newest first.
type Filter struct {
	WorkflowID   ident.Workflow
	Status       Status
	Since, Until time.Time
	Limit        int
	Cursor       string
}

// Page is one page of executions.
type Page struct {
	Items []Control
	Next  string
}

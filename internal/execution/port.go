package execution

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Controls is the store of control items.
type Controls interface {
	// Create writes the execution and counts it, or neither. A repeated
	// idempotency key or id answers with the execution that it made first.
	Create(ctx context.Context, c Creation) (Launched, error)
	// Load reads one control item, consistently; fault.NotFound if there is none.
	Load(ctx context.Context, ref Ref) (Control, error)
	// Bind ties the generation to a machine run and marks it running. If that
	// cannot be, it returns the control item as it stands and ErrSuperseded.
	Bind(ctx context.Context, g Guard, machineStart, now time.Time) (Control, error)
	// Requeue makes the execution queued with the next generation.
	Requeue(ctx context.Context, r Requeue) (Control, error)
	// AskCancel notes that nothing new may start; ErrSuperseded if it has ended.
	AskCancel(ctx context.Context, ref Ref) (Control, error)
}

// Guard is what a writer believes; the write happens only if it is still so.
type Guard struct {
	Ref
	Generation int
	MachineRun string
}

// Creation is a new execution with all that is decided in one transaction.
type Creation struct {
	Control
	Start          Start
	Limits         tenant.Limits
	IdempotencyKey string // hash; "" for none
	BodyHash       string
	LeaseUntil     time.Time // not zero: take a slot at once, or fail with PLAN_LIMIT_CONCURRENCY
	Runs           []workflow.NodeRun
	Mark           *Mark // moved with it: ErrSuperseded if its Rev is not what is kept
}

// Requeue describes the change back to queued.
type Requeue struct {
	Ref
	Generation int      // the present one
	From       []Status // the statuses from which it is allowed
	DueAt      time.Time
	Now        time.Time
	Resumed    bool   // somebody asked to go on: earlier failures no longer count
	Outcome    string // with Resumed: the decision for unknown outcomes
	Version    int    // with Resumed: 0 for unchanged
	HandOver   bool   // counts a hop
	// NotBefore refuses the change while the execution is due later (timers).
	NotBefore time.Time
	Record    *Record // written with it, if set: what a resume URL's call brought
	// Child wakes a run that waits for it, and no other.
	Child ident.Execution
	// Parent, if set, is who resumes it to wait for it; the change holds only while that does.
	Parent *Guard
	Since  int // with Parent: its generation for which this is done
}

// Journal is the store of node runs.
type Journal interface {
	// Records returns all node run records from sequence number from on, in order, or
	// the LastRecord alone.
	Records(ctx context.Context, c Control, from int) ([]Record, error)
	// Append writes a segment of records; ErrSuperseded if the guard does not hold.
	Append(ctx context.Context, g Guard, seg Segment) (Control, error)
	// Claim takes the right to run one node; ErrSuperseded or ErrCancelled if it may not.
	Claim(ctx context.Context, g Guard, seq int, c Claim) (Control, error)
	// Close ends a claim with its record, or with a pending retry.
	Close(ctx context.Context, ref Ref, seq int, c Closing) (Control, error)
	// Drop removes the dead claim with that token, if it is still there, and notes
	// the attempt; with no token it only notes it.
	Drop(ctx context.Context, g Guard, seq int, token string, p Pending) (Control, error)
}

// LastRecord asks Records for the one record with the highest sequence number.
const LastRecord = -1

// Record is one checkpointed node run.
type Record struct {
	Seq        int
	Generation int
	Token      string // the claim's, "" for pure nodes
	Run        workflow.NodeRun
}

// Segment is what one write of advance adds.
type Segment struct {
	Records   []Record
	WaitUntil time.Time       // a short wait in the state machine follows
	Done      int             // distinct nodes completed so far
	Child     ident.Execution // suspended for this run alone; "" for anything else
}

// Closing is the end of a claim.
type Closing struct {
	Token  string
	Record *Record  // nil if it will be retried
	Retry  *Pending // nil if it is final
	Done   int      // distinct nodes completed so far; 0 if it is not known
	First  bool     // one more node has completed
	// Partial is what the node run keeps, with Retry: it asked for runs of workflows.
	Partial *Partial
}

// Settlements is the store's view of endings.
type Settlements interface {
	// Settle gives the execution a terminal status, once; ErrSuperseded if another
	// writer was first or an open claim forbids it.
	Settle(ctx context.Context, s Settlement) (Control, error)
	// Suspend makes it waiting.
	Suspend(ctx context.Context, g Guard, seg Segment, until time.Time) (Control, error)
	// PutResponse keeps the answer for the webhook's caller; the first one counts.
	PutResponse(ctx context.Context, ref Ref, r Response) error
	// GetResponse returns it, or nil.
	GetResponse(ctx context.Context, ref Ref) (*Response, error)
}

// Settlement is an ending.
type Settlement struct {
	Guard         // MachineRun "" with AnyGeneration: settled by a caller (cancel)
	AnyGeneration bool
	From          Status // with AnyGeneration: the status that it has now
	// Unbound: the generation is queued and tied to no machine run; it started, at
	// StartedAt, and ended in one go.
	Unbound   bool
	StartedAt time.Time
	Status    Status
	Failure   *Failure
	Segment   Segment
	CostMicro int64 // to add, millionths of a US dollar
	Now       time.Time
	// Child is the run that a cancelled one waits for or waited for, as it was read:
	// if it is another by now the write does not happen. Sweep looks at the execution
	// until Tidied says that the child was seen to.
	Child ident.Execution
	Alarm bool // of a failure: an error workflow is to be started; sweep looks after it
}

// Starts reads what an execution began with.
type Starts interface {
	Start(ctx context.Context, c Control) (Start, error)
}

// Lists reads many executions.
type Lists interface {
	List(ctx context.Context, t ident.Tenant, f Filter) (Page, error)
}

// Store is all of it, as dynamostore has it.
type Store interface {
	Controls
	Journal
	Settlements
	Starts
	Lists
	Children
}

// Workflows reads versions of workflows. Version 0 is the current one; the
// number that was read is returned.
type Workflows interface {
	Workflow(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) (*workflow.Workflow, int, error)
}

// Limits reads a tenant with its limits as they are now, at most 5 s old.
type Limits interface {
	Limits(ctx context.Context, t ident.Tenant) (tenant.Tenant, tenant.Limits, error)
}

// Line is admission as executions see it: slots and the queue before them.
type Line interface {
	// Offer sends the execution's message to its plan's queue.
	Offer(ctx context.Context, m Message) error
	// Release frees the slot held by a generation up to gen and lets the next one in.
	Release(ctx context.Context, ref Ref, gen int) error
	// Leave removes the execution from the line, with all its generations up to gen.
	Leave(ctx context.Context, ref Ref, gen int) error
	// Position is its place in the line, from 1; 0 if it is not in line.
	Position(ctx context.Context, ref Ref) (int, error)
}

// Message is what travels through a plan's queue.
type Message struct {
	Tenant     ident.Tenant    `json:"tenant"`
	Execution  ident.Execution `json:"execution"`
	Generation int             `json:"generation"`
	Plan       tenant.PlanName `json:"plan"`
	// Wake asks to make the waiting execution queued first, if it is due.
	Wake bool `json:"wake,omitempty"`
	// Child, with Wake: because this run ended, which it waits for.
	Child ident.Execution `json:"child,omitempty"`
	// Delay postpones the delivery, at most 15 minutes (SQS).
	Delay time.Duration `json:"-"`
}

// Ref names the message's execution.
func (m Message) Ref() Ref { return Ref{m.Tenant, m.Execution} }

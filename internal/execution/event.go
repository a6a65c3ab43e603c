package execution

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Observer is told what happened to executions, for logs and metrics. It must
// not block, and it never sees payloads.
type Observer interface {
	Node(e NodeEvent)
	Execution(e ExecutionEvent)
}

// NodeEvent is one attempt of one node run that has ended.
type NodeEvent struct {
	Ref
	WorkflowID ident.Workflow
	NodeID     string
	NodeName   string
	NodeType   string
	RunIndex   int
	Attempt    int // from 1
	Duration   time.Duration
	InputSize  int                  // bytes of JSON
	OutputSize int                  // bytes of JSON
	Usage      *workflow.TokenUsage // nil without AI calls
	CostMicro  int64                // millionths of a US dollar
	Failure    *Failure             // nil: it succeeded
	WillRetry  bool                 // of a failed attempt
}

// Happening names what became of an execution.
type Happening string

// The happenings, each logged as "workflow.execution." and the name.
const (
	EventQueued    Happening = "queued"
	EventStarted   Happening = "started"
	EventWaiting   Happening = "waiting"
	EventResumed   Happening = "resumed"
	EventCompleted Happening = "completed"
	EventFailed    Happening = "failed"
	EventCancelled Happening = "cancelled"
)

// ExecutionEvent is a change of an execution's status.
type ExecutionEvent struct {
	Happening Happening
	Ref
	WorkflowID ident.Workflow
	Plan       tenant.PlanName
	Generation int
	Trigger    string
	Queued     time.Duration // how long this generation waited for a slot; 0 before it started
	Duration   time.Duration // since its first start; 0 before
	CostMicro  int64
	Tokens     int64
	Failure    *Failure // of failed ones
}

// EventOf fills an event from the control item as it stands at now.
func EventOf(h Happening, c Control, now time.Time) ExecutionEvent {
	e := ExecutionEvent{
		Happening: h, Ref: c.Ref, WorkflowID: c.WorkflowID, Plan: c.Plan, Generation: c.Generation,
		Trigger: c.Trigger, CostMicro: c.CostMicro, Tokens: c.Tokens, Failure: c.Error,
	}
	if !c.MachineStart.IsZero() && !c.QueuedAt.IsZero() {
		e.Queued = max(c.MachineStart.Sub(c.QueuedAt), 0)
	}
	if !c.StartedAt.IsZero() {
		end := now
		if !c.FinishedAt.IsZero() {
			end = c.FinishedAt
		}
		e.Duration = max(end.Sub(c.StartedAt), 0)
	}
	return e
}

package execution

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// API is what the edges (HTTP, webhooks, schedules) ask of executions. Desk
// implements it.
type API interface {
	Launch(ctx context.Context, l Launch) (Launched, error)
	// RunsOf is Reader's Runs of an execution that was just read.
	RunsOf(ctx context.Context, c Control) ([]workflow.NodeRun, error)
	// LastOf is the last of them, nil if nothing has run.
	LastOf(ctx context.Context, c Control) (*workflow.NodeRun, error)
	Controller
	Reader
}

// Controller changes an execution that exists. Each answers after the status has
// changed, with fault.Conflict where it does not allow the change.
type Controller interface {
	Cancel(ctx context.Context, ref Ref) (Control, error)
	Resume(ctx context.Context, ref Ref, opt ResumeOptions) (Control, error)
	Retry(ctx context.Context, ref Ref, opt RetryOptions) (Launched, error)
	// Wake goes on with a waiting execution whose resume URL was called.
	Wake(ctx context.Context, ref Ref, w Waking) error
}

// Reader reads executions; what belongs to another tenant is fault.NotFound.
type Reader interface {
	Get(ctx context.Context, ref Ref) (Control, error)
	// Runs returns the finished node runs in the order in which they ran.
	Runs(ctx context.Context, ref Ref) ([]workflow.NodeRun, error)
	List(ctx context.Context, t ident.Tenant, f Filter) (Page, error)
	// Position is the place in the tenant's line, from 1; 0 if it is not in line.
	Position(ctx context.Context, ref Ref) (int, error)
	// Response is what a response node gave for the caller of the webhook; nil if none yet.
	Response(ctx context.Context, ref Ref) (*Response, error)
}

// ResumeOptions say how to go on.
type ResumeOptions struct {
	UnknownOutcome string // "", "retry" or "skip"
	Version        int    // 0: the version it began with
}

// Waking is a call of a resume URL.
type Waking struct {
	Token string
	// Items replace what the waiting node gives; nil: it gives what it has.
	Items []workflow.Item
	// Node and Run are the node run that is answered, of those that wait for an answer
	// each (Awaits); without, it is the one that ran last.
	Node string
	Run  int
	// Generation is the one whose wait is answered: an answer to an earlier one is
	// fault.Conflict. 0: whichever waits.
	Generation int
}

// RetryOptions say what a new execution keeps of the old one.
type RetryOptions struct {
	FromNode string          // "": from the start
	Items    []workflow.Item // nil: the old input
	By       string
	ID       ident.Execution // of the new execution; "" makes one
}

// Response is the answer to the HTTP request that started an execution.
type Response struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

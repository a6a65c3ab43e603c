package usage

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Budget is the ledger of AI calls: the tenants' monthly tokens, and what each run
// and each workflow has used of the caps in its settings. Every method is
// idempotent by the reservation's id and may be repeated after an error.
type Budget interface {
	// Reserve sets the estimate's tokens and cost aside, or fails with LimitExceeded:
	// AI_TOKEN_BUDGET_EXHAUSTED if the month's budget does not hold them,
	// RUN_CAP_REACHED or WORKFLOW_CAP_REACHED if a cap of the workflow does not.
	Reserve(ctx context.Context, e Estimate) (Reservation, error)
	// Settle replaces the reservation, open or expired, by what was used, in the
	// reservation's own month, and keeps the record.
	Settle(ctx context.Context, r Reservation, rec Record) error
	// Release gives the reservation back: nothing was used. One that does not exist
	// is none to give back, and no error.
	Release(ctx context.Context, r Reservation) error
}

// Origin says which call of which run it is.
type Origin struct {
	Tenant, WorkflowID, ExecutionID, NodeID string
	RunIndex, Item, Attempt                 int
}

// OriginOf returns the origin of a request.
func OriginOf(r node.ChatRequest) Origin {
	return Origin{
		Tenant: r.Tenant, WorkflowID: r.WorkflowID, ExecutionID: r.ExecutionID, NodeID: r.NodeID,
		RunIndex: r.RunIndex, Item: r.Item, Attempt: r.Attempt,
	}
}

// Estimate is the most that a call may use.
type Estimate struct {
	ID        string // of the reservation; the same when Reserve is repeated
	Origin    Origin
	Usage     workflow.TokenUsage // Total is what is reserved
	Units     node.Units          `json:",omitzero"` // beside tokens, or instead of them
	CostMicro int64
	OwnKey    bool // the tenant's own credential: within the caps, outside the budget
	At        time.Time
	// Above are the runs that started the call's run, the nearest first. Reserve
	// fills it in: the call draws on their caps too.
	Above []Above `json:",omitempty"`
	// Expires is when a reservation that nobody closed counts as used: the
	// provider's deadline and a minute.
	Expires time.Time
}

// Above is a run that started another, or one that started that, and so on.
type Above struct{ ExecutionID, WorkflowID string }

// Reservation is a part of a budget that is set aside.
type Reservation struct {
	ID       string
	Period   string // the month it counts in, 2006-01, UTC
	Estimate Estimate
}

// Record is one call in the usage log.
type Record struct {
	ID        string // the reservation's id
	Origin    Origin
	Usage     workflow.TokenUsage
	Units     node.Units `json:",omitzero"` // beside tokens, or instead of them
	CostMicro int64
	Rule      string // by which it was priced
	// Counted: the figures are ours, because the provider gave none. Confirmed is
	// false if the answer was lost and the estimate stands for it.
	Counted   bool
	Confirmed bool
	OwnKey    bool // the tenant's own credential; not drawn on the budget
	Latency   time.Duration
	At        time.Time
}

// Period is the month in which a moment counts.
func Period(at time.Time) string { return at.UTC().Format("2006-01") }

package oversight

import (
	"context"
	"log/slog"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// Failed is one failed execution, as the index has it.
type Failed struct {
	execution.Ref
	WorkflowID  ident.Workflow
	At          time.Time
	Fingerprint string
	Failure     execution.Failure
	Key         string // orders failures by time; where a page ends
}

// FailedQuery selects failures, newest first.
type FailedQuery struct {
	Since, Until time.Time // of the failure; both are required
	Before       string    // Key of the failure before the first
	Tenant       ident.Tenant
	WorkflowID   ident.Workflow
	Text         string // in the code, the node's name or the message; case does not matter
	Code         string
	Fingerprint  string
	Brief        bool // leave out Failure
}

// Index is the store's lists over all tenants. They may be a moment behind.
type Index interface {
	// Failed calls fn for each failure that fits, until it returns false.
	Failed(ctx context.Context, q FailedQuery, fn func(Failed) bool) error
	// Find returns whose the execution is, if it is open or has failed.
	Find(ctx context.Context, id ident.Execution) (ref execution.Ref, ok bool, err error)
	// Due lists open executions that are due before a time, in one of Shards parts.
	Due(ctx context.Context, shard int, before time.Time, cursor string) (refs []execution.Ref, next string, err error)
	Shards() int
}

// Directory knows the tenants.
type Directory interface {
	Tenants(ctx context.Context, p tenant.Paging) ([]tenant.Tenant, string, error)
	Limits(ctx context.Context, t ident.Tenant) (tenant.Tenant, tenant.Limits, error)
}

// Depth is what one queue holds, approximately, as SQS says.
type Depth struct {
	Plan        tenant.PlanName
	Visible     int64 // to be received
	InFlight    int64 // received and not yet deleted
	Delayed     int64
	DeadLetters int64
	// Redrive is the state of the last move of dead letters; "" if there was none.
	Redrive string
}

// Queues are the plans' queues with their dead letters.
type Queues interface {
	Depths(ctx context.Context) ([]Depth, error)
	// Redrive moves the plan's dead letters back to its queue, and returns how many
	// there are; fault.Conflict if they are being moved already.
	Redrive(ctx context.Context, p tenant.PlanName) (int64, error)
}

// Slots lets waiting executions in.
type Slots interface {
	// Tidy repairs a tenant's slots and gives free ones to its line.
	Tidy(ctx context.Context, t ident.Tenant) error
	// TidyPlan does so for all tenants of a plan that have a line.
	TidyPlan(ctx context.Context, p tenant.PlanName) error
}

// Keeper keeps records of what operators did.
type Keeper interface {
	Note(ctx context.Context, a tenant.Audit) error
}

// Ledger is what tenants have used.
type Ledger interface {
	usage.Books
}

// Office is where operators ask and act.
type Office struct {
	Index      Index
	Executions execution.API
	Directory  Directory
	Ledger     Ledger
	Queues     Queues
	Dashboard  Dashboard // nil where nobody asks for Metrics
	Slots      Slots
	Audit      Keeper
	Clock      clock.Clock
	Log        *slog.Logger
}

package admission

import (
	"context"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Lease is one slot in use.
type Lease struct {
	Generation int
	Until      time.Time
	Raw        string // as it is stored, to compare
}

// Slots are a tenant's leases, and the mark of its line (0: the line is empty).
type Slots struct {
	Leases map[ident.Execution]Lease
	Line   int64
}

// Acquire asks for a slot.
type Acquire struct {
	execution.Ref
	Generation int
	Until      time.Time
	Limit      int
}

// Parked is an execution in line.
type Parked struct {
	execution.Ref
	Generation int
	Plan       tenant.PlanName
}

// ErrNotQueued says that an execution which stands in line is not queued, at the
// generation with which it stands there, any more.
var ErrNotQueued = errors.New("the execution in line is not queued any more")

// Leases is the store of slots.
type Leases interface {
	// Acquire takes a slot, unless somebody stands in line.
	Acquire(ctx context.Context, a Acquire) (Slots, bool, error)
	// Grant takes a slot for an execution in line, in one transaction with the
	// condition that it is queued; otherwise ErrNotQueued. A refusal brings the slots.
	Grant(ctx context.Context, a Acquire) (Slots, bool, error)
	Retake(ctx context.Context, a Acquire, old Lease) (Slots, bool, error)
	Free(ctx context.Context, ref execution.Ref, old Lease) (Slots, error)
	FreeGeneration(ctx context.Context, ref execution.Ref, gen int) (Slots, bool, error)
	Slots(ctx context.Context, t ident.Tenant) (Slots, error)
}

// Lines is the store of lines.
type Lines interface {
	// Park puts executions of the tenant in line, those too that wait there with an
	// older generation, and reports whether they began it: nobody stood there before.
	// marked says whether the line's mark was seen, which saves a call if it still stands.
	Park(ctx context.Context, t ident.Tenant, line []Parked, marked bool) (began bool, err error)
	Heads(ctx context.Context, t ident.Tenant, n int) ([]Parked, error)
	// Unpark removes the execution from the line, unless it stands there with a newer generation.
	Unpark(ctx context.Context, ref execution.Ref, gen int) error
	// ClearLine removes the mark that the line is not empty, unless somebody parked since
	// it was seen, and returns the slots as they are then.
	ClearLine(ctx context.Context, t ident.Tenant, seen int64) (Slots, error)
	PlaceInLine(ctx context.Context, ref execution.Ref) (int, error)
}

// Controls is what admission needs of control items.
type Controls interface {
	Load(ctx context.Context, ref execution.Ref) (execution.Control, error)
	Requeue(ctx context.Context, r execution.Requeue) (execution.Control, error)
	// Touch moves the time at which sweep looks again, and notes an offer.
	Touch(ctx context.Context, ref execution.Ref, gen int, due, offered time.Time) error
}

// Index is what sweep finds its work by, in shards. It may lag behind.
type Index interface {
	// Due lists open executions to be looked at before a time.
	Due(ctx context.Context, shard int, before time.Time, cursor string) (refs []execution.Ref, next string, err error)
	// Lined lists tenants whose line is not empty.
	Lined(ctx context.Context, shard int, cursor string) (tenants []ident.Tenant, next string, err error)
	Shards() int
}

// Queue sends messages to the queue of a plan.
type Queue interface {
	Send(ctx context.Context, m execution.Message) error
}

// Canceller ends an execution; fault.Conflict if it has ended.
type Canceller interface {
	Cancel(ctx context.Context, ref execution.Ref) (execution.Control, error)
}

// Machine starts a state machine run. The same name may be started twice.
type Machine interface {
	Start(ctx context.Context, name string, input []byte) error
}

// Store is all that admission keeps.
type Store interface {
	Leases
	Lines
	Controls
	Index
}

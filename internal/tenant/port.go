package tenant

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// The stores of this package. Each change is written together with its audit
// record, or not at all. What does not exist is fault.NotFound; a change that
// another one overtook is fault.Conflict.

// Tenants is the store of tenants.
type Tenants interface {
	Tenant(ctx context.Context, id ident.Tenant) (Tenant, error)
	// Tenants lists all tenants, newest first; next is "" after the last page.
	Tenants(ctx context.Context, p Paging) (items []Tenant, next string, err error)
	// CreateTenant makes the tenant together with its first key.
	CreateTenant(ctx context.Context, t Tenant, first Key, a Audit) error
	// UpdateTenant replaces the tenant if its Rev is still the stored one.
	UpdateTenant(ctx context.Context, t Tenant, a Audit) error
}

// Plans is the store of the plans' limits.
type Plans interface {
	// Plans returns the limits that were set; a plan without any has DefaultLimits.
	Plans(ctx context.Context) (map[PlanName]Limits, error)
	PutPlan(ctx context.Context, p PlanName, l Limits, a Audit) error
}

// Keys is the store of API keys. The tenant "" is the platform's operators.
type Keys interface {
	Key(ctx context.Context, id ident.Key) (Key, error)
	Keys(ctx context.Context, t ident.Tenant) ([]Key, error)
	CreateKey(ctx context.Context, k Key, a Audit) error
	// UpdateKey replaces the key if its Rev is still the stored one.
	UpdateKey(ctx context.Context, k Key, a Audit) error
	DeleteKey(ctx context.Context, t ident.Tenant, id ident.Key, a Audit) error
	// TouchKey notes a use, if the last one noted is older than a minute.
	TouchKey(ctx context.Context, t ident.Tenant, id ident.Key, at time.Time) error
}

// Members is the store of people. The tenant "" is the platform's operators.
type Members interface {
	Members(ctx context.Context, t ident.Tenant) ([]Member, error)
	// Memberships are all memberships of one e-mail address.
	Memberships(ctx context.Context, email string) ([]Member, error)
	CreateMember(ctx context.Context, m Member, a Audit) error
	UpdateMember(ctx context.Context, m Member, a Audit) error
	DeleteMember(ctx context.Context, m Member, a Audit) error
}

// Records is the store of audit records and prices.
type Records interface {
	// Audits lists records, newest first: one tenant's, or all if t is "".
	Audits(ctx context.Context, t ident.Tenant, p Paging) (items []Audit, next string, err error)
	Prices(ctx context.Context) ([]Price, error)
	PutPrice(ctx context.Context, p Price, a Audit) error
}

// Store is all of it, as dynamostore has it.
type Store interface {
	Tenants
	Plans
	Keys
	Members
	Records
}

// Paging selects one page of a list.
type Paging struct {
	Limit  int
	Cursor string // where the page before ended
}

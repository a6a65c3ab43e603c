// Package catalog is a tenant's workflows: their versions, what is active, and
// the import of what comes from n8n.
//
// A version never changes once it is written; the head of a workflow says which
// one is current and what is registered for it. Each change is one transaction
// over the head, the new version, the webhook addresses, the schedules and the
// audit record.
//
// # Activation and the scheduler
//
// Webhooks change with the head, in its transaction. EventBridge's schedules
// cannot: they are made before the transaction and removed after it. A crash in
// between leaves one that should not be there, never lacks one that should; a
// tick of such a schedule finds no record and does nothing, and the next change
// of the workflow clears it away. The same holds for the marks of polling triggers.
//
// # Registrations
//
// Where a service's API allows it, the platform registers a trigger's address
// there. That needs the tenant's credential and calls to the service, so no change
// of a workflow does it: its transaction writes what is wanted, and the function
// register (package registration) is called to see to it.
package catalog

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// Head is what is known of a workflow without reading a version.
type Head struct {
	Tenant    ident.Tenant     `json:"-"`
	ID        ident.Workflow   `json:"id"`
	Name      string           `json:"name"`
	Active    bool             `json:"active"`
	Version   int              `json:"version"` // the current one
	Nodes     int              `json:"nodes"`
	CreatedAt time.Time        `json:"createdAt"`
	UpdatedAt time.Time        `json:"updatedAt"`
	UpdatedBy string           `json:"updatedBy"`
	Hooks     []trigger.Hook   `json:"hooks,omitempty"`     // registered now
	Schedules []ident.Schedule `json:"schedules,omitempty"` // registered now, the nodes' own
	Stale     []ident.Schedule `json:"stale,omitempty"`     // perhaps still at the scheduler
	Entries   []trigger.Entry  `json:"entries,omitempty"`   // ways in without an address, while it is active
	// Credentials are those that the current version's nodes refer to.
	Credentials []CredentialUse `json:"credentials,omitempty"`
	Rev         int64           `json:"-"`
}

// Version is one version of a workflow, without its JSON.
type Version struct {
	Number    int       `json:"number"`
	Name      string    `json:"name"`
	Nodes     int       `json:"nodes"`
	Size      int       `json:"size"` // bytes of JSON
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy"`
}

// Store keeps workflows. What does not exist is fault.NotFound; a change that
// another one overtook is fault.Conflict.
type Store interface {
	Head(ctx context.Context, t ident.Tenant, id ident.Workflow) (Head, error)
	Heads(ctx context.Context, t ident.Tenant, p tenant.Paging) (items []Head, next string, err error)
	// Save writes a change whole or not at all.
	Save(ctx context.Context, s Saving) error
	// Source returns the JSON of a version.
	Source(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) ([]byte, error)
	Versions(ctx context.Context, t ident.Tenant, id ident.Workflow, p tenant.Paging) (items []Version, next string, err error)
	// Imported is the workflow that came last with an id of elsewhere; fault.NotFound if
	// none did.
	Imported(ctx context.Context, t ident.Tenant, from string) (ident.Workflow, error)
}

// Schedules keeps what is scheduled.
type Schedules interface {
	Schedule(ctx context.Context, t ident.Tenant, id ident.Schedule) (trigger.Schedule, error)
	Schedules(ctx context.Context, t ident.Tenant) ([]trigger.Schedule, error)
	PutSchedule(ctx context.Context, s trigger.Schedule, a tenant.Audit) error
	DeleteSchedule(ctx context.Context, t ident.Tenant, id ident.Schedule, a tenant.Audit) error
}

// Saving is one change of a workflow.
type Saving struct {
	Head    Head   // as it is to be; Rev 0 makes it, otherwise the Rev that was read
	Delete  bool   // removes the head instead; versions stay for runs that use them
	Source  []byte // JSON of a new version; nil for none
	Created Version
	// From is the id that a new workflow came with: others may name it by that.
	From string
	// Hooks to put and to take away. A put fails with fault.Conflict where another
	// workflow has the address.
	PutHooks, DropHooks []trigger.Hook
	// Wants are the registrations at services that are wanted from now on, and those
	// that are wanted no longer.
	Wants         []trigger.Want
	PutSchedules  []trigger.Schedule
	DropSchedules []ident.Schedule
	Audit         tenant.Audit
}

// Timetable is the scheduler outside. Both calls can be repeated.
type Timetable interface {
	Put(ctx context.Context, s trigger.Schedule) error
	// Remove takes a schedule away; it is no error if there is none.
	Remove(ctx context.Context, id ident.Schedule) error
}

// Registrations are the addresses that services were asked to call.
type Registrations interface {
	Registrations(ctx context.Context, t ident.Tenant) ([]trigger.Registration, error)
}

// Registrar looks at registrations at once. Whether the call arrives decides
// nothing: what is wanted is looked at within a minute anyway.
type Registrar interface {
	Register(ctx context.Context, refs []trigger.RegistrationRef) error
}

// Types knows the node types that the platform can run.
type Types interface {
	// Supports reports whether a type, by n8n's name, can run in that version.
	Supports(typ string, version float64) bool
	// Polls reports whether a type is a trigger that polls a service.
	Polls(typ string, version float64) bool
}

// Marks are where polling triggers stand.
type Marks interface {
	// DropMark forgets one; it is no error if there is none.
	DropMark(ctx context.Context, t ident.Tenant, name string) error
}

// Seen is what the nodes of workflows have seen in earlier runs.
type Seen interface {
	// ForgetWorkflow removes all of a workflow's.
	ForgetWorkflow(ctx context.Context, t ident.Tenant, w ident.Workflow) error
}

// Tenants reads tenants.
type Tenants interface {
	Tenant(ctx context.Context, id ident.Tenant) (tenant.Tenant, error)
}

package archive

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Counts is how many things there were of each kind.
type Counts map[string]int64

// Add adds other counts.
func (c Counts) Add(o Counts) {
	for kind, n := range o {
		c[kind] += n
	}
}

// Sum is how many there were in all.
func (c Counts) Sum() int64 {
	var n int64
	for _, k := range c {
		n += k
	}
	return n
}

// Ended is an execution that has ended.
type Ended struct {
	execution.Ref
	Status execution.Status
	At     time.Time
}

// Shelf is the store of executions as retention sees it.
type Shelf interface {
	// AnyBefore reports whether an execution that is kept was accepted before a time.
	AnyBefore(ctx context.Context, t ident.Tenant, at time.Time) (bool, error)
	// Ended calls fn for each ended execution, newest first, until it returns false.
	Ended(ctx context.Context, t ident.Tenant, fn func(Ended) bool) error
	// Drop removes an ended execution with all that belongs to it, files too. It is no
	// error if it is gone, and nothing happens if it goes on by now.
	Drop(ctx context.Context, ref execution.Ref) error
	// Dropping lists executions whose removal was begun and did not end.
	Dropping(ctx context.Context, t ident.Tenant) ([]execution.Ref, error)
	// DropUnborn forgets what was announced before a time (files of executions that were
	// to be), in order, until more says no; it removes the files of those that never came.
	// It returns how many those were.
	DropUnborn(ctx context.Context, t ident.Tenant, before time.Time, more func() bool) (int, error)
}

// Leftovers is what deletions have left that ended before their end.
type Leftovers interface {
	// DropLeft removes a tenant's, as long as more says so.
	DropLeft(ctx context.Context, t ident.Tenant, more func() bool) error
}

// Bookmark keeps where a pass ended.
type Bookmark interface {
	Bookmark(ctx context.Context) (string, error)
	PutBookmark(ctx context.Context, cursor string) error
}

// Tenants knows the tenants and their limits.
type Tenants interface {
	Tenants(ctx context.Context, p tenant.Paging) ([]tenant.Tenant, string, error)
	Limits(ctx context.Context, t ident.Tenant) (tenant.Tenant, tenant.Limits, error)
}

// Shredder removes what belongs to a tenant, a part of the stores at a time.
type Shredder interface {
	// Parts are the names of the parts, in the order in which they are gone through.
	Parts() []string
	// Shred goes through some of a part from a cursor on, and removes what belongs to
	// the tenant. Next is "" at the part's end.
	Shred(ctx context.Context, t ident.Tenant, part, cursor string) (Shredded, error)
}

// Shredded is what one step of a pass did.
type Shredded struct {
	Removed Counts
	Looked  int64 // things that were looked at, of whomever
	Next    string
}

// Register keeps the records of erasures, beside the tenants' data.
type Register interface {
	// Erasure reads a record; fault.NotFound if there is none.
	Erasure(ctx context.Context, t ident.Tenant) (Erasure, error)
	// PutErasure writes a record over the revision that was read; fault.Conflict if
	// another writer was faster.
	PutErasure(ctx context.Context, e Erasure) error
	// PendingErasures lists tenants whose erasure has not ended.
	PendingErasures(ctx context.Context) ([]ident.Tenant, error)
}

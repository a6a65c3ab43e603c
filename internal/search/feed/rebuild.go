package feed

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// part is how many workflows one call of Rebuild takes: at some 20 ms a workflow
// far less than a request may take.
const part = 100

// Rebuilding is one step of making a tenant's index anew.
type Rebuilding struct {
	Tenant ident.Tenant
	Cursor string // "" begins
	// Fresh embeds also texts that the index in use has, and replaces an index that
	// cannot be read.
	Fresh bool
}

// Rebuild takes the next workflows of a tenant into a new index, beside the one in
// use, and puts it in its place with the last. It returns how many it took and
// where to go on, "" at the end.
func (f *Feed) Rebuild(ctx context.Context, r Rebuilding) (done int, next string, err error) {
	owner, err := search.OwnerOf(r.Tenant)
	if err != nil {
		return 0, "", err
	}
	if _, err := f.Tenants.Tenant(ctx, r.Tenant); err != nil {
		return 0, "", err
	}
	heads, next, err := f.Workflows.Heads(ctx, r.Tenant, tenant.Paging{Limit: part, Cursor: r.Cursor})
	if err != nil {
		return 0, "", err
	}
	events := make([]Event, len(heads))
	for i, h := range heads {
		events[i] = Event{Tenant: r.Tenant, Workflow: h.ID, Version: h.Version}
	}
	changes, err := f.changes(ctx, r.Tenant, events)
	if err != nil {
		return 0, "", err
	}
	c := search.Part{First: r.Cursor == "", Last: next == "", Fresh: r.Fresh}
	for _, ch := range changes {
		c.Documents = append(c.Documents, ch.Document)
	}
	err = f.Store.Rebuild(ctx, owner, c, func(ctx context.Context, id string) (bool, error) {
		_, err := f.Workflows.Head(ctx, r.Tenant, ident.Workflow(id))
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		return true, err
	})
	return len(heads), next, err
}

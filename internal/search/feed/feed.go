package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// readers is how many workflows are read at one time.
const readers = 8

// Event is one change of a workflow, as the table's stream tells it.
type Event struct {
	Tenant   ident.Tenant
	Workflow ident.Workflow
	Version  int // the current one; of a deletion the one that was deleted
	Before   int // the version before the change, 0 for a new workflow
	Deleted  bool
	// Erased says that the whole tenant is gone; Workflow is "" then.
	Erased bool
}

// Workflows reads the tenants' workflows; catalog.Store has it.
type Workflows interface {
	Head(ctx context.Context, t ident.Tenant, id ident.Workflow) (catalog.Head, error)
	Heads(ctx context.Context, t ident.Tenant, p tenant.Paging) (items []catalog.Head, next string, err error)
	Source(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) ([]byte, error)
}

// Tenants reads tenants; what does not exist is fault.NotFound.
type Tenants interface {
	Tenant(ctx context.Context, id ident.Tenant) (tenant.Tenant, error)
}

// Feed keeps the indexes.
type Feed struct {
	Store     *search.Store
	Workflows Workflows
	Tenants   Tenants
	Log       *slog.Logger
}

// Handle applies a batch of events. It can be repeated. If it fails for one tenant
// the others' are applied all the same, and the batch is to come again.
func (f *Feed) Handle(ctx context.Context, events []Event) error {
	byTenant := map[ident.Tenant][]Event{}
	var order []ident.Tenant
	for _, e := range events {
		if !e.Deleted && !e.Erased && e.Before == e.Version {
			continue
		}
		if byTenant[e.Tenant] == nil {
			order = append(order, e.Tenant)
		}
		byTenant[e.Tenant] = append(byTenant[e.Tenant], e)
	}
	var errs []error
	for _, t := range order {
		if err := f.handle(ctx, t, byTenant[t]); err != nil {
			errs = append(errs, fmt.Errorf("tenant %s: %w", t, err))
		}
	}
	return errors.Join(errs...)
}

func (f *Feed) handle(ctx context.Context, t ident.Tenant, events []Event) error {
	owner, err := search.OwnerOf(t)
	if err != nil {
		return err
	}
	erased, err := f.erased(ctx, t, events)
	if err != nil {
		return err
	}
	if erased {
		return f.Store.Forget(ctx, owner)
	}
	changes, err := f.changes(ctx, t, newest(events))
	if err != nil {
		return err
	}
	_, err = f.Store.Apply(ctx, owner, changes...)
	return err
}

// erased reports whether the tenant is gone: the deletions that its erasure causes
// must not leave an index that remembers them.
func (f *Feed) erased(ctx context.Context, t ident.Tenant, events []Event) (bool, error) {
	if slices.ContainsFunc(events, func(e Event) bool { return e.Erased }) {
		return true, nil
	}
	if slices.ContainsFunc(events, func(e Event) bool { return !e.Deleted }) {
		return false, nil
	}
	_, err := f.Tenants.Tenant(ctx, t)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, err
}

// newest keeps the last event of each workflow; those before it are not read.
func newest(events []Event) []Event {
	var out []Event
	at := map[ident.Workflow]int{}
	for _, e := range events {
		i, known := at[e.Workflow]
		switch {
		case !known:
			at[e.Workflow] = len(out)
			out = append(out, e)
		case e.Version > out[i].Version || e.Version == out[i].Version && e.Deleted:
			out[i] = e
		}
	}
	return out
}

// changes reads the workflows of events.
func (f *Feed) changes(ctx context.Context, t ident.Tenant, events []Event) ([]search.Change, error) {
	out := make([]search.Change, len(events))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i, e := range events {
		if e.Deleted {
			out[i] = search.Change{Deleted: true, Document: search.Document{ID: string(e.Workflow), Version: int64(e.Version)}}
			continue
		}
		group.Go(func() error {
			d, err := f.document(ctx, t, e.Workflow, e.Version)
			out[i].Document = d
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(out, func(c search.Change) bool { return c.Document.ID == "" }), err
}

// document makes the document of a version. One that cannot be read as a workflow
// is left out and logged: trying again would not help, and others wait behind it.
func (f *Feed) document(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) (search.Document, error) {
	raw, err := f.Workflows.Source(ctx, t, id, version)
	if err == nil {
		var wf *workflow.Workflow
		if wf, err = workflow.Parse(raw); err == nil {
			return search.OfWorkflow(string(id), int64(version), wf), nil
		}
	}
	if fault.Of(err).Transient() || ctx.Err() != nil {
		return search.Document{}, err
	}
	f.Log.Error("a workflow cannot be searched", "tenantId", string(t), "workflowId", string(id), "version", version, "error", err)
	return search.Document{}, nil
}

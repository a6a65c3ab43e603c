package oversight

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Filter selects executions of all tenants.
type Filter struct {
	Tenant     ident.Tenant
	WorkflowID ident.Workflow
	Status     execution.Status
	Text       string // of the error; only failed executions have one
	Code       string
	// Since and Until bound the time of the failure where failures are asked for,
	// and otherwise the time at which the execution was accepted.
	Since, Until time.Time
}

// failures reports whether only failed executions can fit.
func (f Filter) failures() bool {
	return f.Status == execution.Failed || (f.Status == "" && (f.Text != "" || f.Code != ""))
}

func (f Filter) open() bool {
	return f.Status == execution.Queued || f.Status == execution.Running || f.Status == execution.Waiting
}

func (f Filter) check() error {
	if (f.Text != "" || f.Code != "") && !f.failures() {
		return fault.New(fault.Invalid, fault.CodeValidation, "Only failed executions have an error: leave status out, or set it to failed.")
	}
	return nil
}

const (
	// maxTenants is how many tenants are asked one by one.
	maxTenants = 2000
	// atOnce is how many reads are under way together.
	atOnce = 16
	// failureDays is how far back failures are searched if the caller does not say.
	failureDays = 30
	// maxOpen bounds how many open executions are looked through.
	maxOpen = 100_000
)

// List lists executions that fit, newest first; failures by the time at which
// they failed.
func (o *Office) List(ctx context.Context, f Filter, p tenant.Paging) ([]execution.Control, string, error) {
	if err := f.check(); err != nil {
		return nil, "", err
	}
	switch {
	case f.failures():
		return o.listFailed(ctx, f, p)
	case f.Tenant != "":
		return o.listTenant(ctx, f.Tenant, f, p)
	case f.open():
		return o.listOpen(ctx, f, p)
	}
	return o.listMerged(ctx, f, p)
}

func (o *Office) listTenant(ctx context.Context, t ident.Tenant, f Filter, p tenant.Paging) ([]execution.Control, string, error) {
	page, err := o.Executions.List(ctx, t, execution.Filter{
		WorkflowID: f.WorkflowID, Status: f.Status, Since: f.Since, Until: f.Until, Limit: p.Limit, Cursor: p.Cursor,
	})
	return page.Items, page.Next, err
}

// span is the time in which failures are looked for.
func (o *Office) span(since, until time.Time) (time.Time, time.Time) {
	now := o.Clock.Now().UTC()
	if until.IsZero() || until.After(now) {
		until = now.Add(time.Minute) // clocks differ
	}
	if since.IsZero() {
		since = until.AddDate(0, 0, -failureDays)
	}
	return since, until
}

func (f Filter) query(since, until time.Time) FailedQuery {
	return FailedQuery{Since: since, Until: until, Tenant: f.Tenant, WorkflowID: f.WorkflowID, Text: f.Text, Code: f.Code}
}

// listFailed reads the index of failures; what was resumed meanwhile is left out.
func (o *Office) listFailed(ctx context.Context, f Filter, p tenant.Paging) ([]execution.Control, string, error) {
	q := f.query(o.span(f.Since, f.Until))
	q.Before = p.Cursor
	var found []Failed
	err := o.Index.Failed(ctx, q, func(x Failed) bool {
		found = append(found, x)
		return len(found) <= p.Limit
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > p.Limit {
		found = found[:p.Limit]
		next = found[p.Limit-1].Key
	}
	refs := make([]execution.Ref, len(found))
	for i, x := range found {
		refs[i] = x.Ref
	}
	all, err := o.load(ctx, refs)
	return slices.DeleteFunc(all, func(c execution.Control) bool { return c.Status != execution.Failed }), next, err
}

// load reads control items, in the order of refs; those that are gone are left out.
func (o *Office) load(ctx context.Context, refs []execution.Ref) ([]execution.Control, error) {
	all := make([]execution.Control, len(refs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, ref := range refs {
		g.Go(func() error {
			c, err := o.Executions.Get(ctx, ref)
			if fault.Is(err, fault.NotFound) {
				return nil
			}
			all[i] = c
			return err
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(all, func(c execution.Control) bool { return c.ID == "" }), err
}

// opens lists the open executions of all tenants, newest first.
func (o *Office) opens(ctx context.Context) ([]execution.Ref, error) {
	var all []execution.Ref
	far := o.Clock.Now().AddDate(100, 0, 0)
	for shard := range o.Index.Shards() {
		for cursor := ""; len(all) < maxOpen; {
			refs, next, err := o.Index.Due(ctx, shard, far, cursor)
			if err != nil {
				return nil, err
			}
			all = append(all, refs...)
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	slices.SortFunc(all, newest)
	return all, nil
}

// newest orders by the time in the id, the newest first.
func newest(a, b execution.Ref) int {
	return cmp.Or(cmp.Compare(b.ID, a.ID), cmp.Compare(b.Tenant, a.Tenant))
}

func (f Filter) fits(c execution.Control) bool {
	return (f.Tenant == "" || c.Tenant == f.Tenant) && (f.WorkflowID == "" || c.WorkflowID == f.WorkflowID) &&
		(f.Status == "" || c.Status == f.Status) &&
		(f.Since.IsZero() || !c.CreatedAt.Before(f.Since)) && (f.Until.IsZero() || c.CreatedAt.Before(f.Until))
}

// listOpen reads the index of open executions and then their control items, in
// batches, until the page is full.
func (o *Office) listOpen(ctx context.Context, f Filter, p tenant.Paging) ([]execution.Control, string, error) {
	refs, err := o.opens(ctx)
	if err != nil {
		return nil, "", err
	}
	if p.Cursor != "" {
		refs = slices.DeleteFunc(refs, func(r execution.Ref) bool { return string(r.ID) >= p.Cursor })
	}
	var page []execution.Control
	for batch := range slices.Chunk(refs, max(p.Limit, atOnce)) {
		all, err := o.load(ctx, batch)
		if err != nil {
			return nil, "", err
		}
		for _, c := range all {
			if !f.fits(c) {
				continue
			}
			if len(page) == p.Limit {
				return page, string(page[p.Limit-1].ID), nil
			}
			page = append(page, c)
		}
	}
	return page, "", nil
}

// tenants are all tenants.
func (o *Office) tenants(ctx context.Context) ([]tenant.Tenant, error) {
	var all []tenant.Tenant
	for cursor := ""; ; {
		page, next, err := o.Directory.Tenants(ctx, tenant.Paging{Limit: 200, Cursor: cursor})
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(all) > maxTenants {
			return nil, fault.New(fault.Invalid, fault.CodeValidation,
				"There are more than %d tenants, too many to ask each of them; name a tenant, or a status that has an index: failed, queued, running or waiting.", maxTenants)
		}
		if cursor = next; cursor == "" {
			return all, nil
		}
	}
}

// each calls do for each tenant, some at once.
func (o *Office) each(ctx context.Context, do func(ctx context.Context, t tenant.Tenant) error) error {
	all, err := o.tenants(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, t := range all {
		g.Go(func() error { return do(ctx, t) })
	}
	return g.Wait()
}

// listMerged asks each tenant for its newest and merges them: ids sort by time.
func (o *Office) listMerged(ctx context.Context, f Filter, p tenant.Paging) ([]execution.Control, string, error) {
	var mu sync.Mutex
	var all []execution.Control
	more := false
	err := o.each(ctx, func(ctx context.Context, t tenant.Tenant) error {
		items, next, err := o.listTenant(ctx, t.ID, f, p)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, items...)
		more = more || next != ""
		return err
	})
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, func(a, b execution.Control) int { return newest(a.Ref, b.Ref) })
	if len(all) <= p.Limit && !more {
		return all, "", nil
	}
	all = all[:min(len(all), p.Limit)]
	return all, string(all[len(all)-1].ID), nil
}

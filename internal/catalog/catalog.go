package catalog

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Catalog keeps workflows. It is safe for concurrent use.
type Catalog struct {
	Store     Store
	Schedules Schedules
	Timetable Timetable
	Tenants   Tenants
	Types     Types
	// Registrations and Registrar are nil where no trigger registers itself.
	Registrations Registrations
	Registrar     Registrar
	// Credentials finds what imported workflows refer to; nil: nothing is found.
	Credentials credential.Reader
	Marks       Marks
	// Seen, if set, is told of workflows that are deleted.
	Seen  Seen
	Clock clock.Clock
}

// untitled is the name of a workflow that has none.
const untitled = "Untitled workflow"

// Create stores a new workflow from n8n's JSON. What could never run (connections
// to nowhere, doubled names) is refused.
func (c *Catalog) Create(ctx context.Context, by tenant.Actor, t ident.Tenant, raw []byte) (Head, error) {
	wf, err := workflow.Parse(raw)
	if err != nil {
		return Head{}, err
	}
	if err := wf.Validate(); err != nil {
		return Head{}, err
	}
	return c.create(ctx, by, t, wf, raw)
}

func (c *Catalog) create(ctx context.Context, by tenant.Actor, t ident.Tenant, wf *workflow.Workflow, raw []byte) (Head, error) {
	return c.createAs(ctx, by, t, ident.Workflow(ident.New(ident.PrefixWorkflow, c.now())), wf, raw)
}

// createAs is create under an id that is known before.
func (c *Catalog) createAs(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Workflow, wf *workflow.Workflow, raw []byte) (Head, error) {
	raw, err := trigger.WithAddresses(raw, wf, nil)
	if err != nil {
		return Head{}, err
	}
	now := c.now()
	h := Head{
		Tenant: t, ID: id, Version: 1,
		CreatedAt: now, UpdatedAt: now, UpdatedBy: by.ID,
	}
	h.describe(wf)
	err = c.Store.Save(ctx, Saving{
		Head: h, Source: raw, Created: h.version(now, by, raw), From: from(wf),
		Audit: c.audit(by, h, "workflow.created", nil, h),
	})
	return h, err
}

// maxFrom is the longest id of elsewhere that is remembered, in bytes; n8n's have 16.
const maxFrom = 100

// from is the id that a workflow came with, "" if it has none of elsewhere.
func from(wf *workflow.Workflow) string {
	if len(wf.ID) > maxFrom || ident.Valid(ident.PrefixWorkflow, wf.ID) {
		return ""
	}
	return wf.ID
}

func (h *Head) describe(wf *workflow.Workflow) {
	h.Name, h.Nodes = strings.TrimSpace(wf.Name), len(wf.Nodes)
	if h.Name == "" {
		h.Name = untitled
	}
	h.Credentials = usesOf(wf)
}

func (h Head) version(now time.Time, by tenant.Actor, raw []byte) Version {
	return Version{Number: h.Version, Name: h.Name, Nodes: h.Nodes, Size: len(raw), CreatedAt: now, CreatedBy: by.ID}
}

// saveTries bounds the rounds of an unconditional change against other writers.
const saveTries = 5

// Update stores a new version and makes it current. With ifVersion above 0 it is
// fault.Conflict if another version is current by now. The triggers of an active
// workflow follow.
func (c *Catalog) Update(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Workflow, raw []byte, ifVersion int) (Head, error) {
	wf, err := workflow.Parse(raw)
	if err != nil {
		return Head{}, err
	}
	if err := wf.Validate(); err != nil {
		return Head{}, err
	}
	return c.change(ctx, t, id, func(before Head) (Saving, error) {
		if ifVersion > 0 && before.Version != ifVersion {
			return Saving{}, fault.New(fault.Conflict, fault.CodeConflict,
				"Version %d is current by now, not %d; read it and repeat the change.", before.Version, ifVersion)
		}
		wf, raw, err := c.addressed(ctx, before, wf, raw)
		if err != nil {
			return Saving{}, err
		}
		now := c.now()
		after := before
		after.Version++
		after.UpdatedAt, after.UpdatedBy = now, by.ID
		after.describe(wf)
		s := Saving{Head: after, Source: raw, Created: after.version(now, by, raw)}
		if before.Active {
			if err := c.register(ctx, &s, before, wf, by); err != nil {
				return Saving{}, err
			}
		}
		s.Audit = c.audit(by, after, "workflow.updated", before, after)
		return s, nil
	})
}

// addressed gives a new version's triggers the addresses that they lack: those
// that they had before, where they had one.
func (c *Catalog) addressed(ctx context.Context, before Head, wf *workflow.Workflow, raw []byte) (*workflow.Workflow, []byte, error) {
	if !slices.ContainsFunc(wf.Nodes, trigger.NeedsAddress) {
		return wf, raw, nil
	}
	text, err := c.Store.Source(ctx, before.Tenant, before.ID, before.Version)
	if err != nil {
		return nil, nil, err
	}
	old, err := workflow.Parse(text)
	if err != nil {
		return nil, nil, err
	}
	if raw, err = trigger.WithAddresses(raw, wf, old); err != nil {
		return nil, nil, err
	}
	wf, err = workflow.Parse(raw)
	return wf, raw, err
}

// change reads a head, plans the change and saves it, and begins again if another
// writer was faster.
func (c *Catalog) change(ctx context.Context, t ident.Tenant, id ident.Workflow, plan func(Head) (Saving, error)) (Head, error) {
	var last error
	for range saveTries {
		before, err := c.Store.Head(ctx, t, id)
		if err != nil {
			return Head{}, err
		}
		s, err := plan(before)
		if err != nil {
			return Head{}, err
		}
		for _, sch := range s.PutSchedules {
			if err := c.Timetable.Put(ctx, sch); err != nil {
				return Head{}, err
			}
		}
		if last = c.Store.Save(ctx, s); last == nil {
			return c.clear(ctx, s)
		}
		if !fault.Is(last, fault.Conflict) || c.taken(last) {
			return Head{}, last
		}
	}
	return Head{}, last
}

// taken reports whether the conflict is over a webhook's address: trying again
// would not help.
func (c *Catalog) taken(err error) bool { return fault.Of(err).Code == CodeHookTaken }

// CodeHookTaken is the code of a webhook address that another workflow has.
const CodeHookTaken fault.Code = "WEBHOOK_TAKEN"

// clear removes from the scheduler what the saved change no longer has. A failure
// is kept in the head for the next change; ticks of it do nothing meanwhile.
func (c *Catalog) clear(ctx context.Context, s Saving) (Head, error) {
	h := s.Head
	h.Rev++
	c.callRegistrar(ctx, s)
	var left []ident.Schedule
	for _, id := range append(s.DropSchedules, h.Stale...) {
		if c.Timetable.Remove(ctx, id) != nil || c.Marks.DropMark(ctx, h.Tenant, string(id)) != nil {
			left = append(left, id)
		}
	}
	if s.Delete && c.Seen != nil {
		return h, c.Seen.ForgetWorkflow(ctx, h.Tenant, h.ID)
	}
	if s.Delete || (len(left) == 0 && len(h.Stale) == 0) {
		return h, nil
	}
	h.Stale = left
	err := c.Store.Save(ctx, Saving{Head: h, Audit: c.audit(tenant.Actor{ID: "platform"}, h, "workflow.schedules", nil, left)})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return h, err
	}
	return h, nil
}

func (c *Catalog) now() time.Time { return c.Clock.Now().UTC() }

func (c *Catalog) audit(by tenant.Actor, h Head, action string, before, after any) tenant.Audit {
	return tenant.NewAudit(c.now(), tenant.Audit{Tenant: h.Tenant, Actor: by, Action: action, Target: string(h.ID)}, before, after)
}

// Get returns a workflow's head and the JSON of a version; version 0 is the current one.
func (c *Catalog) Get(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) (Head, []byte, error) {
	h, err := c.Store.Head(ctx, t, id)
	if err != nil {
		return Head{}, nil, err
	}
	if version == 0 {
		version = h.Version
	}
	raw, err := c.Store.Source(ctx, t, id, version)
	return h, raw, err
}

// Head returns what is known of a workflow without reading a version.
func (c *Catalog) Head(ctx context.Context, t ident.Tenant, id ident.Workflow) (Head, error) {
	return c.Store.Head(ctx, t, id)
}

// Versions lists a workflow's versions, newest first.
func (c *Catalog) Versions(ctx context.Context, t ident.Tenant, id ident.Workflow, p tenant.Paging) ([]Version, string, error) {
	if _, err := c.Store.Head(ctx, t, id); err != nil {
		return nil, "", err
	}
	return c.Store.Versions(ctx, t, id, p)
}

// searchBatch is how many heads a search reads at once.
const searchBatch = 200

// List lists workflows, newest first; search keeps those with the text in their
// name, in any case.
func (c *Catalog) List(ctx context.Context, t ident.Tenant, search string, p tenant.Paging) ([]Head, string, error) {
	search = strings.ToLower(strings.TrimSpace(search))
	if search == "" {
		return c.Store.Heads(ctx, t, p)
	}
	var found []Head
	read := tenant.Paging{Limit: searchBatch, Cursor: p.Cursor}
	for {
		heads, next, err := c.Store.Heads(ctx, t, read)
		if err != nil {
			return nil, "", err
		}
		for i, h := range heads {
			if !strings.Contains(strings.ToLower(h.Name), search) {
				continue
			}
			found = append(found, h)
			if len(found) == p.Limit && (i < len(heads)-1 || next != "") {
				return found, c.cursorAt(h), nil
			}
		}
		if next == "" {
			return found, "", nil
		}
		read.Cursor = next
	}
}

// cursorAt is the cursor after a head.
func (c *Catalog) cursorAt(h Head) string { return string(h.ID) }

// Delete removes a workflow with its triggers. Executions that run go on with
// their version.
func (c *Catalog) Delete(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Workflow) error {
	own, err := c.ownSchedules(ctx, t, id)
	if err != nil {
		return err
	}
	_, err = c.change(ctx, t, id, func(before Head) (Saving, error) {
		return Saving{
			Head: before, Delete: true, DropHooks: before.Hooks, Wants: c.unwanted(before.Tenant, before.Hooks, nil), DropSchedules: append(own, before.Schedules...),
			Audit: c.audit(by, before, "workflow.deleted", before, nil),
		}, nil
	})
	return err
}

// ownSchedules are those that the API made for the workflow.
func (c *Catalog) ownSchedules(ctx context.Context, t ident.Tenant, id ident.Workflow) ([]ident.Schedule, error) {
	all, err := c.Schedules.Schedules(ctx, t)
	if err != nil {
		return nil, err
	}
	var own []ident.Schedule
	for _, s := range all {
		if s.Workflow == id && s.Own() {
			own = append(own, s.ID)
		}
	}
	return own, nil
}

// triggers reads what a version registers.
func (c *Catalog) triggers(ctx context.Context, h Head, wf *workflow.Workflow, by tenant.Actor) (trigger.Set, error) {
	tn, err := c.Tenants.Tenant(ctx, h.Tenant)
	if err != nil {
		return trigger.Set{}, err
	}
	return trigger.Of(wf, trigger.Owner{
		Tenant: h.Tenant, Workflow: h.ID, Version: h.Version, Timezone: tn.Timezone, Now: c.now(), By: by.ID, Polls: c.Types.Polls,
	})
}

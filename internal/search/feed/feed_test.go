package feed_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/feed"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// desk is a tenant's workflows: the names of their current versions.
type desk struct {
	heads   []catalog.Head
	sources map[ident.Workflow]string
	gone    bool // the tenant
	down    error
}

func missing() error { return fault.New(fault.NotFound, fault.CodeNotFound, "none") }

func (d *desk) Head(_ context.Context, _ ident.Tenant, id ident.Workflow) (catalog.Head, error) {
	for _, h := range d.heads {
		if h.ID == id {
			return h, nil
		}
	}
	return catalog.Head{}, missing()
}

func (d *desk) Heads(_ context.Context, _ ident.Tenant, p tenant.Paging) ([]catalog.Head, string, error) {
	from := 0
	if p.Cursor != "" {
		from = 1 + slices.IndexFunc(d.heads, func(h catalog.Head) bool { return string(h.ID) == p.Cursor })
	}
	to := min(from+p.Limit, len(d.heads))
	if to == len(d.heads) {
		return d.heads[from:], "", nil
	}
	return d.heads[from:to], string(d.heads[to-1].ID), nil
}

func (d *desk) Source(_ context.Context, _ ident.Tenant, id ident.Workflow, _ int) ([]byte, error) {
	if d.down != nil {
		return nil, d.down
	}
	s, ok := d.sources[id]
	if !ok {
		return nil, missing()
	}
	return []byte(s), nil
}

func (d *desk) Tenant(_ context.Context, id ident.Tenant) (tenant.Tenant, error) {
	if d.gone {
		return tenant.Tenant{}, missing()
	}
	return tenant.Tenant{ID: id}, nil
}

func (d *desk) add(id, source string) {
	d.heads = append(d.heads, catalog.Head{ID: ident.Workflow(id), Version: 1})
	d.sources[ident.Workflow(id)] = source
}

func named(name string) string { return fmt.Sprintf(`{"name":%q,"nodes":[],"connections":{}}`, name) }

type fixture struct {
	*feed.Feed
	*desk
	blobs *searchtest.Memory
	model *searchtest.Embedder
}

func setup() *fixture {
	f := &fixture{desk: &desk{sources: map[ident.Workflow]string{}}, blobs: &searchtest.Memory{}, model: &searchtest.Embedder{}}
	f.Feed = &feed.Feed{
		Store:     search.NewStore(f.blobs, f.model, clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))),
		Workflows: f.desk, Tenants: f.desk, Log: slog.New(slog.DiscardHandler),
	}
	return f
}

// names are those in the tenant's index.
func (f *fixture) names(t *testing.T) []string {
	t.Helper()
	b, _, err := f.blobs.Get(t.Context(), "search/f1/test/ten_1", "")
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	x, err := search.Decode(b, "test")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range x.Documents() {
		out = append(out, d.Name)
	}
	return out
}

func event(id string, before, version int) feed.Event {
	return feed.Event{Tenant: "ten_1", Workflow: ident.Workflow(id), Before: before, Version: version}
}

func TestOnlyNewVersionsAreRead(t *testing.T) {
	f := setup()
	f.add("wf_1", named("one"))
	if err := f.Handle(t.Context(), []feed.Event{event("wf_1", 0, 1)}); err != nil {
		t.Fatal(err)
	}
	f.down = errors.New("must not be read")
	if err := f.Handle(t.Context(), []feed.Event{event("wf_1", 1, 1)}); err != nil {
		t.Errorf("an activation: %v", err)
	}
	f.down = fault.New(fault.Unavailable, fault.CodeUnavailable, "down")
	if err := f.Handle(t.Context(), []feed.Event{event("wf_1", 1, 2)}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a version that cannot be read now: %v, want it to come again", err)
	}
}

// What can never be read must not stop what stands behind it.
func TestBrokenWorkflowsDoNotBlockTheStream(t *testing.T) {
	f := setup()
	f.add("wf_1", `{"nodes":`)
	f.add("wf_2", named("two"))
	events := []feed.Event{event("wf_1", 0, 1), event("wf_2", 0, 1), event("wf_gone", 0, 1)}
	if err := f.Handle(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	if got := f.names(t); !slices.Equal(got, []string{"two"}) {
		t.Errorf("%v", got)
	}
}

// One tenant's trouble is not another's.
func TestTenantsAreHandledApart(t *testing.T) {
	f := setup()
	f.add("wf_1", named("one"))
	bad := event("wf_1", 0, 1)
	bad.Tenant = "everybody" // no tenant's name
	if err := f.Handle(t.Context(), []feed.Event{bad, event("wf_1", 0, 1)}); err == nil {
		t.Error("no error for a tenant that cannot be")
	}
	if got := f.names(t); !slices.Equal(got, []string{"one"}) {
		t.Errorf("%v", got)
	}
}

// An erased tenant leaves nothing, however its deletions come.
func TestErasedTenantLeavesNothing(t *testing.T) {
	deletion := event("wf_1", 1, 1)
	deletion.Deleted = true
	for name, last := range map[string]feed.Event{"told": {Tenant: "ten_1", Erased: true}, "found out": deletion} {
		f := setup()
		f.add("wf_1", named("one"))
		if err := f.Handle(t.Context(), []feed.Event{event("wf_1", 0, 1)}); err != nil {
			t.Fatal(err)
		}
		f.gone = true
		if err := f.Handle(t.Context(), []feed.Event{last}); err != nil {
			t.Fatal(err)
		}
		if keys := f.blobs.Keys(); len(keys) != 0 {
			t.Errorf("%s: left are %v", name, keys)
		}
	}
}

func TestRebuildGoesStepByStep(t *testing.T) {
	f := setup()
	for i := range 250 {
		f.add(fmt.Sprintf("wf_%03d", i), named(fmt.Sprintf("number %d", i)))
	}
	steps, total := 0, 0
	for cursor := ""; ; steps++ {
		done, next, err := f.Rebuild(t.Context(), feed.Rebuilding{Tenant: "ten_1", Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if total += done; next == "" {
			break
		}
		if got := f.names(t); got != nil {
			t.Fatalf("half an index is in use: %d documents", len(got))
		}
		cursor = next
	}
	if got := f.names(t); len(got) != 250 || total != 250 || steps != 2 {
		t.Errorf("%d documents, %d workflows in %d steps", len(got), total, steps+1)
	}
	f.gone = true
	if _, _, err := f.Rebuild(t.Context(), feed.Rebuilding{Tenant: "ten_1"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a tenant that does not exist: %v", err)
	}
}

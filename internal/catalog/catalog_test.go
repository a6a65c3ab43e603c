package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// timetable is a scheduler that remembers, and fails when told to.
type timetable struct {
	mu        sync.Mutex
	schedules map[ident.Schedule]trigger.Schedule
	failPut   error
	failGone  error
}

func (t *timetable) Put(_ context.Context, s trigger.Schedule) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failPut == nil {
		t.schedules[s.ID] = s
	}
	return t.failPut
}

func (t *timetable) Remove(_ context.Context, id ident.Schedule) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failGone == nil {
		delete(t.schedules, id)
	}
	return t.failGone
}

// expressions are what is scheduled, sorted.
func (t *timetable) expressions() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, s := range t.schedules {
		out = append(out, s.Timing.Expression)
	}
	slices.Sort(out)
	return out
}

type anyType struct{}

func (anyType) Supports(typ string, _ float64) bool { return !strings.Contains(typ, "unknown") }

func (anyType) Polls(typ string, _ float64) bool { return strings.HasSuffix(typ, "gmailTrigger") }

// marks notes which marks were dropped.
type marks struct{ dropped []string }

func (m *marks) DropMark(_ context.Context, t ident.Tenant, name string) error {
	m.dropped = append(m.dropped, string(t)+" "+name)
	return nil
}

type oneTenant struct{}

func (oneTenant) Tenant(_ context.Context, id ident.Tenant) (tenant.Tenant, error) {
	return tenant.Tenant{ID: id, Timezone: "Asia/Colombo"}, nil
}

type fixture struct {
	*catalog.Catalog
	store *dynamostore.Catalog
	table *timetable
	clock *clock.Manual
	marks *marks
}

const acme = ident.Tenant("ten_acme")

var by = tenant.Actor{ID: "key_1", Role: tenant.Editor}

func setup(t *testing.T) *fixture {
	t.Helper()
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	store := dynamostore.NewCatalog(table.Client(table.Open(t, c)), table.Catalog, nil, c)
	tt := &timetable{schedules: map[ident.Schedule]trigger.Schedule{}}
	m := &marks{}
	return &fixture{&catalog.Catalog{
		Store: store, Schedules: store, Timetable: tt, Tenants: oneTenant{}, Types: anyType{}, Marks: m, Clock: c,
	}, store, tt, c, m}
}

// flow writes a workflow of a webhook at each path and a schedule at each hour.
func flow(paths []string, hours ...int) []byte {
	var nodes []string
	for i, p := range paths {
		nodes = append(nodes, fmt.Sprintf(`{"id":"h%d","name":"Hook %d","type":"n8n-nodes-base.webhook","typeVersion":2,"position":[0,0],"parameters":{"path":%q}}`, i, i, p))
	}
	for i, h := range hours {
		nodes = append(nodes, fmt.Sprintf(`{"id":"s%d","name":"Clock %d","type":"n8n-nodes-base.scheduleTrigger","typeVersion":1.2,"position":[0,0],"parameters":{"rule":{"interval":[{"triggerAtHour":%d}]}}}`, i, i, h))
	}
	return []byte(`{"name":"flow","nodes":[` + strings.Join(nodes, ",") + `],"connections":{}}`)
}

func (f *fixture) create(t *testing.T, raw []byte) ident.Workflow {
	t.Helper()
	h, err := f.Create(t.Context(), by, acme, raw)
	if err != nil {
		t.Fatal(err)
	}
	return h.ID
}

// listens reports which of the paths lead somewhere.
func (f *fixture) listens(t *testing.T, paths ...string) []string {
	t.Helper()
	var out []string
	for _, p := range paths {
		if _, _, err := f.store.Hook(t.Context(), acme, "GET", strings.Split(p, "/")); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestTriggersFollowTheWorkflow(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	id := f.create(t, flow([]string{"a", "b"}, 6, 7))
	same(t, "before the activation", []string(nil), append(f.listens(t, "a", "b"), f.table.expressions()...))

	h, err := f.Activate(ctx, by, acme, id)
	if err != nil || !h.Active {
		t.Fatalf("%+v %v", h, err)
	}
	same(t, "webhooks", []string{"a", "b"}, f.listens(t, "a", "b", "c"))
	same(t, "schedules", []string{"cron(0 6 * * ? *)", "cron(0 7 * * ? *)"}, f.table.expressions())

	if _, err := f.Update(ctx, by, acme, id, flow([]string{"b", "c"}, 8), 0); err != nil {
		t.Fatal(err)
	}
	same(t, "webhooks of the new version", []string{"b", "c"}, f.listens(t, "a", "b", "c"))
	same(t, "schedules of the new version", []string{"cron(0 8 * * ? *)"}, f.table.expressions())
	hook, _, err := f.store.Hook(ctx, acme, "GET", []string{"b"})
	if err != nil || hook.Version != 2 {
		t.Errorf("the webhook leads to %+v, %v", hook, err)
	}

	if _, err := f.Deactivate(ctx, by, acme, id); err != nil {
		t.Fatal(err)
	}
	same(t, "after the deactivation", []string(nil), append(f.listens(t, "a", "b", "c"), f.table.expressions()...))
	if all, err := f.ListSchedules(ctx, acme); err != nil || len(all) != 0 {
		t.Errorf("records of schedules: %+v %v", all, err)
	}
}

func TestWorkflowWithoutTriggersIsNotActivated(t *testing.T) {
	f := setup(t)
	id := f.create(t, []byte(`{"name":"x","nodes":[{"id":"1","name":"M","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}}],"connections":{}}`))
	if _, err := f.Activate(t.Context(), by, acme, id); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	if h, _, err := f.Get(t.Context(), acme, id, 0); err != nil || h.Active {
		t.Errorf("%+v %v", h, err)
	}
}

func TestAddressesThatAreTakenAreRefused(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	first, second := f.create(t, flow([]string{"a"})), f.create(t, flow([]string{"a"}, 5))
	if _, err := f.Activate(ctx, by, acme, first); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Activate(ctx, by, acme, second); fault.Of(err).Code != catalog.CodeHookTaken {
		t.Errorf("%v", err)
	}
	if h, _, err := f.Get(ctx, acme, second, 0); err != nil || h.Active || len(h.Hooks) != 0 {
		t.Errorf("the refused one is %+v, %v", h, err)
	}
	if err := f.Delete(ctx, by, acme, first); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Activate(ctx, by, acme, second); err != nil {
		t.Errorf("after the first one is gone: %v", err)
	}
}

func TestSchedulerThatFailsLeavesNoGap(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	id := f.create(t, flow([]string{"a"}, 6))
	f.table.failPut = errors.New("down")
	if _, err := f.Activate(ctx, by, acme, id); err == nil {
		t.Fatal("a schedule that was not made counts as made")
	}
	if h, _, err := f.Get(ctx, acme, id, 0); err != nil || h.Active {
		t.Errorf("the workflow is %+v, %v", h, err)
	}
	f.table.failPut = nil
	if _, err := f.Activate(ctx, by, acme, id); err != nil {
		t.Fatal(err)
	}

	// One that cannot be removed is remembered, does nothing, and goes with the next change.
	f.table.failGone = errors.New("down")
	h, err := f.Deactivate(ctx, by, acme, id)
	if err != nil || h.Active || len(h.Stale) != 1 {
		t.Fatalf("%+v %v", h, err)
	}
	if _, err := f.store.Schedule(ctx, acme, h.Stale[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("its record is still there: %v", err)
	}
	f.table.failGone = nil
	if h, err = f.Update(ctx, by, acme, id, flow([]string{"a"}, 9), 0); err != nil || len(h.Stale) != 0 {
		t.Errorf("%+v %v", h, err)
	}
	same(t, "the scheduler", []string(nil), f.table.expressions())
}

func TestNewVersionDoesNotShiftTheCount(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	raw := []byte(`{"name":"x","nodes":[{"id":"1","name":"T","type":"n8n-nodes-base.scheduleTrigger","typeVersion":1.2,"position":[0,0],
		"parameters":{"rule":{"interval":[{"field":"weeks","weeksInterval":2,"triggerAtDay":[1]}]}}}],"connections":{}}`)
	id := f.create(t, raw)
	if _, err := f.Activate(ctx, by, acme, id); err != nil {
		t.Fatal(err)
	}
	first := func() time.Time {
		all, err := f.ListSchedules(ctx, acme)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v %v", all, err)
		}
		return all[0].First
	}
	before := first()
	f.clock.Advance(10 * 24 * time.Hour)
	if _, err := f.Update(ctx, by, acme, id, raw, 0); err != nil {
		t.Fatal(err)
	}
	if !first().Equal(before) {
		t.Errorf("the first tick moved from %v to %v", before, first())
	}
	if _, err := f.Update(ctx, by, acme, id, []byte(strings.Replace(string(raw), `"weeksInterval":2`, `"weeksInterval":3`, 1)), 0); err != nil {
		t.Fatal(err)
	}
	if first().Equal(before) {
		t.Error("another interval counts from the old beginning")
	}
}

// TestConcurrentChanges lets many writers change one workflow: each that was told
// of success made a version, and the triggers are those of the current one.
func TestConcurrentChanges(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	id := f.create(t, flow([]string{"p0"}))
	if _, err := f.Activate(ctx, by, acme, id); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	made := map[int]int{}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			h, err := f.Update(ctx, by, acme, id, flow([]string{fmt.Sprint("p", i+1)}, i), 0)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made[h.Version]++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h, _, err := f.Get(ctx, acme, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if h.Version != len(made)+1 {
		t.Errorf("version %d after %d changes", h.Version, len(made))
	}
	for v, n := range made {
		if n != 1 {
			t.Errorf("version %d was made %d times", v, n)
		}
	}
	var paths []string
	for i := range 17 {
		paths = append(paths, fmt.Sprint("p", i))
	}
	same(t, "webhooks", []string{h.Hooks[0].Path}, f.listens(t, paths...))
}

func TestSchedulesOfTheAPI(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	id := f.create(t, flow(nil, 6))
	s, err := f.AddSchedule(ctx, by, acme, catalog.NewSchedule{Workflow: id, Cron: "30 9 * * 1-5"})
	if err != nil || s.Timing.Timezone != "Asia/Colombo" || !s.First.Equal(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)) {
		t.Fatalf("%+v %v", s, err)
	}
	for _, bad := range []catalog.NewSchedule{{Workflow: id, Cron: "* * *"}, {Workflow: id, Cron: "0 0 31 2 *"}, {Workflow: id, Cron: "0 0 * * *", Timezone: "Mars"}} {
		if _, err := f.AddSchedule(ctx, by, acme, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := f.AddSchedule(ctx, by, acme, catalog.NewSchedule{Workflow: "wf_none", Cron: "* * * * *"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	if _, err := f.Activate(ctx, by, acme, id); err != nil {
		t.Fatal(err)
	}
	all, err := f.ListSchedules(ctx, acme)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v %v", all, err)
	}
	for _, one := range all {
		err := f.DeleteSchedule(ctx, by, acme, one.ID)
		if one.Own() && err != nil || !one.Own() && !fault.Is(err, fault.Conflict) {
			t.Errorf("%+v: %v", one, err)
		}
	}
	if err := f.DeleteSchedule(ctx, by, "ten_other", all[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant's: %v", err)
	}
	if _, err := f.AddSchedule(ctx, by, acme, catalog.NewSchedule{Workflow: id, Cron: "* * * * *"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(ctx, by, acme, id); err != nil {
		t.Fatal(err)
	}
	same(t, "the scheduler after the workflow is gone", []string(nil), f.table.expressions())
}

func TestEveryChangeIsAudited(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	id := f.create(t, flow([]string{"a"}))
	must := func(_ catalog.Head, err error) {
		t.Helper()
		f.clock.Advance(time.Second)
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.Activate(ctx, by, acme, id))
	must(f.Update(ctx, by, acme, id, flow([]string{"b"}), 1))
	must(f.Deactivate(ctx, by, acme, id))
	must(catalog.Head{}, f.Delete(ctx, by, acme, id))
	records, _, err := f.store.Audits(ctx, acme, tenant.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, r := range records {
		got[r.Action]++
		if r.Target != string(id) || r.Actor != by {
			t.Errorf("%+v", r)
		}
	}
	want := []string{"workflow.activated", "workflow.created", "workflow.deactivated", "workflow.deleted", "workflow.updated"}
	same(t, "actions", want, slices.Sorted(maps.Keys(got)))
}

func TestImportOfManyKeepsTheirPlaces(t *testing.T) {
	f := setup(t)
	var parts []string
	for i := range 60 {
		if i%7 == 3 {
			parts = append(parts, `{"name":"broken"}`)
			continue
		}
		parts = append(parts, strings.Replace(string(flow([]string{"x"})), `"flow"`, fmt.Sprintf(`"w%d"`, i), 1))
	}
	out, err := f.Import(t.Context(), by, acme, []byte("["+strings.Join(parts, ",")+"]"))
	if err != nil || len(out) != 60 {
		t.Fatal(len(out), err)
	}
	for i, one := range out {
		if broken := i%7 == 3; one.Index != i || (one.Err != nil) != broken || (!broken && one.Name != fmt.Sprint("w", i)) {
			t.Errorf("%d: %+v", i, one)
		}
	}
}

// gmail is a workflow with a polling trigger of some poll times.
func gmail(times string) []byte {
	return []byte(`{"name":"mail","nodes":[{"id":"1","name":"Mail","type":"n8n-nodes-base.gmailTrigger","typeVersion":1.2,"position":[0,0],"parameters":{"pollTimes":{"item":[` + times + `]}}}],"connections":{}}`)
}

// Polling goes on where it stands when the workflow changes, other times included,
// and begins anew after a deactivation, which forgets where it stood.
func TestPollingGoesOnOverVersionsAndEndsWithTheActivation(t *testing.T) {
	f := setup(t)
	id := f.create(t, gmail(`{"mode":"everyMinute"}`))
	polls := func() []trigger.Schedule {
		t.Helper()
		all, err := f.ListSchedules(t.Context(), acme)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if _, err := f.Activate(t.Context(), by, acme, id); err != nil {
		t.Fatal(err)
	}
	first := polls()
	if len(first) != 1 || first[0].Poll == nil || !first[0].Poll.Since.Equal(f.clock.Now()) {
		t.Fatalf("the schedules are %+v", first)
	}
	f.clock.Advance(time.Hour)
	if _, err := f.Update(t.Context(), by, acme, id, gmail(`{"mode":"everyHour"},{"mode":"everyMinute"}`), 0); err != nil {
		t.Fatal(err)
	}
	second := polls()
	if len(second) != 2 {
		t.Fatalf("the schedules are %+v", second)
	}
	for _, s := range second {
		same(t, "the poll", first[0].Poll, s.Poll)
	}
	if _, err := f.Update(t.Context(), by, acme, id, gmail(`{"mode":"everyHour"}`), 0); err != nil {
		t.Fatal(err)
	}
	same(t, "dropped marks", 1, len(f.marks.dropped)) // of the second rule, which has none
	if _, err := f.Deactivate(t.Context(), by, acme, id); err != nil {
		t.Fatal(err)
	}
	same(t, "the last dropped mark", string(acme)+" "+string(first[0].Poll.Mark), f.marks.dropped[1])
	f.clock.Advance(time.Hour)
	if _, err := f.Activate(t.Context(), by, acme, id); err != nil {
		t.Fatal(err)
	}
	if s := polls()[0].Poll; s.Mark != first[0].Poll.Mark || !s.Since.Equal(f.clock.Now()) {
		t.Errorf("the poll after a new activation is %+v", s)
	}
	if err := f.Delete(t.Context(), by, acme, id); err != nil {
		t.Fatal(err)
	}
	same(t, "dropped marks", 3, len(f.marks.dropped))
}

// The site of templates wraps a workflow twice, beside nodes that are only types.
func TestImportOfATemplatesPage(t *testing.T) {
	f := setup(t)
	page := `{"workflow":{"id":7,"name":"Tea time","nodes":[{"id":1,"name":"n8n-nodes-base.set"}],"workflow":` + string(flow([]string{"x"})) + `}}`
	out, err := f.Import(t.Context(), by, acme, []byte(page))
	if err != nil || len(out) != 1 {
		t.Fatalf("%v, %v", out, err)
	}
	_, source, err := f.Get(t.Context(), acme, out[0].ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(source); !strings.Contains(text, "Hook 0") || strings.Contains(text, "Tea time") || out[0].Name != "flow" {
		t.Errorf("imported was %q: %s", out[0].Name, source)
	}
}

// Editors of Windows put a mark before the text.
func TestImportOfATextWithAByteOrderMark(t *testing.T) {
	f := setup(t)
	if out, err := f.Import(t.Context(), by, acme, append([]byte("\xef\xbb\xbf"), flow([]string{"x"})...)); err != nil || len(out) != 1 {
		t.Errorf("%v, %v", out, err)
	}
}

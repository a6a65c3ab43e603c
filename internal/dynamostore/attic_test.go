package dynamostore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/archive"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// files is a bucket in memory.
type files struct {
	mu   sync.Mutex
	keys map[string][]byte
}

func (f *files) Put(_ context.Context, key string, b []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys[key] = bytes.Clone(b)
	return nil
}

func (f *files) Get(_ context.Context, key string) ([]byte, error) { return f.keys[key], nil }

func (f *files) Keys(_ context.Context, prefix, after string, fn func(string, int64) bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for k := range f.keys {
		if strings.HasPrefix(k, prefix) && k > after {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	for _, k := range all {
		if !fn(k, int64(len(f.keys[k]))) {
			break
		}
	}
	return nil
}

func (f *files) Delete(_ context.Context, keys ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, k := range keys {
		delete(f.keys, k)
	}
	return nil
}

// shelf is a store with one tenant in it, and what retention needs.
type shelf struct {
	runs   *dynamostore.Runs
	attic  *dynamostore.Attic
	files  *files
	clock  *clock.Manual
	days   int
	tenant ident.Tenant
	serial int
}

func newShelf(t table.TB, rt http.RoundTripper, name ident.Tenant, days int) *shelf {
	c := clock.NewManual(noon)
	f := &files{keys: map[string][]byte{}}
	client := table.Client(rt)
	runs := dynamostore.NewRuns(client, table.Runs, f, c)
	s := &shelf{runs: runs, files: f, clock: c, days: days, tenant: name}
	s.attic = &dynamostore.Attic{Runs: runs, Catalog: dynamostore.NewCatalog(client, table.Catalog, f, c), Bulk: client, Files: f}
	if err := runs.MakeTenant(context.Background(), name); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shelf) Tenants(context.Context, tenant.Paging) ([]tenant.Tenant, string, error) {
	return []tenant.Tenant{{ID: s.tenant}}, "", nil
}

func (s *shelf) Limits(context.Context, ident.Tenant) (tenant.Tenant, tenant.Limits, error) {
	return tenant.Tenant{ID: s.tenant}, tenant.Limits{RetentionDays: s.days}, nil
}

func (s *shelf) keeper(completed, failed int) *archive.Keeper {
	return &archive.Keeper{
		Shelf: s.attic, Tables: dynamostore.DataTables{Runs: s.runs}, Bookmark: s.attic, Tenants: s, Clock: s.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Completed: completed, Failed: failed,
	}
}

// ended makes an execution of an age that ended so, with a checkpoint, a file and
// a reservation's counter; with status "" it stays open.
func (s *shelf) ended(t table.TB, age time.Duration, status execution.Status) execution.Ref {
	ctx, at := context.Background(), noon.Add(-age)
	s.serial++
	id := ident.Execution(ident.New(ident.PrefixExecution, at.Add(time.Duration(s.serial)*time.Millisecond)))
	ref := execution.Ref{Tenant: s.tenant, ID: id}
	_, err := s.runs.Create(ctx, execution.Creation{
		Control: execution.Control{Ref: ref, WorkflowID: "wf_1", Status: execution.Queued, Generation: 1, CreatedAt: noon},
		Limits:  tenant.Limits{MonthlyRuns: -1, MaxQueued: -1, RunsPerMinute: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if status == "" {
		return ref
	}
	run := workflow.NodeRun{Node: strings.Repeat("n", 3000), Status: workflow.RunCompleted}
	_, err = s.runs.Settle(ctx, execution.Settlement{
		Guard: execution.Guard{Ref: ref}, AnyGeneration: true, From: execution.Queued, Status: status, Now: at,
		Segment: execution.Segment{Records: []execution.Record{{Seq: 0, Run: run}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.files.Put(ctx, string(s.tenant)+"/"+string(id)+"/file", []byte("x"))
	_ = s.files.Put(ctx, string(s.tenant)+"/executions/"+string(id)+"/blob", []byte("x"))
	return ref
}

// left are the executions that are there, oldest first, and checks that a gone one
// left nothing.
func (s *shelf) left(t table.TB, all []execution.Ref) (left []ident.Execution) {
	for _, ref := range all {
		_, err := s.runs.Load(context.Background(), ref)
		if err == nil {
			left = append(left, ref.ID)
			continue
		}
		if !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		records, err := s.runs.Records(context.Background(), execution.Control{Ref: ref}, 0)
		if err != nil || len(records) > 0 {
			t.Fatalf("%s is gone and left %d records (%v)", ref.ID, len(records), err)
		}
		for key := range s.files.keys {
			if strings.Contains(key, string(ref.ID)) {
				t.Fatalf("%s is gone and left the file %s", ref.ID, key)
			}
		}
	}
	return left
}

// TestRetentionKeepsTheLastOnesAndTheYoung holds the rule against a model: kept is
// what is among the last of its sort, or younger than the plan's days, or open.
func TestRetentionKeepsTheLastOnesAndTheYoung(t *testing.T) {
	rt := table.Open(t, clock.NewManual(noon))
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		days := rapid.SampledFrom([]int{-1, 0, 7, 30}).Draw(t, "days")
		s := newShelf(t, rt, ident.Tenant(fmt.Sprintf("ten_%03d", round)), days)
		completed, failed := rapid.IntRange(1, 3).Draw(t, "completed"), rapid.IntRange(1, 3).Draw(t, "failed")
		statuses := []execution.Status{execution.Completed, execution.Cancelled, execution.Failed, ""}
		ages := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 12).Draw(t, "ages")
		slices.SortFunc(ages, func(a, b int) int { return b - a })
		var all []execution.Ref
		var kinds []execution.Status
		for _, age := range ages {
			kinds = append(kinds, rapid.SampledFrom(statuses).Draw(t, "status"))
			all = append(all, s.ended(t, time.Duration(age)*24*time.Hour+time.Hour, kinds[len(kinds)-1]))
		}
		var want []ident.Execution
		of := map[bool]int{false: completed, true: failed}
		for i := len(all) - 1; i >= 0; i-- {
			isFailed, young := kinds[i] == execution.Failed, days < 0 || ages[i] < days
			if kinds[i] != "" {
				of[isFailed]--
			}
			if kinds[i] == "" || young || of[isFailed] >= 0 {
				want = append(want, all[i].ID)
			}
		}
		slices.Reverse(want)
		for range 2 { // the second pass finds nothing
			if _, err := s.keeper(completed, failed).Pass(context.Background(), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.left(t, all); !slices.Equal(got, want) {
			t.Fatalf("left are %v, want %v", got, want)
		}
	})
}

// TestRemovalThatDiedIsFinished kills a removal at each of its calls.
func TestRemovalThatDiedIsFinished(t *testing.T) {
	rt := table.Open(t, clock.NewManual(noon))
	for at := range 8 {
		s := newShelf(t, rt, ident.Tenant(fmt.Sprintf("ten_d%d", at)), 7)
		old, last := s.ended(t, 900*time.Hour, execution.Completed), s.ended(t, 800*time.Hour, execution.Completed)
		calls := -2 // those that make the tenant
		dying := newShelf(t, flaky{rt, func() bool { calls++; return calls > at }}, s.tenant, 7)
		dying.attic.Files = s.files
		_, _ = dying.keeper(1, 1).Pass(context.Background(), time.Minute)
		if _, err := s.keeper(1, 1).Pass(context.Background(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := s.left(t, []execution.Ref{old, last}); !slices.Equal(got, []ident.Execution{last.ID}) {
			t.Errorf("died at call %d: left are %v, want the last one", at, got)
		}
		if gone, err := s.attic.Dropping(context.Background(), s.tenant); err != nil || len(gone) > 0 {
			t.Errorf("died at call %d: marks are left: %v (%v)", at, gone, err)
		}
	}
}

// TestFilesOfExecutionsThatNeverBeganAreRemoved: a large input is stored before the
// execution that names it, and so are a form's files. One was refused, one came, and
// one was announced too short a while ago to be sure of.
func TestFilesOfExecutionsThatNeverBeganAreRemoved(t *testing.T) {
	s := newShelf(t, table.Open(t, clock.NewManual(noon)), "ten_u", 7)
	begin := func(id ident.Execution, runs int64) error {
		_, err := s.runs.Create(t.Context(), execution.Creation{
			Control: execution.Control{Ref: execution.Ref{Tenant: s.tenant, ID: id}, WorkflowID: "wf_1", Status: execution.Queued, Generation: 1, CreatedAt: s.clock.Now()},
			Start:   execution.Start{Items: []workflow.Item{{JSON: value.Obj("text", random(600<<10))}}},
			Limits:  tenant.Limits{MonthlyRuns: runs, MaxQueued: -1, RunsPerMinute: -1},
		})
		return err
	}
	if err := begin("exe_came", 1); err != nil {
		t.Fatal(err)
	}
	if err := begin("exe_refused", 1); !fault.Is(err, fault.LimitExceeded) {
		t.Fatal(err)
	}
	form := execution.Ref{Tenant: s.tenant, ID: "exe_form"}
	if err := s.runs.Announce(t.Context(), form); err != nil {
		t.Fatal(err)
	}
	_ = s.files.Put(t.Context(), "ten_u/exe_form/form-1", []byte("cv"))
	s.clock.Advance(time.Hour)
	if err := begin("exe_late", 1); !fault.Is(err, fault.LimitExceeded) {
		t.Fatal(err)
	}
	pass := func(want ...string) {
		t.Helper()
		if _, err := s.keeper(10, 10).Pass(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		var of []string
		for k := range s.files.keys {
			of = append(of, strings.Split(strings.Replace(k, "/executions", "", 1), "/")[1])
		}
		slices.Sort(of)
		if !slices.Equal(of, want) {
			t.Errorf("files are left of %v, want %v", of, want)
		}
	}
	s.clock.Advance(time.Second)
	pass("exe_came", "exe_late")
	s.clock.Advance(time.Hour)
	pass("exe_came")
}

// TestRemovalLeavesAloneWhatGoesOn: a failed execution was resumed meanwhile.
func TestRemovalLeavesAloneWhatGoesOn(t *testing.T) {
	s := newShelf(t, table.Open(t, clock.NewManual(noon)), "ten_a", 7)
	ref := s.ended(t, 900*time.Hour, execution.Failed)
	if _, err := s.runs.Requeue(t.Context(), execution.Requeue{
		Ref: ref, Generation: 1, From: []execution.Status{execution.Failed}, Now: noon, DueAt: noon, Resumed: true,
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.attic.Drop(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if got := s.left(t, []execution.Ref{ref}); len(got) != 1 || len(s.files.keys) != 2 {
		t.Errorf("left are %v and %d files", got, len(s.files.keys))
	}
}

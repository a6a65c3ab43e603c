package dynamostore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// A mark moves only from the revision that was read, and with a run only together
// with it.
func TestMarksMoveFromWhatWasRead(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	r := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	ctx, me := t.Context(), ident.Tenant("ten_a")
	if err := r.MakeTenant(ctx, me); err != nil {
		t.Fatal(err)
	}
	read := func() execution.Mark {
		t.Helper()
		m, err := r.Mark(ctx, me, "m")
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := read(); m.Rev != 0 || m.Data != nil || m.Name != "m" {
		t.Errorf("a mark that is not there is %+v", m)
	}
	put := func(rev int64, text string) error {
		return r.PutMark(ctx, me, execution.Mark{Name: "m", Rev: rev, Data: []byte(text)})
	}
	if err := put(1, "x"); !errors.Is(err, execution.ErrSuperseded) {
		t.Errorf("moving what is not there: %v", err)
	}
	if err := errors.Join(put(0, "one"), put(1, "two")); err != nil {
		t.Fatal(err)
	}
	if err := put(1, "late"); !errors.Is(err, execution.ErrSuperseded) {
		t.Errorf("a late move: %v", err)
	}
	if err := put(0, "anew"); !errors.Is(err, execution.ErrSuperseded) {
		t.Errorf("a second begin: %v", err)
	}

	create := func(id string, rev int64) error {
		_, err := r.Create(ctx, execution.Creation{
			Control: execution.Control{
				Ref: execution.Ref{Tenant: me, ID: ident.Execution(id)}, WorkflowID: "wf_1", Status: execution.Queued, Generation: 1,
				CreatedAt: c.Now(), QueuedAt: c.Now(), LastOfferedAt: c.Now(), DueAt: c.Now(),
			},
			Limits: tenant.Limits{MonthlyRuns: -1, MaxQueued: -1, RunsPerMinute: -1},
			Mark:   &execution.Mark{Name: "m", Rev: rev, Data: []byte("with " + id)},
		})
		return err
	}
	if err := create("exe_late", 1); !errors.Is(err, execution.ErrSuperseded) {
		t.Errorf("a run from an old mark: %v", err)
	}
	if _, err := r.Load(ctx, execution.Ref{Tenant: me, ID: "exe_late"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("the run is there: %v", err)
	}
	if err := create("exe_1", 2); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(execution.Mark{Name: "m", Rev: 3, Data: []byte("with exe_1")}, read()); d != "" {
		t.Error(d)
	}
	if err := create("exe_1", 2); err != nil { // the answer was lost, the request comes again
		t.Errorf("a repeated run: %v", err)
	}
	if n, err := r.Open(ctx, me); n != 1 || err != nil {
		t.Errorf("%d runs are counted (%v), want 1", n, err)
	}

	all, err := r.Marks(ctx, me)
	others, err2 := r.Marks(ctx, "ten_ab")
	if len(all) != 1 || all[0].Rev != 3 || len(others) != 0 || err != nil || err2 != nil {
		t.Errorf("the marks are %+v and %+v, %v %v", all, others, err, err2)
	}
	if err := errors.Join(r.DropMark(ctx, me, "m"), r.DropMark(ctx, me, "m")); err != nil {
		t.Fatal(err)
	}
	if m := read(); m.Rev != 0 {
		t.Errorf("a dropped mark is %+v", m)
	}
}

package admission

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// line is the slots and the line of one tenant, and the queue behind them.
type line struct {
	Store
	mu     sync.Mutex
	leases map[ident.Execution]Lease
	mark   int64
	parked []Parked
	sent   []ident.Execution
}

func (l *line) slots() Slots { return Slots{Leases: maps.Clone(l.leases), Line: l.mark} }

func (l *line) Heads(_ context.Context, _ ident.Tenant, n int) ([]Parked, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.parked[:min(n, len(l.parked))]), nil
}

func (l *line) Grant(_ context.Context, a Acquire) (Slots, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, held := l.leases[a.ID]; held || len(l.leases) >= a.Limit {
		return l.slots(), false, nil
	}
	l.leases[a.ID] = Lease{Generation: a.Generation, Until: a.Until}
	return Slots{}, true, nil
}

func (l *line) FreeGeneration(_ context.Context, ref execution.Ref, _ int) (Slots, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.leases, ref.ID)
	return l.slots(), true, nil
}

func (l *line) Unpark(_ context.Context, ref execution.Ref, _ int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parked = slices.DeleteFunc(l.parked, func(p Parked) bool { return p.ID == ref.ID })
	return nil
}

// Load says that everything is queued.
func (l *line) Load(_ context.Context, ref execution.Ref) (execution.Control, error) {
	return execution.Control{Ref: ref, Status: execution.Queued, Generation: 1, Plan: tenant.Pro}, nil
}

func (l *line) PlaceInLine(_ context.Context, ref execution.Ref) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return 1 + slices.IndexFunc(l.parked, func(p Parked) bool { return p.ID == ref.ID }), nil
}

func (l *line) Slots(context.Context, ident.Tenant) (Slots, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots(), nil
}

func (l *line) ClearLine(_ context.Context, _ ident.Tenant, seen int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mark == seen {
		l.mark = 0
	}
	return nil
}

func (l *line) Send(_ context.Context, m execution.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m.Execution)
	return nil
}

// slotsOf is a tenant's limit.
type slotsOf int

func (n slotsOf) Limits(context.Context, ident.Tenant) (tenant.Tenant, tenant.Limits, error) {
	return tenant.Tenant{}, tenant.Limits{MaxConcurrent: int(n)}, nil
}

func ref(i int) execution.Ref {
	return execution.Ref{Tenant: "ten_a", ID: ident.Execution(fmt.Sprintf("exe_%04d", i))}
}

// setup is a desk with a line of so many, under a limit.
func setup(parked, limit int) (*Desk, *line, *clock.Manual) {
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	l := &line{leases: map[ident.Execution]Lease{}, mark: int64(parked)}
	for i := range parked {
		l.parked = append(l.parked, Parked{Ref: ref(i), Generation: 1, Plan: tenant.Pro})
	}
	return &Desk{Store: l, Queue: l, Limits: slotsOf(limit), Clock: c, Log: slog.New(slog.DiscardHandler)}, l, c
}

// granted gives the first n in line their slots, as one does who has not sent
// their messages yet.
func (l *line) granted(n int, at time.Time) {
	for _, p := range l.parked[:n] {
		l.leases[p.ID] = Lease{Generation: p.Generation, Until: at.Add(LeaseTime)}
	}
}

func TestAHeadThatAnotherJustGrantedIsLeftToHim(t *testing.T) {
	for _, others := range []int{1, 3, 25} { // 25: more than are read at once
		d, l, c := setup(40, others+2)
		l.leases[ref(99).ID] = Lease{Generation: 1}
		l.granted(others, c.Now().Add(-time.Second))
		if err := d.Release(t.Context(), ref(99), 1); err != nil {
			t.Fatal(err)
		}
		want := []ident.Execution{ref(others).ID, ref(others + 1).ID}
		if diff := cmp.Diff(want, l.sent); diff != "" || len(l.leases) != others+2 || len(l.parked) != 38 {
			t.Errorf("%d others: messages (-want +got)\n%s%d leases, %d in line", others, diff, len(l.leases), len(l.parked))
		}
	}
}

func TestAFreeSlotStaysWhereAllInLineHaveOne(t *testing.T) {
	d, l, c := setup(2, 5)
	l.granted(2, c.Now())
	l.leases[ref(99).ID] = Lease{Generation: 1}
	if err := d.Release(t.Context(), ref(99), 1); err != nil {
		t.Fatal(err)
	}
	if len(l.sent) != 0 || len(l.parked) != 2 || l.mark == 0 {
		t.Errorf("sent %v, %d in line, mark %d: the line is not empty before its heads have left it", l.sent, len(l.parked), l.mark)
	}
}

func TestWhatADeadGranterLeftIsSent(t *testing.T) {
	for name, act := range map[string]func(d *Desk, l *line, c *clock.Manual) error{
		"by the next, later": func(d *Desk, l *line, c *clock.Manual) error {
			c.Advance(grantTime)
			l.leases[ref(99).ID] = Lease{Generation: 1}
			return d.Release(context.Background(), ref(99), 1)
		},
		"by sweep, at once": func(d *Desk, _ *line, _ *clock.Manual) error {
			return d.Tidy(context.Background(), "ten_a")
		},
		"by who raised the limit": func(d *Desk, l *line, _ *clock.Manual) error {
			return d.GrantFree(context.Background(), "ten_a", l.slots())
		},
		"by sweep, where it is the only slot": func(d *Desk, _ *line, _ *clock.Manual) error {
			d.Limits = slotsOf(1)
			return d.Tidy(context.Background(), "ten_a")
		},
	} {
		d, l, c := setup(1, 3)
		l.granted(1, c.Now())
		if err := act(d, l, c); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(l.sent, []ident.Execution{ref(0).ID}) || len(l.parked) != 0 {
			t.Errorf("%s: sent %v, %d in line", name, l.sent, len(l.parked))
		}
	}
}

// TestEachInLineIsGrantedOnce: runs that end together free slots together.
func TestEachInLineIsGrantedOnce(t *testing.T) {
	const limit, runs = 8, 400
	d, l, _ := setup(runs, limit)
	busy := make(chan execution.Ref, runs+limit)
	for i := range limit {
		l.leases[ref(1000+i).ID] = Lease{Generation: 1}
		busy <- ref(1000 + i)
	}
	done := make(chan bool)
	for range limit {
		go func() {
			for r := range busy {
				if err := d.Release(context.Background(), r, 1); err != nil {
					t.Error(err)
				}
				done <- true
			}
		}()
	}
	started := 0
	for range runs + limit {
		<-done
		for _, id := range l.messages()[started:] {
			started++
			busy <- execution.Ref{Tenant: "ten_a", ID: id}
		}
	}
	close(busy)
	if sent := l.messages(); len(sent) != runs || len(slices.Compact(slices.Sorted(slices.Values(sent)))) != runs {
		t.Errorf("%d messages for %d runs", len(sent), runs)
	}
	if len(l.leases) != 0 || len(l.parked) != 0 {
		t.Errorf("%d slots are taken, %d stand in line", len(l.leases), len(l.parked))
	}
}

func (l *line) messages() []ident.Execution {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.sent)
}

package admission

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
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
	mu       sync.Mutex
	leases   map[ident.Execution]Lease
	mark     int64
	parked   []Parked
	sent     []ident.Execution
	ended    map[ident.Execution]bool
	grants   int    // asked for
	parkings []int  // how many went in line together
	broken   error  // of parking
	clearing func() // is called before the first ClearLine
	// The first calls of Heads, Grant and Slots wait for one another, if set.
	atHeads, atGrant, atSlots *meeting
}

// meeting holds its first visitors until all of them are there.
type meeting struct {
	left atomic.Int32
	all  chan struct{}
}

func newMeeting(n int32) *meeting {
	m := &meeting{all: make(chan struct{})}
	m.left.Store(n)
	return m
}

func (m *meeting) visit() {
	if m == nil {
		return
	}
	if m.left.Add(-1) == 0 {
		close(m.all)
	}
	<-m.all
}

func (l *line) slots() Slots { return Slots{Leases: maps.Clone(l.leases), Line: l.mark} }

func (l *line) Heads(_ context.Context, _ ident.Tenant, n int) ([]Parked, error) {
	l.atHeads.visit()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.parked[:min(n, len(l.parked))]), nil
}

func (l *line) Grant(_ context.Context, a Acquire) (Slots, bool, error) {
	l.atGrant.visit()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grants++
	if l.ended[a.ID] {
		return Slots{}, false, ErrNotQueued
	}
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
	l.ended[ref.ID] = true
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
	l.atSlots.visit()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots(), nil
}

func (l *line) ClearLine(_ context.Context, _ ident.Tenant, seen int64) (Slots, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clearing != nil {
		l.clearing()
		l.clearing = nil
	}
	if l.mark == seen {
		l.mark = 0
	}
	return l.slots(), nil
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
	l := &line{leases: map[ident.Execution]Lease{}, ended: map[ident.Execution]bool{}, mark: int64(parked)}
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
	for _, others := range []int{1, 3, 35} { // 35: more than are read at once
		d, l, c := setup(60, others+1)
		l.leases[ref(99).ID] = Lease{Generation: 1}
		l.granted(others, c.Now().Add(-time.Second))
		if err := d.Release(t.Context(), ref(99), 1); err != nil {
			t.Fatal(err)
		}
		want := []ident.Execution{ref(others).ID}
		if diff := cmp.Diff(want, l.sent); diff != "" || len(l.leases) != others+1 || len(l.parked) != 59 {
			t.Errorf("%d others: messages (-want +got)\n%s%d leases, %d in line", others, diff, len(l.leases), len(l.parked))
		}
	}
}

// TestWhoParksBehindAnEmptyLineIsLetIn: who joins a marked line does not ask for a slot
// himself, so that who finds the line empty must look again before he leaves.
func TestWhoParksBehindAnEmptyLineIsLetIn(t *testing.T) {
	d, l, _ := setup(0, 1)
	l.mark = 1
	l.leases[ref(99).ID] = Lease{Generation: 1}
	l.clearing = func() {
		l.parked = append(l.parked, Parked{Ref: ref(0), Generation: 1, Plan: tenant.Pro})
		l.mark++
	}
	if err := d.Release(t.Context(), ref(99), 1); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(l.sent, []ident.Execution{ref(0).ID}) || len(l.parked) != 0 {
		t.Errorf("sent %v, %d in line", l.sent, len(l.parked))
	}
}

// TestSlotsThatNobodyGaveOnAreFoundByThoseWhoFreeOthers: whoever freed them died, or
// knew an older limit.
func TestSlotsThatNobodyGaveOnAreFoundByThoseWhoFreeOthers(t *testing.T) {
	d, l, _ := setup(40, 5)
	l.leases[ref(98).ID], l.leases[ref(99).ID] = Lease{Generation: 1}, Lease{Generation: 1} // and three are free
	for i, want := range []int{2, 4} {
		if err := d.Release(t.Context(), ref(98+i), 1); err != nil {
			t.Fatal(err)
		}
		if len(l.sent) != want {
			t.Errorf("after %d releases %v were let in, want %d", i+1, l.sent, want)
		}
	}
	if err := d.Release(t.Context(), execution.Ref{Tenant: "ten_a", ID: l.sent[0]}, 1); err != nil {
		t.Fatal(err)
	}
	if len(l.leases) != 5 || len(l.sent) != 6 || !slices.Contains(l.sent, ref(0).ID) {
		t.Errorf("%d slots are taken by %v", len(l.leases), l.sent)
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

// TestThoseWhoFreeSlotsTogetherAskForAHeadEach: were all to begin at the first, each
// would be refused once for every other, in a transaction on the tenant's one item.
func TestThoseWhoFreeSlotsTogetherAskForAHeadEach(t *testing.T) {
	const together, limit = 20, 50
	d, l, _ := setup(400, limit)
	for i := range limit {
		l.leases[ref(1000+i).ID] = Lease{Generation: 1}
	}
	l.atHeads, l.atGrant, l.atSlots = newMeeting(together), newMeeting(together), newMeeting(together-1) // one sees a single slot free
	var wg sync.WaitGroup
	for i := range together {
		wg.Go(func() {
			if err := d.Release(context.Background(), ref(1000+i), 1); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var first []ident.Execution
	for i := range together {
		first = append(first, ref(i).ID)
	}
	if diff := cmp.Diff(first, slices.Sorted(slices.Values(l.sent))); diff != "" {
		t.Errorf("who was let in (-want +got)\n%s", diff)
	}
	// One more may ask while the one that saw a single slot is about to grant it.
	if l.grants > together+together/2 {
		t.Errorf("%d slots were granted by asking %d times", together, l.grants)
	}
}

func (l *line) messages() []ident.Execution {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.sent)
}

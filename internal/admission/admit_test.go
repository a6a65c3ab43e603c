package admission

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// lines are the lines of several tenants.
type lines struct {
	Store
	of map[ident.Tenant]*line
}

func (s lines) Acquire(_ context.Context, a Acquire) (Slots, bool, error) {
	return s.of[a.Tenant].acquire(a)
}

func (s lines) Park(_ context.Context, t ident.Tenant, parked []Parked, _ bool) (bool, error) {
	return s.of[t].park(parked)
}

// acquire counts who asks, and waits where it is told to.
func (l *line) acquire(a Acquire) (Slots, bool, error) {
	l.atGrant.visit()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grants++
	if _, held := l.leases[a.ID]; held || l.mark > 0 || len(l.leases) >= a.Limit {
		return l.slots(), false, nil
	}
	l.leases[a.ID] = Lease{Generation: a.Generation, Until: a.Until}
	return Slots{}, true, nil
}

func (l *line) park(parked []Parked) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return false, l.broken
	}
	began := l.mark == 0
	l.parkings = append(l.parkings, len(parked))
	l.parked, l.mark = append(l.parked, parked...), l.mark+int64(len(parked))
	return began, nil
}

// Free and Requeue are of leases that ran out; the executions are gone.
func (l *line) Free(_ context.Context, r execution.Ref, _ Lease) (Slots, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.leases, r.ID)
	return l.slots(), nil
}

func (l *line) Requeue(context.Context, execution.Requeue) (execution.Control, error) {
	return execution.Control{}, fault.New(fault.NotFound, fault.CodeNotFound, "It is gone.")
}

// starts notes whose machine runs were started.
type starts struct {
	mu    sync.Mutex
	names []string
	meet  *meeting
}

func (s *starts) Start(_ context.Context, name string, _ []byte) error {
	s.meet.visit()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
	return nil
}

func message(r execution.Ref) execution.Message {
	return execution.Message{Tenant: r.Tenant, Execution: r.ID, Generation: 1, Plan: tenant.Pro}
}

func messages(from, to int) (out []execution.Message) {
	for i := from; i < to; i++ {
		out = append(out, message(ref(i)))
	}
	return out
}

func crowded(t *testing.T, parked, limit int) (*Desk, *line, *starts) {
	t.Helper()
	d, l, _ := setup(parked, limit)
	d.Store = lines{l, map[ident.Tenant]*line{"ten_a": l}}
	s := &starts{}
	d.Machine = s
	return d, l, s
}

func noErrors(t *testing.T, errs []error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestACrowdGoesInLineInOneWrite: the first that is refused speaks for those behind it,
// in their order.
func TestACrowdGoesInLineInOneWrite(t *testing.T) {
	d, l, s := crowded(t, 0, 3)
	noErrors(t, d.AdmitAll(t.Context(), messages(0, 10)))
	if diff := cmp.Diff([]string{"exe_0000-1", "exe_0001-1", "exe_0002-1"}, s.names); diff != "" {
		t.Errorf("started (-want +got)\n%s", diff)
	}
	var inLine []execution.Message
	for _, p := range l.parked {
		inLine = append(inLine, message(p.Ref))
	}
	if diff := cmp.Diff(messages(3, 10), inLine); diff != "" || l.grants != 4 || !slices.Equal(l.parkings, []int{7}) {
		t.Errorf("asked for a slot %d times, parked %v; in line (-want +got)\n%s", l.grants, l.parkings, diff)
	}
}

// TestMessagesThatCameTwiceStandInLineOnce: a transaction may name an item once.
func TestMessagesThatCameTwiceStandInLineOnce(t *testing.T) {
	d, l, _ := crowded(t, 0, 1)
	l.leases[ref(99).ID] = Lease{Generation: 1, Until: d.Clock.Now().Add(LeaseTime)}
	newer := message(ref(1))
	newer.Generation = 2
	noErrors(t, d.AdmitAll(t.Context(), []execution.Message{message(ref(0)), message(ref(1)), message(ref(0)), newer}))
	want := []Parked{{Ref: ref(0), Generation: 1, Plan: tenant.Pro}, {Ref: ref(1), Generation: 2, Plan: tenant.Pro}}
	if diff := cmp.Diff(want, l.parked); diff != "" {
		t.Errorf("in line (-want +got)\n%s", diff)
	}
}

// TestWhoHasASlotIsStartedFromACrowd: a granted head's message comes among fresh ones.
func TestWhoHasASlotIsStartedFromACrowd(t *testing.T) {
	d, l, s := crowded(t, 0, 1)
	l.leases[ref(5).ID] = Lease{Generation: 1, Until: d.Clock.Now().Add(LeaseTime)}
	noErrors(t, d.AdmitAll(t.Context(), messages(4, 7)))
	if !slices.Equal(s.names, []string{"exe_0005-1"}) || len(l.parked) != 2 {
		t.Errorf("started %v, %d in line", s.names, len(l.parked))
	}
}

// TestACrowdThatCannotParkComesAgain, but not those of it that were started.
func TestACrowdThatCannotParkComesAgain(t *testing.T) {
	d, l, _ := crowded(t, 0, 2)
	l.broken = errors.New("no answer")
	var failed []int
	for i, err := range d.AdmitAll(t.Context(), messages(0, 5)) {
		if err != nil {
			failed = append(failed, i)
		}
	}
	if !slices.Equal(failed, []int{2, 3, 4}) {
		t.Errorf("%v come again", failed)
	}
}

// TestWhoJoinsALineLeavesItsSlotsAlone: those who free slots give them on. Where nobody
// is left to free one, who joins lets the first in line in.
func TestWhoJoinsALineLeavesItsSlotsAlone(t *testing.T) {
	for name, running := range map[string]int{"some run": 2, "nobody runs": 0} {
		d, l, _ := crowded(t, 4, 3)
		for i := range running {
			l.leases[ref(100+i).ID] = Lease{Generation: 1, Until: d.Clock.Now().Add(LeaseTime)}
		}
		noErrors(t, d.AdmitAll(t.Context(), messages(10, 12)))
		want := 3
		if running > 0 {
			want = 0
		}
		if len(l.sent) != want || len(l.parked) != 6-want {
			t.Errorf("%s: %v were let in, %d are in line", name, l.sent, len(l.parked))
		}
	}
}

// TestLeasesThatRanOutAreGivenOnByWhoEvicts: their holders are gone, and so is who
// would give their slots on.
func TestLeasesThatRanOutAreGivenOnByWhoEvicts(t *testing.T) {
	d, l, _ := crowded(t, 2, 2)
	l.leases[ref(100).ID] = Lease{Generation: 1, Until: d.Clock.Now().Add(LeaseTime)}
	l.leases[ref(101).ID] = Lease{Generation: 1, Until: d.Clock.Now().Add(-time.Second)}
	noErrors(t, d.AdmitAll(t.Context(), messages(10, 11)))
	if !slices.Equal(l.sent, []ident.Execution{ref(0).ID}) {
		t.Errorf("%v were let in", l.sent)
	}
}

// TestNoTenantWaitsForAnother: messages of a quiet tenant and of a noisy one came
// together, and the noisy one's calls get no answer until the quiet one's run starts.
func TestNoTenantWaitsForAnother(t *testing.T) {
	for _, quietAt := range []int{0, 4, 9} {
		synctest.Test(t, func(t *testing.T) { // which sees that nobody goes on
			d, noisy, s := crowded(t, 0, 1)
			quiet := &line{leases: map[ident.Execution]Lease{}}
			d.Store = lines{noisy, map[ident.Tenant]*line{"ten_a": noisy, "ten_quiet": quiet}}
			s.meet = newMeeting(2)
			noisy.atGrant = s.meet
			batch := slices.Insert(messages(0, 9), quietAt, message(execution.Ref{Tenant: "ten_quiet", ID: "exe_quiet"}))
			noErrors(t, d.AdmitAll(t.Context(), batch))
			if !slices.Contains(s.names, "exe_quiet-1") || len(noisy.parked) != 8 {
				t.Errorf("the quiet tenant's message was at %d: started %v", quietAt, s.names)
			}
		})
	}
}

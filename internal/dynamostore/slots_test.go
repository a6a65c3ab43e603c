package dynamostore_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

func parked(n, gen int) admission.Parked {
	return admission.Parked{Ref: execution.Ref{Tenant: "ten_a", ID: ident.Execution(fmt.Sprintf("exe_%03d", n))}, Generation: gen, Plan: tenant.Pro}
}

// line makes a tenant's slots, and what tells the generations in its line.
func line(t *testing.T) (*dynamostore.Runs, func() []int) {
	t.Helper()
	store := dynamostore.NewRuns(table.Client(table.Open(t, clock.Real())), table.Runs, nil, clock.Real())
	if err := store.MakeTenant(t.Context(), "ten_a"); err != nil {
		t.Fatal(err)
	}
	return store, func() (generations []int) {
		heads, err := store.Heads(t.Context(), "ten_a", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range heads {
			generations = append(generations, h.Generation)
		}
		return generations
	}
}

// TestParkingSaysWhoBeganTheLine, whatever was guessed of its mark.
func TestParkingSaysWhoBeganTheLine(t *testing.T) {
	store, generations := line(t)
	park := func(marked, began bool, entries ...admission.Parked) {
		t.Helper()
		got, err := store.Park(t.Context(), "ten_a", entries, marked)
		if err != nil || got != began {
			t.Fatalf("%v began the line: %v, %v", entries, got, err)
		}
	}
	mark := func(want int64) {
		t.Helper()
		slots, err := store.Slots(t.Context(), "ten_a")
		if err != nil || slots.Line != want {
			t.Fatalf("the mark is %d (%v), want %d", slots.Line, err, want)
		}
	}
	park(true, true, parked(1, 1), parked(2, 2))
	park(false, false, parked(3, 1))
	mark(3)
	// An older generation takes nobody's place, and those that came with it stand in line.
	park(false, false, parked(2, 1), parked(4, 1))
	mark(4)
	park(true, false, parked(2, 1))
	mark(4)
	if slots, err := store.ClearLine(t.Context(), "ten_a", 3); err != nil || slots.Line != 4 {
		t.Fatalf("a mark that has moved: %+v, %v", slots, err)
	}
	if slots, err := store.ClearLine(t.Context(), "ten_a", 4); err != nil || slots.Line != 0 {
		t.Fatalf("a mark that stands: %+v, %v", slots, err)
	}
	park(true, true, parked(2, 1), parked(5, 1))
	mark(5) // of all parkings, not of this line's
	if got := generations(); !slices.Equal(got, []int{1, 2, 1, 1, 1}) {
		t.Errorf("generations in line %v", got)
	}
}

// TestACrowdLargerThanATransactionGoesInLine: a transaction has a hundred writes.
func TestACrowdLargerThanATransactionGoesInLine(t *testing.T) {
	store, generations := line(t)
	var crowd []admission.Parked
	for i := range 250 {
		crowd = append(crowd, parked(i, 1))
	}
	if began, err := store.Park(t.Context(), "ten_a", crowd, false); err != nil || !began {
		t.Fatal(began, err)
	}
	if slots, err := store.Slots(t.Context(), "ten_a"); err != nil || slots.Line != 250 || len(generations()) != 250 {
		t.Errorf("mark %d, %d in line (%v)", slots.Line, len(generations()), err)
	}
}

// TestOneOfThoseWhoParkTogetherBeginsTheLine: none would look for free slots, or all.
func TestOneOfThoseWhoParkTogetherBeginsTheLine(t *testing.T) {
	store, _ := line(t)
	var began atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			first, err := store.Park(t.Context(), "ten_a", []admission.Parked{parked(i, 1)}, i%2 == 0)
			if err != nil {
				t.Error(err)
			}
			if first {
				began.Add(1)
			}
		})
	}
	wg.Wait()
	if began.Load() != 1 {
		t.Errorf("%d began the line", began.Load())
	}
}

// TestALineThatBeganAnewKeepsItsMark although somebody who saw the line before it empty
// clears that one's mark late. Found by the simulation, seed 1677: two parked before
// and two after, and both marks were 2.
func TestALineThatBeganAnewKeepsItsMark(t *testing.T) {
	store, generations := line(t)
	park := func() int64 {
		t.Helper()
		began, err := store.Park(t.Context(), "ten_a", []admission.Parked{parked(1, 1), parked(2, 1)}, false)
		if err != nil || !began {
			t.Fatalf("began %v, %v", began, err)
		}
		slots, err := store.Slots(t.Context(), "ten_a")
		if err != nil {
			t.Fatal(err)
		}
		return slots.Line
	}
	clearLine := func(seen int64) int64 {
		t.Helper()
		slots, err := store.ClearLine(t.Context(), "ten_a", seen)
		if err != nil {
			t.Fatal(err)
		}
		return slots.Line
	}
	first := park()
	if left := clearLine(first); left != 0 {
		t.Fatalf("the mark %d is left", left)
	}
	second := park()
	if left := clearLine(first); left != second || len(generations()) != 2 {
		t.Errorf("the late clearing of line %d left the mark %d of line %d", first, left, second)
	}
}

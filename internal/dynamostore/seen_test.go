package dynamostore_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dedupe"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// seeing is a desk of what was seen, for one node.
type seeing struct {
	dedupe.Desk
	db    *losing
	scope dedupe.Scope
	runs  int
}

func newSeeing(t *testing.T) *seeing {
	t.Helper()
	c := clock.NewManual(noon)
	db := &losing{DB: table.Client(table.Open(t, c))}
	return &seeing{
		Desk: dedupe.Desk{Store: dynamostore.Seen{Runs: dynamostore.NewRuns(db, table.Runs, nil, c)}, Clock: clock.Real()}, db: db,
		scope: dedupe.Scope{Tenant: "ten_a", Workflow: "wf_1", Node: "n"},
	}
}

// check is one run with values; op "" is a run of its own. It gives those that are new.
func (s *seeing) check(t *testing.T, op string, mode dedupe.Mode, values ...string) (string, error) {
	t.Helper()
	if op == "" {
		s.runs++
		op = fmt.Sprintf("run %d", s.runs)
	}
	c := dedupe.Check{Scope: s.scope, Op: op, Mode: mode, Items: len(values), Max: 5000}
	for _, v := range values {
		c.Values = append(c.Values, dedupe.Value{Text: v, Number: float64(len(v))})
	}
	isNew, _, err := s.New(t.Context(), c)
	var out []string
	for i, n := range isNew {
		if n {
			out = append(out, values[i])
		}
	}
	return strings.Join(out, " "), err
}

func (s *seeing) want(t *testing.T, want, op string, mode dedupe.Mode, values ...string) {
	t.Helper()
	if got, err := s.check(t, op, mode, values...); err != nil || got != want {
		t.Errorf("of %v new is %q (%v), want %q", values, got, err, want)
	}
}

func TestOnlyWhatNoEarlierRunHadIsNew(t *testing.T) {
	s := newSeeing(t)
	s.want(t, "a b", "", dedupe.Entries, "a", "b")
	s.want(t, "c", "", dedupe.Entries, "b", "c", "a")
	s.want(t, "", "", dedupe.Entries, "a", "b", "c")
	for _, other := range []dedupe.Scope{{Tenant: "ten_b", Workflow: "wf_1", Node: "n"}, {Tenant: "ten_a", Workflow: "wf_2", Node: "n"}, {Tenant: "ten_a", Workflow: "wf_1", Node: "m"}, {Tenant: "ten_a", Workflow: "wf_1"}} {
		mine := s.scope
		s.scope = other
		s.want(t, "a", "", dedupe.Entries, "a")
		s.scope = mine
	}
	if _, err := s.check(t, "", dedupe.Number, "x"); !fault.Is(err, fault.Invalid) {
		t.Errorf("another mode: %v", err)
	}
	if err := s.Clear(t.Context(), s.scope, "clear"); err != nil {
		t.Fatal(err)
	}
	s.want(t, "x xxx", "", dedupe.Number, "x", "xxx") // a number is the length here
	s.want(t, "xxxx", "", dedupe.Number, "xx", "xxx", "xxxx")
	s.want(t, "", "", dedupe.Number, "xxxx")
	if err := s.Clear(t.Context(), s.scope, "clear"); err != nil { // the same operation, repeated
		t.Fatal(err)
	}
	s.want(t, "", "", dedupe.Number, "xxxx")
}

// TestARunThatIsRepeatedIsToldTheSame loses the answer of each write, and lets another
// run see the same value before the repetition.
func TestARunThatIsRepeatedIsToldTheSame(t *testing.T) {
	for _, mode := range []dedupe.Mode{dedupe.Entries, dedupe.Number} {
		s := newSeeing(t)
		s.want(t, "x", "", mode, "x")
		s.db.in.Store(1)
		if _, err := s.check(t, "mine", mode, "x", "xxx", "xxxx"); err == nil {
			t.Fatal("no answer was lost")
		}
		s.want(t, "xxxxxx", "", mode, "xxx", "xxxx", "xxxxxx")
		s.want(t, "xxx xxxx", "mine", mode, "x", "xxx", "xxxx")
		s.want(t, "", "", mode, "xxx", "xxxx")
	}
}

func TestOneOfManyRunsThatMeetIsToldItIsNew(t *testing.T) {
	s := newSeeing(t)
	var mu sync.Mutex
	told := map[string]int{}
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			for {
				got, err := s.check(t, fmt.Sprint("op ", i), dedupe.Entries, "a", "b", fmt.Sprint("own ", i))
				if fault.Is(err, fault.Unavailable) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, v := range []string{"a", "b"} {
					if strings.Contains(" "+got+" ", " "+v+" ") {
						told[v]++
					}
				}
				return
			}
		})
	}
	wg.Wait()
	if told["a"] != 1 || told["b"] != 1 {
		t.Errorf("it was new to %v, want to one run each", told)
	}
}

// TestLongHistoriesAreKeptInPieces and are full at their size.
func TestLongHistoriesAreKeptInPieces(t *testing.T) {
	s := newSeeing(t)
	var all []string
	for i := range 4990 {
		all = append(all, fmt.Sprint("v", i))
	}
	for from := 0; from < len(all); from += 1500 {
		part := all[from:min(from+1500, len(all))]
		s.want(t, strings.Join(part, " "), "", dedupe.Entries, part...)
	}
	s.want(t, "fresh", "", dedupe.Entries, "v0", "v1999", "v2000", "v4989", "fresh")
	if _, err := s.check(t, "", dedupe.Entries, all[:10]...); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "history size of 5000") {
		t.Errorf("a full history: %v", err)
	}
	if err := s.Store.(dynamostore.Seen).ForgetWorkflow(t.Context(), "ten_a", "wf_1"); err != nil {
		t.Fatal(err)
	}
	s.want(t, "v1", "", dedupe.Entries, "v1")
}
